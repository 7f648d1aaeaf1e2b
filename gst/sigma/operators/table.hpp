/* The tree inside a coded chunk: statements that fill slots, then one expression that yields the
 * chunk's bytes, all as glyphs in pre-order. docs/format.md, "Operators", is normative.
 *
 *     glyph                      payload             children  yields
 *     PRIMITIVE LITERAL          bytes               0         the payload
 *     PRIMITIVE ABSTRACT         zstd frame          0         the frame's content
 *     DELTA     ABSTRACT         zstd frame          1         its content, with a prefix
 *     PRIMITIVE ITERATION        size, pattern       0         the pattern, repeated
 *     REFERENCE STREAM           distance, size      0         earlier bytes of the group
 *     REFERENCE Σ128+k           none                0         the slot's value
 *     COMPOSITE LIST             count               count     the children's values, joined
 *     COMPOSITE ARRAY            count               count     the children's bytes in turn
 *     DELTA     SUMMATION        layout              1         integers, from differences
 *     DELTA     BRANCH           machine, position   1         machine code
 *     COMPOSITE RECORD           size, records       9         text records, from lanes
 *     PRIMITIVE Σ128+k           bytes               0         nothing: sets the slot
 *     COMPOSITE Σ128+k           none                1         nothing: sets the slot
 *     DELTA     Σ128+k           none                1         nothing: appends to the slot
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

enum class Operator : uint8_t {
  LITERAL,
  LANE,
  PREFIXED_LANE,
  RUN,
  HISTORY,
  SLOT,
  CONCATENATE,
  INTERLEAVE,
  SUM,
  BRANCHES,
  RECORDS,
  SET_SLOT,
  STORE_SLOT,
  APPEND_SLOT,
  UNKNOWN
};

SIGMA_API Operator operator_of(GlyphType type, Primitive primitive);

/// Whether glyphs of this operator carry a payload; they all do or none does.
constexpr bool takes_payload(Operator op) {
  return op != Operator::SLOT && op != Operator::STORE_SLOT && op != Operator::APPEND_SLOT;
}

constexpr bool is_statement(Operator op) {
  return op == Operator::SET_SLOT || op == Operator::STORE_SLOT || op == Operator::APPEND_SLOT;
}

/// Whether a chunk's tree has a records operator; what is malformed is not looked at further.
SIGMA_API bool has_records(ByteSpan tree);

}  // namespace sigma
