/* Packet headers and the bodies of head and end.
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
#include "gst/sigma/wire/packet.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/hash.hpp"

namespace sigma {
namespace {

// Offsets of the fields in the header (bytes); docs/format.md, "Packet header".
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

constexpr size_t kSearchBlock = 256;  ///< positions that are searched at once

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

/// The first position from `at` on at which a block of kSearchBlock may have the beginning of a
/// sync word, or where fewer than that and one byte more are left. Compilers make a few vector
/// instructions of it: in compressed bytes, where memchr() comes to a stop every 256 bytes, it is
/// several times as fast.
SIGMA_KERNEL size_t skip_blocks(ByteSpan bytes, size_t at) {
  for (; bytes.size() - at > kSearchBlock; at += kSearchBlock) {
    const uint8_t* p = bytes.data() + at;
    uint8_t found = 0;
    for (size_t i = 0; i < kSearchBlock; i++)
      found |= static_cast<uint8_t>((p[i] == kSyncWord[0]) & (p[i + 1] == kSyncWord[1]));
    if (found != 0) break;
  }
  return at;
}

/// Whether a sync word begins `bytes`, or one that their end cuts.
bool begins_with_sync_word(ByteSpan bytes) {
  if (bytes.size() >= kSyncWord.size())
    return std::memcmp(bytes.data(), kSyncWord.data(), kSyncWord.size()) == 0;
  return std::equal(bytes.begin(), bytes.end(), kSyncWord.begin());
}

size_t skip_blocks_anywhere(ByteSpan bytes, size_t at) {
  return skip_blocks(bytes, at);
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 size_t skip_blocks_avx2(ByteSpan bytes, size_t at) {
  return skip_blocks(bytes, at);
}
const auto skip_blocks_here = kHasAvx2 ? skip_blocks_avx2 : skip_blocks_anywhere;
#else
constexpr auto skip_blocks_here = skip_blocks_anywhere;
#endif

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

uint64_t decoder_needs(const Head& head) {
  return uint64_t{head.chunk_max} + head.body_max + kPacketFront + 2 * uint64_t{head.slots_max} +
         head.history_max + head.workspace_max + head.framing_max;
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

size_t find_sync_word(ByteSpan bytes, size_t from) {
  for (size_t at = from; at < bytes.size();) {
    at = skip_blocks_here(bytes, at);
    for (const size_t end = at + std::min(bytes.size() - at, kSearchBlock); at < end; at++)
      if (begins_with_sync_word(bytes.subspan(at))) return at;
  }
  return bytes.size();
}

size_t find_packet_header(ByteSpan bytes, size_t from) {
  for (size_t at = from; (at = find_sync_word(bytes, at)) < bytes.size(); at++) {
    PacketHeader header;
    GlyphHeader glyph_header;
    if (recover_packet_header(bytes.subspan(at), 0, header, glyph_header).ok()) return at;
  }
  return bytes.size();
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

bool looks_like_packet(ByteSpan start) {
  GlyphHeader header;
  const GlyphParse parse = parse_glyph_header(start, header);
  if (parse != GlyphParse::COMPLETE) return parse == GlyphParse::INCOMPLETE;
  if (!header.has_payload || header.payload_size < kPacketHeaderSize) return false;
  const ByteSpan payload = start.subspan(header.header_size);
  const size_t compared = std::min(payload.size(), kSyncWord.size());
  return std::equal(payload.begin(), payload.begin() + compared, kSyncWord.begin());
}

bool looks_like_sigma(ByteSpan start) {
  constexpr uint8_t kHeadTag[] = {0x3F, static_cast<uint8_t>(Primitive::STREAM)};
  const size_t compared = std::min(start.size(), sizeof kHeadTag);
  return std::equal(start.begin(), start.begin() + compared, kHeadTag) && looks_like_packet(start);
}

}  // namespace sigma
