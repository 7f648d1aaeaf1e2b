/* Branch filters: addresses in machine code, from relative to absolute and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// A program calls the same function from many places, each time with another distance. Filtered,
/// all of these calls have the same bytes. After the BCJ filters of xz and 7-Zip (Igor Pavlov), in
/// rules of its own (docs/format.md, section 7.12).
enum class Architecture : uint8_t { NONE = 0, X86 = 1, ARM64 = 2 };

/// What a filter would find in code.
struct BranchCount {
  uint32_t branches = 0;
  uint32_t same_distance = 0;  ///< as another one a short while before
  uint32_t same_target = 0;
  void add(const BranchCount& other) {
    branches += other.branches;
    same_distance += other.same_distance;
    same_target += other.same_target;
  }
};
BranchCount count_branches(Architecture architecture, uint32_t position, ByteSpan code);

/// In place. `position` of the first byte: the same for both ways.
void branches_to_absolute(Architecture architecture, uint32_t position, MutableByteSpan code);
void branches_to_relative(Architecture architecture, uint32_t position, MutableByteSpan code);

struct OperatorEntry;
extern const OperatorEntry kBranches;

}  // namespace sigma
