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
      : zigzags_(is_difference || is_signed(kind)), is_difference_(is_difference) {}
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
bool parse_batch(const ColumnContext& context, const NumberShape shape, bool is_long,
                 FieldStore::Cursor& cursor, std::span<uint64_t> values) {
  FieldStore::Cursor fields = cursor;
  const uint8_t* const begin = context.bytes.data();
  const uint8_t* const end = context.end();
  bool are_all = true;
  for (size_t i = 0; are_all && i < values.size(); i++) {
    const Field field = fields.next();
    const ByteSpan text(begin + field.begin, field.size);
    are_all = is_long ? parse_long_number(shape, text, end, values[i])
                      : parse_number(shape, text, end, values[i]);
  }
  cursor = fields;
  return are_all;
}

uint8_t bucket_code(uint64_t value) {
  if (value < 16) return static_cast<uint8_t>(value);
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  return static_cast<uint8_t>(16 + 4 * (exponent - 4) + (value >> (exponent - 2) & 3));
}

/// Packs bits, the lowest first, into bytes of the lane of bits, a batch of numbers at a time.
class BitWriter {
 public:
  /// The lowest `count` bits, 61 at most.
  void put(uint64_t value, unsigned count) {
    constexpr unsigned kPart = 32;
    if (count > kPart) {
      put_few(value, kPart);
      value >>= kPart;
      count -= kPart;
    }
    put_few(value, count);
  }
  /// Moves whole bytes to the lane.
  void move_to(LaneStore& lanes) {
    lanes.put(RecordLane::BITS, {bytes_.data(), size_});
    size_ = 0;
  }
  void flush(LaneStore& lanes) {
    if (used_ != 0) lanes.put(RecordLane::BITS, static_cast<uint8_t>(bits_));
  }

 private:
  void put_few(uint64_t value, unsigned count) {
    bits_ |= (value & ((uint64_t{1} << count) - 1)) << used_;
    used_ += count;
    store_le(bytes_.data() + size_, bits_);
    size_ += used_ / 8;
    bits_ >>= used_ / 8 * 8;
    used_ %= 8;
  }

  uint64_t bits_ = 0;
  unsigned used_ = 0;
  size_t size_ = 0;
  std::array<uint8_t, kBatch * 8 + 8> bytes_;
};

void put_varints(std::span<const uint64_t> codes, LaneStore& lanes) {
  for (const uint64_t code : codes)
    lanes.put_number(RecordLane::NUMBERS, code);
}

void put_buckets(std::span<const uint64_t> codes, LaneStore& lanes, BitWriter& bits) {
  std::array<uint8_t, kBatch> buckets;
  for (size_t i = 0; i < codes.size(); i++) {
    buckets[i] = bucket_code(codes[i]);
    if (buckets[i] >= 16) bits.put(codes[i], bucket_of(buckets[i]).bits);
  }
  lanes.put(RecordLane::BUCKETS, {buckets.data(), codes.size()});
  bits.move_to(lanes);
}

/// What a sample of numbers costs as they are, as differences, and in a dictionary.
class PartCost {
 public:
  void add(uint64_t value) { values_[count_++] = value; }
  /// Sorts the sample.
  uint32_t cost() {
    if (count_ == 0) return 0;
    const std::span<uint64_t> values(values_.data(), count_);
    const uint32_t numbers = std::min(number_cost(values, true), number_cost(values, false));
    std::sort(values.begin(), values.end());
    uint32_t saved = 0;
    uint32_t entries = 0;
    for (size_t i = 0, end = 0; i < values.size(); i = end, entries++) {
      while (end < values.size() && values[end] == values[i])
        end++;
      saved += kWeights[end - i];
    }
    return std::min(numbers, kWeights[count_] - saved + entries * (numbers / count_));
  }

 private:
  static uint32_t number_cost(std::span<const uint64_t> values, bool is_difference) {
    NumberEncoder encoder(NumberKind::SIGNED, is_difference);
    Histogram buckets;
    uint32_t bits = 0;
    for (const uint64_t value : values) {
      const uint8_t bucket = bucket_code(encoder.code(value));
      buckets.add(bucket);
      bits += bucket_of(bucket).bits;
    }
    return buckets.cost() + bits * kCostPerBit;
  }

  std::array<uint64_t, kSample> values_;
  uint32_t count_ = 0;
};

}  // namespace

uint32_t cost_in_parts(const ColumnContext& context, const ColumnSample& sample) {
  PartCost before;
  PartCost behind;
  Histogram shapes;
  for (const Field& field : sample.fields()) {
    const ByteSpan text = context.text(field);
    const size_t point = find_point(text);
    uint64_t value = 0;
    parse_any_number({true, NumberKind::SIGNED, 0}, text.first(point), context.end(), value);
    before.add(value);
    shapes.add(static_cast<uint8_t>((text[0] == '-' ? 1 : 0) + (point < text.size() ? 2 : 0)));
    if (point == text.size()) continue;
    value = 0;
    for (const uint8_t digit : text.subspan(point + 1))
      value = value * 10 + (digit - '0');
    behind.add(value);
  }
  return shapes.cost() + before.cost() + behind.cost();
}

bool lengths_cost_less(const ColumnContext& context, const ColumnSample& sample) {
  constexpr size_t kMost = kLargeSample / (kMaxDigits + 1);  ///< values that a histogram can count
  constexpr uint32_t kLeast = 16;                            ///< that are worth a table
  constexpr uint32_t kLeastShare = 8;  ///< values for each one that is something else
  constexpr uint32_t kCostPerDigit = make_weight(10) / 10;
  constexpr uint32_t kCostPerNumber = kCostPerBit / 4;  ///< of buckets, over what digits take
  Histogram letters;
  Histogram lengths;
  uint32_t digits = 0;
  uint32_t numbers = 0;
  const auto count = static_cast<uint32_t>(std::min(sample.size(), kMost));
  for (const Field& field : sample.fields().first(count)) {
    const ByteSpan text = context.text(field);
    const bool is_number = are_all_digits(text);
    lengths.add(is_number ? static_cast<uint8_t>(text.size()) : uint8_t{0});
    if (!is_number) continue;
    for (const uint8_t digit : text)
      letters.add(digit);
    letters.add(kStringEnd);
    digits += field.size;
    numbers++;
  }
  if (count < kLeast || (count - numbers) * kLeastShare > count) return false;
  const uint32_t named = std::max(lengths.cost(), count * kCostPerBit);  // a code takes a bit
  return digits * kCostPerDigit + numbers * kCostPerNumber + named < letters.cost();
}

NumberShape find_number_shape(const ColumnContext& context, const ColumnSample& sample) {
  ShapeFinder finder;
  for (const Field& field : sample.fields())
    if (!finder.add(context.text(field), context.end())) return {};
  return finder.shape();
}

NumberForm choose_number_form(const ColumnContext& context, const ColumnSample& sample,
                              const NumberShape& shape) {
  std::array<NumberEncoder, 2> encoders = {NumberEncoder(shape.kind, true),
                                           NumberEncoder(shape.kind, false)};
  std::array<Histogram, 2> buckets;
  std::array<uint32_t, 2> bits = {};
  for (size_t i = 0; i < sample.size(); i++) {
    uint64_t value = 0;
    if (!parse_number(shape, context.text(sample[i]), context.end(), value)) return kNoNumbers;
    for (size_t k = 0; k < 2; k++) {
      const uint8_t bucket = bucket_code(encoders[k].code(value));
      if (sample.begins_run(i)) continue;
      buckets[k].add(bucket);
      bits[k] += bucket_of(bucket).bits;
    }
  }
  const std::array<uint32_t, 2> costs = {buckets[0].cost() + bits[0] * kCostPerBit,
                                         buckets[1].cost() + bits[1] * kCostPerBit};
  const size_t best = costs[1] < costs[0] ? 1 : 0;
  // Few open bits are those of numbers that come again and again.
  const NumberCoding coding =
      bits[best] > sample.size() ? NumberCoding::BUCKET : NumberCoding::VARINT;
  return {best == 0, coding, costs[best]};
}

bool code_numbers(const ColumnContext& context, const FieldList& column, const NumberShape& shape,
                  const NumberForm& form) {
  const LaneStore before = *context.lanes;
  uint8_t payload[3 + kMaxVarintSize] = {static_cast<uint8_t>(shape.kind)};
  uint8_t* end = payload + 1 + write_varint(payload + 1, shape.width);
  *end++ = static_cast<uint8_t>(form.coding);
  if (form.is_difference) *end++ = 0;
  context.put_glyph(form.is_difference ? GlyphType::DELTA : GlyphType::PRIMITIVE, Primitive::NUMBER,
                    {payload, end});
  FieldStore::Cursor cursor = context.cursor(column);
  NumberEncoder encoder(shape.kind, form.is_difference);
  BitWriter bits;
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
  bits.flush(*context.lanes);
  return true;
}

bool code_whole_numbers(const ColumnContext& context, const FieldList& column,
                        const ColumnSample& sample, NumberShape sampled) {
  ShapeFinder finder;
  FieldStore::Cursor cursor = context.cursor(column);
  for (uint32_t i = 0; i < column.count; i++)
    if (!finder.add(context.text(cursor.next()), context.end())) return false;
  const NumberShape shape = finder.shape();
  return shape.is_number && shape != sampled &&
         code_numbers(context, column, shape, choose_number_form(context, sample, shape));
}

bool code_any_numbers(const ColumnContext& context, const FieldList& column) {
  const QuickSample sample(context, column);
  const NumberShape shape = find_number_shape(context, sample);
  if (!shape.is_number) return false;
  const NumberForm form = choose_number_form(context, sample, shape);
  if (shape.kind == NumberKind::SCALED && cost_in_parts(context, sample) < form.cost) return false;
  return code_numbers(context, column, shape, form) ||
         code_whole_numbers(context, column, sample, shape);
}

}  // namespace sigma
