/* Pieces of a chunk that are coded in more ways than one, to tell which is smaller.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kTrialPlaces = 8;
constexpr size_t kTrialSize = size_t{8} << 10;  ///< bytes

/// One of these, counted from 0, that begins a multiple of `frame` bytes behind the first; shorter
/// if the chunk is.
inline ByteSpan trial_piece(ByteSpan chunk, size_t place, size_t frame) {
  const size_t begin = chunk.size() * (place + 1) / (kTrialPlaces + 1) / frame * frame;
  return chunk.subspan(begin, std::min(kTrialSize, chunk.size() - begin) / frame * frame);
}

}  // namespace sigma
