/* The decoder: packets to chunks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/decoder_state.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/operators/table.hpp"

namespace sigma {
namespace {

/// Bodies that fail one after the other, with no sound packet between, and are searched.
constexpr uint32_t kMaxSearchedBodies = 16;

}  // namespace

DecoderState::DecoderState(uint64_t max_memory, OnError on_error)
    : max_memory_(max_memory),
      pool_(static_cast<size_t>(std::min<uint64_t>(max_memory, SIZE_MAX))),
      boundary_(pool_),
      chunks_(pool_),
      tracker_(on_error) {
  boundary_.set_gate(this, kPacketHeaderSize);
  tracker_.set_listener(this);
  reset();
}

void DecoderState::forget() {
  tracker_.reset();
  header_seen_ = header_sound_ = body_sound_ = false;
  failed_bodies_ = 0;
  failed_bytes_ = 0;
  at_end_ = false;
  failed_ = {};
}

void DecoderState::reset() {
  forget();
  boundary_.reset();
  front_size_ = 0;
  is_sigma_ = false;
  stats_.start();
  stats_.peak_memory = pool_.peak();
}

Status DecoderState::start_at(const EntryPoint& point) {
  forget();
  boundary_.reset(point.stream_offset);
  is_sigma_ = true;
  Head head;
  failed_ = parse_head(point.head, point.stream_start, head);
  if (!failed_.ok()) return failed_;
  tracker_.start_at(point, head);
  failed_ = start_stream(head, false);
  return failed_;
}

Status DecoderState::push(ByteSpan input) {
  if (!failed_.ok()) return failed_;
  stats_.bytes_in += input.size();
  const size_t more = std::min(input.size(), front_.size() - front_size_);
  std::copy_n(input.begin(), more, front_.begin() + front_size_);
  front_size_ += more;
  return boundary_.push(input);
}

Result<bool> DecoderState::next(DecodedChunk& chunk) {
  if (!failed_.ok()) return failed_;
  const uint64_t began = monotonic_ns();
  Result<bool> result = step(chunk);
  if (result.status.code == ErrorCode::DAMAGED && !begins_like_sigma()) result.status = no_sigma();
  failed_ = result.status;
  stats_.codec_time_ns += monotonic_ns() - began;
  stats_.boundary_crossings = boundary_.crossings();
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
  return result;
}

/// Takes packets until one gives a chunk, or the input is used up.
Result<bool> DecoderState::step(DecodedChunk& chunk) {
  for (;;) {
    Glyph glyph;
    const uint32_t failed_before = failed_bodies_;
    if (tracker_.may_be_padding()) boundary_.pass_zeros();
    Result<bool> result = boundary_.next(glyph);
    if (result.ok() && !result.value) {
      if (!at_end_ || tracker_.on_error() == OnError::FAIL || !boundary_.has_pending())
        return false;
      // A packet that the end cuts, or one whose length is false: others may lie inside it.
      result = cut_off(boundary_.offset());
    } else if (result.ok()) {
      result = handle(glyph, chunk);
    } else if (!header_seen_ && result.status.code == ErrorCode::DAMAGED) {
      result = tracker_.no_packet(result.status.offset);
    }
    // Headers made to lie inside one another's bodies could have each byte hashed over and over.
    const bool passes_body = failed_bodies_ != failed_before && hashes_too_much();
    const bool search = !result.ok() && !body_sound_ && !passes_body;
    if (!result.ok() && !can_skip(result.status)) return result.status;
    if (!result.ok()) tracker_.leave_out(result.status);
    if (search) boundary_.search(header_sound_);
    header_seen_ = header_sound_ = body_sound_ = false;
    if (result.ok() && result.value) return true;
  }
}

/// Whether bodies that failed were hashed more often than damage explains: it makes one or two of
/// them fail for each that is lost, and each byte be hashed a few times.
bool DecoderState::hashes_too_much() const {
  if (failed_bodies_ > kMaxSearchedBodies) return true;
  const uint64_t body_max = std::max<uint64_t>(tracker_.head().body_max, kMaxSmallBody);
  const uint64_t explained = kMaxSearchedBodies * body_max;
  return failed_bytes_ > explained && (failed_bytes_ - explained) / 4 > boundary_.offset();
}

/// Tells another kind of file from a .sigma stream that is damaged.
bool DecoderState::begins_like_sigma() const {
  return is_sigma_ || looks_like_packet({front_.data(), front_size_});
}

Status DecoderState::finish() {
  if (!failed_.ok()) return failed_;
  if (!begins_like_sigma()) return no_sigma();
  return tracker_.finish(boundary_.offset(), boundary_.pending_bytes());
}

bool DecoderState::can_skip(const Status& status) const {
  return tracker_.on_error() == OnError::SKIP && is_damage(status);
}

void DecoderState::on_damage(const Damage& damage) {
  stats_.chunks_lost += damage.chunks;
  stats_.bytes_lost += damage.bytes();
  if (listener_ != nullptr) listener_->on_damage(damage);
}

Status DecoderState::damaged(const char* text) const {
  return Status::error(ErrorCode::DAMAGED, text, tracker_.packet_offset());
}

/// While searching: whether a packet header lies there.
bool DecoderState::recognise(ByteSpan first, GlyphHeader& header) const {
  PacketHeader packet;
  return recover_packet_header(first, 0, packet, header).ok();
}

/// Called by the boundary handler once a packet's header is there, before its body is waited for.
Status DecoderState::admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first,
                           uint64_t offset) {
  PacketHeader packet;
  const Status status = parse_packet_header(header, glyph, first, offset, packet);
  header_sound_ = status.ok();
  header_seen_ = true;
  if (status.code == ErrorCode::NOT_SIGMA) return tracker_.no_packet(offset);
  if (!status.ok()) return status;
  is_sigma_ = true;
  const Status admitted = tracker_.admit(packet, offset);
  return admitted.ok() ? tracker_.check() : admitted;
}

Result<bool> DecoderState::handle(const Glyph& glyph, DecodedChunk& chunk) {
  if (!glyph.has_payload) return tracker_.no_packet(boundary_.glyph_offset());
  stats_.glyphs++;
  const ByteSpan body = glyph.payload.subspan(kPacketHeaderSize);
  if (!check_body(body)) return unsound_body(tracker_.packet_offset());
  const bool had_key = tracker_.has_key();
  const Result<StreamTracker::Verdict> verdict = tracker_.see(body, boundary_.offset());
  if (!verdict.ok()) return verdict.status;
  switch (verdict.value) {
    case StreamTracker::Verdict::NEW_STREAM: {
      const Status status = start_stream(tracker_.next_head(), true);
      if (!status.ok()) return status;
      tracker_.start_stream();
      return false;
    }
    case StreamTracker::Verdict::DECODE:
      if (had_key && !tracker_.has_key()) chunks_.leave_group();
      return tracker_.packet().kind() == PacketKind::CHUNK ? handle_chunk(body, chunk)
                                                           : handle_metadata(body, chunk);
    case StreamTracker::Verdict::END: {
      const Status status = handle_end();
      return status.ok() ? Result<bool>(false) : Result<bool>(status);
    }
    default:
      return false;
  }
}

/// Whether the body matches the hash in its packet's header.
bool DecoderState::check_body(ByteSpan body) {
  body_sound_ = (ahead_ != nullptr && ahead_->is_sound(body)) ||
                hash_bytes(body) == tracker_.packet().body_hash;
  if (body_sound_) {
    failed_bodies_ = 0;
    return true;
  }
  failed_bodies_++;
  failed_bytes_ += body.size();
  if (tracker_.lose_body()) chunks_.leave_group();
  return false;
}

/// Takes the memory that the stream asks for.
Status DecoderState::start_stream(const Head& head, bool comes_in_packets) {
  framing_left_ = 0;
  // The block that the stream before had its packets in may be large; this head needs little of it.
  Status status = boundary_.shrink();
  if (status.ok()) status = chunks_.start_stream(head, max_memory_, comes_in_packets);
  if (!status.ok()) status.offset = tracker_.packet_offset();
  return status;
}

AheadChunk DecoderState::decode_chunk(ByteSpan body) {
  const PacketHeader& packet = tracker_.packet();
  const bool goes_on = tracker_.goes_on();
  const bool may_be_ahead = tracker_.has_key() || packet.is_key();
  const AheadChunk* ahead = ahead_ != nullptr && may_be_ahead
                                ? ahead_->find(tracker_.head(), packet, body, goes_on)
                                : nullptr;
  if (ahead == nullptr) {
    if (!goes_on) chunks_.pass_chunk();
    const uint64_t glyphs_before = chunks_.glyphs();
    const ByteSpan data = body.first(body.size() - packet.framing_size);
    const Result<ByteSpan> bytes = chunks_.decode(packet, data, tracker_.packet_offset());
    return {bytes.status, bytes.value, chunks_.glyphs() - glyphs_before, chunks_.has_passed(),
            chunks_.lines()};
  }
  AheadChunk made = *ahead;
  made.status.offset = tracker_.packet_offset();
  chunks_.leave_group();
  return made;
}

Result<bool> DecoderState::handle_chunk(ByteSpan body, DecodedChunk& chunk) {
  const PacketHeader& packet = tracker_.packet();
  if (packet.sequence == 0) framing_left_ = 0;
  AheadChunk made = decode_chunk(body);
  Status& status = made.status;
  // With slots that are not what they should be, any operator may seem to be there.
  if (tracker_.may_lack() && !status.ok() && status.code != ErrorCode::NO_MEMORY)
    status = damaged("a chunk needs bytes that are missing");
  const bool is_framed = tracker_.head().is_framed();
  ChunkFraming framing;
  if (status.ok()) stats_.glyphs += made.glyphs;
  if (status.ok() && is_framed)
    status = decode_framing(body.last(packet.framing_size), framing, packet.raw_size);
  tracker_.decoded(status.ok());
  if (!status.ok()) return status;
  chunk = {made.bytes,        tracker_.base() + packet.raw_offset,
           packet.raw_offset, tracker_.streams(),
           is_framed,         framing};
  if (made.has_passed) chunk.passed_size = packet.raw_size;
  if (made.has_passed) chunk.passed_lines = made.lines;
  chunk.finding = made.finding;
  count_chunk(body);
  return true;
}

/// What the tree says, checked to the end.
Status DecoderState::decode_framing(ByteSpan tree, ChunkFraming& framing, uint32_t raw_size) {
  framing.is_key = tracker_.packet().is_key();
  framing.is_entry = tracker_.is_entry();
  if (!framing.is_key) framing.state = framing_state_;
  framing.left = framing_left_;
  if (!tree.empty()) {
    const Result<ByteSpan> script = chunks_.decode_framing(tree);
    if (!script.ok()) return damaged(script.status.text);
    framing.script = script.value;
  }
  FramingReader reader = framing.read(raw_size);
  while (reader.next())
    continue;
  if (reader.failed()) return damaged(reader.error());
  const bool is_known = !framing.is_entry || tracker_.packet().sequence == 0;
  if (is_known && framing.left != reader.lead())
    return damaged("a buffer ends before it is complete");
  framing_state_ = reader.state();
  framing_left_ = reader.left();
  return {};
}

/// Framing between chunks.
Result<bool> DecoderState::handle_metadata(ByteSpan body, DecodedChunk& chunk) {
  const Result<ByteSpan> script = chunks_.decode_framing(body);
  if (!script.ok()) return damaged(script.status.text);
  ChunkFraming framing;
  framing.script = script.value;
  FramingReader reader = framing.read(0);
  while (reader.next())
    continue;
  if (reader.failed() || framing_left_ != 0)
    return damaged(reader.failed() ? reader.error() : "framing comes in the middle of a buffer");
  tracker_.decoded(true);
  chunk = {{}, position(), tracker_.raw_offset(), tracker_.streams(), true, framing};
  return true;
}

void DecoderState::count_chunk(ByteSpan body) {
  stats_.chunks++;
  stats_.bytes_out += tracker_.packet().raw_size;
  if (tracker_.packet().is_stored())
    stats_.chunks_stored++;
  else if (has_records(body))
    stats_.chunks_records++;
  else if (has_frames(body))
    stats_.chunks_frames++;
  else if (has_text(body))
    stats_.chunks_text++;
  else if (has_samples(body))
    stats_.chunks_samples++;
  else
    stats_.chunks_bytes++;
}

Status DecoderState::handle_end() {
  const bool is_inside = tracker_.state() == StreamTracker::State::INSIDE;
  if (is_inside && !tracker_.is_broken() && framing_left_ != 0)
    return damaged("the stream ends in the middle of a buffer");
  tracker_.end_stream();
  return {};
}

}  // namespace sigma
