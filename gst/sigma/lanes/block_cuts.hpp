/* Where a lane is worth another table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// Where bytes have other frequencies than before, by so much that a table of their own pays.
struct BlockCuts {
  static constexpr size_t kMost = 256;  ///< of longer lanes, the end is one block

  std::span<const uint32_t> positions() const { return std::span(room).first(count); }

  std::array<uint32_t, kMost> room;  ///< in order, inside the lane
  size_t count = 0;
  size_t size = 0;  ///< bytes of blocks that are coded by frequency, with their tables, roughly
};

BlockCuts find_block_cuts(ByteSpan lane);

}  // namespace sigma
