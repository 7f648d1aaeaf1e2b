/* Writing the tree of a chunk. table.hpp says what it may hold.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <initializer_list>

#include "gst/sigma/operators/adapted.hpp"
#include "gst/sigma/operators/branches.hpp"
#include "gst/sigma/operators/excepted.hpp"
#include "gst/sigma/operators/fields.hpp"
#include "gst/sigma/operators/palette.hpp"
#include "gst/sigma/operators/scaled.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Writes the glyphs of a tree, front to back, into memory of the caller's.
class TreeWriter {
 public:
  explicit TreeWriter(MutableByteSpan out) : out_(out) {}

  void literal(ByteSpan bytes) { put(GlyphType::PRIMITIVE, Primitive::LITERAL, bytes); }
  void lane(ByteSpan frame) { put(GlyphType::PRIMITIVE, Primitive::ABSTRACT, frame); }
  /// Where a lane's frame is best made before it is added by lane_made(). The prefix, if there is
  /// one, is the expression written next.
  MutableByteSpan lane_room() const;
  void lane_made(size_t size, bool has_prefix = false);
  /// The prefix is the expression written next.
  void matches(ByteSpan lane) { put(GlyphType::COMPOSITE, Primitive::ABSTRACT, lane); }
  void matches_made(size_t size) { payload_made(GlyphType::COMPOSITE, Primitive::ABSTRACT, size); }
  /// Likewise for the payload of any glyph.
  MutableByteSpan payload_room() const { return lane_room(); }
  void payload_made(GlyphType type, Primitive primitive, size_t size);
  void symbols(ByteSpan lane) { put(GlyphType::PRIMITIVE, Primitive::EXPRESSION, lane); }
  /// The residuals are the expression written next.
  void predicted(ByteSpan predictors) { put(GlyphType::DELTA, Primitive::DERIVATIVE, predictors); }
  /// What filters leave of the residuals is the expression written next.
  void adapted(const AdaptiveForm& form);
  /// Reference, modes and residuals are the expressions written next.
  void frames(ByteSpan payload) { put(GlyphType::COMPOSITE, Primitive::MATRIX, payload); }
  /// Reference, sources, lengths and literals are the expressions written next.
  void copies(ByteSpan payload) { put(GlyphType::COMPOSITE, Primitive::EQUALS, payload); }
  /// Numbers and exceptions are the two expressions written next.
  void excepted(const ExceptedForm& form);
  /// Indexes and palette are the two expressions written next.
  void palette(const PaletteForm& form);
  /// Dictionary and codes are the two expressions written next.
  void text(uint64_t size);
  /// The integers are the expression written next.
  void scaled(const FloatScale& scale);
  /// Bits and tokens of integers are the two expressions written next.
  void integers(unsigned width);
  /// The prefix is the expression written next.
  void prefixed_lane(ByteSpan frame) { put(GlyphType::DELTA, Primitive::ABSTRACT, frame); }
  void run(uint64_t size, ByteSpan pattern);
  void history(uint64_t distance, uint64_t size);
  void slot(size_t k) { put_bare(GlyphType::REFERENCE, learned(k)); }
  /// The `count` children are the expressions written next.
  void concatenate(uint64_t count);
  /// The same for fewer than 128 children, of which it is not known yet how many there are.
  class Count;
  Count concatenate_some();
  void set_count(const Count& count, uint8_t children);
  /// Likewise.
  void interleave(uint64_t count);
  /// The fields are the expressions written next.
  void fields(const FieldWidths& widths);
  /// The differences are the expression written next.
  void sum(const IntegerLayout& layout);
  /// The lanes are the kRecordLanes expressions written next.
  void records(uint64_t size, uint64_t count);
  /// The code with absolute addresses is the expression written next.
  void branches(Architecture architecture, uint32_t position);
  void set_slot(size_t k, ByteSpan bytes) { put(GlyphType::PRIMITIVE, learned(k), bytes); }
  /// The value is the expression written next; likewise for append_slot().
  void store_slot(size_t k) { put_bare(GlyphType::COMPOSITE, learned(k)); }
  void append_slot(size_t k) { put_bare(GlyphType::DELTA, learned(k)); }

  /// An expression that was written elsewhere.
  void add(ByteSpan expression, uint64_t glyphs);

  bool overflowed() const { return overflowed_; }
  ByteSpan bytes() const { return out_.first(size_); }
  uint64_t glyphs() const { return glyphs_; }

 private:
  void put_numbers(GlyphType type, Primitive primitive, std::initializer_list<uint64_t> numbers);
  static Primitive learned(size_t k) { return static_cast<Primitive>(128 + k); }
  void put(GlyphType type, Primitive primitive, ByteSpan payload, ByteSpan more = {});
  void put_bare(GlyphType type, Primitive primitive);
  bool put_header(const GlyphHeader& header);

  MutableByteSpan out_;
  size_t size_ = 0;
  uint64_t glyphs_ = 0;
  bool overflowed_ = false;
};

/// Where a number of children is to be written.
class TreeWriter::Count {
  friend class TreeWriter;
  size_t place = 0;
};

}  // namespace sigma
