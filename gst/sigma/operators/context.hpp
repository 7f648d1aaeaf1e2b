/* What all operators are bounded by.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>

namespace sigma {

/// Nodes on a path from an expression's root, itself included.
constexpr unsigned kMaxTreeDepth = 16;
/// Bytes that a chunk may put into slots and workspace: the base, and so many for each byte of its
/// tree and each decoded one.
constexpr uint64_t kWorkBase = 65536;
constexpr uint64_t kWorkPerByte = 16;
constexpr size_t kSlotCount = 128;

}  // namespace sigma
