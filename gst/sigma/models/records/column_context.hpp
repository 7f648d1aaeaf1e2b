/* What a column is coded from and into.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/field_store.hpp"
#include "gst/sigma/models/records/lane_store.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// The bytes that fields are parts of, where lists of them lie, and where lanes are made.
struct ColumnContext {
  ByteSpan bytes;
  FieldStore* fields = nullptr;
  LaneStore* lanes = nullptr;

  const uint8_t* end() const { return bytes.data() + bytes.size(); }
  ByteSpan text(const Field& field) const { return bytes.subspan(field.begin, field.size); }
  FieldStore::Cursor cursor(const FieldList& column) const { return {*fields, column}; }

  /// Adds a glyph of a column to the script.
  void put_glyph(GlyphType type, Primitive primitive, ByteSpan payload) const {
    uint8_t header[kMaxGlyphHeader];
    const GlyphHeader glyph = {type, primitive, !payload.empty(), payload.size(), 0};
    lanes->put(RecordLane::SCRIPT, {header, write_glyph_header(header, glyph)});
    lanes->put(RecordLane::SCRIPT, payload);
  }
};

}  // namespace sigma
