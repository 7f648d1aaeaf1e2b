/* Packet headers and the bodies of head and end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/packet.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/hash.hpp"

namespace sigma {
namespace {

// Offsets of the fields in the header (bytes); docs/format.md, section 3.1.
constexpr size_t kType = 8;
constexpr size_t kPrimitive = 9;
constexpr size_t kFlags = 10;
constexpr size_t kReserved = 11;
constexpr size_t kBodySize = 12;
constexpr size_t kStreamId = 16;
constexpr size_t kSequence = 24;
constexpr size_t kRawOffset = 32;
constexpr size_t kRawSize = 40;
constexpr size_t kFramingSize = 44;
constexpr size_t kBodyHash = 48;
constexpr size_t kRawHash = 56;
constexpr size_t kCheck = 64;

/// XXH3-64 of the glyph's tag and length, then the header up to its check.
uint64_t header_check(ByteSpan glyph, const uint8_t* header) {
  uint8_t joined[kMaxGlyphHeader + kCheck];
  std::memcpy(joined, glyph.data(), glyph.size());
  std::memcpy(joined + glyph.size(), header, kCheck);
  return hash_bytes({joined, glyph.size() + kCheck});
}

GlyphHeader glyph_header_of(const PacketHeader& header) {
  return {header.type, header.primitive, true, kPacketHeaderSize + header.body_size, 0};
}

Status damaged(const char* text, uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, text, offset);
}

}  // namespace

PacketKind PacketHeader::kind() const {
  if (primitive == Primitive::BLOCK && type != GlyphType::REFERENCE) return PacketKind::CHUNK;
  if (primitive == Primitive::LIST && type == GlyphType::REFERENCE) return PacketKind::INDEX;
  if (type != GlyphType::PRIMITIVE) return PacketKind::UNKNOWN;
  switch (primitive) {
    case Primitive::STREAM:
      return PacketKind::HEAD;
    case Primitive::ATTRIBUTE:
      return PacketKind::METADATA;
    case Primitive::BOUNDARY:
      return PacketKind::END;
    default:
      return PacketKind::UNKNOWN;
  }
}

size_t packet_front_size(const PacketHeader& header) {
  return glyph_header_size(glyph_header_of(header)) + kPacketHeaderSize;
}

void write_packet_front(uint8_t* out, const PacketHeader& header) {
  const size_t glyph_size = write_glyph_header(out, glyph_header_of(header));
  uint8_t* p = out + glyph_size;
  std::copy(kSyncWord.begin(), kSyncWord.end(), p);
  p[kType] = static_cast<uint8_t>(header.type);
  p[kPrimitive] = static_cast<uint8_t>(header.primitive);
  p[kFlags] = header.flags;
  p[kReserved] = 0;
  store_le(p + kBodySize, header.body_size);
  store_le(p + kStreamId, header.stream_id);
  store_le(p + kSequence, header.sequence);
  store_le(p + kRawOffset, header.raw_offset);
  store_le(p + kRawSize, header.raw_size);
  store_le(p + kFramingSize, header.framing_size);
  store_le(p + kBodyHash, header.body_hash);
  store_le(p + kRawHash, header.raw_hash);
  store_le(p + kCheck, header_check({out, glyph_size}, p));
}

Status parse_packet_header(const GlyphHeader& glyph_header, ByteSpan glyph, ByteSpan in,
                           uint64_t offset, PacketHeader& header) {
  if (in.size() < kSyncWord.size() || !std::equal(kSyncWord.begin(), kSyncWord.end(), in.begin()))
    return Status::error(ErrorCode::NOT_SIGMA, "there is no sync word", offset);
  if (in.size() < kPacketHeaderSize) return damaged("a packet is too short", offset);
  const uint8_t* p = in.data();
  if (load_le<uint64_t>(p + kCheck) != header_check(glyph, p))
    return damaged("a packet header does not match its check", offset);
  // From here on the header is what an encoder wrote; what is wrong now was forged or is newer.
  header.type = static_cast<GlyphType>(p[kType] & 3);
  header.primitive = static_cast<Primitive>(p[kPrimitive]);
  header.flags = p[kFlags];
  header.body_size = load_le<uint32_t>(p + kBodySize);
  header.stream_id = load_le<uint64_t>(p + kStreamId);
  header.sequence = load_le<uint64_t>(p + kSequence);
  header.raw_offset = load_le<uint64_t>(p + kRawOffset);
  header.raw_size = load_le<uint32_t>(p + kRawSize);
  header.framing_size = load_le<uint32_t>(p + kFramingSize);
  header.body_hash = load_le<uint64_t>(p + kBodyHash);
  header.raw_hash = load_le<uint64_t>(p + kRawHash);
  if (p[kType] > 3 || header.type != glyph_header.type ||
      header.primitive != glyph_header.primitive || p[kReserved] != 0 ||
      glyph_header.payload_size - kPacketHeaderSize != header.body_size)
    return damaged("a packet header contradicts its glyph", offset);
  if (header.kind() != PacketKind::CHUNK &&
      (header.raw_size != 0 || header.framing_size != 0 || header.raw_hash != 0))
    return damaged("a packet that is no chunk declares decoded bytes", offset);
  // Each chunk has a byte at least.
  const bool fits =
      header.sequence == 0 ? header.raw_offset == 0 : header.raw_offset >= header.sequence;
  if (!fits) return damaged("a packet's sequence and decoded offset contradict each other", offset);
  if (header.raw_offset > UINT64_MAX - header.raw_size)
    return damaged("a stream cannot be that long", offset);
  return {};
}

Status recover_packet_header(ByteSpan in, uint64_t offset, PacketHeader& header,
                             GlyphHeader& glyph_header) {
  if (in.size() < kPacketHeaderSize) return damaged("a packet is too short", offset);
  PacketHeader claimed;
  claimed.type = static_cast<GlyphType>(in[kType] & 3);
  claimed.primitive = static_cast<Primitive>(in[kPrimitive]);
  claimed.body_size = load_le<uint32_t>(in.data() + kBodySize);
  if (claimed.body_size > kMaxBody) return damaged("a packet is too long", offset);
  glyph_header = glyph_header_of(claimed);
  uint8_t glyph[kMaxGlyphHeader];
  glyph_header.header_size = write_glyph_header(glyph, glyph_header);
  return parse_packet_header(glyph_header, {glyph, glyph_header.header_size}, in, offset, header);
}

}  // namespace sigma
