/* Finding streams and keys.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/access/stream_map.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

constexpr uint64_t kEndPacketSize = 4 + kPacketHeaderSize + kEndBodySize;

/// Keys kept of what had to be walked through. Beyond, every second one is dropped, again and
/// again; what lies between two is walked through when it is needed.
constexpr size_t kMostKeys = 16384;

/// Zero bytes behind an end packet that are passed from their end. What has more is walked through.
constexpr uint64_t kMostPadding = uint64_t{1} << 20;

/// Zero bytes at the end of an end packet, at most: a head's last field may be 0, and the one
/// before it is not.
constexpr uint64_t kEndZeros = 7;

constexpr uint64_t kNoRecord = UINT64_MAX;

}  // namespace

StreamMap::StreamMap(ByteSource& source, GlyphBufferPool& pool, OnError on_error)
    : source_(source),
      pool_(pool),
      on_error_(on_error),
      walker_(source, pool, on_error),
      records_(pool),
      ended_(pool),
      keys_(pool) {
  front_ = source.size();
}

Status StreamMap::open() {
  const Result<bool> opened = open_from_ends();
  if (!opened.ok() || opened.value) return opened.status;
  const Status status = walk_streams();
  if (status.ok()) return complete();
  // What the source or the memory refused may be asked for again; what the stream says stays said.
  const bool may_change = status.code == ErrorCode::AGAIN || status.code == ErrorCode::IO ||
                          status.code == ErrorCode::NO_MEMORY;
  is_open_ = !may_change;
  if (is_open_) open_status_ = status;
  return status;
}

Result<bool> StreamMap::open_from_ends() {
  if (is_open_) return open_status_.ok() ? Result<bool>(true) : Result<bool>(open_status_);
  if (!ends_followed_)
    if (const Status status = follow_ends(); !status.ok()) return status;
  ends_followed_ = true;
  if (front_ != 0 || ended_.empty()) return false;
  const Status status = complete();
  return status.ok() ? Result<bool>(true) : Result<bool>(status);
}

/// From end packet to head, stream by stream, until that does not work any more.
Status StreamMap::follow_ends() {
  while (front_ != 0) {
    Record record;
    const Result<bool> found = find_end(record);
    if (!found.ok()) return found.status;
    if (!found.value) return {};
    if (const Status status = ended_.push_back(record); !status.ok()) return status;
    front_ = record.begin;
    padding_ = 0;
    padding_known_ = false;
  }
  return {};
}

/// The stream whose end packet is the last one before front_, with nothing but zeros behind it.
Result<bool> StreamMap::find_end(Record& record) {
  if (!padding_known_) {
    const Result<bool> found = read_end(front_, record);
    if (!found.ok() || found.value) return found;
  }
  if (const Status status = measure_padding(); !status.ok()) return status;
  // An end packet may itself end with zeros.
  const uint64_t bound = front_ - padding_;
  for (uint64_t more = std::min<uint64_t>(padding_, kEndZeros + 1); more-- > 0;) {
    const Result<bool> found = read_end(bound + more, record);
    if (!found.ok() || found.value) return found;
  }
  return false;
}

/// Looks back from front_.
Status StreamMap::measure_padding() {
  constexpr size_t kBlock = size_t{64} << 10;
  if (padding_known_) return {};
  Result<Buffer> block = pool_.acquire(kBlock);
  Status status = block.status;
  while (status.ok() && !padding_known_) {
    const uint64_t end = front_ - padding_;
    const auto size = static_cast<size_t>(std::min<uint64_t>(kBlock, end));
    const uint8_t* bytes = block.value.block();
    status = source_.read(end - size, {block.value.block(), size});
    size_t zeros = 0;
    while (status.ok() && zeros < size && bytes[size - 1 - zeros] == 0)
      zeros++;
    padding_ += zeros;
    padding_known_ = status.ok() && (zeros < kBlock || padding_ >= kMostPadding);
  }
  if (block.ok()) pool_.release(std::move(block.value));
  return status;
}

/// The stream whose end packet ends at `end`, if there is one and its numbers can be believed.
Result<bool> StreamMap::read_end(uint64_t end, Record& record) {
  if (end < kEndPacketSize) return false;
  FoundPacket packet;
  Status status = find_packet(source_, end - kEndPacketSize, end, packet);
  Buffer buffer;
  if (status.ok()) status = read_body(source_, packet, kEndBodySize, pool_, buffer);
  if (is_trouble(status)) return status;
  EndTotals totals;
  ByteSpan head;
  if (!status.ok() || packet.header.kind() != PacketKind::END ||
      !parse_end(buffer.bytes(), 0, totals, head).ok() || totals.stream_size > end ||
      totals.stream_size < kEndPacketSize || totals.raw_size != packet.header.raw_offset ||
      totals.last_index >= totals.stream_size)
    return false;
  record.begin = end - totals.stream_size;
  record.end = end;
  record.raw_size = totals.raw_size;
  record.id = packet.header.stream_id;
  record.last_index = totals.last_index == 0 ? 0 : record.begin + totals.last_index;
  std::copy(head.begin(), head.end(), record.head.begin());
  return has_head(record);
}

/// Whether the stream begins where its end packet says: bytes put in or cut out move that place.
Result<bool> StreamMap::has_head(const Record& record) {
  FoundPacket packet;
  Status status = find_packet(source_, record.begin, record.end, packet);
  Buffer buffer;
  if (status.ok()) status = read_body(source_, packet, kMaxHeadBody, pool_, buffer);
  if (is_trouble(status)) return status;
  if (status.ok())
    return packet.header.kind() == PacketKind::HEAD && (packet.header.flags & kFlagCopy) == 0 &&
           packet.header.stream_id == record.id && buffer.size() >= kHeadBodySize &&
           std::equal(record.head.begin(), record.head.end(), buffer.bytes().begin());
  // A lost head: the end packet's copy does as well, if the place is the beginning of the input.
  return on_error_ == OnError::SKIP && record.begin == 0;
}

/// What lies before front_, from its beginning, packet by packet.
Status StreamMap::walk_streams() {
  if (!std::exchange(walking_, true)) walker_.start(0, front_);
  for (;;) {
    const Result<bool> found = has_packet_ ? Result<bool>(true) : walker_.next(packet_);
    if (is_trouble(found.status)) return found.status;
    if (!found.ok()) end_status_ = found.status;
    if (!found.ok() || !found.value) break;
    const Status status = see(packet_);
    has_packet_ = status.code == ErrorCode::AGAIN;
    if (!status.ok()) {
      if (is_trouble(status)) return status;
      end_status_ = status;
      break;
    }
  }
  // What follows is the head of a stream that was found from its end, or the end of the input.
  const uint64_t next_id = ended_.empty() ? ~kept_.id : ended_[ended_.size() - 1].id;
  if (end_kept_)
    if (const Status status = settle_end(true, next_id); !status.ok()) return status;
  if (in_record_) {
    if (end_status_.ok())
      end_status_ =
          Status::error(ErrorCode::TRUNCATED, "the stream stops before its end packet", front_);
    // Positions of streams behind it count with the chunk that is cut; at the end it is of no use.
    close_record(front_, ended_.empty() ? raw_seen_ : raw_told_);
  }
  // Streams behind the damage are out of reach for who does not skip it.
  if (on_error_ == OnError::FAIL && !end_status_.ok()) ended_.clear();
  if (on_error_ == OnError::SKIP && !ended_.empty()) end_status_ = {};
  return {};
}

/// Takes account of one packet. Rules as in decoding; of bodies only those of heads are looked at.
Status StreamMap::see(const FoundPacket& packet) {
  const PacketHeader& header = packet.header;
  // Of a packet whose body is cut, the header still tells what there was.
  if (packet.cut && header.kind() != PacketKind::CHUNK) return {};
  const bool is_head = header.kind() == PacketKind::HEAD && (header.flags & kFlagCopy) == 0;
  if (end_kept_)
    if (const Status status = settle_end(is_head, header.stream_id); !status.ok()) return status;
  if (header.kind() == PacketKind::HEAD) return see_head(packet);
  if (!in_record_ || header.stream_id != records_.back().id) return see_foreign(packet);
  if (header.kind() == PacketKind::END && header.raw_offset > raw_chunks_ &&
      on_error_ == OnError::SKIP) {
    end_kept_ = true;
    kept_ = records_.back();
    kept_.end = packet.end();
    kept_.raw_size = header.raw_offset;
    return {};
  }
  if (header.kind() == PacketKind::END) {
    close_record(packet.end(), header.raw_offset);
    return {};
  }
  if (header.kind() != PacketKind::CHUNK) {
    raw_told_ = std::max(raw_told_, header.raw_offset);
    return {};
  }
  if (header.sequence == 0 && repeated_head_ != 0) {
    // The same stream again, behind a part of it that was cut.
    const auto head = records_.back().head;
    close_record(repeated_head_, raw_told_);
    if (const Status status = open_record(repeated_head_, header.stream_id, head); !status.ok())
      return status;
  }
  repeated_head_ = 0;
  if (header.raw_offset < raw_seen_) return {};
  const uint64_t raw_end = header.raw_offset + header.raw_size;
  raw_chunks_ = raw_end;
  raw_told_ = std::max(raw_told_, raw_end);
  if (packet.cut) return {};
  raw_seen_ = raw_end;
  if (!header.is_key()) return {};
  return add_key({records_.back().base + header.raw_offset, packet.offset, header.sequence,
                  records_.size() - 1});
}

/// A packet that belongs to no stream, or not to the present one.
Status StreamMap::see_foreign(const FoundPacket& packet) {
  if (on_error_ == OnError::FAIL)
    return Status::error(
        ErrorCode::DAMAGED,
        in_record_ ? "a packet belongs to another stream" : "a stream does not begin with its head",
        packet.offset);
  Buffer buffer;
  EndTotals totals;
  ByteSpan head;
  const uint64_t begin = records_.empty() ? 0 : records_.back().end;
  const bool is_repeated = !records_.empty() && packet.header.stream_id == records_.back().id;
  if (in_record_ || is_repeated || packet.header.kind() != PacketKind::END) {
    walker_.distrust();
    return {};
  }
  // A stream that has lost its head and all copies but this one.
  Status status = read_body(source_, packet, kEndBodySize, pool_, buffer);
  if (status.ok()) status = parse_end(buffer.bytes(), packet.offset, totals, head);
  if (!status.ok()) return is_trouble(status) ? status : Status{};
  end_kept_ = true;
  kept_ = {};
  kept_.begin = begin;
  kept_.end = packet.end();
  kept_.id = packet.header.stream_id;
  kept_.raw_size = totals.raw_size;
  std::copy(head.begin(), head.end(), kept_.head.begin());
  return {};
}

/// What follows an end packet that counts chunks which did not come tells whether it stands in a
/// wrong place; see StreamingDecoder::settle_end().
Status StreamMap::settle_end(bool is_head, uint64_t id) {
  end_kept_ = false;
  if (id == kept_.id && !(in_record_ && is_head)) return {};
  if (!in_record_)
    if (const Status status = open_record(kept_.begin, kept_.id, kept_.head); !status.ok())
      return status;
  close_record(kept_.end, kept_.raw_size);
  return {};
}

Status StreamMap::see_head(const FoundPacket& packet) {
  const bool is_copy = (packet.header.flags & kFlagCopy) != 0;
  if (in_record_ && is_copy) {
    if (packet.header.stream_id == records_.back().id)
      raw_told_ = std::max(raw_told_, packet.header.raw_offset);
    return {};
  }
  if (in_record_ && on_error_ == OnError::FAIL)
    return Status::error(ErrorCode::TRUNCATED,
                         "a new stream begins before the end packet of the one before",
                         packet.offset);
  if (in_record_ && packet.header.stream_id == records_.back().id) {
    if (raw_told_ != 0) repeated_head_ = packet.offset;
    return {};
  }
  Buffer buffer;
  Status status = read_body(source_, packet, kMaxHeadBody, pool_, buffer);
  if (!status.ok()) return on_error_ == OnError::SKIP && is_damage(status) ? Status{} : status;
  Head head;
  status = parse_head(buffer.bytes(), packet.offset, head);
  if (!status.ok()) return status;
  if (is_copy && (head.flags & kHeadJoin) == 0 && on_error_ == OnError::FAIL)
    return Status::error(ErrorCode::DAMAGED, "the beginning of the stream is missing",
                         packet.offset);
  if (in_record_) close_record(packet.offset, raw_told_);
  return open_record(packet.offset, packet.header.stream_id, buffer.bytes().first<kHeadBodySize>());
}

Status StreamMap::open_record(uint64_t begin, uint64_t id,
                              std::span<const uint8_t, kHeadBodySize> head) {
  Record record;
  record.begin = begin;
  record.base = records_.empty() ? 0 : records_.back().base + records_.back().raw_size;
  record.id = id;
  std::copy(head.begin(), head.end(), record.head.begin());
  if (const Status status = records_.push_back(record); !status.ok()) return status;
  in_record_ = true;
  repeated_head_ = 0;
  raw_seen_ = raw_chunks_ = raw_told_ = 0;
  return {};
}

void StreamMap::close_record(uint64_t end, uint64_t raw_size) {
  Record& record = records_.back();
  record.end = end;
  record.raw_size = std::min(raw_size, UINT64_MAX - record.base);
  // Its keys are known, and the index does not count with what damage moved.
  record.last_index = 0;
  in_record_ = false;
}

/// Why there is none. Tells another kind of file from a stream that is damaged.
Status StreamMap::no_stream() {
  uint8_t front[kPacketMagic];
  const auto size = static_cast<size_t>(std::min<uint64_t>(sizeof front, source_.size()));
  if (const Status status = source_.read(0, {front, size}); !status.ok()) return status;
  if (size == 0 || !looks_like_packet({front, size}))
    return Status::error(ErrorCode::NOT_SIGMA, "there is no packet header");
  if (!end_status_.ok()) return end_status_;
  return Status::error(ErrorCode::DAMAGED,
                       "neither the head of the stream nor a copy of it is left");
}

/// Puts the streams found from their ends behind those walked through.
Status StreamMap::complete() {
  for (size_t i = ended_.size(); i-- > 0;) {
    Record record = ended_[i];
    record.base = records_.empty() ? 0 : records_.back().base + records_.back().raw_size;
    record.raw_size = std::min(record.raw_size, UINT64_MAX - record.base);
    if (const Status status = records_.push_back(record); !status.ok()) return status;
    ended_.resize_down(i);
  }
  is_open_ = true;
  if (!records_.empty()) decoded_size_ = records_.back().base + records_.back().raw_size;
  if (records_.empty()) open_status_ = no_stream();
  return open_status_;
}

/// The first key behind `position`.
StreamMap::Key* StreamMap::key_behind(uint64_t position) {
  return std::upper_bound(keys_.begin(), keys_.end(), position,
                          [](uint64_t value, const Key& key) { return value < key.position; });
}

Status StreamMap::add_key(const Key& key) {
  const auto place = static_cast<size_t>(key_behind(key.position) - keys_.begin());
  if (place > 0 && keys_[place - 1].position == key.position) return {};
  if (const Status status = keys_.push_back(key); !status.ok()) return status;
  std::rotate(keys_.begin() + place, keys_.end() - 1, keys_.end());
  if (keys_.size() < kMostKeys) return {};
  for (size_t i = 0; i < kMostKeys / 2; i++)
    keys_[i] = keys_[2 * i];
  keys_.resize_down(kMostKeys / 2);
  return {};
}

Result<EntryPoint> StreamMap::locate(uint64_t position) {
  const auto after = std::upper_bound(
      records_.begin(), records_.end(), position,
      [](uint64_t value, const Record& record) { return value < record.base + record.raw_size; });
  if (after == records_.end())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a position behind the end");
  const auto record = static_cast<size_t>(after - records_.begin());
  if (records_[record].last_index != 0) {
    const Result<EntryPoint> found = locate_by_index(record, position - records_[record].base);
    if (found.ok() || is_trouble(found.status)) return found;
    records_[record].last_index = 0;  // it cannot be relied on
  }
  return locate_by_walking(record, position);
}

Result<EntryPoint> StreamMap::locate_by_index(size_t number, uint64_t raw) {
  const Record& record = records_[number];
  const Result<bool> read =
      read_index(record, {&IndexEntry::raw_offset, &IndexLink::raw_offset}, raw);
  if (!read.ok()) return read.status;
  if (!read.value)
    return Status::error(ErrorCode::DAMAGED, "the index does not lead to its beginning",
                         index_offset_);
  auto i = static_cast<size_t>(
      std::upper_bound(
          index_.entries.begin(), index_.entries.begin() + index_.entry_count, raw,
          [](uint64_t value, const IndexEntry& entry) { return value < entry.raw_offset; }) -
      index_.entries.begin());
  // If a key's header is damaged, its group is lost; the one before leads there as well.
  for (const size_t least = i > 2 ? i - 2 : 0; i-- > least;) {
    const IndexEntry& entry = index_.entries[i];
    const Result<bool> sound = confirm(record, entry);
    if (!sound.ok()) return sound.status;
    if (sound.value)
      return entry_point(number, {record.base + entry.raw_offset,
                                  record.begin + entry.stream_offset, entry.sequence, number});
  }
  return Status::error(ErrorCode::DAMAGED, "the index does not lead to a key chunk", index_offset_);
}

bool StreamMap::is_framed() const {
  Head head;
  return !records_.empty() && parse_head(records_[0].head, 0, head).ok() && head.is_framed();
}

/// Makes index_ the last packet whose first entry is not behind `value`; false if all are, and then
/// it is the first packet.
Result<bool> StreamMap::read_index(const Record& record, const IndexOrder& order, uint64_t value) {
  uint64_t offset = record.last_index;
  for (int step = 0; step < kMostSteps; step++) {
    if (const Status status = load_index(record, offset); !status.ok()) return status;
    if (value >= index_.entries[0].*order.entry) return true;
    if (index_.link_count == 0) return false;
    // The farthest one back that is not too far; if all are, the one right before is it.
    size_t link = 0;
    while (link + 1 < index_.link_count && index_.links[link + 1].*order.link > value)
      link++;
    const uint64_t back = record.begin + index_.links[link].stream_offset;
    if (back >= offset) break;
    offset = back;
  }
  return Status::error(ErrorCode::DAMAGED, "the index does not lead to its beginning", offset);
}

/// Makes index_ the packet at `offset`.
Status StreamMap::load_index(const Record& record, uint64_t offset) {
  if (index_offset_ == offset) return {};
  index_offset_ = 0;
  const Status status = read_index_packet(record, offset);
  if (status.ok()) index_offset_ = offset;
  return status;
}

Status StreamMap::read_index_packet(const Record& record, uint64_t offset) {
  FoundPacket packet;
  if (const Status status = find_packet(source_, offset, record.end, packet); !status.ok())
    return status;
  if (packet.header.kind() != PacketKind::INDEX || packet.header.stream_id != record.id)
    return Status::error(ErrorCode::DAMAGED, "an index offset leads elsewhere", offset);
  Buffer buffer;
  if (const Status status = read_body(source_, packet, kMaxSmallBody, pool_, buffer); !status.ok())
    return status;
  return parse_index(buffer.bytes(), offset, index_);
}

/// Whether the entry's key chunk is where it says.
Result<bool> StreamMap::confirm(const Record& record, const IndexEntry& entry) {
  if (entry.stream_offset >= record.end - record.begin) return false;
  FoundPacket packet;
  const Status status =
      find_packet(source_, record.begin + entry.stream_offset, record.end, packet);
  if (is_trouble(status)) return status;
  const PacketHeader& header = packet.header;
  return status.ok() && header.kind() == PacketKind::CHUNK && header.is_key() &&
         header.stream_id == record.id && header.sequence == entry.sequence &&
         header.raw_offset == entry.raw_offset;
}

/// From the last key known before `position` on, header by header.
Result<EntryPoint> StreamMap::locate_by_walking(size_t number, uint64_t position) {
  const Record record = records_[number];
  if (!seeking_ || seek_position_ != position) {
    const Key* behind = key_behind(position);
    const bool has_key = behind != keys_.begin() && (behind - 1)->record == number;
    best_ = has_key ? *(behind - 1) : Key{record.base, record.begin, 0, kNoRecord};
    walker_.start(best_.offset, record.end);
    seeking_ = true;
    seek_position_ = position;
  }
  for (;;) {
    FoundPacket packet;
    const Result<bool> found = walker_.next(packet);
    if (is_trouble(found.status)) return found.status;
    if (!found.ok() || !found.value) break;
    if (packet.cut) continue;
    const PacketHeader& header = packet.header;
    if (header.stream_id != record.id) {
      walker_.distrust();
      continue;
    }
    if (header.kind() != PacketKind::CHUNK) continue;
    if (record.base + header.raw_offset > position && best_.record == number) break;
    if (record.base + header.raw_offset > position) continue;  // too early, maybe
    // A key that was repeated is no later one.
    const bool is_passed =
        best_.record == number && record.base + header.raw_offset <= best_.position;
    if (!header.is_key() || is_passed) continue;
    best_ = {record.base + header.raw_offset, packet.offset, header.sequence, number};
    if (const Status status = add_key(best_); !status.ok()) return status;
  }
  seeking_ = false;
  if (best_.record == number) return entry_point(number, best_);
  if (on_error_ == OnError::SKIP) {
    const Result<EntryPoint> start = behind_head(number);
    if (!start.ok() || (start.value.head.flags & kHeadJoin) == 0) return start;
  }
  return Status::error(ErrorCode::DAMAGED, "no key chunk is left before these bytes", record.begin);
}

/// Where the stream's first packet behind its head is due: what is left of a group that has lost
/// its key may be decoded from there.
Result<EntryPoint> StreamMap::behind_head(size_t number) {
  const Record& record = records_[number];
  FoundPacket packet;
  const Status status = find_packet(source_, record.begin, record.end, packet);
  if (is_trouble(status)) return status;
  const bool has_head = status.ok() && packet.header.kind() == PacketKind::HEAD;
  return entry_point(number, {record.base, has_head ? packet.end() : record.begin, 0, number});
}

Result<EntryPoint> StreamMap::entry_point(size_t number, const Key& key) const {
  const Record& record = records_[number];
  EntryPoint point;
  if (const Status status = parse_head(record.head, record.begin, point.head); !status.ok())
    return status;
  point.head_bytes = record.head;
  point.stream_id = record.id;
  point.stream_start = record.begin;
  point.stream_offset = key.offset;
  point.sequence = key.sequence;
  point.raw_offset = key.position - record.base;
  point.stream = number;
  point.base = record.base;
  point.end = record.base + record.raw_size;
  return point;
}

}  // namespace sigma
