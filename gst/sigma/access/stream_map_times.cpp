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
  for (Record& record : records_) {
    if (record.raw_size == 0) continue;
    if (record.last_index != 0 && !record.is_timed)
      if (const Status status = read_times(record); is_trouble(status)) return status;
    record.is_timed = true;
    if (record.duration >= kNoTime - sum) return kNoTime;
    sum += record.duration;
  }
  return sum;
}

/// From where to where the stream plays.
Status StreamMap::read_times(Record& record) {
  if (const Status status = load_index(record, record.last_index); !status.ok()) return status;
  const uint64_t end = index_.end_time;
  if (end == 0) return {};  // there are no times
  const Result<uint64_t> first = first_time(record);
  if (!first.ok()) return first.status;
  record.origin = std::min(end, std::max<uint64_t>(first.value, 1)) - 1;
  record.duration = end - 1 - record.origin;
  return {};
}

/// The time of the first group that can be entered, in ns + 1; 0 if none of the first ones can.
/// index_ is the last packet.
Result<uint64_t> StreamMap::first_time(const Record& record) {
  if (index_.link_count != 0) {
    const IndexLink& first = index_.links[index_.link_count - 1];
    if (first.time != 0) return first.time;
    if (const Status status = load_index(record, record.begin + first.stream_offset); !status.ok())
      return status;
  }
  const auto begin = index_.entries.begin();
  const auto end = begin + index_.entry_count;
  const auto entry = std::find_if(begin, end, [](const IndexEntry& e) { return e.time != 0; });
  return entry != end ? entry->time : uint64_t{0};
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
  for (size_t i = 0; i < records_.size() && next_base <= time; i++) {
    if (records_[i].raw_size == 0) continue;
    number = i;
    base = std::exchange(next_base, next_base + records_[i].duration);
  }
  const uint64_t origin = records_[number].origin;
  return locate_in_record(number, origin + std::min(time - base, kNoTime - origin), base);
}

Result<TimePoint> StreamMap::locate_in_record(size_t number, uint64_t time, uint64_t base) {
  const Record& record = records_[number];
  const uint64_t bound = std::min(time, kNoTime - 1) + 1;
  const Result<bool> found = read_index(record, {&IndexEntry::time, &IndexLink::time}, bound);
  if (!found.ok()) return found.status;
  size_t i = found.value ? first_of_time(bound) : 0;
  IndexEntry entry = index_.entries[i];
  // A group that cannot be entered has the time of the one before.
  for (int step = 0; i == 0 && index_.link_count != 0 && step < kMostSteps; step++) {
    const uint64_t before = record.begin + index_.links[0].stream_offset;
    if (const Status status = load_index(record, before); !status.ok()) return status;
    if (index_.entries[index_.entry_count - 1].time != entry.time) break;
    i = first_of_time(entry.time);
    entry = index_.entries[i];
  }
  const Result<bool> sound = confirm(record, entry);
  if (!sound.ok()) return sound.status;
  if (!sound.value)
    return Status::error(ErrorCode::DAMAGED, "the index does not lead to a key chunk",
                         index_offset_);
  const Result<EntryPoint> point = entry_point(
      number,
      {record.base + entry.raw_offset, record.begin + entry.stream_offset, entry.sequence, number});
  if (!point.ok()) return point.status;
  return TimePoint{point.value, base, record.origin, record.duration,
                   found.value && entry.time != 0};
}

/// In index_, which has one that is not behind `bound`, the first entry of the last such time.
size_t StreamMap::first_of_time(uint64_t bound) const {
  const auto begin = index_.entries.begin();
  const auto behind =
      std::upper_bound(begin, begin + index_.entry_count, bound,
                       [](uint64_t value, const IndexEntry& entry) { return value < entry.time; });
  auto i = static_cast<size_t>(behind - begin) - 1;
  while (i > 0 && index_.entries[i].time == index_.entries[i - 1].time)
    i--;
  return i;
}

}  // namespace sigma
