/* Numbers of columns: shapes, forms, buckets, bits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/number_column.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/models/records/sample_cost.hpp"

namespace sigma {
namespace {

/// How numbers are written in a column's lanes.
class NumberEncoder {
 public:
  NumberEncoder(NumberKind kind, bool is_difference)
      : zigzags_(is_difference || kind == NumberKind::SIGNED), is_difference_(is_difference) {}
  uint64_t code(uint64_t value) {
    const uint64_t difference = is_difference_ ? value - last_ : value;
    last_ = value;
    return zigzags_ ? zigzag(difference) : difference;
  }

 private:
  bool zigzags_;
  bool is_difference_;
  uint64_t last_ = 0;
};

/// Numbers are parsed, coded and written so many at a time.
constexpr size_t kBatch = 128;

/// Parses the next numbers of a column; false if one has another shape. `is_long`: most have a sign
/// or more than eight digits.
bool parse_batch(const ColumnContext& context, const NumberShape& shape, bool is_long,
                 FieldStore::Cursor& cursor, std::span<uint64_t> values) {
  const uint8_t* const end = context.end();
  if (is_long) {
    for (uint64_t& value : values)
      if (!parse_long_number(shape, context.text(cursor.next()), end, value)) return false;
    return true;
  }
  for (uint64_t& value : values)
    if (!parse_number(shape, context.text(cursor.next()), end, value)) return false;
  return true;
}

uint8_t bucket_code(uint64_t value) {
  if (value < 16) return static_cast<uint8_t>(value);
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  return static_cast<uint8_t>(16 + 4 * (exponent - 4) + (value >> (exponent - 2) & 3));
}

/// Packs bits, the lowest first, into bytes of the lane of bits.
class BitWriter {
 public:
  explicit BitWriter(LaneStore& lanes) : lanes_(lanes) {}
  /// The lowest `count` bits, 61 at most.
  void put(uint64_t value, unsigned count) {
    constexpr unsigned kPart = 32;
    if (count > kPart) {
      put(value, kPart);
      value >>= kPart;
      count -= kPart;
    }
    bits_ |= (value & ((uint64_t{1} << count) - 1)) << used_;
    for (used_ += count; used_ >= 8; used_ -= 8, bits_ >>= 8)
      lanes_.put(RecordLane::BITS, static_cast<uint8_t>(bits_));
  }
  void flush() {
    if (used_ != 0) lanes_.put(RecordLane::BITS, static_cast<uint8_t>(bits_));
  }

 private:
  LaneStore& lanes_;
  uint64_t bits_ = 0;
  unsigned used_ = 0;
};

void put_varints(std::span<const uint64_t> codes, LaneStore& lanes) {
  for (const uint64_t code : codes)
    lanes.put_number(RecordLane::NUMBERS, code);
}

void put_buckets(std::span<const uint64_t> codes, LaneStore& lanes, BitWriter& bits) {
  for (const uint64_t code : codes) {
    const uint8_t bucket = bucket_code(code);
    lanes.put(RecordLane::BUCKETS, bucket);
    if (bucket >= 16) bits.put(code, bucket_of(bucket).bits);
  }
}

}  // namespace

NumberShape find_number_shape(const ColumnContext& context, const FieldList& column, size_t most) {
  FieldStore::Cursor cursor = context.cursor(column);
  ShapeFinder finder;
  for (size_t i = std::min<size_t>(column.count, most); i > 0; i--)
    if (!finder.add(context.text(cursor.next()), context.end())) return {};
  return finder.shape();
}

NumberForm choose_number_form(const ColumnContext& context, const FieldList& column,
                              const NumberShape& shape) {
  const size_t sample = std::min<size_t>(column.count, kSample);
  std::array<NumberEncoder, 2> encoders = {NumberEncoder(shape.kind, true),
                                           NumberEncoder(shape.kind, false)};
  std::array<Histogram, 2> buckets;
  std::array<uint32_t, 2> bits = {};
  FieldStore::Cursor cursor = context.cursor(column);
  for (size_t i = 0; i < sample; i++) {
    uint64_t value = 0;
    parse_number(shape, context.text(cursor.next()), context.end(), value);
    for (size_t k = 0; k < 2; k++) {
      const uint8_t bucket = bucket_code(encoders[k].code(value));
      buckets[k].add(bucket);
      bits[k] += bucket_of(bucket).bits;
    }
  }
  const std::array<uint32_t, 2> costs = {buckets[0].cost() + bits[0] * kCostPerBit,
                                         buckets[1].cost() + bits[1] * kCostPerBit};
  const size_t best = costs[1] < costs[0] ? 1 : 0;
  // Few open bits are those of numbers that come again and again.
  const NumberCoding coding = bits[best] > sample ? NumberCoding::BUCKET : NumberCoding::VARINT;
  return {best == 0, coding, costs[best]};
}

bool code_numbers(const ColumnContext& context, const FieldList& column, const NumberShape& shape,
                  const NumberForm& form) {
  const LaneStore before = *context.lanes;
  const uint8_t payload[4] = {static_cast<uint8_t>(shape.kind), shape.width,
                              static_cast<uint8_t>(form.coding), 0};
  context.put_glyph(form.is_difference ? GlyphType::DELTA : GlyphType::PRIMITIVE, Primitive::NUMBER,
                    {payload, form.is_difference ? size_t{4} : size_t{3}});
  FieldStore::Cursor cursor = context.cursor(column);
  NumberEncoder encoder(shape.kind, form.is_difference);
  BitWriter bits(*context.lanes);
  const bool is_long =
      shape.kind == NumberKind::SIGNED || context.cursor(column).next().size > sizeof(uint64_t);
  std::array<uint64_t, kBatch> room;
  for (size_t left = column.count; left > 0;) {
    const std::span<uint64_t> values(room.data(), std::min(left, kBatch));
    if (!parse_batch(context, shape, is_long, cursor, values)) {
      *context.lanes = before;
      return false;
    }
    for (uint64_t& value : values)
      value = encoder.code(value);
    if (form.coding == NumberCoding::VARINT)
      put_varints(values, *context.lanes);
    else
      put_buckets(values, *context.lanes, bits);
    left -= values.size();
  }
  bits.flush();
  return true;
}

bool code_whole_numbers(const ColumnContext& context, const FieldList& column,
                        NumberShape sampled) {
  const NumberShape shape = find_number_shape(context, column, SIZE_MAX);
  return shape.is_number && shape != sampled &&
         code_numbers(context, column, shape, choose_number_form(context, column, shape));
}

bool code_any_numbers(const ColumnContext& context, const FieldList& column) {
  const NumberShape shape = find_number_shape(context, column, kSample);
  if (!shape.is_number) return false;
  return code_numbers(context, column, shape, choose_number_form(context, column, shape)) ||
         code_whole_numbers(context, column, shape);
}

}  // namespace sigma
