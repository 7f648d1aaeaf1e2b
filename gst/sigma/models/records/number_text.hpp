/* Numbers in text: which spellings a column's numbers have, and what they are worth.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// How all values of a column spell their numbers.
struct NumberShape {
  bool is_number = false;
  NumberKind kind = NumberKind::DECIMAL;
  uint8_t width = 0;
};

/// Finds the shape that the values given have in common.
class ShapeFinder {
 public:
  /// False: they have none, whatever comes.
  bool add(ByteSpan text);
  NumberShape shape() const;

 private:
  uint8_t types_ = 0;
  bool has_zeros_ = false;  ///< in front of other digits
  size_t least_ = SIZE_MAX;
  size_t most_ = 0;
};

/// The number that `text` spells; false if it has another shape. `end`: of the memory it is in.
bool parse_number(const NumberShape& shape, ByteSpan text, const uint8_t* end, uint64_t& value);

}  // namespace sigma
