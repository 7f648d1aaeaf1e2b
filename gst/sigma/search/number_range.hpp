/* Numbers of a column between two bounds, as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// Tells of digits whether they can be a number of the column, or a part of one. What is not known
/// counts as possible.
class NumberRange {
 public:
  /// All numbers of that kind.
  explicit NumberRange(NumberKind kind);
  /// Those from `least` to `most`, as wide as the column says; of SCALED ones all.
  NumberRange(NumberKind kind, unsigned width, int64_t least, int64_t most);

  /// Whether numbers are written with that byte. Where case does not count, it is a small letter.
  bool has_digit(uint8_t byte) const;

  // Of texts that consist of such bytes, and are not empty: whether one of the numbers is the text,
  // begins or ends with it, or has it somewhere.
  bool has(ByteSpan text) const;
  bool has_begin(ByteSpan text) const;
  bool has_end(ByteSpan text) const;
  bool has_part(ByteSpan text) const;

 private:
  bool parse(ByteSpan text, uint64_t& value) const;
  bool is_between(uint64_t low, uint64_t high) const { return low <= most_ && high >= least_; }

  NumberKind kind_;
  bool is_any_;
  bool has_negative_ = false;
  unsigned radix_ = 10;
  unsigned width_ = 0;  ///< 0: no zeros are in front
  uint64_t least_ = 0;  ///< without signs
  uint64_t most_ = 0;
};

}  // namespace sigma
