/* Bytes, put together and taken apart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace testdata {

using Bytes = std::vector<uint8_t>;

constexpr size_t MiB = 1024 * 1024;

Bytes from_text(std::string_view text);

void append(Bytes& to, std::span<const uint8_t> bytes);
Bytes joined(std::initializer_list<Bytes> parts);
/// The bytes from `begin` to `end`, or to their end if that comes before.
Bytes part_of(const Bytes& bytes, size_t begin, size_t end);

}  // namespace testdata
