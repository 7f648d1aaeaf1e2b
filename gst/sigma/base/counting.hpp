/* Bytes of a kind, counted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>

namespace sigma {

/// Bytes that are counted at once: a fixed number, so that compilers make few instructions of it.
constexpr size_t kCounted = 64;
template <typename Test>
size_t count_block(const uint8_t* bytes, Test test) {
  uint8_t count = 0;
  for (size_t i = 0; i < kCounted; i++)
    count = static_cast<uint8_t>(count + (test(bytes[i]) ? 1 : 0));
  return count;
}
/// Of so many bytes, those for which `test` holds.
template <typename Test>
size_t count_bytes(const uint8_t* bytes, size_t size, Test test) {
  size_t count = 0;
  for (; size >= kCounted; bytes += kCounted, size -= kCounted)
    count += count_block(bytes, test);
  for (size_t i = 0; i < size; i++)
    count += test(bytes[i]) ? 1 : 0;
  return count;
}

}  // namespace sigma
