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

/// Makes a lane of matches in `room`, with `size` bytes of the memory of `lanes`, which has to be
/// configured again. The prefix, if it is not empty, lies right before the bytes. 0: no room.
Result<size_t> make_matches(LaneEncoder& lanes, size_t size, const MatchParameters& parameters,
                            ByteSpan bytes, ByteSpan prefix, MutableByteSpan room);

}  // namespace sigma
