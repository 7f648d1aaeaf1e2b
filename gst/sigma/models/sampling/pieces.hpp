/* Pieces of a chunk, as a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// `count` pieces of `size` bytes, spread evenly over the chunk, which is at least as long as all
/// of them. Each begins at a multiple of 48 bytes, so that it does not cut elements of any width
/// that the chunk begins with.
template <typename Use>
void for_each_piece(ByteSpan chunk, size_t count, size_t size, Use use) {
  const size_t step = (chunk.size() - size) / (count > 1 ? count - 1 : 1) / 48 * 48;
  for (size_t i = 0; i < count; i++)
    use(chunk.subspan(i * step, size));
}

}  // namespace sigma
