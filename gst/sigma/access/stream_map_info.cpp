/* What is known of the streams of an input without decoding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/stream_map.hpp"

namespace sigma {

Status StreamMap::read_head(uint64_t number, Head& head) const {
  const JoinedStream& stream = streams_[static_cast<size_t>(number)];
  return parse_head(stream.head, stream.begin, head);
}

Result<StreamInfo> StreamMap::stream_info(uint64_t number) {
  if (number >= streams_.size())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "there is no stream of that number");
  JoinedStream& stream = streams_[static_cast<size_t>(number)];
  Head head;
  if (const Status status = read_head(number, head); !status.ok()) return status;
  StreamInfo info;
  info.stream_begin = stream.begin;
  info.stream_end = stream.end;
  info.position = stream.base;
  info.size = stream.raw_size;
  info.is_ended = stream.is_ended;
  info.chunks = stream.chunks;
  info.is_framed = head.is_framed();
  info.joins = (head.flags & kHeadJoin) != 0;
  info.major = head.major;
  info.minor = head.minor;
  info.chunk_size = head.chunk_max;
  info.key_interval = head.key_interval;
  if (stream.last_index == 0) return info;
  const Result<uint64_t> groups = index_.count_groups(stream);
  if (is_trouble(groups.status)) return groups.status;
  info.has_index = groups.ok();
  info.groups = groups.value;
  if (!stream.is_timed)
    if (const Status status = index_.read_times(stream); is_trouble(status)) return status;
  stream.is_timed = true;
  if (stream.duration != kNoTime) info.origin = stream.origin;
  info.duration = stream.duration;
  return info;
}

}  // namespace sigma
