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
#include "gst/sigma/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/index.hpp"

namespace sigma {
namespace {

Status damaged(const char* text, uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, text, offset);
}

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

}  // namespace

StreamingDecoder::StreamingDecoder(uint64_t max_memory)
    : max_memory_(max_memory),
      pool_(static_cast<size_t>(std::min<uint64_t>(max_memory, SIZE_MAX))),
      boundary_(pool_),
      evaluator_(pool_),
      window_(pool_) {
  boundary_.set_gate(this, kPacketHeaderSize);
  reset();
}

void StreamingDecoder::reset() {
  boundary_.reset();
  evaluator_.start_group();
  in_stream_ = joining_ = joined_late_ = false;
  streams_ = 0;
  front_size_ = 0;
  failed_ = {};
  stats_.start();
  stats_.peak_memory = pool_.peak();
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
  Result<bool> result = false;
  for (;;) {
    const uint64_t offset = boundary_.offset();
    Glyph glyph;
    result = boundary_.next(glyph);
    if (!result.ok() || !result.value) break;
    result = handle(glyph, offset, chunk);
    if (!result.ok() || result.value) break;
  }
  if (result.status.code == ErrorCode::DAMAGED && !begins_like_sigma())
    result.status = Status::error(ErrorCode::NOT_SIGMA, "there is no packet header", 0);
  failed_ = result.status;
  stats_.codec_time_ns += monotonic_ns() - began;
  count();
  return result;
}

/// Tells another kind of file from a .sigma stream that is damaged.
bool StreamingDecoder::begins_like_sigma() const {
  return looks_like_packet({front_.data(), front_size_});
}

Status StreamingDecoder::finish() {
  if (!failed_.ok()) return failed_;
  const uint64_t offset = boundary_.offset() + boundary_.pending_bytes();
  if (!begins_like_sigma())
    return Status::error(ErrorCode::NOT_SIGMA, "there is no packet header", 0);
  if (in_stream_ || boundary_.has_pending())
    return Status::error(ErrorCode::TRUNCATED, "the stream stops before its end packet", offset);
  if (streams_ == 0) return Status::error(ErrorCode::TRUNCATED, "the stream is empty", offset);
  return {};
}

void StreamingDecoder::count() {
  stats_.boundary_crossings = boundary_.crossings();
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
}

Status StreamingDecoder::unsupported(const PacketHeader& packet, const char* text,
                                     uint64_t offset) const {
  return Status::error(ErrorCode::UNSUPPORTED_PACKET, text, offset,
                       uint64_t{head_.minor} << 16 | uint64_t(packet.type) << 8 |
                           static_cast<uint8_t>(packet.primitive));
}

/// Called by the boundary handler once a packet's header is there, before its body is waited for.
Status StreamingDecoder::admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first,
                               uint64_t offset) {
  Status status = parse_packet_header(header, glyph, first, offset, packet_);
  if (status.code == ErrorCode::NOT_SIGMA)
    status = damaged(in_stream_ ? "no packet begins where one is due"
                                : "bytes that are no stream follow the end packet",
                     offset);
  if (!status.ok()) return status;
  if (const Status kind = check_kind(packet_, offset); !kind.ok()) return kind;
  if (packet_.kind() == PacketKind::HEAD) return {};  // handle_head() looks at the rest
  if (const Status position = check_position(packet_, offset); !position.ok()) return position;
  return packet_.kind() == PacketKind::CHUNK ? check_chunk(packet_, offset) : Status{};
}

Status StreamingDecoder::check_kind(const PacketHeader& packet, uint64_t offset) const {
  const PacketKind kind = packet.kind();
  if (!in_stream_ && kind != PacketKind::HEAD)
    return damaged("a stream does not begin with its head", offset);
  const bool is_data = kind == PacketKind::METADATA || kind == PacketKind::UNKNOWN;
  if (is_data && (packet.flags & kFlagCritical) != 0)
    return unsupported(packet, "unknown critical packet", offset);
  if ((packet.flags & ~known_flags(kind)) != 0)
    return unsupported(packet, "unknown flag in packet", offset);
  if (packet.body_size > largest_body(kind, head_))
    return damaged("a packet is larger than the format or its head allows", offset);
  return {};
}

/// Everything but a head belongs to the stream, and to this place in it.
Status StreamingDecoder::check_position(const PacketHeader& packet, uint64_t offset) const {
  if (packet.stream_id != stream_id_) return damaged("a packet belongs to another stream", offset);
  if (joining_) return {};
  if (packet.sequence > sequence_) return damaged("chunks are missing", offset);
  if (packet.sequence < sequence_) return damaged("a chunk comes twice or too late", offset);
  if (packet.raw_offset != raw_offset_)
    return damaged("a packet's decoded offset is wrong", offset);
  return {};
}

Status StreamingDecoder::check_chunk(const PacketHeader& packet, uint64_t offset) const {
  if (packet.raw_size > head_.chunk_max)
    return damaged("a chunk is larger than its head allows", offset);
  if (packet.sequence == UINT64_MAX || packet.raw_offset > UINT64_MAX - packet.raw_size)
    return damaged("a stream cannot be that long", offset);
  if (packet.raw_size == 0 || packet.framing_size != 0)
    return damaged("a chunk without framing has no bytes, or has framing", offset);
  if (packet.is_stored() &&
      (packet.body_size != packet.raw_size || packet.body_hash != packet.raw_hash))
    return damaged("a stored chunk's body is not its bytes", offset);
  if (!packet.is_stored() && packet.is_key() != (packet.type == GlyphType::COMPOSITE))
    return damaged("a chunk's type contradicts its key flag", offset);
  if (packet.sequence == 0 && !packet.is_key())
    return damaged("a stream's first chunk is no key", offset);
  if (joining_) return {};
  if (group_chunks_ == 0 && !packet.is_key())
    return damaged("a stream's first chunk is no key", offset);
  if (!packet.is_key() && group_chunks_ >= head_.key_interval)
    return damaged("a group has more chunks than its head allows", offset);
  return {};
}

Result<bool> StreamingDecoder::handle(const Glyph& glyph, uint64_t offset, DecodedChunk& chunk) {
  if (!glyph.has_payload) return damaged("a glyph that is no packet", offset);
  stats_.glyphs++;
  const ByteSpan body = glyph.payload.subspan(kPacketHeaderSize);
  if (hash_bytes(body) != packet_.body_hash)
    return damaged("a packet's body does not match its hash", offset);
  if (joining_ && packet_.sequence != 0) joined_late_ = true;
  switch (packet_.kind()) {
    case PacketKind::HEAD: {
      const Status status = handle_head(body, offset);
      return status.ok() ? Result<bool>(false) : Result<bool>(status);
    }
    case PacketKind::CHUNK:
      return handle_chunk(body, offset, chunk);
    case PacketKind::INDEX: {
      const Status status = handle_index(body, offset);
      return status.ok() ? Result<bool>(false) : Result<bool>(status);
    }
    case PacketKind::END: {
      const Status status = handle_end(body, offset, boundary_.offset());
      return status.ok() ? Result<bool>(false) : Result<bool>(status);
    }
    case PacketKind::METADATA:
    case PacketKind::UNKNOWN:
      break;  // not critical: passed over
  }
  return false;
}

Status StreamingDecoder::handle_head(ByteSpan body, uint64_t offset) {
  Head head;
  if (const Status status = parse_head(body, offset, head); !status.ok()) return status;
  const bool is_copy = (packet_.flags & kFlagCopy) != 0;
  if (in_stream_ && !is_copy)
    return Status::error(ErrorCode::TRUNCATED,
                         "a new stream begins before the end packet of the one before", offset);
  if (in_stream_) {
    if (packet_.body_hash != head_hash_)
      return damaged("a copy of the head differs from it", offset);
    return check_position(packet_, offset);
  }
  if (!is_copy && (packet_.sequence != 0 || packet_.raw_offset != 0))
    return damaged("a head claims to stand in the middle of its stream", offset);
  if (is_copy && (head.flags & kHeadJoin) == 0)
    return damaged("the beginning of the stream is missing", offset);
  std::copy_n(body.begin(), head_bytes_.size(), head_bytes_.begin());
  head_hash_ = packet_.body_hash;
  return start_stream(head, offset);
}

Status StreamingDecoder::start_stream(const Head& head, uint64_t offset) {
  // Beside its own memory, the copy of a chunk that an application or element passes on.
  const uint64_t needs =
      decoder_needs(head) + head.chunk_max + kLaneDecoderMemory + kCodeMemory + kHeadroom;
  if (needs > max_memory_)
    return Status::error(ErrorCode::NEEDS_MORE_MEMORY, "this stream needs", offset, needs);
  if (Status status = reserve(head); !status.ok()) {
    status.offset = offset;
    return status;
  }
  evaluator_.start_stream(head);
  head_ = head;
  in_stream_ = true;
  joining_ = (head.flags & kHeadJoin) != 0;
  joined_late_ = (packet_.flags & kFlagCopy) != 0;
  index_packets_ = 0;
  last_index_ = 0;
  stream_id_ = packet_.stream_id;
  stream_start_ = offset;
  sequence_ = packet_.sequence;
  raw_offset_ = packet_.raw_offset;
  group_chunks_ = 0;
  return {};
}

/// The window, and one buffer that takes any packet that spans inputs: packets differ in size, and
/// buffers made for each would leave holes in the heap.
Status StreamingDecoder::reserve(const Head& head) {
  if (const Status status = window_.configure(head.chunk_max, head.history_max); !status.ok())
    return status;
  Result<Buffer> packet = pool_.acquire(kPacketFront + head.body_max);
  if (packet.ok()) pool_.release(std::move(packet.value));
  return packet.status;
}

Result<bool> StreamingDecoder::handle_chunk(ByteSpan body, uint64_t offset, DecodedChunk& chunk) {
  if (joining_) {
    if (!packet_.is_key()) return false;
    joining_ = false;
    sequence_ = packet_.sequence;
    raw_offset_ = packet_.raw_offset;
  }
  if (packet_.is_key()) {
    group_chunks_ = 0;
    window_.start_group();
    evaluator_.start_group();
  } else {
    window_.advance();
  }
  const Result<ByteSpan> bytes = decode_chunk(body, offset);
  if (!bytes.ok()) return bytes.status;
  chunk = {bytes.value, raw_offset_, streams_};
  sequence_++;
  raw_offset_ += packet_.raw_size;
  group_chunks_++;
  stats_.chunks++;
  stats_.bytes_out += packet_.raw_size;
  if (packet_.is_stored())
    stats_.chunks_stored++;
  else
    stats_.chunks_bytes++;
  return true;
}

Result<ByteSpan> StreamingDecoder::decode_chunk(ByteSpan body, uint64_t offset) {
  if (packet_.is_stored()) {
    // Its hash was that of the body, checked already. Without history nobody needs a copy.
    if (head_.history_max == 0) return body;
    window_.append(body);
    return window_.chunk();
  }
  const uint64_t glyphs_before = evaluator_.glyphs();
  const MutableByteSpan out = window_.prepare(packet_.raw_size);
  Status status = evaluator_.evaluate(body, window_.history(), out);
  if (status.ok() && hash_bytes(out) != packet_.raw_hash)
    status = damaged("a chunk does not decode to the bytes that were encoded", offset);
  if (!status.ok()) {
    status.offset = offset;
    return status;
  }
  window_.commit(out.size());
  stats_.glyphs += evaluator_.glyphs() - glyphs_before;
  return window_.chunk();
}

Status StreamingDecoder::handle_index(ByteSpan body, uint64_t offset) {
  IndexPacket index;
  if (const Status status = parse_index(body, offset, index); !status.ok()) return status;
  last_index_ = offset - stream_start_;
  if (!joined_late_ && index.number != index_packets_)
    return damaged("index packets are missing or out of order", offset);
  index_packets_++;
  return {};
}

Status StreamingDecoder::handle_end(ByteSpan body, uint64_t offset, uint64_t end_offset) {
  EndTotals totals;
  ByteSpan head;
  if (const Status status = parse_end(body, offset, totals, head); !status.ok()) return status;
  if (!std::equal(head.begin(), head.end(), head_bytes_.begin()))
    return damaged("the end packet's head differs", offset);
  // Who joined after the last key has nothing to compare.
  if (!joining_ && (totals.chunks != sequence_ || totals.raw_size != raw_offset_))
    return damaged("the end packet's totals are not what was decoded", offset);
  if (!joined_late_ &&
      (totals.stream_size != end_offset - stream_start_ || totals.last_index != last_index_))
    return damaged("the end packet's stream length or index offset is wrong", offset);
  in_stream_ = joining_ = false;
  streams_++;
  return {};
}

}  // namespace sigma
