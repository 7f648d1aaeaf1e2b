/* The decoder: packets to chunks.
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
#include "gst/sigma/decode/decoder.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/index.hpp"

namespace sigma {
namespace {

uint8_t known_flags(PacketKind kind) {
  switch (kind) {
    case PacketKind::CHUNK:
      return kFlagKey;
    case PacketKind::HEAD:
      return kFlagCopy;
    case PacketKind::METADATA:
      return kFlagCritical;
    case PacketKind::UNKNOWN:
      return 0xff;
    default:
      return 0;
  }
}

size_t largest_body(PacketKind kind, const Head& head) {
  switch (kind) {
    case PacketKind::CHUNK:
      return head.body_max;
    case PacketKind::HEAD:
      return kMaxHeadBody;
    case PacketKind::END:
      return kEndBodySize;
    default:
      return kMaxSmallBody;
  }
}

/// For handlers that never give a chunk.
Result<bool> nothing_or(const Status& status) {
  return status.ok() ? Result<bool>(false) : Result<bool>(status);
}

/// Bodies that fail one after the other, with no sound packet between, and are searched.
constexpr uint32_t kMostSearchedBodies = 16;

}  // namespace

StreamingDecoder::StreamingDecoder(uint64_t max_memory, OnError on_error)
    : max_memory_(max_memory),
      on_error_(on_error),
      pool_(static_cast<size_t>(std::min<uint64_t>(max_memory, SIZE_MAX))),
      boundary_(pool_),
      chunks_(pool_) {
  boundary_.set_gate(this, kPacketHeaderSize);
  reset();
}

void StreamingDecoder::forget() {
  header_seen_ = header_sound_ = body_sound_ = false;
  failed_bodies_ = 0;
  failed_bytes_ = 0;
  in_stream_ = headless_ = joining_ = joined_late_ = false;
  at_end_ = false;
  damage_open_ = stream_damaged_ = group_broken_ = head_repeated_ = end_kept_ = false;
  has_key_ = false;
  streams_ = base_ = 0;
  sequence_ = raw_offset_ = raw_seen_ = 0;
  failed_ = {};
}

void StreamingDecoder::reset() {
  forget();
  boundary_.reset();
  front_size_ = 0;
  is_sigma_ = false;
  stats_.start();
  stats_.peak_memory = pool_.peak();
}

Status StreamingDecoder::start_at(const EntryPoint& point) {
  forget();
  boundary_.reset(point.stream_offset);
  is_sigma_ = true;
  packet_ = {};
  packet_.stream_id = point.stream_id;
  packet_.sequence = point.sequence;
  packet_.raw_offset = point.raw_offset;
  packet_offset_ = point.stream_start;
  streams_ = point.stream;
  base_ = point.base;
  failed_ = start_stream(point.head, point.head_bytes, 0);
  joining_ = false;
  joined_late_ = true;
  sequence_ = point.sequence;
  raw_offset_ = point.raw_offset;
  framing_known_ = false;
  return failed_;
}

Status StreamingDecoder::push(ByteSpan input) {
  if (!failed_.ok()) return failed_;
  stats_.bytes_in += input.size();
  const size_t more = std::min(input.size(), front_.size() - front_size_);
  std::copy_n(input.begin(), more, front_.begin() + front_size_);
  front_size_ += more;
  return boundary_.push(input);
}

Result<bool> StreamingDecoder::next(DecodedChunk& chunk) {
  if (!failed_.ok()) return failed_;
  const uint64_t began = monotonic_ns();
  Result<bool> result = step(chunk);
  if (result.status.code == ErrorCode::DAMAGED && !begins_like_sigma())
    result.status = Status::error(ErrorCode::NOT_SIGMA, "there is no packet header", 0);
  failed_ = result.status;
  stats_.codec_time_ns += monotonic_ns() - began;
  stats_.boundary_crossings = boundary_.crossings();
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
  return result;
}

/// Takes packets until one gives a chunk, or the input is used up.
Result<bool> StreamingDecoder::step(DecodedChunk& chunk) {
  for (;;) {
    Glyph glyph;
    const uint32_t failed_before = failed_bodies_;
    if (may_be_padding()) boundary_.pass_zeros();
    Result<bool> result = boundary_.next(glyph);
    if (result.ok() && !result.value) {
      if (!at_end_ || on_error_ == OnError::FAIL || !boundary_.has_pending()) return false;
      // A packet that the end cuts, or one whose length is false: others may lie inside it.
      result = cut_off();
    } else if (result.ok()) {
      result = handle(glyph, chunk);
    } else if (!header_seen_ && result.status.code == ErrorCode::DAMAGED) {
      result = no_packet(result.status.offset);
    }
    // Headers made to lie inside one another's bodies could have each byte hashed over and over.
    const bool passes_body = failed_bodies_ != failed_before && hashes_too_much();
    const bool search = !result.ok() && !body_sound_ && !passes_body;
    if (!result.ok() && !can_skip(result.status)) return result.status;
    if (!result.ok()) leave_out(result.status);
    if (search) boundary_.search(header_sound_);
    header_seen_ = header_sound_ = body_sound_ = false;
    if (result.ok() && result.value) return true;
  }
}

/// Whether bodies that failed were hashed more often than damage explains: it makes one or two of
/// them fail for each that is lost, and each byte be hashed a few times.
bool StreamingDecoder::hashes_too_much() const {
  if (failed_bodies_ > kMostSearchedBodies) return true;
  const uint64_t body_max = std::max<uint64_t>(head_.body_max, kMaxSmallBody);
  const uint64_t explained = kMostSearchedBodies * body_max;
  return failed_bytes_ > explained && (failed_bytes_ - explained) / 4 > boundary_.offset();
}

/// Tells another kind of file from a .sigma stream that is damaged.
bool StreamingDecoder::begins_like_sigma() const {
  return is_sigma_ || looks_like_packet({front_.data(), front_size_});
}

Status StreamingDecoder::cut_off() const {
  return Status::error(ErrorCode::TRUNCATED, "the stream stops before its end packet",
                       boundary_.offset());
}

Status StreamingDecoder::finish() {
  if (!failed_.ok()) return failed_;
  const uint64_t offset = boundary_.offset() + boundary_.pending_bytes();
  if (!begins_like_sigma())
    return Status::error(ErrorCode::NOT_SIGMA, "there is no packet header", 0);
  if (on_error_ == OnError::SKIP) return finish_skipping(offset);
  Status status;
  if (in_stream_ || boundary_.has_pending())
    status = cut_off();
  else if (streams_ == 0)
    status = Status::error(ErrorCode::TRUNCATED, "the stream is empty");
  status.offset = status.ok() ? 0 : offset;
  return status;
}

/// Whether zeros that come next are no damage: those behind a stream.
bool StreamingDecoder::may_be_padding() const {
  return !in_stream_ && streams_ != 0 && !damage_open_;
}

/// Bytes in which there is no packet.
Status StreamingDecoder::no_packet(uint64_t offset) const {
  const char* text = "unknown bytes where a packet should begin";
  if (!in_stream_)
    text = streams_ == 0 ? "bytes that belong to no stream come before it"
                         : "bytes that belong to no stream follow its end";
  return Status::error(ErrorCode::DAMAGED, text, offset);
}

Status StreamingDecoder::damaged(const char* text) const {
  return Status::error(ErrorCode::DAMAGED, text, packet_offset_);
}

Status StreamingDecoder::unsupported(const char* text) const {
  return Status::error(ErrorCode::UNSUPPORTED_PACKET, text, packet_offset_,
                       uint64_t{head_.minor} << 16 | uint64_t(packet_.type) << 8 |
                           static_cast<uint8_t>(packet_.primitive));
}

/// While searching: whether a packet header lies there.
bool StreamingDecoder::recognise(ByteSpan first, GlyphHeader& header) const {
  PacketHeader packet;
  return recover_packet_header(first, 0, packet, header).ok();
}

/// Called by the boundary handler once a packet's header is there, before its body is waited for.
Status StreamingDecoder::admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first,
                               uint64_t offset) {
  packet_offset_ = offset;
  const Status status = parse_packet_header(header, glyph, first, offset, packet_);
  header_sound_ = status.ok();
  header_seen_ = true;
  if (status.code == ErrorCode::NOT_SIGMA) return no_packet(offset);
  if (!status.ok()) return status;
  is_sigma_ = true;
  const bool begins_stream = packet_.kind() == PacketKind::HEAD && (packet_.flags & kFlagCopy) == 0;
  if (end_kept_) settle_end(begins_stream);
  if (packet_.kind() != PacketKind::HEAD) {
    if (!in_stream_) return check_headless();
    if (packet_.stream_id != stream_id_) return damaged("a packet belongs to another stream");
  }
  if (const Status kind = check_kind(); !kind.ok()) return kind;
  if (packet_.kind() == PacketKind::HEAD) {  // handle_head() looks at the rest
    const bool is_copy_here = in_stream_ && !begins_stream && packet_.stream_id == stream_id_;
    if (is_copy_here && place_of(packet_) == Place::AHEAD)
      raw_seen_ = std::max(raw_seen_, packet_.raw_offset);
    return {};
  }
  if (const Status place = check_place(); !place.ok()) return place;
  if (packet_.kind() == PacketKind::CHUNK)
    if (const Status chunk = check_chunk(); !chunk.ok()) return chunk;
  // What a sound header tells counts, even if its body is lost.
  if (place_of(packet_) != Place::PASSED && packet_.kind() != PacketKind::END)
    raw_seen_ = std::max(raw_seen_, packet_.raw_offset + packet_.raw_size);
  return {};
}

Status StreamingDecoder::check_kind() const {
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
StreamingDecoder::Place StreamingDecoder::place_of(const PacketHeader& packet) const {
  if (joining_) return Place::NEXT;
  if (packet.sequence < sequence_) return Place::PASSED;
  const uint64_t chunks = packet.sequence - sequence_;
  const uint64_t bytes = packet.raw_offset - raw_offset_;
  if (chunks == 0) return bytes == 0 ? Place::NEXT : Place::IMPOSSIBLE;
  // Each of the chunks between has at least one byte, and chunk_max at most.
  if (packet.raw_offset < raw_offset_ || bytes < chunks || (bytes - 1) / head_.chunk_max >= chunks)
    return Place::IMPOSSIBLE;
  return Place::AHEAD;
}

/// Whether the packet's place is one that can be dealt with.
Status StreamingDecoder::check_place() const {
  const Place place = place_of(packet_);
  if (place == Place::NEXT) return {};
  if (on_error_ == OnError::SKIP && place != Place::IMPOSSIBLE) return {};
  if (packet_.sequence > sequence_) return damaged("chunks are missing");
  if (packet_.sequence < sequence_) return damaged("a chunk comes twice or too late");
  return damaged("a packet's decoded offset is wrong");
}

Status StreamingDecoder::check_chunk() const {
  if (packet_.raw_size > head_.chunk_max) return damaged("a chunk is larger than its head allows");
  if (packet_.sequence == UINT64_MAX || base_ > UINT64_MAX - packet_.raw_size - packet_.raw_offset)
    return damaged("a stream cannot be that long");
  if (packet_.raw_size == 0 || (packet_.framing_size != 0 && !head_.is_framed()))
    return damaged("a chunk has no bytes, or framing where there is none");
  if (packet_.framing_size > packet_.body_size) return damaged("a chunk's framing has no room");
  if (packet_.is_stored() && (packet_.body_size - packet_.framing_size != packet_.raw_size ||
                              (packet_.framing_size == 0 && packet_.body_hash != packet_.raw_hash)))
    return damaged("a stored chunk's body is not its bytes");
  if (!packet_.is_stored() && packet_.is_key() != (packet_.type == GlyphType::COMPOSITE))
    return damaged("a chunk's type contradicts its key flag");
  if (packet_.sequence == 0 && !packet_.is_key())
    return damaged("a stream's first chunk is no key");
  if (packet_.is_key() || joining_ || group_broken_ || place_of(packet_) != Place::NEXT) return {};
  if (group_chunks_ == 0) return damaged("a stream's first chunk is no key");
  if (group_chunks_ >= head_.key_interval)
    return damaged("a group has more chunks than its head allows");
  return {};
}

Result<bool> StreamingDecoder::handle(const Glyph& glyph, DecodedChunk& chunk) {
  if (!glyph.has_payload) return no_packet(boundary_.glyph_offset());
  stats_.glyphs++;
  const ByteSpan body = glyph.payload.subspan(kPacketHeaderSize);
  const PacketKind kind = packet_.kind();
  const bool is_sound = ahead_ != nullptr && ahead_->is_sound(body);
  if (!is_sound && hash_bytes(body) != packet_.body_hash) {
    failed_bodies_++;
    failed_bytes_ += body.size();
    const bool is_key = kind == PacketKind::CHUNK && packet_.is_key();
    if (in_stream_ && is_key && place_of(packet_) != Place::PASSED) lose_key();
    return damaged("a packet's body does not match its hash");
  }
  body_sound_ = true;
  failed_bodies_ = 0;
  if (kind == PacketKind::HEAD) return nothing_or(handle_head(body));
  if (!in_stream_) return nothing_or(handle_headless_end(body));
  if (joining_ && packet_.sequence != 0) joined_late_ = true;
  if (!is_due()) return false;
  if (kind == PacketKind::CHUNK) return handle_chunk(body, chunk);
  if (kind == PacketKind::METADATA && (packet_.flags & kFlagCritical) != 0)
    return handle_metadata(body, chunk);
  if (kind == PacketKind::END) return nothing_or(handle_end(body));
  if (kind == PacketKind::INDEX)
    if (const Status status = handle_index(body); !status.ok()) return status;
  // Metadata and unknown packets that are not critical are passed over.
  if (place_of(packet_) == Place::NEXT) close_damage(packet_offset_, base_ + raw_offset_, 0);
  return false;
}

Status StreamingDecoder::handle_head(ByteSpan body) {
  const bool is_copy = (packet_.flags & kFlagCopy) != 0;
  if (in_stream_ && packet_.stream_id == stream_id_) return handle_repeated_head(body, is_copy);
  if (in_stream_ && is_copy) return damaged("a packet belongs to another stream");
  Head head;
  if (const Status status = parse_head(body, packet_offset_, head); !status.ok()) return status;
  if (!is_copy && (packet_.sequence != 0 || packet_.raw_offset != 0))
    return damaged("a head claims to stand in the middle of its stream");
  if (base_ > UINT64_MAX - packet_.raw_offset) return damaged("a stream cannot be that long");
  if (in_stream_)
    if (const Status status = handle_cut_stream(); !status.ok()) return status;
  if (is_copy && (head.flags & kHeadJoin) == 0) {
    const Status missing = damaged("the beginning of the stream is missing");
    if (on_error_ == OnError::FAIL) return missing;
    leave_out(missing);
  }
  return start_stream(head, body.first(kHeadBodySize), packet_.body_hash);
}

Status StreamingDecoder::handle_repeated_head(ByteSpan body, bool is_copy) {
  if (!is_copy) return handle_same_head();
  const bool same = head_hash_ != 0
                        ? packet_.body_hash == head_hash_
                        : body.size() >= kHeadBodySize &&
                              std::equal(head_bytes_.begin(), head_bytes_.end(), body.begin());
  if (!same) return damaged("a copy of the head differs from it");
  if (const Status place = check_place(); !place.ok()) return place;
  if (is_due() && place_of(packet_) == Place::NEXT)
    close_damage(packet_offset_, base_ + raw_offset_, 0);
  return {};
}

/// The head of packet_ begins a stream, or its copy is where one is entered. `hash` is 0 if the
/// head is not from a packet: then packets need not come in pieces.
Status StreamingDecoder::start_stream(const Head& head, ByteSpan bytes, uint64_t hash) {
  std::copy_n(bytes.begin(), head_bytes_.size(), head_bytes_.begin());
  // The block that the stream before had its packets in may be large; this head needs little of it.
  Status status = boundary_.shrink();
  if (status.ok()) status = chunks_.start_stream(head, max_memory_, hash != 0);
  if (!status.ok()) {
    status.offset = packet_offset_;
    return status;
  }
  const bool is_copy = (packet_.flags & kFlagCopy) != 0;
  const bool joins = (head.flags & kHeadJoin) != 0;
  head_hash_ = hash;
  head_ = head;
  in_stream_ = true;
  headless_ = head_repeated_ = false;
  joining_ = joins;
  framing_known_ = packet_.sequence == 0;
  framing_left_ = 0;
  joined_late_ = is_copy;
  stream_damaged_ = is_copy && !joins;
  index_packets_ = 0;
  last_index_ = 0;
  stream_id_ = packet_.stream_id;
  stream_start_ = packet_offset_;
  sequence_ = joins ? packet_.sequence : 0;
  raw_offset_ = joins ? packet_.raw_offset : 0;
  raw_seen_ = packet_.raw_offset;
  group_chunks_ = 0;
  has_key_ = false;
  group_broken_ = packet_.sequence != sequence_;
  if (!group_broken_) close_damage(packet_offset_, base_ + raw_offset_, 0);
  return {};
}

/// Whether the chunk's framing needs what is missing: it says of buffers what differs from those
/// before, so that no hash would tell.
bool StreamingDecoder::depends_on_lost() const {
  return head_.is_framed() && group_broken_ && !packet_.is_key();
}

/// A key chunk is missing, or one must be: what its group may refer to is not known.
void StreamingDecoder::lose_key() {
  has_key_ = false;
  chunks_.leave_group();
}

Result<ByteSpan> StreamingDecoder::decode_chunk(ByteSpan body) {
  const bool goes_on = packet_.sequence == sequence_;
  const bool may_be_ahead = has_key_ || packet_.is_key();
  const AheadChunk* ahead =
      ahead_ != nullptr && may_be_ahead ? ahead_->find(head_, packet_, body, goes_on) : nullptr;
  if (ahead == nullptr) {
    if (!goes_on) chunks_.pass_chunk();
    const uint64_t glyphs_before = chunks_.glyphs();
    const ByteSpan data = body.first(body.size() - packet_.framing_size);
    const Result<ByteSpan> bytes = chunks_.decode(packet_, data, packet_offset_);
    if (bytes.ok()) stats_.glyphs += chunks_.glyphs() - glyphs_before;
    return bytes;
  }
  Status status = ahead->status;
  status.offset = packet_offset_;
  chunks_.leave_group();
  if (!status.ok()) return status;
  stats_.glyphs += ahead->glyphs;
  return ahead->bytes;
}

Result<bool> StreamingDecoder::handle_chunk(ByteSpan body, DecodedChunk& chunk) {
  if (joining_) {
    if (!packet_.is_key()) return false;
    joining_ = false;
    if (packet_.sequence != sequence_) framing_known_ = false;
    sequence_ = packet_.sequence;
    raw_offset_ = packet_.raw_offset;
  }
  head_repeated_ = false;
  if (depends_on_lost()) return false;
  const bool may_lack = group_broken_ && !packet_.is_key();
  if (may_lack && has_key_ && packet_.sequence - key_sequence_ >= head_.key_interval) lose_key();
  Result<ByteSpan> bytes = decode_chunk(body);
  // With slots that are not what they should be, any operator may seem to be there.
  if (may_lack && !bytes.ok() && bytes.status.code != ErrorCode::NO_MEMORY)
    bytes.status = damaged("a chunk needs bytes that are missing");
  ChunkFraming framing;
  if (bytes.ok() && head_.is_framed())
    bytes.status = decode_framing(body.last(packet_.framing_size), framing, packet_.raw_size);
  if (packet_.is_key()) has_key_ = bytes.ok();
  if (packet_.is_key()) key_sequence_ = packet_.sequence;
  group_broken_ = may_lack || !bytes.ok();
  framing_known_ = bytes.ok();
  if (!bytes.ok()) return bytes.status;
  close_damage(packet_offset_, base_ + packet_.raw_offset, packet_.sequence - sequence_);
  chunk = {bytes.value, base_ + packet_.raw_offset, packet_.raw_offset,
           streams_,    head_.is_framed(),          framing};
  if (packet_.is_key()) group_chunks_ = 0;
  sequence_ = packet_.sequence + 1;
  raw_offset_ = packet_.raw_offset + packet_.raw_size;
  count_chunk(body);
  return true;
}

/// What the tree says, checked to the end.
Status StreamingDecoder::decode_framing(ByteSpan tree, ChunkFraming& framing, uint32_t raw_size) {
  framing.is_key = packet_.is_key();
  framing.is_entry =
      framing.is_key && !(framing_known_ && packet_.sequence == sequence_ && !group_broken_);
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
  if (!framing.is_entry && framing.left != reader.lead())
    return damaged("a buffer ends before it is complete");
  framing_state_ = reader.state();
  framing_left_ = reader.left();
  return {};
}

/// Framing between chunks, which none of these refers to.
Result<bool> StreamingDecoder::handle_metadata(ByteSpan body, DecodedChunk& chunk) {
  if (joining_ || group_broken_ || place_of(packet_) != Place::NEXT) return false;
  const Result<ByteSpan> script = chunks_.decode_framing(body);
  if (!script.ok()) return damaged(script.status.text);
  ChunkFraming framing;
  framing.script = script.value;
  FramingReader reader = framing.read(0);
  while (reader.next())
    continue;
  if (reader.failed() || framing_left_ != 0)
    return damaged(reader.failed() ? reader.error() : "framing comes in the middle of a buffer");
  close_damage(packet_offset_, base_ + raw_offset_, 0);
  chunk = {{}, base_ + raw_offset_, raw_offset_, streams_, true, framing};
  return true;
}

void StreamingDecoder::count_chunk(ByteSpan body) {
  group_chunks_++;
  stats_.chunks++;
  stats_.bytes_out += packet_.raw_size;
  if (packet_.is_stored())
    stats_.chunks_stored++;
  else if (has_records(body))
    stats_.chunks_records++;
  else
    stats_.chunks_bytes++;
}

Status StreamingDecoder::handle_index(ByteSpan body) {
  IndexPacket index;
  if (const Status status = parse_index(body, packet_offset_, index); !status.ok()) return status;
  last_index_ = packet_offset_ - stream_start_;
  if (!joined_late_ && !stream_damaged_ && index.number != index_packets_)
    return damaged("index packets are missing or out of order");
  index_packets_++;
  return {};
}

Status StreamingDecoder::handle_end(ByteSpan body) {
  EndTotals totals;
  ByteSpan head;
  if (const Status status = parse_end(body, packet_offset_, totals, head); !status.ok())
    return status;
  if (!std::equal(head.begin(), head.end(), head_bytes_.begin()))
    return damaged("the end packet's head differs");
  // Who joined after the last key has nothing to compare.
  if (!joining_ && (totals.chunks != packet_.sequence || totals.raw_size != packet_.raw_offset))
    return damaged("the end packet's totals are not what was decoded");
  if (!joined_late_ && !stream_damaged_ &&
      (totals.stream_size != boundary_.offset() - stream_start_ ||
       totals.last_index != last_index_)) {
    const Status wrong = damaged("the end packet's stream length or index offset is wrong");
    if (on_error_ == OnError::FAIL) return wrong;
    leave_out(wrong);
  }
  if (!joining_ && !group_broken_ && framing_left_ != 0 && totals.chunks == sequence_)
    return damaged("the stream ends in the middle of a buffer");
  if (!joining_ && totals.chunks != sequence_) {
    keep_end(totals);
    return {};
  }
  if (!joining_) close_damage(packet_offset_, base_ + totals.raw_size, 0);
  end_stream(totals.raw_size);
  return {};
}

void StreamingDecoder::end_stream(uint64_t raw_size) {
  framing_left_ = 0;
  in_stream_ = joining_ = has_key_ = group_broken_ = head_repeated_ = stream_damaged_ = false;
  sequence_ = raw_offset_ = raw_seen_ = 0;
  streams_++;
  base_ += std::min(raw_size, UINT64_MAX - base_);
}

}  // namespace sigma
