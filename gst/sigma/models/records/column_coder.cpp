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
#include "gst/sigma/models/records/column_coder.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

constexpr size_t kMinDictionary = 4;  ///< values below which nothing is looked at
constexpr size_t kWindow = 14;        ///< recent entries, where they pay

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

/// Values from which on a column may be predicted from another one.
constexpr uint32_t kMinPredicted = 1024;

/// The entries used last, the latest first.
class RecentEntries {
 public:
  explicit RecentEntries(size_t window) : window_(window) {}
  /// Puts the entry in front; gives the place where it was, the window's size if it was not there.
  size_t use(size_t entry) {
    auto carried = static_cast<uint16_t>(entry);
    for (size_t i = 0; i < count_; i++) {
      std::swap(carried, entries_[i]);
      if (carried == entry) return i;
    }
    if (count_ < window_) entries_[count_++] = carried;
    return window_;
  }

 private:
  size_t window_;
  size_t count_ = 0;
  std::array<uint16_t, kMaxRecent> entries_;
};

/// How many of a sample's values are new where it stands for a whole column: of values that are all
/// equally frequent, N, a sample of n repeats n * n / 2 N.
size_t expected_new(size_t values, size_t sample, size_t distinct) {
  if (distinct == sample || values <= sample) return distinct;
  const size_t all = sample * sample / (2 * (sample - distinct));
  return std::clamp<size_t>(all * sample / values, 1, distinct);
}

}  // namespace

void ColumnCoder::set_memory(Arena& arena) {
  dictionary_ = arena.take<Dictionary>(1);
  for (size_t i = 0; i < kMaxSplits; i++) {
    lists_[i] = arena.take<SplitLists>(1);
    tables_[i].set_memory(arena, arena.take<uint8_t>(kSplitLimits.text));
  }
}

void ColumnCoder::put_glyph(GlyphType type, Primitive primitive, ByteSpan payload) {
  uint8_t header[kMaxGlyphHeader];
  const GlyphHeader glyph = {type, primitive, !payload.empty(), payload.size(), 0};
  lanes_->put(RecordLane::SCRIPT, {header, write_glyph_header(header, glyph)});
  lanes_->put(RecordLane::SCRIPT, payload);
}

bool ColumnCoder::code(size_t number, const FieldList& column) {
  number_ = number;
  return code(column, 0);
}

bool ColumnCoder::code(const FieldList& column, unsigned splits) {
  may_predict_ = splits == 0;
  const NumberShape shape = find_shape(column, kSample);
  NumberForm numbers;
  if (shape.is_number) numbers = choose_number_form(column, shape);
  if (column.count < kMinDictionary) {
    if (!shape.is_number || !code_numbers(column, shape, numbers)) code_strings(column);
    return !lanes_->overflowed();
  }
  const DictionaryEstimate dictionary = estimate_dictionary(column, shape, numbers);
  if (shape.is_number && numbers.cost <= dictionary.cost) {
    if (code_numbers(column, shape, numbers)) return !lanes_->overflowed();
    // The sample had a shape that others do not have: they may all have another.
    if (code_whole_numbers(column)) return !lanes_->overflowed();
  }
  if (dictionary.repeats) return code_dictionary(column, dictionary, splits);
  return code_text(column, splits);
}

/// What a dictionary would take for a sample: codes of entries, and the new ones among them.
ColumnCoder::DictionaryEstimate ColumnCoder::estimate_dictionary(const FieldList& column,
                                                                 const NumberShape& shape,
                                                                 const NumberForm& numbers) {
  constexpr uint32_t kTextCost = 3 * kCostPerBit;    ///< of a byte of text, roughly
  constexpr uint32_t kNumberCost = 4 * kCostPerBit;  ///< of a number, at least
  const size_t sample = std::min<size_t>(column.count, kSample);
  FieldStore::Cursor cursor(*fields_, column);
  RecentEntries recent(kWindow);
  Histogram with_window;
  Histogram without;
  size_t count = 0;
  uint32_t new_bytes = 0;
  start_dictionary(column.count);
  for (size_t i = 0; i < sample; i++) {
    const Field field = cursor.next();
    const size_t entry = find_entry(field);
    sampled_[i] = static_cast<uint16_t>(entry);
    const bool is_new = entry == count;
    count += is_new ? 1 : 0;
    if (is_new) new_bytes += field.size + 1;
    const size_t place = recent.use(entry);
    with_window.add(static_cast<uint8_t>(is_new            ? 0
                                         : place < kWindow ? 1 + place
                                                           : 16 + entry % 240));
    without.add(static_cast<uint8_t>(is_new ? 0 : 1 + entry % 255));
  }
  DictionaryEstimate estimate;
  estimate.has_window = with_window.cost() < without.cost();
  estimate.repeats = expected_new(column.count, sample, count) <= sample - sample / 4;
  const auto each = static_cast<uint32_t>(numbers.cost / sample);
  estimate.cost = std::min(with_window.cost(), without.cost());
  if (may_predict_ && column.count >= kMinPredicted) choose_partner(column, sample, estimate);
  estimate.cost += (shape.is_number ? static_cast<uint32_t>(count) * std::max(each, kNumberCost)
                                    : new_bytes * kTextCost);
  return estimate;
}

/// The partner with which a sample's codes cost least, if they cost less so.
void ColumnCoder::choose_partner(const FieldList& column, size_t sample,
                                 DictionaryEstimate& estimate) {
  const size_t count = std::min(partner_count_, kPartners);
  for (size_t i = 0; i < count; i++) {
    const Partner& partner = partners_[i];
    // One that comes seldom tells little.
    if (partner.list.count < column.count / 2) continue;
    const uint32_t cost = cost_with(partner, column, sample, estimate.has_window);
    if (cost >= estimate.cost - estimate.cost / 16) continue;
    estimate.cost = cost;
    estimate.partner = &partner;
  }
}

uint32_t ColumnCoder::cost_with(const Partner& partner, const FieldList& column, size_t sample,
                                bool has_window) {
  FieldStore::Cursor cursor(*fields_, column);
  ColumnPredictor predictor(*fields_, partner, predictions_);
  RecentEntries recent(kWindow);
  Histogram codes;
  size_t count = 0;
  for (size_t i = 0; i < sample; i++) {
    const size_t entry = sampled_[i];
    const bool is_new = entry == count;
    count += is_new ? 1 : 0;
    const bool is_predicted = predictor.predicts(cursor.next().begin, entry);
    size_t place = kWindow;
    if (has_window && !is_predicted) place = recent.use(entry);
    codes.add(static_cast<uint8_t>(is_new            ? 0
                                   : is_predicted    ? 1
                                   : place < kWindow ? 2 + place
                                                     : 16 + entry % 240));
  }
  return codes.cost();
}

NumberShape ColumnCoder::find_shape(const FieldList& column, size_t most) const {
  FieldStore::Cursor cursor(*fields_, column);
  ShapeFinder finder;
  for (size_t i = std::min<size_t>(column.count, most); i > 0; i--)
    if (!finder.add(text(cursor.next()))) return {};
  return finder.shape();
}

/// By the codes of a sample: buckets with the bits that they leave open are what numbers cost that
/// do not repeat; those that do are better left whole.
ColumnCoder::NumberForm ColumnCoder::choose_number_form(const FieldList& column,
                                                        const NumberShape& shape) const {
  const size_t sample = std::min<size_t>(column.count, kSample);
  std::array<NumberEncoder, 2> encoders = {NumberEncoder(shape.kind, true),
                                           NumberEncoder(shape.kind, false)};
  std::array<Histogram, 2> buckets;
  std::array<uint32_t, 2> bits = {};
  FieldStore::Cursor cursor(*fields_, column);
  for (size_t i = 0; i < sample; i++) {
    uint64_t value = 0;
    parse_number(shape, text(cursor.next()), bytes_.data() + bytes_.size(), value);
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

/// False, and nothing is written, if a value has another shape.
bool ColumnCoder::code_numbers(const FieldList& column, const NumberShape& shape,
                               const NumberForm& form) {
  const LaneStore before = *lanes_;
  const uint8_t payload[4] = {static_cast<uint8_t>(shape.kind), shape.width,
                              static_cast<uint8_t>(form.coding), 0};
  put_glyph(form.is_difference ? GlyphType::DELTA : GlyphType::PRIMITIVE, Primitive::NUMBER,
            {payload, form.is_difference ? size_t{4} : size_t{3}});
  FieldStore::Cursor cursor(*fields_, column);
  NumberEncoder encoder(shape.kind, form.is_difference);
  BitWriter bits(*lanes_);
  for (uint32_t i = 0; i < column.count; i++) {
    uint64_t value = 0;
    if (!parse_number(shape, text(cursor.next()), bytes_.data() + bytes_.size(), value)) {
      *lanes_ = before;
      return false;
    }
    const uint64_t code = encoder.code(value);
    if (form.coding == NumberCoding::VARINT) {
      lanes_->put_number(RecordLane::NUMBERS, code);
      continue;
    }
    const uint8_t bucket = bucket_code(code);
    lanes_->put(RecordLane::BUCKETS, bucket);
    bits.put(code, bucket_of(bucket).bits);
  }
  bits.flush();
  return true;
}

/// The same for a column whose values are all looked at first.
bool ColumnCoder::code_whole_numbers(const FieldList& column) {
  const NumberShape shape = find_shape(column, SIZE_MAX);
  return shape.is_number && code_numbers(column, shape, choose_number_form(column, shape));
}

void ColumnCoder::code_strings(const FieldList& column) {
  put_glyph(GlyphType::PRIMITIVE, Primitive::STRING, {});
  FieldStore::Cursor cursor(*fields_, column);
  for (uint32_t i = 0; i < column.count; i++) {
    lanes_->put(RecordLane::STRINGS, text(cursor.next()));
    lanes_->put(RecordLane::STRINGS, kStringEnd);
  }
}

void ColumnCoder::start_dictionary(size_t values) {
  slots_ = std::min(std::bit_ceil(2 * values), dictionary_->slots.size());
  entries_ = latest_ = 0;
  std::fill_n(dictionary_->slots.begin(), slots_, 0);
}

/// The number of the entry that is the field's text; the number of entries before if it is new. It
/// is found again if there was room for it.
size_t ColumnCoder::find_entry(const Field& field) {
  const uint8_t* const wanted = bytes_.data() + field.begin;
  const uint8_t* const end = bytes_.data() + bytes_.size();
  const uint64_t word = load_text(wanted, field.size, end);
  const auto matches = [&](const Entry& entry) {
    // Short ones are compared without a look at where they came from.
    return entry.word == word && entry.field.size == field.size &&
           (field.size <= sizeof word ||
            same_text(bytes_.data() + entry.field.begin, end, wanted, end, field.size));
  };
  if (entries_ != 0 && matches(dictionary_->entries[latest_])) return latest_;
  size_t place = fold_hash(mix_text(0, wanted, field.size, end)) & (slots_ - 1);
  for (; dictionary_->slots[place] != 0; place = (place + 1) & (slots_ - 1)) {
    const size_t entry = dictionary_->slots[place] - 1U;
    if (matches(dictionary_->entries[entry])) return latest_ = entry;
  }
  if (entries_ < kDictionaryEntries) {
    dictionary_->entries[entries_] = {word, field};
    dictionary_->slots[place] = static_cast<uint16_t>(entries_ + 1);
    latest_ = entries_;
  }
  return entries_++;
}

/// Goes on with the dictionary that was estimated.
bool ColumnCoder::code_dictionary(const FieldList& column, const DictionaryEstimate& form,
                                  unsigned splits) {
  const size_t window = form.has_window ? kWindow : 0;
  uint8_t payload[1 + kMaxVarintSize] = {static_cast<uint8_t>(window)};
  const size_t size =
      1 + write_varint(payload + 1, form.partner != nullptr ? form.partner->number + 1 : 0);
  put_glyph(GlyphType::COMPOSITE, Primitive::DICT, {payload, size});
  const size_t first = form.partner != nullptr ? 2 : 1;
  const Partner none;
  ColumnPredictor predictor(*fields_, form.partner != nullptr ? *form.partner : none, predictions_);
  const bool is_partner = may_predict_ && column.count >= kMinPredicted;
  FieldStore::Cursor cursor(*fields_, column);
  RecentEntries recent(window);
  FieldList fresh;
  const size_t mark = fields_->mark();
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    const size_t entry = i < kSample ? sampled_[i] : find_entry(field);
    if (is_partner)
      fields_->set_size(cursor, static_cast<uint32_t>(std::min<size_t>(entry, kNoPartnerEntry)));
    const bool is_predicted = form.partner != nullptr && predictor.predicts(field.begin, entry);
    if (entry == fresh.count) {
      lanes_->put(RecordLane::INDEXES, 0);
      if (!fields_->append(fresh, field)) return false;
      if (entry < kMaxEntries) recent.use(entry);
      continue;
    }
    if (is_predicted) {
      lanes_->put(RecordLane::INDEXES, 1);
      continue;
    }
    const size_t place = recent.use(entry);
    if (place < window)
      lanes_->put(RecordLane::INDEXES, static_cast<uint8_t>(first + place));
    else
      lanes_->put_wide(RecordLane::INDEXES, first + window + entry);
  }
  const size_t entries = std::min<size_t>(fresh.count, kMaxEntries);
  decoder_memory_ +=
      dictionary_memory(entries, window, form.partner != nullptr ? form.partner->entries : 0);
  const bool done = code_text(fresh, splits);
  fields_->release(mark);
  if (is_partner) partners_[partner_count_++ % kPartners] = {number_, column, entries};
  return done;
}

/// Strings that are not looked up: numbers, parts, or as they are.
bool ColumnCoder::code_text(const FieldList& column, unsigned splits) {
  if (code_whole_numbers(column)) return !lanes_->overflowed();
  bool done = false;
  if (!code_long_hex(column, done)) return false;
  if (done) return true;
  if (splits < kMaxSplits && is_splittable(column)) {
    if (!code_split(column, splits, done)) return false;
    if (done) return true;
  }
  code_strings(column);
  return !lanes_->overflowed();
}

/// Hashes and identifiers: codes hexadecimal values that are longer than a number, and all of one
/// size, as several numbers each.
bool ColumnCoder::code_long_hex(const FieldList& column, bool& done) {
  constexpr size_t kDigits = 16;
  constexpr size_t kMost = 128;
  FieldStore::Cursor cursor(*fields_, column);
  const size_t size = cursor.next().size;
  if (size <= kDigits || size > kMost) return true;
  std::array<FieldList, kMost / kDigits> parts = {};
  std::array<ShapeFinder, kMost / kDigits> shapes;
  const size_t count = (size + kDigits - 1) / kDigits;
  const size_t mark = fields_->mark();
  cursor = FieldStore::Cursor(*fields_, column);
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    bool fits = field.size == size;
    for (size_t k = 0; fits && k < count; k++) {
      const auto begin = static_cast<uint32_t>(k * kDigits);
      const Field part = {field.begin + begin, std::min<uint32_t>(kDigits, field.size - begin)};
      fits = shapes[k].add(text(part)) && fields_->append(parts[k], part);
    }
    if (fits) continue;
    fields_->release(mark);
    return true;
  }
  uint8_t definition[3 * kMost / kDigits + 2];
  uint8_t* end = definition;
  for (size_t k = 0; k <= count; k++) {
    *end++ = 0;
    *end++ = k < count ? static_cast<uint8_t>(k + 1) : uint8_t{0};
  }
  put_glyph(GlyphType::COMPOSITE, Primitive::RECORD, {definition, end});
  decoder_memory_ += scope_memory(1, count);
  bool coded = true;
  for (size_t k = 0; coded && k < count; k++) {
    const NumberShape shape = shapes[k].shape();
    if (!shape.is_number || !code_numbers(parts[k], shape, choose_number_form(parts[k], shape)))
      code_strings(parts[k]);
    coded = !lanes_->overflowed();
  }
  fields_->release(mark);
  done = true;
  return coded;
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
    uint64_t mixed = 0;
    reader.each_literal([&](const uint8_t* literal, size_t size, size_t) {
      mixed = mix_text(mixed, literal, size, bytes_.data() + bytes_.size());
      return true;
    });
    const uint32_t shape = fold_hash(mixed);
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
    const size_t end = field.begin + size_t{field.size};
    uint32_t id = table.follow(reader, field.begin, end);
    if (id == TemplateTable::kNone && reader.read(field.begin, end))
      id = table.find(reader, TemplateTable::Add::ALWAYS);
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
