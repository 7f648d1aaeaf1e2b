/* Bodies of head and end packets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/head.hpp"

#include <algorithm>

namespace sigma {
namespace {

Status damaged(const char* text, uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, text, offset);
}

}  // namespace

uint64_t decoder_needs(const Head& head) {
  return uint64_t{head.chunk_max} + head.body_max + kPacketFront + 2 * uint64_t{head.slots_max} +
         head.history_max + head.workspace_max + head.framing_max;
}

void write_head(uint8_t (&out)[kHeadBodySize], const Head& head) {
  out[0] = head.major;
  out[1] = head.minor;
  store_le(out + 2, head.flags);
  store_le(out + 4, head.chunk_max);
  store_le(out + 8, head.body_max);
  store_le(out + 12, head.slots_max);
  store_le(out + 16, head.history_max);
  store_le(out + 20, head.workspace_max);
  store_le(out + 24, head.key_interval);
  store_le(out + 28, head.framing_max);
}

Status parse_head(ByteSpan body, uint64_t offset, Head& head) {
  if (body.size() < kHeadBodySize || body.size() > kMaxHeadBody)
    return damaged("a head has an impossible size", offset);
  const uint8_t* p = body.data();
  head.major = p[0];
  head.minor = p[1];
  const uint64_t version = uint64_t{head.major} << 8 | head.minor;
  if (head.major != kFormatMajor)
    return Status::error(ErrorCode::UNSUPPORTED_VERSION, "this stream has format version", offset,
                         version);
  head.flags = load_le<uint16_t>(p + 2);
  if ((head.flags & ~(kHeadJoin | kHeadFramed)) != 0)
    return Status::error(ErrorCode::UNSUPPORTED_VERSION,
                         "this stream uses a feature (head flag) of format version", offset,
                         version);
  head.chunk_max = load_le<uint32_t>(p + 4);
  head.body_max = load_le<uint32_t>(p + 8);
  head.slots_max = load_le<uint32_t>(p + 12);
  head.history_max = load_le<uint32_t>(p + 16);
  head.workspace_max = load_le<uint32_t>(p + 20);
  head.key_interval = load_le<uint32_t>(p + 24);
  if (head.is_framed()) head.framing_max = load_le<uint32_t>(p + 28);
  if (head.chunk_max == 0 || head.chunk_max > kMaxChunk || head.body_max > kMaxBody ||
      head.framing_max > kMaxChunk || head.key_interval == 0)
    return damaged("a head declares impossible limits", offset);
  return {};
}

void write_end(uint8_t (&out)[kEndBodySize], const EndTotals& totals, const Head& head) {
  store_le(out, totals.raw_size);
  store_le(out + 8, totals.chunks);
  store_le(out + 16, totals.stream_size);
  store_le(out + 24, totals.last_index);
  uint8_t copy[kHeadBodySize];
  write_head(copy, head);
  std::copy(std::begin(copy), std::end(copy), out + 32);
}

Status parse_end(ByteSpan body, uint64_t offset, EndTotals& totals, ByteSpan& head) {
  if (body.size() != kEndBodySize) return damaged("an end packet has an impossible size", offset);
  const uint8_t* p = body.data();
  totals.raw_size = load_le<uint64_t>(p);
  totals.chunks = load_le<uint64_t>(p + 8);
  totals.stream_size = load_le<uint64_t>(p + 16);
  totals.last_index = load_le<uint64_t>(p + 24);
  head = body.subspan(kEndBodySize - kHeadBodySize);
  return {};
}

}  // namespace sigma
