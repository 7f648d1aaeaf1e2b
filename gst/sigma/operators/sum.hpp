/* Integers: differences to elements before, in planes, and their sums.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

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
void subtract_to_plane(const IntegerLayout& layout, ByteSpan in, size_t k, MutableByteSpan out);

/// The inverse of taking differences, in place.
void sum_up(const IntegerLayout& layout, MutableByteSpan bytes);

struct OperatorEntry;
extern const OperatorEntry kSum;

}  // namespace sigma
