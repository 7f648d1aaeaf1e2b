/* A frame, or the bytes as they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/lane_writer.hpp"

#include <algorithm>
#include <cstring>

namespace sigma {
namespace {

/// What shrinks to so few bytes, or by so many times, is coded both ways: as matches, it has tables
/// that may not pay.
bool is_small(size_t size, size_t bytes, const MatchParameters& matches) {
  const bool is_parsed = matches.parses != 0;
  return size < (is_parsed ? 65536 : 16384) || size < bytes / (is_parsed ? 24 : 12);
}

/// Makes them at the front of `room`; gives their size, or 0 if they do not fit.
Result<size_t> make_matches(LaneEncoder& lanes, const LaneCoding& coding, ByteSpan bytes,
                            ByteSpan prefix, MutableByteSpan room) {
  const Result<MutableByteSpan> memory = lanes.lend_memory(coding.memory);
  if (!memory.ok()) return memory.status;
  return MatchEncoder(memory.value, coding.matches).encode(bytes, prefix, room);
}

/// Makes a frame at the front of `room`, where matches are, if it is smaller; gives its size, or 0
/// if they stay.
Result<size_t> make_smaller_frame(LaneEncoder& lanes, const LaneCoding& coding, ByteSpan bytes,
                                  ByteSpan prefix, size_t matches, MutableByteSpan room) {
  if (const Status status = lanes.configure(coding.frame); !status.ok()) return status;
  const size_t most = std::min(bytes.size(), matches != 0 ? matches - 1 : room.size());
  const MutableByteSpan rest = room.subspan(matches);
  const bool fits = most <= rest.size();
  const Result<size_t> frame = lanes.encode(bytes, prefix, (fits ? rest : room).first(most));
  if (!frame.ok()) return frame;
  if (frame.value != 0 && fits) std::memmove(room.data(), rest.data(), frame.value);
  if (frame.value != 0 || fits) return frame;
  const Result<size_t> again = make_matches(lanes, coding, bytes, prefix, room);
  return again.ok() ? Result<size_t>(0) : again;
}

}  // namespace

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

Result<bool> write_best_lane(LaneEncoder& lanes, const LaneCoding& coding, ByteSpan bytes,
                             ByteSpan prefix, TreeWriter& tree) {
  const MutableByteSpan all = tree.payload_room();
  const MutableByteSpan room = all.first(std::min(all.size(), bytes.size()));
  const Result<size_t> matches = make_matches(lanes, coding, bytes, prefix, room);
  if (!matches.ok()) return matches.status;
  // What a parse takes that does not fit is more than there is room.
  const bool has_parsed = matches.value == 0 && coding.matches.parses != 0;
  const size_t size = has_parsed ? room.size() : matches.value;
  const bool tries_frame = coding.tries_both || is_small(size, bytes.size(), coding.matches);
  Result<size_t> frame = 0;
  if (tries_frame) frame = make_smaller_frame(lanes, coding, bytes, prefix, matches.value, room);
  if (!frame.ok()) return frame.status;
  if (frame.value != 0) {
    tree.lane_made(frame.value, !prefix.empty());
  } else if (matches.value != 0) {
    tree.matches_made(matches.value);
    if (prefix.empty()) tree.literal({});
  }
  return frame.value != 0 || matches.value != 0;
}

}  // namespace sigma
