/* Lanes of a tree, made where they belong.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// Adds a lane without a prefix, or a literal where that is no larger. `lanes` is configured. What
/// has no room overflows the tree.
Status write_lane(LaneEncoder& lanes, ByteSpan bytes, TreeWriter& tree);

/// How lanes are coded at levels that have matches.
struct LaneCoding {
  size_t memory = 0;  ///< bytes of the memory of `lanes` that it takes
  MatchParameters matches;
  LaneParameters frame;
  bool tries_both = false;  ///< and takes the smaller one
};

/// Adds matches, or a frame: in any case of what hardly takes anything, where their tables may not
/// pay. False if there is no room. A prefix, right before the bytes, is the expression written
/// next if it is not empty.
Result<bool> write_best_lane(LaneEncoder& lanes, const LaneCoding& coding, ByteSpan bytes,
                             ByteSpan prefix, TreeWriter& tree);

}  // namespace sigma
