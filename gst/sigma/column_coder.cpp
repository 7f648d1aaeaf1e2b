/* Choosing forms and writing them.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/column_coder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "gst/sigma/text_hash.hpp"

namespace sigma {
namespace {

constexpr size_t kSample = 256;       ///< values that a form is chosen by
constexpr size_t kMinDictionary = 4;  ///< values below which nothing is looked at
constexpr size_t kWindow = 14;        ///< recent entries, where they pay

// What the bytes of a value may be.
constexpr uint8_t kIsDigit = 1;
constexpr uint8_t kIsLower = 2;  ///< a to f
constexpr uint8_t kIsUpper = 4;  ///< A to F
constexpr uint8_t kIsMinus = 8;
constexpr uint8_t kIsOther = 16;

constexpr std::array<uint8_t, 256> make_digit_types() {
  std::array<uint8_t, 256> types = {};
  types.fill(kIsOther);
  for (unsigned c = '0'; c <= '9'; c++)
    types[c] = kIsDigit;
  for (unsigned c = 'a'; c <= 'f'; c++)
    types[c] = kIsLower;
  for (unsigned c = 'A'; c <= 'F'; c++)
    types[c] = kIsUpper;
  types['-'] = kIsMinus;
  return types;
}
constexpr std::array<uint8_t, 256> kDigitTypes = make_digit_types();

constexpr size_t kMaxDecimals = 18;  ///< digits that surely fit

/// The number that the text, of a shape that was found, spells.
uint64_t parse_number(ByteSpan text, NumberKind kind) {
  uint64_t value = 0;
  if (kind == NumberKind::HEX || kind == NumberKind::HEX_UPPER) {
    for (const uint8_t byte : text)
      value = value << 4 | (byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
    return value;
  }
  const bool is_negative = !text.empty() && text[0] == '-';
  for (const uint8_t byte : text.subspan(is_negative ? 1 : 0))
    value = value * 10 + (byte - '0');
  return is_negative ? 0 - value : value;
}

/// How a number is written in a column's lanes.
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

uint8_t bucket_code(uint64_t value) {
  if (value < 16) return static_cast<uint8_t>(value);
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  return static_cast<uint8_t>(16 + 4 * (exponent - 4) + (value >> (exponent - 2) & 3));
}

/// n × log2 n for small n.
const std::array<float, kSample + 1>& weights() {
  static const std::array<float, kSample + 1> table = [] {
    std::array<float, kSample + 1> made = {};
    for (size_t n = 2; n <= kSample; n++)
      made[n] = static_cast<float>(n) * std::log2(static_cast<float>(n));
    return made;
  }();
  return table;
}

/// Counts codes of a sample and gives their entropy.
class Histogram {
 public:
  void add(uint8_t code) {
    counts_[code]++;
    total_++;
  }
  double bits() const {
    double sum = 0;
    for (const uint16_t count : counts_)
      sum += weights()[count];
    return weights()[total_] - sum;
  }

 private:
  std::array<uint16_t, 256> counts_ = {};
  size_t total_ = 0;
};

/// Packs bits, the lowest first, into bytes of the lane of bits.
class BitWriter {
 public:
  explicit BitWriter(LaneStore& lanes) : lanes_(lanes) {}
  void put(uint64_t value, unsigned count) {
    while (count > 0) {
      const unsigned part = std::min(count, 8 - used_);
      byte_ |= static_cast<uint8_t>((value & ((1U << part) - 1)) << used_);
      value >>= part;
      used_ += part;
      count -= part;
      if (used_ == 8) flush();
    }
  }
  void flush() {
    if (used_ != 0) lanes_.put(RecordLane::BITS, byte_);
    byte_ = 0;
    used_ = 0;
  }

 private:
  LaneStore& lanes_;
  uint8_t byte_ = 0;
  unsigned used_ = 0;
};

/// The entries used last, the latest first.
class RecentEntries {
 public:
  explicit RecentEntries(size_t window) : window_(window) {}
  /// The entry's place; window() if it is not there.
  size_t find(size_t entry) const {
    for (size_t i = 0; i < count_; i++)
      if (entries_[i] == entry) return i;
    return window_;
  }
  void use(size_t entry, size_t place) {
    if (window_ == 0) return;
    if (place == window_) {
      if (count_ < window_) count_++;
      place = count_ - 1;
    }
    std::memmove(&entries_[1], &entries_[0], place * sizeof entries_[0]);
    entries_[0] = static_cast<uint16_t>(entry);
  }

 private:
  size_t window_;
  size_t count_ = 0;
  std::array<uint16_t, kMaxRecent> entries_ = {};
};

}  // namespace

void ColumnCoder::set_memory(uint8_t* tables, uint8_t* dictionary) {
  for (size_t i = 0; i < kMaxSplits; i++) {
    lists_[i] = reinterpret_cast<SplitLists*>(tables);
    tables += sizeof(SplitLists);
    tables_[i].set_memory(tables);
    tables += TemplateTable::memory_size(kSplitLimits);
  }
  dictionary_ = reinterpret_cast<Dictionary*>(dictionary);
}

void ColumnCoder::put_glyph(GlyphType type, Primitive primitive, ByteSpan payload) {
  uint8_t header[kMaxGlyphHeader];
  const GlyphHeader glyph = {type, primitive, !payload.empty(), payload.size(), 0};
  lanes_->put(RecordLane::SCRIPT, {header, write_glyph_header(header, glyph)});
  lanes_->put(RecordLane::SCRIPT, payload);
}

bool ColumnCoder::code(const FieldList& column, unsigned splits) {
  const NumberShape shape = find_shape(column);
  NumberForm numbers;
  if (shape.is_number) numbers = choose_number_form(column, shape);
  if (column.count < kMinDictionary) {
    if (shape.is_number)
      code_numbers(column, shape, numbers);
    else
      code_strings(column);
    return !lanes_->overflowed();
  }
  // Entries of a sample: how often they come again, and what their codes would cost.
  const size_t sample = std::min<size_t>(column.count, kSample);
  FieldStore::Cursor cursor(*fields_, column);
  RecentEntries recent(kWindow);
  Histogram with_window;
  Histogram without;
  size_t count = 0;
  size_t new_bytes = 0;
  std::fill_n(dictionary_->slots.begin(), 2 * kSample, 0);
  for (size_t i = 0; i < sample; i++) {
    const Field field = cursor.next();
    bool is_new = false;
    const size_t entry = find_entry(field, 2 * kSample, count, is_new);
    if (is_new) new_bytes += field.size + 1;
    const size_t place = is_new ? kWindow : recent.find(entry);
    with_window.add(static_cast<uint8_t>(is_new            ? 0
                                         : place < kWindow ? 1 + place
                                                           : 16 + entry % 240));
    without.add(static_cast<uint8_t>(is_new ? 0 : 1 + entry % 255));
    recent.use(entry, place);
  }
  constexpr double kBitsPerByte = 3;  // of strings, roughly
  const bool has_window = with_window.bits() < without.bits();
  const double new_cost = shape.is_number ? static_cast<double>(count) * std::max(numbers.cost, 4.0)
                                          : static_cast<double>(new_bytes) * kBitsPerByte;
  const double dictionary_cost = std::min(with_window.bits(), without.bits()) + new_cost;
  if (shape.is_number && numbers.cost * static_cast<double>(sample) <= dictionary_cost) {
    code_numbers(column, shape, numbers);
    return !lanes_->overflowed();
  }
  const bool repeats = count <= sample - sample / 4;
  return repeats ? code_dictionary(column, has_window, splits) : code_text(column, splits);
}

ColumnCoder::NumberShape ColumnCoder::find_shape(const FieldList& column) const {
  FieldStore::Cursor cursor(*fields_, column);
  uint8_t types = 0;
  bool has_zeros = false;
  bool has_empty = false;
  size_t least = SIZE_MAX;
  size_t most = 0;
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    if (field.size == 0 || field.size > kMaxDecimals) return {};
    const uint8_t* p = bytes_.data() + field.begin;
    const bool is_negative = *p == '-' && field.size > 1;
    types |= is_negative ? kIsMinus : 0;
    for (size_t k = is_negative ? 1 : 0; k < field.size; k++)
      types |= kDigitTypes[p[k]] == kIsMinus ? kIsOther : kDigitTypes[p[k]];
    if ((types & kIsOther) != 0) return {};
    has_zeros = has_zeros || (p[is_negative ? 1 : 0] == '0' && field.size > 1);
    has_empty = has_empty || field.size == 0;
    least = std::min<size_t>(least, field.size);
    most = std::max<size_t>(most, field.size);
  }
  const bool is_fixed = least == most;
  const auto width = static_cast<uint8_t>(most);
  switch (types) {
    case kIsDigit:
      if (!has_zeros) return {true, NumberKind::DECIMAL, 0};
      return {is_fixed, NumberKind::PADDED, width};
    case kIsDigit | kIsMinus:
      return {!has_zeros, NumberKind::SIGNED, 0};
    case kIsLower:
    case kIsDigit | kIsLower:
      return {is_fixed && most <= 16, NumberKind::HEX, width};
    case kIsUpper:
    case kIsDigit | kIsUpper:
      return {is_fixed && most <= 16, NumberKind::HEX_UPPER, width};
    default:
      return {};
  }
}

/// By the codes of a sample: buckets with the bits that they leave open are what numbers cost that
/// do not repeat; those that do are better left whole.
ColumnCoder::NumberForm ColumnCoder::choose_number_form(const FieldList& column,
                                                        const NumberShape& shape) const {
  const size_t sample = std::min<size_t>(column.count, kSample);
  NumberForm best;
  for (const bool is_difference : {true, false}) {
    FieldStore::Cursor cursor(*fields_, column);
    NumberEncoder encoder(shape.kind, is_difference);
    Histogram buckets;
    uint64_t bits = 0;
    for (size_t i = 0; i < sample; i++) {
      const uint64_t code = encoder.code(parse_number(text(cursor.next()), shape.kind));
      const uint8_t bucket = bucket_code(code);
      buckets.add(bucket);
      bits += bucket_of(bucket).bits;
    }
    const double cost = (buckets.bits() + static_cast<double>(bits)) / static_cast<double>(sample);
    // Few open bits are those of numbers that come again and again.
    const NumberCoding coding = bits > sample ? NumberCoding::BUCKET : NumberCoding::VARINT;
    if (is_difference || cost < best.cost) best = {is_difference, coding, cost};
  }
  return best;
}

void ColumnCoder::code_numbers(const FieldList& column, const NumberShape& shape,
                               const NumberForm& form) {
  const uint8_t payload[4] = {static_cast<uint8_t>(shape.kind), shape.width,
                              static_cast<uint8_t>(form.coding), 0};
  put_glyph(form.is_difference ? GlyphType::DELTA : GlyphType::PRIMITIVE, Primitive::NUMBER,
            {payload, form.is_difference ? size_t{4} : size_t{3}});
  FieldStore::Cursor cursor(*fields_, column);
  NumberEncoder encoder(shape.kind, form.is_difference);
  BitWriter bits(*lanes_);
  for (uint32_t i = 0; i < column.count; i++) {
    const uint64_t code = encoder.code(parse_number(text(cursor.next()), shape.kind));
    if (form.coding == NumberCoding::VARINT) {
      lanes_->put_number(RecordLane::NUMBERS, code);
      continue;
    }
    const uint8_t bucket = bucket_code(code);
    lanes_->put(RecordLane::BUCKETS, bucket);
    bits.put(code, bucket_of(bucket).bits);
  }
  bits.flush();
}

void ColumnCoder::code_strings(const FieldList& column) {
  put_glyph(GlyphType::PRIMITIVE, Primitive::STRING, {});
  FieldStore::Cursor cursor(*fields_, column);
  for (uint32_t i = 0; i < column.count; i++) {
    lanes_->put(RecordLane::STRINGS, text(cursor.next()));
    lanes_->put(RecordLane::STRINGS, kStringEnd);
  }
}

/// The entry that is the field's text; one that is new is found again if there was room for it.
size_t ColumnCoder::find_entry(const Field& field, size_t slots, size_t& count, bool& is_new) {
  const ByteSpan wanted = text(field);
  size_t place = mix_text(0, wanted) & (slots - 1);
  for (; dictionary_->slots[place] != 0; place = (place + 1) & (slots - 1)) {
    const size_t entry = dictionary_->slots[place] - 1U;
    const ByteSpan found = text(dictionary_->entries[entry]);
    if (found.size() == wanted.size() &&
        std::memcmp(found.data(), wanted.data(), found.size()) == 0)
      return entry;
  }
  is_new = true;
  if (count < kDictionaryEntries) {
    dictionary_->entries[count] = field;
    dictionary_->slots[place] = static_cast<uint16_t>(count + 1);
  }
  return count++;
}

bool ColumnCoder::code_dictionary(const FieldList& column, bool has_window, unsigned splits) {
  const size_t window = has_window ? kWindow : 0;
  const uint8_t payload[2] = {static_cast<uint8_t>(window), 0};
  put_glyph(GlyphType::COMPOSITE, Primitive::DICT, payload);
  const size_t slots = std::min(std::bit_ceil(2 * size_t{column.count}), dictionary_->slots.size());
  std::fill_n(dictionary_->slots.begin(), slots, 0);
  FieldStore::Cursor cursor(*fields_, column);
  RecentEntries recent(window);
  FieldList fresh;
  const size_t mark = fields_->mark();
  size_t count = 0;
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    bool is_new = false;
    const size_t entry = find_entry(field, slots, count, is_new);
    if (is_new) {
      lanes_->put(RecordLane::INDEXES, 0);
      if (!fields_->append(fresh, field)) return false;
      if (entry < kMaxEntries) recent.use(entry, window);
      continue;
    }
    const size_t place = recent.find(entry);
    if (place < window)
      lanes_->put(RecordLane::INDEXES, static_cast<uint8_t>(1 + place));
    else
      lanes_->put_wide(RecordLane::INDEXES, 1 + window + entry);
    recent.use(entry, place);
  }
  decoder_memory_ += dictionary_memory(std::min<size_t>(fresh.count, kMaxEntries), window, 0);
  const bool done = code_text(fresh, splits);
  fields_->release(mark);
  return done;
}

/// Strings that are not looked up: numbers, parts, or as they are.
bool ColumnCoder::code_text(const FieldList& column, unsigned splits) {
  const NumberShape shape = find_shape(column);
  if (shape.is_number) {
    code_numbers(column, shape, choose_number_form(column, shape));
    return !lanes_->overflowed();
  }
  if (splits < kMaxSplits && is_splittable(column)) {
    bool done = false;
    if (!code_split(column, splits, done)) return false;
    if (done) return true;
  }
  code_strings(column);
  return !lanes_->overflowed();
}

/// Whether a sample of the values has parts, and few shapes.
bool ColumnCoder::is_splittable(const FieldList& column) const {
  constexpr size_t kLooked = 32;
  if (column.count < 8) return false;
  const size_t sample = std::min<size_t>(column.count, kLooked);
  std::array<uint32_t, kLooked> shapes = {};
  size_t count = 0;
  size_t fields = 0;
  FieldStore::Cursor cursor(*fields_, column);
  RecordReader reader({RecordSyntax::PIECES, 0, kStringEnd}, bytes_);
  for (size_t i = 0; i < sample; i++) {
    const Field field = cursor.next();
    if (!reader.read(field.begin, field.begin + field.size)) return false;
    uint32_t shape = 0;
    size_t begin = field.begin;
    for (size_t k = 0; k <= reader.size(); k++) {
      const size_t end = k < reader.size() ? reader[k].begin : field.begin + field.size;
      shape = mix_text(shape + 1, bytes_.subspan(begin, end - begin));
      if (k < reader.size()) begin = end + reader[k].size;
    }
    // A value that is one part of its own gains nothing.
    fields += reader.size() == 1 && reader[0].size == field.size ? 0 : reader.size();
    if (std::find(shapes.begin(), shapes.begin() + count, shape) == shapes.begin() + count)
      shapes[count++] = shape;
  }
  return fields * 2 >= sample && count * 4 <= sample + 3;
}

/// Codes the values as records of their own; `done` says whether they are few enough shapes.
bool ColumnCoder::code_split(const FieldList& column, unsigned splits, bool& done) {
  TemplateTable& table = tables_[splits];
  auto& lists = lists_[splits]->lists;
  table.start(RecordSyntax::PIECES, {});
  lists.fill({});
  const LaneStore before = *lanes_;
  const size_t mark = fields_->mark();
  FieldStore::Cursor cursor(*fields_, column);
  RecordReader reader({RecordSyntax::PIECES, 0, kStringEnd}, bytes_);
  bool fits = true;
  for (uint32_t i = 0; fits && i < column.count; i++) {
    const Field field = cursor.next();
    const bool is_read = reader.read(field.begin, field.begin + field.size);
    const uint32_t id =
        is_read ? table.find(reader, bytes_, TemplateTable::Add::ALWAYS) : TemplateTable::kNone;
    fits = id != TemplateTable::kNone && (i < 64 || table.count() * 4 <= i);
    if (!fits) break;
    // One template needs no ids: they begin with the second.
    if (table.count() == 2 && id == 1 &&
        lanes_->size(RecordLane::INDEXES) == before.size(RecordLane::INDEXES))
      for (uint32_t k = 0; k < i; k++)
        lanes_->put(RecordLane::INDEXES, 0);
    if (table.count() > 1) lanes_->put_wide(RecordLane::INDEXES, id);
    for (size_t k = 0; fits && k < reader.size(); k++)
      fits = fields_->append(lists[table.columns()[k]], reader[k]);
  }
  if (!fits) {
    *lanes_ = before;
    fields_->release(mark);
    return true;
  }
  put_glyph(GlyphType::COMPOSITE, Primitive::RECORD, table.definitions());
  decoder_memory_ += scope_memory(table.count(), table.column_count());
  bool coded = true;
  for (size_t i = 0; coded && i < table.column_count(); i++)
    coded = code(lists[i], splits + 1);
  fields_->release(mark);
  done = true;
  return coded;
}

}  // namespace sigma
