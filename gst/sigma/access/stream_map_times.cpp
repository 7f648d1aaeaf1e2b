/* Finding times in streams with framing, by their index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <utility>

#include "gst/sigma/access/stream_map.hpp"

namespace sigma {

Result<uint64_t> StreamMap::duration() {
  uint64_t sum = 0;
  for (JoinedStream& stream : streams_) {
    if (stream.raw_size == 0) continue;
    if (stream.last_index != 0 && !stream.is_timed)
      if (const Status status = index_.read_times(stream); is_trouble(status)) return status;
    stream.is_timed = true;
    if (stream.duration >= kNoTime - sum) return kNoTime;
    sum += stream.duration;
  }
  return sum;
}

Result<TimePoint> StreamMap::locate_time(uint64_t time) {
  const Result<uint64_t> whole = duration();
  if (!whole.ok()) return whole.status;
  if (whole.value == kNoTime || decoded_size_ == 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the times of the stream are not known");
  // Where the end of one is the beginning of the next, that one is meant.
  size_t number = 0;
  uint64_t base = 0;
  uint64_t next_base = 0;
  for (size_t i = 0; i < streams_.size() && next_base <= time; i++) {
    if (streams_[i].raw_size == 0) continue;
    number = i;
    base = std::exchange(next_base, next_base + streams_[i].duration);
  }
  const JoinedStream& stream = streams_[number];
  const auto found =
      index_.find_time(stream, stream.origin + std::min(time - base, kNoTime - stream.origin));
  if (!found.ok()) return found.status;
  const Result<EntryPoint> point = indexed_point(number, found.value.entry);
  if (!point.ok()) return point.status;
  return TimePoint{point.value, base, stream.origin, stream.duration, found.value.enters};
}

}  // namespace sigma
