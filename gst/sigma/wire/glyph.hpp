/* The glyph and its wire form: one byte TTPIIIII (31 = the primitive is in the next byte), then, if
 * P is set, a canonical LEB128 length of 1 to 4 bytes and that many bytes of payload.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/primitive.hpp"

namespace sigma {

enum class GlyphType : uint8_t { PRIMITIVE = 0, REFERENCE = 1, DELTA = 2, COMPOSITE = 3 };

struct Glyph {
  GlyphType type = GlyphType::PRIMITIVE;
  Primitive primitive = Primitive::ENTITY;
  bool has_payload = false;
  ByteSpan payload;  ///< empty when has_payload is false
};

constexpr size_t kMaxGlyphPayload = (size_t{1} << 28) - 1;  ///< bytes: what four LEB128 bytes hold
constexpr size_t kMaxGlyphHeader = 6;                       ///< tag, primitive and length, in bytes

/// A glyph without its payload.
struct GlyphHeader {
  GlyphType type = GlyphType::PRIMITIVE;
  Primitive primitive = Primitive::ENTITY;
  bool has_payload = false;
  size_t payload_size = 0;  ///< bytes, at most kMaxGlyphPayload
  size_t header_size = 0;   ///< bytes that tag, primitive and length take; set by the parser
};

enum class GlyphParse : uint8_t { COMPLETE, INCOMPLETE, INVALID };

SIGMA_API size_t glyph_header_size(const GlyphHeader& header);

/// Writes tag, primitive and length; `out` has room for glyph_header_size(). Returns the size.
SIGMA_API size_t write_glyph_header(uint8_t* out, const GlyphHeader& header);

/// Reads tag, primitive and length. INVALID: an extended primitive below 31, or a length that is
/// not canonical.
SIGMA_API GlyphParse parse_glyph_header(ByteSpan in, GlyphHeader& header);

/// Reads a whole glyph from the front of `in`; `size` is what it takes.
SIGMA_API GlyphParse parse_glyph(ByteSpan in, Glyph& glyph, size_t& size);

}  // namespace sigma
