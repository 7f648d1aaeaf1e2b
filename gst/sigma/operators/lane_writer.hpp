/* Lanes of a tree, made where they belong.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// Adds a lane without a prefix, or a literal where that is no larger. `lanes` is configured. What
/// has no room overflows the tree.
Status write_lane(LaneEncoder& lanes, ByteSpan bytes, TreeWriter& tree);

}  // namespace sigma
