/* Operators by their glyphs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/table.hpp"

namespace sigma {

Operator operator_of(GlyphType type, Primitive primitive) {
  if (is_learned(primitive)) {
    switch (type) {
      case GlyphType::PRIMITIVE:
        return Operator::SET_SLOT;
      case GlyphType::REFERENCE:
        return Operator::SLOT;
      case GlyphType::DELTA:
        return Operator::APPEND_SLOT;
      case GlyphType::COMPOSITE:
        return Operator::STORE_SLOT;
    }
  }
  switch (type) {
    case GlyphType::PRIMITIVE:
      if (primitive == Primitive::LITERAL) return Operator::LITERAL;
      if (primitive == Primitive::ABSTRACT) return Operator::LANE;
      if (primitive == Primitive::ITERATION) return Operator::RUN;
      break;
    case GlyphType::REFERENCE:
      if (primitive == Primitive::STREAM) return Operator::HISTORY;
      break;
    case GlyphType::DELTA:
      if (primitive == Primitive::ABSTRACT) return Operator::PREFIXED_LANE;
      if (primitive == Primitive::SUMMATION) return Operator::SUM;
      if (primitive == Primitive::BRANCH) return Operator::BRANCHES;
      break;
    case GlyphType::COMPOSITE:
      if (primitive == Primitive::LIST) return Operator::CONCATENATE;
      if (primitive == Primitive::ARRAY) return Operator::INTERLEAVE;
      if (primitive == Primitive::RECORD) return Operator::RECORDS;
      break;
  }
  return Operator::UNKNOWN;
}

bool has_records(ByteSpan tree) {
  Glyph glyph;
  for (size_t size = 0; parse_glyph(tree, glyph, size) == GlyphParse::COMPLETE;
       tree = tree.subspan(size))
    if (operator_of(glyph.type, glyph.primitive) == Operator::RECORDS) return true;
  return false;
}

}  // namespace sigma
