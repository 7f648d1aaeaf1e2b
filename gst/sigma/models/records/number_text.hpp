/* Numbers in text: which spellings a column's numbers have, and what they are worth.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
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
