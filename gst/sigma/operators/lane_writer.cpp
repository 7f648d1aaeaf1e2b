/* A frame, or the bytes as they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/lane_writer.hpp"

#include <algorithm>

namespace sigma {

Status write_lane(LaneEncoder& lanes, ByteSpan bytes, TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  const Result<size_t> frame =
      lanes.encode(bytes, {}, room.first(std::min(room.size(), bytes.size())));
  if (!frame.ok()) return frame.status;
  if (frame.value != 0)
    tree.lane_made(frame.value);
  else
    tree.literal(bytes);
  return {};
}

Result<size_t> make_matches(LaneEncoder& lanes, size_t size, const MatchParameters& parameters,
                            ByteSpan bytes, ByteSpan prefix, MutableByteSpan room) {
  const Result<MutableByteSpan> memory = lanes.lend_memory(size);
  if (!memory.ok()) return memory.status;
  return MatchEncoder(memory.value, parameters).encode(bytes, prefix, room);
}

}  // namespace sigma
