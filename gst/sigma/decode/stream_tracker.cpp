/* The rules of a stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/stream_tracker.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/wire/index.hpp"

namespace sigma {

void StreamTracker::reset() {
  state_ = State::BETWEEN;
  group_ = Group::NONE;
  repeated_head_.reset();
  held_end_.reset();
  damage_open_ = false;
  streams_ = base_ = 0;
  sequence_ = raw_offset_ = raw_told_ = 0;
  ended_ = {};
}

void StreamTracker::start_at(const EntryPoint& point, const Head& head) {
  reset();
  packet_ = {};
  packet_.stream_id = point.stream_id;
  packet_.sequence = point.sequence;
  packet_.raw_offset = point.raw_offset;
  packet_offset_ = point.stream_start;
  streams_ = point.stream;
  base_ = point.base;
  start_stream({head, point.head}, 0);
  state_ = State::INSIDE;
  sequence_ = point.sequence;
  raw_offset_ = point.raw_offset;
  all_came_ = all_decoded_ = false;
}

Status StreamTracker::damaged(const char* text) const {
  return Status::error(ErrorCode::DAMAGED, text, packet_offset_);
}

Status StreamTracker::unsupported(const char* text) const {
  return Status::error(ErrorCode::UNSUPPORTED_PACKET, text, packet_offset_,
                       uint64_t{head_.minor} << 16 | uint64_t(packet_.type) << 8 |
                           static_cast<uint8_t>(packet_.primitive));
}

Status StreamTracker::no_packet(uint64_t offset) const {
  const char* text = "unknown bytes where a packet should begin";
  if (!in_stream())
    text = streams_ == 0 ? "bytes that belong to no stream come before it"
                         : "bytes that belong to no stream follow its end";
  return Status::error(ErrorCode::DAMAGED, text, offset);
}

Status StreamTracker::admit(const PacketHeader& packet, uint64_t offset) {
  packet_ = packet;
  packet_offset_ = offset;
  if (held_end_) settle_end(begins_stream(packet_), packet_.stream_id);
  if (packet_.kind() == PacketKind::HEAD) return {};  // see_head() looks at the rest
  if (!in_stream()) return check_headless();
  return is_of_stream() ? Status{} : damaged("a packet belongs to another stream");
}

/// A packet other than a head where a stream must begin. Without the head's limits no chunk can be
/// decoded; the end packet tells how much is lost.
Status StreamTracker::check_headless() {
  if (on_error_ == OnError::FAIL) return damaged("a stream does not begin with its head");
  const bool is_repeated_end =
      state_ == State::BETWEEN && streams_ != 0 && packet_.stream_id == stream_id_;
  if (packet_.kind() == PacketKind::END && packet_.body_size == kEndBodySize && !is_repeated_end)
    return {};
  if (is_repeated_end) return damaged("a packet comes twice or too late");
  state_ = State::HEADLESS;
  return damaged("the head of the stream is missing");
}

Status StreamTracker::check() {
  if (packet_.kind() != PacketKind::HEAD && !in_stream()) return {};
  if (const Status kind = check_kind(); !kind.ok()) return kind;
  if (packet_.kind() == PacketKind::HEAD) {
    if (is_copy() && is_of_stream() && place() == Place::AHEAD)
      raw_told_ = std::max(raw_told_, packet_.raw_offset);
    return {};
  }
  if (const Status place = check_place(); !place.ok()) return place;
  if (packet_.kind() == PacketKind::CHUNK) {
    if (const Status chunk = check_chunk(head_, packet_, base_, packet_offset_); !chunk.ok())
      return chunk;
    if (const Status group = check_group(); !group.ok()) return group;
  }
  // What a sound header tells counts, even if its body is lost.
  if (place() != Place::PASSED && packet_.kind() != PacketKind::END)
    raw_told_ = std::max(raw_told_, packet_.raw_offset + packet_.raw_size);
  return {};
}

Status StreamTracker::check_kind() const {
  const PacketKind kind = packet_.kind();
  // In a stream with framing, critical metadata is framing between chunks.
  const bool is_unknown =
      kind == PacketKind::UNKNOWN || (kind == PacketKind::METADATA && !head_.is_framed());
  if (is_unknown && (packet_.flags & kFlagCritical) != 0)
    return unsupported("unknown critical packet");
  if ((packet_.flags & ~known_flags(kind)) != 0) return unsupported("unknown flag in packet");
  if (packet_.body_size > largest_body(kind, head_))
    return damaged("a packet is larger than the format or its head allows");
  return {};
}

/// Sequence and raw offset of any packet but a new head.
StreamTracker::Place StreamTracker::place() const {
  if (state_ == State::JOINING) return Place::NEXT;
  if (packet_.sequence < sequence_) return Place::PASSED;
  const uint64_t chunks = packet_.sequence - sequence_;
  const uint64_t bytes = packet_.raw_offset - raw_offset_;
  if (chunks == 0) return bytes == 0 ? Place::NEXT : Place::IMPOSSIBLE;
  // Each of the chunks between has at least one byte, and chunk_max at most.
  if (packet_.raw_offset < raw_offset_ || bytes < chunks || (bytes - 1) / head_.chunk_max >= chunks)
    return Place::IMPOSSIBLE;
  return Place::AHEAD;
}

/// Whether the packet's place is one that can be dealt with.
Status StreamTracker::check_place() const {
  const Place where = place();
  if (where == Place::NEXT) return {};
  if (on_error_ == OnError::SKIP && where != Place::IMPOSSIBLE) return {};
  if (packet_.sequence > sequence_) return damaged("chunks are missing");
  if (packet_.sequence < sequence_) return damaged("a chunk comes twice or too late");
  return damaged("a packet's decoded offset is wrong");
}

Status StreamTracker::check_group() const {
  if (packet_.is_key() || state_ == State::JOINING || is_broken() || place() != Place::NEXT)
    return {};
  if (group_chunks_ == 0) return damaged("a stream's first chunk is no key");
  if (group_chunks_ >= head_.key_interval)
    return damaged("a group has more chunks than its head allows");
  return {};
}

bool StreamTracker::lose_body() {
  const bool is_key = packet_.kind() == PacketKind::CHUNK && packet_.is_key();
  if (!in_stream() || !is_key || place() == Place::PASSED) return false;
  lose_key();
  return true;
}

bool StreamTracker::needs_body() const {
  if (packet_.kind() == PacketKind::HEAD) return !is_of_stream() && !(in_stream() && is_copy());
  return !in_stream();
}

Result<StreamTracker::Verdict> StreamTracker::see(ByteSpan body, uint64_t end) {
  return see_packet(body, end);
}

Result<StreamTracker::Verdict> StreamTracker::see_header(uint64_t end) {
  return see_packet(std::nullopt, end);
}

Result<StreamTracker::Verdict> StreamTracker::see_packet(const Body& body, uint64_t end) {
  const PacketKind kind = packet_.kind();
  if (kind == PacketKind::HEAD) return see_head(body);
  if (!in_stream()) return see_end(body, end);
  if (state_ == State::JOINING && packet_.sequence != 0) all_came_ = false;
  if (!is_due()) return Verdict::REPEATED;
  if (kind == PacketKind::CHUNK) return see_chunk();
  if (kind == PacketKind::END) return see_end(body, end);
  if (kind == PacketKind::INDEX) return see_index(body);
  if (kind == PacketKind::METADATA && (packet_.flags & kFlagCritical) != 0) {
    // Who enters later has what is in effect from the key's context; from the beginning on, nothing
    // is left out.
    const bool is_inside = state_ == State::INSIDE || (state_ == State::JOINING && all_came_);
    const bool fits = is_inside && !is_broken() && place() == Place::NEXT;
    return fits ? Verdict::DECODE : Verdict::PASS;
  }
  // Metadata and unknown packets that are not critical are passed over.
  pass();
  return Verdict::PASS;
}

/// Whether a sound packet of the stream is to be used: it is the next one, or others are missing
/// before it. One that was passed already is skipped.
bool StreamTracker::is_due() {
  const bool begins_again = repeated_head_ && repeated_head_->raw_told != 0 &&
                            packet_.sequence == 0 && packet_.kind() == PacketKind::CHUNK;
  if (begins_again) {
    begin_again();
    return true;
  }
  const Place where = place();
  if (where == Place::NEXT) return true;
  if (where == Place::AHEAD) {
    leave_out(damaged("chunks are missing"));
    // Of an end packet it is not known yet whether it stands in its place.
    if (packet_.kind() != PacketKind::END) break_group();
    return true;
  }
  leave_out(damaged("a chunk comes twice or too late"));
  return false;
}

/// A packet that gives nothing, but shows where the stream goes on.
void StreamTracker::pass() {
  if (place() == Place::NEXT) close_damage(packet_offset_, position(), 0);
}

Result<StreamTracker::Verdict> StreamTracker::see_head(const Body& body) {
  if (is_of_stream()) return is_copy() ? see_copy(body) : see_same_head();
  if (in_stream() && is_copy()) return damaged("a packet belongs to another stream");
  return see_new_head(body.value_or(ByteSpan()));
}

/// A head without COPY of the stream that is being read: repeated by accident, or the beginning of
/// the same stream behind one that was cut. The next chunk tells.
Result<StreamTracker::Verdict> StreamTracker::see_same_head() {
  const Status cause = cut_by_head();
  if (on_error_ == OnError::FAIL) return cause;
  leave_out(cause);
  repeated_head_ = {packet_offset_, raw_told_};
  return Verdict::REPEATED_HEAD;
}

Result<StreamTracker::Verdict> StreamTracker::see_copy(const Body& body) {
  if (body) {
    const bool same = head_hash_ != 0
                          ? packet_.body_hash == head_hash_
                          : body->size() >= kHeadBodySize &&
                                std::equal(head_bytes_.begin(), head_bytes_.end(), body->begin());
    if (!same) return damaged("a copy of the head differs from it");
    if (const Status place = check_place(); !place.ok()) return place;
  }
  if (!is_due()) return Verdict::REPEATED;
  pass();
  return Verdict::PASS;
}

Result<StreamTracker::Verdict> StreamTracker::see_new_head(ByteSpan body) {
  next_ = {};
  if (const Status status = parse_head(body, packet_offset_, next_.head); !status.ok())
    return status;
  if (!is_copy() && (packet_.sequence != 0 || packet_.raw_offset != 0))
    return damaged("a head claims to stand in the middle of its stream");
  if (base_ > UINT64_MAX - packet_.raw_offset) return damaged("a stream cannot be that long");
  if (in_stream()) {
    const Status cause = cut_by_head();
    if (on_error_ == OnError::FAIL) return cause;
    leave_out(cause);
    cut_stream(packet_offset_, raw_told_);
  }
  if (is_copy() && (next_.head.flags & kHeadJoin) == 0) {
    const Status missing = damaged("the beginning of the stream is missing");
    if (on_error_ == OnError::FAIL) return missing;
    leave_out(missing);
  }
  std::copy_n(body.begin(), next_.bytes.size(), next_.bytes.begin());
  return Verdict::NEW_STREAM;
}

Status StreamTracker::cut_by_head() const {
  return Status::error(ErrorCode::TRUNCATED,
                       "a new stream begins before the end packet of the one before",
                       packet_offset_);
}

/// The head of packet_ begins a stream, or its copy is where one is entered.
void StreamTracker::start_stream(const NextHead& next, uint64_t hash) {
  const bool joins = (next.head.flags & kHeadJoin) != 0;
  head_ = next.head;
  head_bytes_ = next.bytes;
  head_hash_ = hash;
  state_ = joins ? State::JOINING : State::INSIDE;
  repeated_head_.reset();
  stream_id_ = packet_.stream_id;
  stream_start_ = packet_offset_;
  sequence_ = joins ? packet_.sequence : 0;
  raw_offset_ = joins ? packet_.raw_offset : 0;
  raw_told_ = packet_.raw_offset;
  index_packets_ = last_index_ = group_chunks_ = 0;
  is_misnumbered_ = false;
  all_came_ = !is_copy();
  all_decoded_ = packet_.sequence == 0 && !is_copy();
  group_ = goes_on() ? Group::NONE : Group::KEYLESS;
  if (goes_on()) close_damage(packet_offset_, position(), 0);
}

/// The first chunk came again behind a repeated head.
void StreamTracker::begin_again() {
  const RepeatedHead again = *repeated_head_;
  cut_stream(again.offset, again.raw_told);
  state_ = State::INSIDE;
  stream_start_ = again.offset;
  raw_told_ = packet_.raw_size;
  group_chunks_ = index_packets_ = last_index_ = 0;
  is_misnumbered_ = false;
}

Result<StreamTracker::Verdict> StreamTracker::see_chunk() {
  if (state_ == State::JOINING) {
    if (!packet_.is_key()) return Verdict::PASS;
    state_ = State::INSIDE;
    if (!goes_on() || !all_came_) all_decoded_ = false;
    sequence_ = packet_.sequence;
    raw_offset_ = packet_.raw_offset;
  }
  repeated_head_.reset();
  // Its framing needs what is missing: it says of buffers what differs from those before, so that
  // no hash would tell.
  if (head_.is_framed() && may_lack()) return Verdict::PASS;
  // Another key must have been before it.
  if (may_lack() && has_key() && packet_.sequence - key_sequence_ >= head_.key_interval) lose_key();
  return Verdict::DECODE;
}

/// A chunk, or framing between chunks, which none of these refers to.
void StreamTracker::decoded(bool is_ok) {
  if (packet_.kind() != PacketKind::CHUNK) {
    if (is_ok) close_damage(packet_offset_, position(), 0);
    return;
  }
  if (packet_.is_key()) {
    group_ = is_ok ? Group::WHOLE : Group::KEYLESS;
    key_sequence_ = packet_.sequence;
  } else if (!is_ok) {
    break_group();
  }
  all_decoded_ = is_ok;
  if (!is_ok) return;
  close_damage(packet_offset_, base_ + packet_.raw_offset, packet_.sequence - sequence_);
  group_chunks_ = packet_.is_key() ? 1 : group_chunks_ + 1;
  sequence_ = packet_.sequence + 1;
  raw_offset_ = packet_.raw_offset + packet_.raw_size;
  raw_told_ = std::max(raw_told_, raw_offset_);
}

void StreamTracker::break_group() {
  if (group_ == Group::NONE) group_ = Group::KEYLESS;
  if (group_ == Group::WHOLE) group_ = Group::GAPPED;
}

/// A key chunk is missing, or one must be: what its group may refer to is not known.
void StreamTracker::lose_key() {
  if (group_ == Group::WHOLE) group_ = Group::NONE;
  if (group_ == Group::GAPPED) group_ = Group::KEYLESS;
}

Result<StreamTracker::Verdict> StreamTracker::see_index(const Body& body) {
  if (body) {
    IndexPacket index;
    if (const Status status = parse_index(*body, packet_offset_, index); !status.ok())
      return status;
    last_index_ = packet_offset_ - stream_start_;
    // Before the first key it is not known yet whether packets were missed.
    is_misnumbered_ = is_misnumbered_ || index.number != index_packets_;
    if (all_came_ && state_ != State::JOINING && is_misnumbered_)
      return damaged("index packets are missing or out of order");
    index_packets_++;
  }
  pass();
  return Verdict::PASS;
}

Result<StreamTracker::Verdict> StreamTracker::see_end(const Body& body, uint64_t end) {
  totals_ = {packet_.raw_offset, packet_.sequence, 0, 0};
  ByteSpan head;
  if (body)
    if (const Status status = parse_end(*body, packet_offset_, totals_, head); !status.ok())
      return status;
  end_offset_ = end;
  if (!in_stream())
    leave_out(damaged("the head of the stream is missing"));
  else if (body)
    if (const Status status = check_end(totals_, head, end); !status.ok()) return status;
  if (state_ == State::JOINING || (state_ == State::INSIDE && totals_.chunks == sequence_))
    return Verdict::END;
  // Chunks that it counts did not come: they are lost, or it stands in a wrong place.
  held_end_ = {totals_, packet_.stream_id, packet_offset_, end, {}};
  std::copy(head.begin(), head.end(), held_end_->head.begin());
  return Verdict::HELD_END;
}

Status StreamTracker::check_end(const EndTotals& totals, ByteSpan head, uint64_t end) {
  if (!std::equal(head.begin(), head.end(), head_bytes_.begin()))
    return damaged("the end packet's head differs");
  // A reader that joined after the last key has nothing to compare.
  if (state_ != State::JOINING &&
      (totals.chunks != packet_.sequence || totals.raw_size != packet_.raw_offset))
    return damaged("the end packet's totals are not what was decoded");
  if (!all_came_ || (totals.stream_size == end - stream_start_ &&
                     totals.last_index == last_index_ && !is_misnumbered_))
    return {};
  const Status wrong = damaged("the end packet's stream length or index offset is wrong");
  if (on_error_ == OnError::FAIL) return wrong;
  leave_out(wrong);
  return {};
}

void StreamTracker::end_stream() {
  if (state_ != State::JOINING) close_damage(packet_offset_, base_ + totals_.raw_size, 0);
  end_stream(end_offset_, totals_.raw_size);
}

void StreamTracker::end_stream(uint64_t end, uint64_t raw_size) {
  ended_ = {stream_start_, end,        base_, std::min(raw_size, UINT64_MAX - base_),
            stream_id_,    head_bytes_};
  state_ = State::BETWEEN;
  group_ = Group::NONE;
  repeated_head_.reset();
  all_came_ = true;
  sequence_ = raw_offset_ = raw_told_ = 0;
  streams_++;
  base_ += ended_.raw_size;
}

void StreamTracker::settle_end(std::optional<uint64_t> next_id) {
  if (held_end_) settle_end(true, next_id.value_or(~held_end_->id));
}

/// What follows an end packet that is held tells. In a stream, another packet of it than a head
/// says that it goes on. Before any, a packet of the one that seemed to end says that it is only
/// about to begin.
void StreamTracker::settle_end(bool begins, uint64_t next_id) {
  const HeldEnd held = *held_end_;
  held_end_.reset();
  const bool is_misplaced = next_id == held.id && !(in_stream() && begins);
  if (is_misplaced) return;
  if (!in_stream()) {
    stream_id_ = held.id;
    stream_start_ = ended_.end;
    head_bytes_ = held.head;
  }
  const uint64_t raw_size = std::min(held.totals.raw_size, UINT64_MAX - base_);
  close_damage(held.offset, base_ + raw_size, held.totals.chunks - sequence_);
  end_stream(held.end, raw_size);
}

void StreamTracker::cut_stream(uint64_t end, uint64_t raw_size) {
  // Nobody knows how much of it is missing.
  close_damage(end, kUnknownPosition, 0);
  end_stream(end, raw_size);
}

Status StreamTracker::finish(uint64_t offset, uint64_t pending) {
  const uint64_t end = offset + pending;
  if (on_error_ == OnError::FAIL) {
    if (in_stream() || pending != 0) return cut_off(end);
    return streams_ != 0 ? Status{}
                         : Status::error(ErrorCode::TRUNCATED, "the stream is empty", end);
  }
  settle_end(std::nullopt);
  if (streams_ == 0 && !in_stream()) return no_head_left(end);
  if (in_stream()) {
    leave_out(cut_off(offset));
    cut_stream(end, raw_told_);
  } else {
    close_damage(end, state_ == State::HEADLESS ? kUnknownPosition : base_, 0);
  }
  return {};
}

void StreamTracker::leave_out(const Status& cause) {
  all_came_ = false;
  if (std::exchange(damage_open_, true)) return;
  damage_ = {};
  damage_.cause = cause;
  damage_.stream_begin = cause.offset;
  damage_.position_begin = position();
}

/// The stream goes on at `stream_end`, where `position_end` decoded bytes precede.
void StreamTracker::close_damage(uint64_t stream_end, uint64_t position_end, uint64_t chunks) {
  if (!std::exchange(damage_open_, false)) return;
  damage_.stream_end = std::max(stream_end, damage_.stream_begin);
  // Before the first key of a stream that was entered late, nothing says that numbers must fit.
  damage_.position_begin = std::min(damage_.position_begin, position_end);
  damage_.position_end = position_end;
  damage_.chunks = chunks;
  if (listener_ != nullptr) listener_->on_damage(damage_);
}

}  // namespace sigma
