/* Places in a stream, by its index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/index_search.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/access/packet_walker.hpp"

namespace sigma {

Result<IndexEntry> IndexSearch::find_byte(const JoinedStream& stream, uint64_t raw) {
  const Result<bool> found = read(stream, {&IndexEntry::raw_offset, &IndexLink::raw_offset}, raw);
  if (!found.ok()) return found.status;
  if (!found.value)
    return Status::error(ErrorCode::DAMAGED, "the index does not lead to its beginning", offset_);
  size_t i = last_at(raw) + 1;
  // If a key's header is damaged, its group is lost; the one before leads there as well.
  for (const size_t least = i > 2 ? i - 2 : 0; i-- > least;) {
    const IndexEntry& entry = packet_.entries[i];
    const Result<bool> sound = confirm(stream, entry);
    if (!sound.ok()) return sound.status;
    if (sound.value) return entry;
  }
  return Status::error(ErrorCode::DAMAGED, "the index does not lead to a key chunk", offset_);
}

Result<IndexSearch::GroupText> IndexSearch::find_text(const JoinedStream& stream, uint64_t raw) {
  const Result<bool> found = read(stream, {&IndexEntry::raw_offset, &IndexLink::raw_offset}, raw);
  if (!found.ok()) return found.status;
  const size_t i = found.value ? last_at(raw) : 0;
  GroupText group;
  group.entry = packet_.entries[i];
  group.raw_end = i + 1 < packet_.entry_count ? packet_.entries[i + 1].raw_offset : raw_end_;
  if (!found.value || raw >= group.raw_end || group.raw_end > stream.raw_size)
    return Status::error(ErrorCode::DAMAGED, "the index does not list all groups", offset_);
  group.is_known = packet_.has_search;
  if (!group.is_known) return group;
  group.lines = packet_.lines[i];
  group.lines_end = packet_.lines[i + 1];
  group.filter = packet_.filters[i];
  return group;
}

/// In packet_, whose first entry is not behind decoded byte `raw`, the last such entry.
size_t IndexSearch::last_at(uint64_t raw) const {
  const auto begin = packet_.entries.begin();
  const auto behind = std::upper_bound(
      begin, begin + packet_.entry_count, raw,
      [](uint64_t value, const IndexEntry& entry) { return value < entry.raw_offset; });
  return static_cast<size_t>(behind - begin) - 1;
}

Result<IndexSearch::TimedEntry> IndexSearch::find_time(const JoinedStream& stream, uint64_t time) {
  const uint64_t bound = std::min(time, kNoTime - 1) + 1;
  const Result<bool> found = read(stream, {&IndexEntry::time, &IndexLink::time}, bound);
  if (!found.ok()) return found.status;
  size_t i = found.value ? first_of_time(bound) : 0;
  IndexEntry entry = packet_.entries[i];
  // A group that cannot be entered has the time of the one before.
  for (int step = 0; i == 0 && packet_.link_count != 0 && step < kMaxSteps; step++) {
    const uint64_t before = stream.begin + packet_.links[0].stream_offset;
    if (const Status status = load(stream, before); !status.ok()) return status;
    if (packet_.entries[packet_.entry_count - 1].time != entry.time) break;
    i = first_of_time(entry.time);
    entry = packet_.entries[i];
  }
  const Result<bool> sound = confirm(stream, entry);
  if (!sound.ok()) return sound.status;
  if (!sound.value)
    return Status::error(ErrorCode::DAMAGED, "the index does not lead to a key chunk", offset_);
  return TimedEntry{entry, found.value && entry.time != 0};
}

Result<uint64_t> IndexSearch::count_groups(const JoinedStream& stream) {
  if (const Status status = load(stream, stream.last_index); !status.ok()) return status;
  const uint64_t before =
      packet_.has_search ? packet_.groups_before : packet_.number * kIndexEntries;
  return before + packet_.entry_count;
}

Status IndexSearch::read_times(JoinedStream& stream) {
  if (const Status status = load(stream, stream.last_index); !status.ok()) return status;
  const uint64_t end = packet_.end_time;
  if (end == 0) return {};  // there are no times
  const Result<uint64_t> first = first_time(stream);
  if (!first.ok()) return first.status;
  stream.origin = std::min(end, std::max<uint64_t>(first.value, 1)) - 1;
  stream.duration = end - 1 - stream.origin;
  return {};
}

/// The time of the first group that can be entered, in ns + 1; 0 if none of the first ones can.
/// packet_ is the last packet.
Result<uint64_t> IndexSearch::first_time(const JoinedStream& stream) {
  if (packet_.link_count != 0) {
    const IndexLink& first = packet_.links[packet_.link_count - 1];
    if (first.time != 0) return first.time;
    if (const Status status = load(stream, stream.begin + first.stream_offset); !status.ok())
      return status;
  }
  const auto begin = packet_.entries.begin();
  const auto end = begin + packet_.entry_count;
  const auto entry = std::find_if(begin, end, [](const IndexEntry& e) { return e.time != 0; });
  return entry != end ? entry->time : uint64_t{0};
}

/// In packet_, which has one that is not behind `bound`, the first entry of the last such time.
size_t IndexSearch::first_of_time(uint64_t bound) const {
  const auto begin = packet_.entries.begin();
  const auto behind =
      std::upper_bound(begin, begin + packet_.entry_count, bound,
                       [](uint64_t value, const IndexEntry& entry) { return value < entry.time; });
  auto i = static_cast<size_t>(behind - begin) - 1;
  while (i > 0 && packet_.entries[i].time == packet_.entries[i - 1].time)
    i--;
  return i;
}

/// Makes packet_ the last packet whose first entry is not behind `value`; false if all are, and
/// then it is the first packet.
Result<bool> IndexSearch::read(const JoinedStream& stream, const Order& order, uint64_t value) {
  uint64_t offset = stream.last_index;
  // Who goes through a stream asks for what is in the same packet, mostly.
  const bool is_here = offset_ >= stream.begin && offset_ < stream.end;
  if (is_here && order.entry == &IndexEntry::raw_offset && value < raw_end_ &&
      value >= packet_.entries[0].raw_offset)
    offset = offset_;
  for (int step = 0; step < kMaxSteps; step++) {
    if (const Status status = load(stream, offset); !status.ok()) return status;
    if (value >= packet_.entries[0].*order.entry) return true;
    if (packet_.link_count == 0) return false;
    // The farthest one back that is not too far; if all are, the one right before is it.
    size_t link = 0;
    while (link + 1 < packet_.link_count && packet_.links[link + 1].*order.link > value)
      link++;
    const uint64_t back = stream.begin + packet_.links[link].stream_offset;
    if (back >= offset) break;
    offset = back;
  }
  return Status::error(ErrorCode::DAMAGED, "the index does not lead to its beginning", offset);
}

/// Makes packet_ the packet at `offset`.
Status IndexSearch::load(const JoinedStream& stream, uint64_t offset) {
  if (offset_ == offset) return {};
  offset_ = 0;
  const Status status = read_packet(stream, offset);
  if (status.ok()) offset_ = offset;
  return status;
}

Status IndexSearch::read_packet(const JoinedStream& stream, uint64_t offset) {
  FoundPacket packet;
  if (const Status status = find_packet(source_, offset, stream.end, packet); !status.ok())
    return status;
  if (packet.header.kind() != PacketKind::INDEX || packet.header.stream_id != stream.id)
    return Status::error(ErrorCode::DAMAGED, "an index offset leads elsewhere", offset);
  Buffer buffer;
  if (const Status status = read_body(source_, packet, kMaxSmallBody, pool_, buffer); !status.ok())
    return status;
  const Status status = parse_index(buffer.bytes(), offset, packet_);
  raw_end_ = packet.header.raw_offset;
  if (status.ok() && packet_.has_search) body_ = std::move(buffer);
  return status;
}

/// Whether the entry's key chunk is where it says.
Result<bool> IndexSearch::confirm(const JoinedStream& stream, const IndexEntry& entry) {
  if (entry.stream_offset >= stream.end - stream.begin) return false;
  FoundPacket packet;
  const Status status =
      find_packet(source_, stream.begin + entry.stream_offset, stream.end, packet);
  if (is_trouble(status)) return status;
  const PacketHeader& header = packet.header;
  return status.ok() && header.kind() == PacketKind::CHUNK && header.is_key() &&
         header.stream_id == stream.id && header.sequence == entry.sequence &&
         header.raw_offset == entry.raw_offset;
}

}  // namespace sigma
