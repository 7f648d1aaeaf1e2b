/* The operator table and the writer of trees.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/tree_writer.hpp"

#include <cstring>

namespace sigma {

namespace {

/// Bytes of the header of a lane of 16 KiB to 2 MiB, which need not be moved then.
constexpr size_t kLaneHeader = 4;

}  // namespace

MutableByteSpan TreeWriter::lane_room() const {
  return overflowed_ || out_.size() - size_ <= kLaneHeader ? MutableByteSpan()
                                                           : out_.subspan(size_ + kLaneHeader);
}

void TreeWriter::lane_made(size_t size, bool has_prefix) {
  payload_made(has_prefix ? GlyphType::DELTA : GlyphType::PRIMITIVE, Primitive::ABSTRACT, size);
}

void TreeWriter::payload_made(GlyphType type, Primitive primitive, size_t size) {
  if (overflowed_) return;
  const uint8_t* made = out_.data() + size_ + kLaneHeader;
  const GlyphHeader header = {type, primitive, true, size, 0};
  const size_t place = size_ + glyph_header_size(header);
  // The header overwrites bytes of a payload that has to move up: that goes first.
  if (out_.size() - place < size) {
    overflowed_ = true;
    return;
  }
  std::memmove(out_.data() + place, made, size);
  put_header(header);
  size_ = place + size;
}

void TreeWriter::run(uint64_t size, ByteSpan pattern) {
  uint8_t number[kMaxVarintSize];
  const size_t n = write_varint(number, size);
  put(GlyphType::PRIMITIVE, Primitive::ITERATION, {number, n}, pattern);
}

void TreeWriter::history(uint64_t distance, uint64_t size) {
  put_numbers(GlyphType::REFERENCE, Primitive::STREAM, {distance, size});
}

void TreeWriter::concatenate(uint64_t count) {
  put_numbers(GlyphType::COMPOSITE, Primitive::LIST, {count});
}

TreeWriter::Count TreeWriter::concatenate_some() {
  concatenate(1);
  Count count;
  count.place = size_ - 1;
  return count;
}

void TreeWriter::set_count(const Count& count, uint8_t children) {
  if (!overflowed_) out_[count.place] = children;
}

void TreeWriter::interleave(uint64_t count) {
  put_numbers(GlyphType::COMPOSITE, Primitive::ARRAY, {count});
}

void TreeWriter::fields(const FieldWidths& widths) {
  uint8_t payload[2 * kMaxRowFields];
  size_t n = 0;
  for (size_t k = 0; k < widths.count; k++)
    n += write_varint(payload + n, widths.all[k]);
  put(GlyphType::COMPOSITE, Primitive::CLASS, {payload, n});
}

void TreeWriter::integers(unsigned width) {
  put_numbers(GlyphType::COMPOSITE, Primitive::QUANTITY, {width});
}

void TreeWriter::adapted(const AdaptiveForm& form) {
  uint8_t payload[(3 + 2 * kMaxAdaptiveStages) * kMaxVarintSize];
  size_t n = 0;
  for (const uint64_t number : {uint64_t{form.width}, uint64_t{form.channels}, uint64_t{form.down}})
    n += write_varint(payload + n, number);
  for (size_t k = 0; k < form.count; k++) {
    n += write_varint(payload + n, form.stages[k].taps / kTapStep);
    n += write_varint(payload + n, form.stages[k].shift);
  }
  put(GlyphType::DELTA, Primitive::LIMIT, {payload, n});
}

void TreeWriter::scaled(const FloatScale& scale) {
  put_numbers(GlyphType::COMPOSITE, Primitive::VECTOR,
              {scale.width, scale.big_endian ? 1U : 0U, scale.binary, scale.decimal});
}

void TreeWriter::excepted(const ExceptedForm& form) {
  const size_t size = write_excepted(form, payload_room());
  if (size == 0)
    overflowed_ = true;
  else
    payload_made(GlyphType::COMPOSITE, Primitive::EXCEPTION, size);
}

void TreeWriter::palette(const PaletteForm& form) {
  put_numbers(GlyphType::COMPOSITE, Primitive::MEMBER, {form.width, form.index});
}

void TreeWriter::text(uint64_t size) {
  put_numbers(GlyphType::COMPOSITE, Primitive::MAP, {size});
}

void TreeWriter::sum(const IntegerLayout& layout) {
  put_numbers(GlyphType::DELTA, Primitive::SUMMATION,
              {layout.width, layout.big_endian ? 1U : 0U, layout.distance});
}

void TreeWriter::records(uint64_t size, uint64_t count) {
  put_numbers(GlyphType::COMPOSITE, Primitive::RECORD, {size, count});
}

void TreeWriter::branches(Architecture architecture, uint32_t position) {
  put_numbers(GlyphType::DELTA, Primitive::BRANCH, {static_cast<uint64_t>(architecture), position});
}

void TreeWriter::put_numbers(GlyphType type, Primitive primitive,
                             std::initializer_list<uint64_t> numbers) {
  uint8_t payload[4 * kMaxVarintSize];
  size_t n = 0;
  for (const uint64_t number : numbers)
    n += write_varint(payload + n, number);
  put(type, primitive, {payload, n});
}

void TreeWriter::put(GlyphType type, Primitive primitive, ByteSpan payload, ByteSpan more) {
  if (!put_header({type, primitive, true, payload.size() + more.size(), 0})) return;
  for (const ByteSpan part : {payload, more}) {
    if (part.empty()) continue;
    std::memcpy(out_.data() + size_, part.data(), part.size());
    size_ += part.size();
  }
}

void TreeWriter::add(ByteSpan expression, uint64_t glyphs) {
  if (overflowed_ || out_.size() - size_ < expression.size()) {
    overflowed_ = true;
    return;
  }
  std::memcpy(out_.data() + size_, expression.data(), expression.size());
  size_ += expression.size();
  glyphs_ += glyphs;
}

void TreeWriter::put_bare(GlyphType type, Primitive primitive) {
  put_header({type, primitive, false, 0, 0});
}

bool TreeWriter::put_header(const GlyphHeader& header) {
  const size_t left = out_.size() - size_;
  const size_t size = glyph_header_size(header);
  if (overflowed_ || left < size || left - size < header.payload_size) {
    overflowed_ = true;
    return false;
  }
  size_ += write_glyph_header(out_.data() + size_, header);
  glyphs_++;
  return true;
}

}  // namespace sigma
