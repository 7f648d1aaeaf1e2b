/* Rules for single packets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/packet_rules.hpp"

namespace sigma {

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

Status check_chunk(const Head& head, const PacketHeader& chunk, uint64_t base, uint64_t offset) {
  const auto damaged = [offset](const char* text) {
    return Status::error(ErrorCode::DAMAGED, text, offset);
  };
  if (chunk.raw_size > head.chunk_max) return damaged("a chunk is larger than its head allows");
  if (chunk.sequence == UINT64_MAX || base > UINT64_MAX - chunk.raw_size - chunk.raw_offset)
    return damaged("a stream cannot be that long");
  if (chunk.raw_size == 0 || (chunk.framing_size != 0 && !head.is_framed()))
    return damaged("a chunk has no bytes, or framing where there is none");
  if (chunk.framing_size > chunk.body_size) return damaged("a chunk's framing has no room");
  if (chunk.is_stored() && (chunk.body_size - chunk.framing_size != chunk.raw_size ||
                            (chunk.framing_size == 0 && chunk.body_hash != chunk.raw_hash)))
    return damaged("a stored chunk's body is not its bytes");
  if (!chunk.is_stored() && chunk.is_key() != (chunk.type == GlyphType::COMPOSITE))
    return damaged("a chunk's type contradicts its key flag");
  if (chunk.sequence == 0 && !chunk.is_key()) return damaged("a stream's first chunk is no key");
  return {};
}

bool comes_next(const PacketHeader& chunk, const PacketHeader& next) {
  return next.stream_id == chunk.stream_id && next.sequence == chunk.sequence + 1 &&
         next.raw_offset == chunk.raw_offset + chunk.raw_size;
}

Status no_sigma() {
  return Status::error(ErrorCode::NOT_SIGMA, "there is no packet header");
}

Status no_head_left(uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED,
                       "neither the head of the stream nor a copy of it is left", offset);
}

Status cut_off(uint64_t offset) {
  return Status::error(ErrorCode::TRUNCATED, "the stream stops before its end packet", offset);
}

Status unsound_body(uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, "a packet's body does not match its hash", offset);
}

}  // namespace sigma
