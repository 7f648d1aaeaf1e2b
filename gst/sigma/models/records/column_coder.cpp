/* Choosing the form of a column; strings, split values and long hexadecimal ones.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/column_coder.hpp"

#include <algorithm>

#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

constexpr size_t kMinDictionary = 4;  ///< values below which nothing is looked at

/// What a number may cost to need no dictionary: 1.5 bits. Not in tables, whose columns repeat
/// values that others predict.
constexpr uint32_t kCheapNumber = 3 * kCostPerBit / 2;

/// How many times as much as another a form may cost by a small sample to be compared by a large
/// one.
constexpr uint32_t kClose = 3;

}  // namespace

void ColumnCoder::set_memory(Arena& arena) {
  dictionary_.set_memory(arena);
  for (size_t i = 0; i < kMaxSplits; i++) {
    lists_[i] = arena.take<SplitLists>(1);
    tables_[i].set_memory(arena, arena.take<uint8_t>(kSplitLimits.text));
  }
}

bool ColumnCoder::code(size_t number, const FieldList& column) {
  number_ = number;
  return code(column, 0);
}

bool ColumnCoder::code(const FieldList& column, unsigned splits) {
  const QuickSample sample(context_, column);
  const NumberShape shape = find_number_shape(context_, sample);
  NumberForm numbers;
  if (shape.is_number) numbers = choose_number_form(context_, sample, shape);
  if (column.count < kMinDictionary) {
    if (!shape.is_number || !code_numbers(context_, column, shape, numbers)) code_strings(column);
    return !has_overflowed();
  }
  const auto cheap = static_cast<uint32_t>(sample.size()) * kCheapNumber;
  if (shape.is_number && !is_table_ && numbers.cost <= cheap &&
      code_numbers(context_, column, shape, numbers))
    return !has_overflowed();
  const DictionaryColumn::Estimate dictionary =
      dictionary_.estimate(column, sample, shape, numbers, splits == 0);
  if (shape.is_number && numbers_cost_less(column, numbers, dictionary)) {
    const bool is_split =
        shape.kind == NumberKind::SCALED && cost_in_parts(context_, sample) < numbers.cost;
    if (is_split) return code_text(column, splits);
    if (code_numbers(context_, column, shape, numbers)) return !has_overflowed();
    // The sample had a shape that others do not have: they may all have another.
    if (code_whole_numbers(context_, column, sample, shape)) return !has_overflowed();
  }
  if (dictionary.repeats) return code_dictionary(column, dictionary, splits);
  return code_text(column, splits);
}

/// A small sample tells little of a dictionary, whose entries come again sooner or later.
bool ColumnCoder::numbers_cost_less(const FieldList& column, const NumberForm& numbers,
                                    const DictionaryColumn::Estimate& dictionary) {
  const auto [least, most] = std::minmax(numbers.cost, dictionary.cost);
  if (!dictionary.repeats || column.count <= kSample || most / kClose > least)
    return numbers.cost <= dictionary.cost;
  const LargeSample large(context_, column);
  // Some of these values may be spelled otherwise than all that the small sample has.
  const NumberShape shape = find_number_shape(context_, large);
  if (!shape.is_number) return false;
  const uint32_t cost = choose_number_form(context_, large, shape).cost;
  return cost <= dictionary_.cost(column, large, dictionary, cost);
}

bool ColumnCoder::code_dictionary(const FieldList& column, const DictionaryColumn::Estimate& form,
                                  unsigned splits) {
  FieldList fresh;
  const size_t mark = context_.fields->mark();
  if (!dictionary_.code(column, form, fresh)) return false;
  const size_t entries = std::min<size_t>(fresh.count, kMaxEntries);
  decoder_memory_ += DictionaryColumn::decoder_memory(form, entries);
  const bool done = code_text(fresh, splits);
  context_.fields->release(mark);
  if (form.is_partner) dictionary_.remember(number_, column, entries);
  return done;
}

void ColumnCoder::code_strings(const FieldList& column) {
  context_.put_glyph(GlyphType::PRIMITIVE, Primitive::STRING, {});
  FieldStore::Cursor cursor = context_.cursor(column);
  for (uint32_t i = 0; i < column.count; i++) {
    context_.lanes->put(RecordLane::STRINGS, context_.text(cursor.next()));
    context_.lanes->put(RecordLane::STRINGS, kStringEnd);
  }
}

/// Strings that are not looked up: numbers, parts, or as they are.
bool ColumnCoder::code_text(const FieldList& column, unsigned splits) {
  if (code_any_numbers(context_, column)) return !has_overflowed();
  bool done = false;
  if (!code_long_hex(column, done)) return false;
  if (done) return true;
  if (!code_by_length(column, done)) return false;
  if (done) return true;
  if (splits < kMaxSplits && is_splittable(column)) {
    if (!code_split(column, splits, done)) return false;
    if (done) return true;
  }
  code_strings(column);
  return !has_overflowed();
}

/// Hashes and identifiers: codes hexadecimal values that are longer than a number, and all of one
/// size, as several numbers each.
bool ColumnCoder::code_long_hex(const FieldList& column, bool& done) {
  constexpr size_t kDigits = 16;
  constexpr size_t kMost = 128;
  FieldStore::Cursor cursor = context_.cursor(column);
  const size_t size = cursor.next().size;
  if (size <= kDigits || size > kMost) return true;
  std::array<FieldList, kMost / kDigits> parts = {};
  std::array<ShapeFinder, kMost / kDigits> shapes;
  const size_t count = (size + kDigits - 1) / kDigits;
  const size_t mark = context_.fields->mark();
  cursor = context_.cursor(column);
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    bool fits = field.size == size;
    for (size_t k = 0; fits && k < count; k++) {
      const auto begin = static_cast<uint32_t>(k * kDigits);
      const Field part = {field.begin + begin, std::min<uint32_t>(kDigits, field.size - begin)};
      fits = shapes[k].add(context_.text(part), context_.end()) &&
             context_.fields->append(parts[k], part);
    }
    if (fits) continue;
    context_.fields->release(mark);
    return true;
  }
  uint8_t definition[3 * kMost / kDigits + 2];
  uint8_t* end = definition;
  for (size_t k = 0; k <= count; k++) {
    *end++ = 0;
    *end++ = k < count ? static_cast<uint8_t>(k + 1) : uint8_t{0};
  }
  context_.put_glyph(GlyphType::COMPOSITE, Primitive::RECORD, {definition, end});
  decoder_memory_ += scope_memory(1, count);
  bool coded = true;
  for (size_t k = 0; coded && k < count; k++) {
    const NumberShape shape = shapes[k].shape();
    if (!shape.is_number ||
        !code_numbers(context_, parts[k], shape,
                      choose_number_form(context_, QuickSample(context_, parts[k]), shape)))
      code_strings(parts[k]);
    coded = !has_overflowed();
  }
  context_.fields->release(mark);
  done = true;
  return coded;
}

/// Digits without order, such as those behind the point of a measurement: numbers with leading
/// zeros, and a template for each length, which the values name. What is something else has one,
/// too.
bool ColumnCoder::code_by_length(const FieldList& column, bool& done) {
  const QuickSample sample(context_, column);
  if (!lengths_cost_less(context_, sample)) return true;
  std::array<FieldList, kMaxDigits + 1> lists = {};  // by lengths of numbers; strings first
  const size_t mark = context_.fields->mark();
  FieldStore::Cursor cursor = context_.cursor(column);
  for (uint32_t i = 0; i < column.count; i++) {
    const Field field = cursor.next();
    if (context_.fields->append(lists[number_length(field)], field)) continue;
    context_.fields->release(mark);
    return true;
  }
  code_lengths(column, lists);
  for (size_t size = 0; size <= kMaxDigits && !has_overflowed(); size++) {
    const NumberShape shape = {size != 0, NumberKind::PADDED, static_cast<uint16_t>(size)};
    if (lists[size].count == 0) continue;
    if (size == 0)
      code_strings(lists[size]);
    else
      code_numbers(context_, lists[size], shape,
                   choose_number_form(context_, QuickSample(context_, lists[size]), shape));
  }
  context_.fields->release(mark);
  done = true;
  return !has_overflowed();
}

/// Of a number in decimal digits; 0 of anything else.
size_t ColumnCoder::number_length(const Field& field) const {
  return are_all_digits(context_.text(field)) ? field.size : 0;
}

/// The templates of lengths that there are, each of a column of its own, and what values name them.
void ColumnCoder::code_lengths(const FieldList& column, std::span<const FieldList> lists) {
  uint8_t definitions[4 * (kMaxDigits + 1)];
  uint8_t* end = definitions;
  std::array<uint8_t, kMaxDigits + 1> ids;
  uint8_t count = 0;
  for (size_t size = 0; size < lists.size(); size++) {
    if (lists[size].count == 0) continue;
    ids[size] = count++;
    for (const uint8_t byte : {uint8_t{0}, count, uint8_t{0}, uint8_t{0}})
      *end++ = byte;
  }
  context_.put_glyph(GlyphType::COMPOSITE, Primitive::RECORD, {definitions, end});
  decoder_memory_ += scope_memory(count, count);
  if (count == 1) return;
  FieldStore::Cursor cursor = context_.cursor(column);
  for (uint32_t i = 0; i < column.count; i++)
    context_.lanes->put_wide(RecordLane::INDEXES, ids[number_length(cursor.next())]);
}

/// Whether a sample of the values has parts, and few shapes.
bool ColumnCoder::is_splittable(const FieldList& column) const {
  constexpr size_t kLooked = 32;
  if (column.count < 8) return false;
  const size_t sample = std::min<size_t>(column.count, kLooked);
  std::array<uint32_t, kLooked> shapes = {};
  size_t count = 0;
  size_t fields = 0;
  size_t whole = 0;
  size_t words = 0;
  FieldStore::Cursor cursor = context_.cursor(column);
  RecordReader reader({RecordSyntax::PIECES, 0, kStringEnd}, context_.bytes);
  for (size_t i = 0; i < sample; i++) {
    const Field field = cursor.next();
    if (!reader.read(field.begin, field.begin + field.size)) return false;
    uint64_t mixed = 0;
    reader.each_literal([&](const uint8_t* literal, size_t size, size_t) {
      mixed = mix_text(mixed, literal, size, context_.end());
      return true;
    });
    const uint32_t shape = fold_hash(mixed);
    // A value that is one part of its own gains nothing.
    const bool is_whole = reader.size() == 1 && reader[0].size == field.size;
    fields += is_whole ? 0 : reader.size();
    whole += is_whole ? 1 : 0;
    words += reader.size() == 0 ? 1 : 0;
    if (std::find(shapes.begin(), shapes.begin() + count, shape) == shapes.begin() + count)
      shapes[count++] = shape;
  }
  // Numbers with words among them, such as NA: these are shapes without parts.
  const bool has_words = sample == kLooked && words != 0 && whole * 2 >= sample;
  return (fields * 2 >= sample || has_words) && count * 4 <= sample + 3;
}

/// Codes the values as records of their own; `done` says whether they are few enough shapes.
bool ColumnCoder::code_split(const FieldList& column, unsigned splits, bool& done) {
  TemplateTable& table = tables_[splits];
  auto& lists = lists_[splits]->lists;
  table.start({RecordSyntax::PIECES}, {});
  lists.fill({});
  const LaneStore before = *context_.lanes;
  const size_t mark = context_.fields->mark();
  FieldStore::Cursor cursor = context_.cursor(column);
  RecordReader reader({RecordSyntax::PIECES, 0, kStringEnd}, context_.bytes);
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
        context_.lanes->size(RecordLane::INDEXES) == before.size(RecordLane::INDEXES))
      for (uint32_t k = 0; k < i; k++)
        context_.lanes->put(RecordLane::INDEXES, 0);
    if (table.count() > 1) context_.lanes->put_wide(RecordLane::INDEXES, id);
    for (size_t k = 0; fits && k < reader.size(); k++)
      fits = context_.fields->append(lists[table.columns()[k]], reader[k]);
  }
  if (!fits) {
    *context_.lanes = before;
    context_.fields->release(mark);
    return true;
  }
  context_.put_glyph(GlyphType::COMPOSITE, Primitive::RECORD, table.definitions());
  decoder_memory_ += scope_memory(table.count(), table.column_count());
  bool coded = true;
  for (size_t i = 0; coded && i < table.column_count(); i++)
    coded = code(lists[i], splits + 1);
  context_.fields->release(mark);
  done = true;
  return coded;
}

}  // namespace sigma
