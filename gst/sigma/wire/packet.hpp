/* Packets, the top-level glyphs of a stream: their headers. The layout is normative
 * in docs/format.md.
 *
 *     stream := head (chunk | metadata | index | head copy)* end
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/encoded_packet.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// 0x89 (not ASCII, lost by 7-bit transfers), Σ in UTF-8, 'G', and the line ends and end-of-file
/// byte that text-mode transfers change.
constexpr std::array<uint8_t, 8> kSyncWord = {0x89, 0xCE, 0xA3, 0x47, 0x0D, 0x0A, 0x1A, 0x0A};

constexpr size_t kPacketHeaderSize = 72;  ///< bytes at the front of every packet's payload
constexpr size_t kPacketFront = kMaxGlyphHeader + kPacketHeaderSize;  ///< most bytes before a body
constexpr size_t kMaxBody = kMaxGlyphPayload - kPacketHeaderSize;
constexpr size_t kMaxSmallBody = 65536;  ///< metadata, index and unknown packets
constexpr uint32_t kMaxChunk = uint32_t{1} << 27;

/// Room for the body of a chunk of that size that had to be cut: a header is at least 75 bytes
/// behind the one before, and each cut costs 2 bytes, or 3 behind 128 bytes and more.
constexpr uint32_t guarded_body_max(uint32_t chunk_size) {
  return chunk_size + chunk_size / 32 + 32;
}

enum PacketFlags : uint8_t {
  kFlagKey = 0x01,       ///< chunk: starts a group
  kFlagCopy = 0x02,      ///< head: repeats the head that began the stream
  kFlagCritical = 0x80,  ///< a decoder that does not know this packet must stop
};

struct PacketHeader {
  GlyphType type = GlyphType::PRIMITIVE;
  Primitive primitive = Primitive::STREAM;
  uint8_t flags = 0;
  uint32_t body_size = 0;
  uint64_t stream_id = 0;
  uint64_t sequence = 0;    ///< chunks before this packet
  uint64_t raw_offset = 0;  ///< decoded bytes before this packet
  uint32_t raw_size = 0;
  uint32_t framing_size = 0;  ///< bytes of the framing tree at the end of the body
  uint64_t body_hash = 0;
  uint64_t raw_hash = 0;

  bool is_key() const { return (flags & kFlagKey) != 0; }
  bool is_stored() const { return type == GlyphType::PRIMITIVE; }
  PacketKind kind() const;
  bool operator==(const PacketHeader&) const = default;
};

/// Size of tag, length and header of a packet with that body.
size_t packet_front_size(const PacketHeader& header);

/// Writes tag, length and header; `out` has room for packet_front_size().
void write_packet_front(uint8_t* out, const PacketHeader& header);

/// Reads and checks a header. `glyph` is the tag and length on the wire, `in` the first
/// kPacketHeaderSize bytes of the payload. DAMAGED, or NOT_SIGMA without the sync word.
Status parse_packet_header(const GlyphHeader& glyph_header, ByteSpan glyph, ByteSpan in,
                           uint64_t offset, PacketHeader& header);

/// Reads and checks a header without its glyph's tag and length, which follow from it: DAMAGED if
/// the check does not match them. `in` begins with a sync word and has kPacketHeaderSize bytes.
Status recover_packet_header(ByteSpan in, uint64_t offset, PacketHeader& header,
                             GlyphHeader& glyph_header);

}  // namespace sigma
