/* Integers: differences to elements before, in planes, and their sums.
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

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"

namespace sigma {

/// How bytes are read as integers: elements of `width` bytes, from the first byte on. What is left
/// of the last one stays as it is.
struct IntegerLayout {
  unsigned width = 1;  ///< bytes: 1, 2, 3, 4 or 8
  bool big_endian = false;
  size_t distance = 0;  ///< elements to the one that each is compared with; 0: none is
};

constexpr size_t kMaxDistance = 65535;  ///< elements

constexpr bool is_width(uint64_t width) {
  return (width >= 1 && width <= 4) || width == 8;
}

/// Writes plane `k` of layout.width of the differences of `in` to `out`, which has plane_size()
/// bytes. `k` counts in the order of the bytes in memory. Differences are folded: 0, −1, 1, −2 …
/// are 0, 1, 2, 3 …; elements that have none before them stay as they are.
SIGMA_API void subtract_to_plane(const IntegerLayout& layout, ByteSpan in, size_t k,
                                 MutableByteSpan out);

/// The inverse of taking differences, in place.
SIGMA_API void sum_up(const IntegerLayout& layout, MutableByteSpan bytes);

struct OperatorEntry;
extern const OperatorEntry kSum;

}  // namespace sigma
