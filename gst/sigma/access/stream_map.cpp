/* Finding streams and keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/stream_map.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

/// Keys kept of what had to be walked through. Beyond, every second one is dropped, again and
/// again; what lies between two is walked through when it is needed.
constexpr size_t kMaxKeys = 16384;

constexpr uint64_t kNoStream = UINT64_MAX;

}  // namespace

StreamMap::StreamMap(ByteSource& source, GlyphBufferPool& pool, OnError on_error)
    : source_(source),
      pool_(pool),
      on_error_(on_error),
      walker_(source, pool, on_error),
      ends_(source, pool, on_error),
      index_(source, pool),
      streams_(pool),
      ended_(pool),
      keys_(pool),
      tracker_(on_error) {}

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
  if (ends_.front() != 0 || ended_.empty()) return false;
  const Status status = complete();
  return status.ok() ? Result<bool>(true) : Result<bool>(status);
}

/// From end packet to head, stream by stream, until that does not work any more.
Status StreamMap::follow_ends() {
  while (ends_.front() != 0) {
    JoinedStream stream;
    const Result<bool> found = ends_.find(stream);
    if (!found.ok()) return found.status;
    if (!found.value) return {};
    if (const Status status = ended_.push_back(stream); !status.ok()) return status;
    ends_.pass(stream);
  }
  return {};
}

/// What lies before ends_.front(), from its beginning, packet by packet.
Status StreamMap::walk_streams() {
  if (!std::exchange(walking_, true)) walker_.start(0, ends_.front());
  while (end_status_.ok()) {
    const Result<bool> found = has_packet_ ? Result<bool>(true) : walker_.next(packet_);
    if (is_trouble(found.status)) return found.status;
    if (!found.ok()) end_status_ = found.status;
    if (!found.ok() || !found.value) break;
    const Status status = see(packet_);
    has_packet_ = is_trouble(status);
    if (has_packet_) return status;
    if (on_error_ == OnError::FAIL) end_status_ = status;
  }
  return finish_walk();
}

/// What follows is the head of a stream that was found from its end, or the end of the input.
Status StreamMap::finish_walk() {
  const bool is_last = ended_.empty();
  tracker_.settle_end(is_last ? std::nullopt
                              : std::optional<uint64_t>(ended_[ended_.size() - 1].id));
  if (const Status status = note_ended(); !status.ok()) return status;
  if (tracker_.in_stream()) {
    if (end_status_.ok()) end_status_ = cut_off(ends_.front());
    // Positions of streams behind it count with the chunk that is cut; at the end it is of no use.
    tracker_.cut_stream(ends_.front(), is_last ? raw_seen_ : tracker_.raw_told());
    if (const Status status = note_ended(); !status.ok()) return status;
  }
  // Streams behind the damage are out of reach unless it is skipped.
  if (on_error_ == OnError::FAIL && !end_status_.ok()) ended_.clear();
  if (on_error_ == OnError::SKIP && !ended_.empty()) end_status_ = {};
  return {};
}

/// Takes account of one packet. Can be called again with it where it gave trouble.
Status StreamMap::see(const FoundPacket& packet) {
  if (const Status status = note_ended(); !status.ok()) return status;
  const Result<StreamTracker::Verdict> verdict = ask(packet);
  if (const Status status = note_ended(); !status.ok()) return status;
  if (!verdict.ok()) return verdict.status;
  if (verdict.value == StreamTracker::Verdict::NEW_STREAM) tracker_.start_stream();
  const bool is_chunk = packet.header.kind() == PacketKind::CHUNK && !packet.cut;
  if (is_chunk && verdict.value != StreamTracker::Verdict::REPEATED)
    raw_seen_ = packet.header.raw_offset + packet.header.raw_size;
  if (verdict.value == StreamTracker::Verdict::DECODE) return see_chunk(packet);
  if (verdict.value == StreamTracker::Verdict::END) tracker_.end_stream();
  return note_ended();
}

/// What the tracker says of a packet. Of bodies only those that it needs are read; the others are
/// taken for sound.
Result<StreamTracker::Verdict> StreamMap::ask(const FoundPacket& packet) {
  Status status = tracker_.admit(packet.header, packet.offset);
  // Without SKIP what does not fit is an error where it is decoded: here it hides no key behind it.
  if (status.ok() && on_error_ == OnError::SKIP) status = tracker_.check();
  // Nor does what only a newer version knows.
  const bool is_unknown = status.code == ErrorCode::UNSUPPORTED_PACKET;
  if (!status.ok() && !is_unknown) {
    walker_.distrust();
    return status;
  }
  if (packet.cut) return StreamTracker::Verdict::PASS;
  // An end packet that stands in a wrong place would hide what follows.
  const bool is_doubtful =
      packet.header.kind() == PacketKind::END && on_error_ == OnError::SKIP && !is_unknown;
  if (!tracker_.needs_body() && !is_doubtful) return tracker_.see_header(packet.end());
  Buffer body;
  status = read_body(source_, packet, kMaxHeadBody, pool_, body);
  if (status.ok()) return tracker_.see(body.bytes(), packet.end());
  walker_.distrust();
  return status;
}

/// A chunk is taken for one that can be decoded.
Status StreamMap::see_chunk(const FoundPacket& packet) {
  const PacketHeader& header = packet.header;
  if (header.kind() == PacketKind::CHUNK && header.is_key()) {
    const Key key = {tracker_.base() + header.raw_offset, packet.offset, header.sequence,
                     tracker_.streams()};
    if (const Status status = add_key(key); !status.ok()) return status;
  }
  tracker_.decoded(true);
  return {};
}

/// Keeps the stream that the tracker has seen end.
Status StreamMap::note_ended() {
  if (streams_.size() == tracker_.streams()) return {};
  const StreamTracker::EndedStream& ended = tracker_.ended();
  JoinedStream stream;
  stream.begin = ended.begin;
  stream.end = ended.end;
  stream.base = ended.base;
  stream.raw_size = ended.raw_size;
  stream.id = ended.id;
  stream.head = ended.head;
  raw_seen_ = 0;
  return streams_.push_back(stream);
}

/// Why there is none. Tells another kind of file from a stream that is damaged.
Status StreamMap::no_stream() {
  uint8_t front[kPacketMagic];
  const auto size = static_cast<size_t>(std::min<uint64_t>(sizeof front, source_.size()));
  if (const Status status = source_.read(0, {front, size}); !status.ok()) return status;
  if (size == 0 || !looks_like_packet({front, size})) return no_sigma();
  if (!end_status_.ok()) return end_status_;
  return no_head_left(0);
}

/// Puts the streams found from their ends behind those walked through.
Status StreamMap::complete() {
  for (size_t i = ended_.size(); i-- > 0;) {
    JoinedStream stream = ended_[i];
    stream.base = streams_.empty() ? 0 : streams_.back().base + streams_.back().raw_size;
    stream.raw_size = std::min(stream.raw_size, UINT64_MAX - stream.base);
    if (const Status status = streams_.push_back(stream); !status.ok()) return status;
    ended_.resize_down(i);
  }
  is_open_ = true;
  if (!streams_.empty()) decoded_size_ = streams_.back().base + streams_.back().raw_size;
  if (streams_.empty()) open_status_ = no_stream();
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
  if (keys_.size() < kMaxKeys) return {};
  for (size_t i = 0; i < kMaxKeys / 2; i++)
    keys_[i] = keys_[2 * i];
  keys_.resize_down(kMaxKeys / 2);
  return {};
}

/// The stream that has the decoded byte there; streams() if none has.
size_t StreamMap::stream_at(uint64_t position) const {
  const auto after = std::upper_bound(streams_.begin(), streams_.end(), position,
                                      [](uint64_t value, const JoinedStream& stream) {
                                        return value < stream.base + stream.raw_size;
                                      });
  return static_cast<size_t>(after - streams_.begin());
}

Result<EntryPoint> StreamMap::locate(uint64_t position) {
  const size_t number = stream_at(position);
  if (number == streams_.size())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a position behind the end");
  if (streams_[number].last_index != 0) {
    const Result<IndexEntry> entry =
        index_.find_byte(streams_[number], position - streams_[number].base);
    const Result<EntryPoint> found =
        entry.ok() ? indexed_point(number, entry.value) : Result<EntryPoint>(entry.status);
    if (found.ok() || is_trouble(found.status)) return found;
    streams_[number].last_index = 0;  // it cannot be relied on
  }
  return locate_by_walking(number, position);
}

bool StreamMap::is_framed() const {
  Head head;
  return !streams_.empty() && parse_head(streams_[0].head, 0, head).ok() && head.is_framed();
}

/// From the last key known before `position` on, header by header.
Result<EntryPoint> StreamMap::locate_by_walking(size_t number, uint64_t position) {
  const JoinedStream stream = streams_[number];
  if (!seeking_ || seek_position_ != position) {
    const Key* behind = key_behind(position);
    const bool has_key = behind != keys_.begin() && (behind - 1)->stream == number;
    best_ = has_key ? *(behind - 1) : Key{stream.base, stream.begin, 0, kNoStream};
    walker_.start(best_.offset, stream.end);
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
    if (header.stream_id != stream.id) {
      walker_.distrust();
      continue;
    }
    if (header.kind() != PacketKind::CHUNK) continue;
    if (stream.base + header.raw_offset > position && best_.stream == number) break;
    if (stream.base + header.raw_offset > position) continue;  // too early, maybe
    // A key that was repeated is no later one.
    const bool is_passed =
        best_.stream == number && stream.base + header.raw_offset <= best_.position;
    if (!header.is_key() || is_passed) continue;
    best_ = {stream.base + header.raw_offset, packet.offset, header.sequence, number};
    if (const Status status = add_key(best_); !status.ok()) return status;
  }
  seeking_ = false;
  if (best_.stream == number) return entry_point(number, best_);
  Head head;
  if (on_error_ == OnError::SKIP) {
    if (const Status status = parse_head(stream.head, stream.begin, head); !status.ok())
      return status;
    if ((head.flags & kHeadJoin) == 0) return behind_head(number);
  }
  return Status::error(ErrorCode::DAMAGED, "no key chunk is left before these bytes", stream.begin);
}

/// Where the stream's first packet behind its head is due: what is left of a group that has lost
/// its key may be decoded from there.
Result<EntryPoint> StreamMap::behind_head(size_t number) {
  const JoinedStream& stream = streams_[number];
  FoundPacket packet;
  const Status status = find_packet(source_, stream.begin, stream.end, packet);
  if (is_trouble(status)) return status;
  const bool has_head = status.ok() && packet.header.kind() == PacketKind::HEAD;
  return entry_point(number, {stream.base, has_head ? packet.end() : stream.begin, 0, number});
}

Result<EntryPoint> StreamMap::indexed_point(size_t number, const IndexEntry& entry) const {
  const JoinedStream& stream = streams_[number];
  return entry_point(number, {stream.base + entry.raw_offset, stream.begin + entry.stream_offset,
                              entry.sequence, number});
}

Result<EntryPoint> StreamMap::entry_point(size_t number, const Key& key) const {
  const JoinedStream& stream = streams_[number];
  EntryPoint point;
  point.head = stream.head;
  point.stream_id = stream.id;
  point.stream_start = stream.begin;
  point.stream_offset = key.offset;
  point.sequence = key.sequence;
  point.raw_offset = key.position - stream.base;
  point.stream = number;
  point.base = stream.base;
  point.end = stream.base + stream.raw_size;
  return point;
}

}  // namespace sigma
