/* Wire form of glyphs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {
namespace {

constexpr uint8_t kHasPayload = 0x20;
constexpr uint8_t kExtended = 31;
constexpr size_t kMaxLengthBytes = 4;

}  // namespace

size_t glyph_header_size(const GlyphHeader& header) {
  const size_t tag = static_cast<uint8_t>(header.primitive) < kExtended ? 1 : 2;
  return tag + (header.has_payload ? varint_size(header.payload_size) : 0);
}

size_t write_glyph_header(uint8_t* out, const GlyphHeader& header) {
  const auto id = static_cast<uint8_t>(header.primitive);
  const auto type = static_cast<uint8_t>(static_cast<uint8_t>(header.type) << 6);
  const uint8_t payload = header.has_payload ? kHasPayload : 0;
  size_t n = 0;
  out[n++] = static_cast<uint8_t>(type | payload | (id < kExtended ? id : kExtended));
  if (id >= kExtended) out[n++] = id;
  if (header.has_payload) n += write_varint(out + n, header.payload_size);
  return n;
}

GlyphParse parse_glyph_header(ByteSpan in, GlyphHeader& header) {
  if (in.empty()) return GlyphParse::INCOMPLETE;
  const uint8_t tag = in[0];
  uint8_t id = tag & 0x1f;
  size_t n = 1;
  if (id == kExtended) {
    if (in.size() < 2) return GlyphParse::INCOMPLETE;
    id = in[1];
    if (id < kExtended) return GlyphParse::INVALID;
    n = 2;
  }
  uint64_t length = 0;
  if ((tag & kHasPayload) != 0) {
    size_t size = 0;
    switch (read_varint(in.subspan(n), kMaxLengthBytes, length, size)) {
      case VarintState::INCOMPLETE:
        return GlyphParse::INCOMPLETE;
      case VarintState::INVALID:
        return GlyphParse::INVALID;
      case VarintState::COMPLETE:
        break;
    }
    n += size;
  }
  header = {static_cast<GlyphType>(tag >> 6), static_cast<Primitive>(id), (tag & kHasPayload) != 0,
            static_cast<size_t>(length), n};
  return GlyphParse::COMPLETE;
}

GlyphParse parse_glyph(ByteSpan in, Glyph& glyph, size_t& size) {
  GlyphHeader header;
  const GlyphParse parse = parse_glyph_header(in, header);
  if (parse != GlyphParse::COMPLETE) return parse;
  if (in.size() - header.header_size < header.payload_size) return GlyphParse::INCOMPLETE;
  glyph = {header.type, header.primitive, header.has_payload,
           in.subspan(header.header_size, header.payload_size)};
  size = header.header_size + header.payload_size;
  return GlyphParse::COMPLETE;
}

}  // namespace sigma
