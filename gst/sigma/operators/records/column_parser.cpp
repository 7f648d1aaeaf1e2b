/* What each column takes from the lanes, with all checks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/records/column_parser.hpp"

#include <algorithm>

namespace sigma {
namespace {

/// Values that all columns of a scope may have.
constexpr uint64_t kMaxRecordValues = uint64_t{1} << 27;

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

Status no_room() {
  return malformed("records need more workspace than the head declares");
}

/// What definitions of templates hold.
struct TemplateCounts {
  uint32_t templates = 0;
  uint64_t columns = 0;
  bool has_empty = false;
};

/// Takes one definition from the front of `in`.
bool parse_template(VarintReader& in, TemplateCounts& counts) {
  for (bool is_first = true;; is_first = false) {
    uint64_t size = 0;
    uint64_t field = 0;
    if (!in.read(size) || size > in.rest().size()) return false;
    in = VarintReader(in.rest().subspan(static_cast<size_t>(size)));
    if (!in.read(field) || field > counts.columns + 1) return false;
    counts.has_empty = counts.has_empty || (field == 0 && is_first && size == 0);
    if (field == 0) return true;
    counts.columns = std::max(counts.columns, field);
  }
}

/// Notes where each template begins, too, unless `begins` is null.
Status parse_templates(ByteSpan text, uint32_t* begins, TemplateCounts& counts) {
  counts = {};
  VarintReader in(text);
  while (!in.at_end()) {
    if (counts.templates == kMaxTemplates) return malformed("too many templates");
    if (begins != nullptr)
      begins[counts.templates] = static_cast<uint32_t>(in.rest().data() - text.data());
    counts.templates++;
    if (!parse_template(in, counts)) return malformed("a template is malformed");
  }
  return {};
}

/// How many of `count` values are made from each template.
Status count_uses(const Column& column, uint64_t count, uint32_t* uses) {
  const uint32_t templates = column.split.templates.count;
  std::fill_n(uses, templates, 0);
  const uint8_t* codes = column.cursor;
  const uint8_t* lows = column.split.lows;
  if (codes == nullptr) {
    if (count != 0) uses[0] = static_cast<uint32_t>(count);
    return {};
  }
  for (uint64_t i = 0; i < count; i++) {
    const uint32_t id = read_wide(codes, lows);
    if (id >= templates) return malformed("a record names a template that is not there");
    uses[id]++;
  }
  return {};
}

/// How many values each of the columns between the texts of `templates` has.
Status count_values(const Templates& templates, const uint32_t* uses, uint64_t columns,
                    uint32_t* values) {
  std::fill_n(values, columns, 0);
  uint64_t total = 0;
  for (uint32_t i = 0; i < templates.count; i++) {
    if (uses[i] == 0) continue;
    const uint8_t* at = templates.text + templates.begins[i];
    for (uint32_t field = 1;;) {
      next_literal(at, field);
      if (field == 0) break;
      values[field - 1] += uses[i];
      total += uses[i];
      if (total > kMaxRecordValues) return malformed("records have too many values");
    }
  }
  return {};
}

/// The largest width that a kind of number takes, other than SCALED; 0: none.
constexpr uint64_t number_width_max(uint64_t kind) {
  switch (static_cast<NumberKind>(kind)) {
    case NumberKind::PADDED:
      return kMaxNumberWidth;
    case NumberKind::HEX:
    case NumberKind::HEX_UPPER:
      return 16;
    default:
      return 0;
  }
}

/// The bits that buckets leave open.
uint64_t count_bits(ByteSpan buckets) {
  uint64_t bits = 0;
  for (; buckets.size() >= kCounted; buckets = buckets.subspan(kCounted)) {
    uint16_t part = 0;
    for (size_t i = 0; i < kCounted; i++)
      part = static_cast<uint16_t>(part + bucket_of(buckets[i]).bits);
    bits += part;
  }
  for (const uint8_t bucket : buckets)
    bits += bucket_of(bucket).bits;
  return bits;
}

/// The payload of a column of numbers.
struct NumberFormat {
  uint64_t kind = 0;
  uint64_t width = 0;
  uint64_t coding = 0;
  uint64_t base = 0;  ///< number of a column plus one; 0: none
};

bool parse_numbers(const Glyph& glyph, NumberFormat& format) {
  VarintReader in(glyph.payload);
  const bool is_whole = glyph.has_payload && in.read(format.kind) && in.read(format.width) &&
                        in.read(format.coding) &&
                        (glyph.type != GlyphType::DELTA || in.read(format.base)) && in.at_end();
  if (!is_whole || format.kind >= kNumberKinds || format.coding > 1) return false;
  if (static_cast<NumberKind>(format.kind) == NumberKind::SCALED)
    return format.width <= UINT16_MAX && is_valid(places_of(static_cast<unsigned>(format.width)));
  const uint64_t width_max = number_width_max(format.kind);
  return format.width <= width_max && (format.width == 0) == (width_max == 0);
}

}  // namespace

RecordPreparer::RecordPreparer(const RecordLanes& lanes, MutableByteSpan workspace,
                               NumberListener* listener)
    : arena_(workspace), listener_(listener) {
  // An empty slot lies nowhere, but nothing can be taken from it all the same.
  static constexpr uint8_t kNothing = 0;
  for (size_t i = 0; i < kRecordLanes; i++)
    lanes_[i].rest = lanes[i].data() != nullptr ? lanes[i] : ByteSpan(&kNothing, 0);
}

Result<Column> RecordPreparer::prepare(uint64_t records) {
  Column top = {};
  const ByteSpan templates = lane(RecordLane::TEMPLATES).rest;
  const Status status = prepare_split(templates, RecordLane::IDS, records, 1, top);
  if (!status.ok()) return status;
  lane(RecordLane::TEMPLATES).rest = {};
  for (const LaneReader& left : lanes_)
    if (!left.rest.empty()) return malformed("records leave a part of their lanes");
  return top;
}

/// Prepares the columns of a scope: `count` values are made from the templates in `text`.
Status RecordPreparer::prepare_split(ByteSpan text, RecordLane ids, uint64_t count, unsigned depth,
                                     Column& column) {
  column.form = ColumnForm::SPLIT;
  column.split = {};
  const Templates& templates = column.split.templates;
  uint64_t columns = 0;
  Status status = take_templates(text, ids, count, column, columns);
  if (!status.ok()) return status;
  auto* uses = arena_.take<uint32_t>(templates.count);
  auto* values = arena_.take<uint32_t>(columns);
  auto* scope = arena_.take<Column>(columns, kColumnMemory);
  if (uses == nullptr || values == nullptr || scope == nullptr) return no_room();
  status = count_uses(column, count, uses);
  if (status.ok()) status = count_values(templates, uses, columns, values);
  if (!status.ok()) return status;
  column.inner = scope;
  for (size_t i = 0; i < columns; i++) {
    scope[i] = {};
    if (values[i] == 0) continue;
    status = prepare_column(scope, i, values[i], depth + 1, scope[i]);
    if (!status.ok()) return status;
  }
  return {};
}

/// The templates in `text` and, if there are any, the codes that name one for each value.
Status RecordPreparer::take_templates(ByteSpan text, RecordLane ids, uint64_t count, Column& column,
                                      uint64_t& columns) {
  // Counted first, so that no more memory is taken than is needed.
  TemplateCounts counts;
  Status status = parse_templates(text, nullptr, counts);
  if (!status.ok()) return status;
  auto* begins = arena_.take<uint32_t>(counts.templates);
  if (begins == nullptr) return no_room();
  status = parse_templates(text, begins, counts);
  if (!status.ok()) return status;
  const LaneReader& texts =
      lane(ids == RecordLane::IDS ? RecordLane::TEMPLATES : RecordLane::SCRIPT);
  const uint8_t* const lane_end = texts.rest.data() + texts.rest.size();
  column.split.templates = {text.data(), lane_end, begins, counts.templates, 0, 0};
  columns = counts.columns;
  if (counts.templates == 0 && count != 0) return malformed("records have no templates");
  columns_ += columns;
  if (columns_ > kMaxColumns) return malformed("too many columns");
  const bool has_ids = ids == RecordLane::IDS || counts.templates > 1;
  if (has_ids) return take_codes(ids, count, column, column.split.lows);
  // Each value takes something from a lane or writes something: so time is in proportion to both.
  return counts.has_empty ? malformed("a template is empty") : Status{};
}

/// Takes a code for each of `count` values, with their low bytes.
Status RecordPreparer::take_codes(RecordLane codes, uint64_t count, Column& column,
                                  const uint8_t*& lows) {
  column.cursor = lane(codes).take(count);
  if (column.cursor == nullptr) return malformed("records have fewer indexes than values");
  const size_t wide =
      count_bytes(column.cursor, count, [](uint8_t code) { return code >= kFirstWide; });
  lows = lane(RecordLane::LOWS).take(wide);
  if (lows == nullptr) return malformed("records have fewer low bytes than wide indexes");
  return {};
}

Status RecordPreparer::prepare_column(const Column* scope, size_t number, uint64_t count,
                                      unsigned depth, Column& column) {
  if (depth > kMaxColumnDepth) return malformed("columns are nested too deep");
  Glyph glyph;
  size_t size = 0;
  ByteSpan& script = lane(RecordLane::SCRIPT).rest;
  if (parse_glyph(script, glyph, size) != GlyphParse::COMPLETE)
    return malformed("a column's glyph is malformed");
  script = script.subspan(size);
  if (glyph.primitive == Primitive::STRING && glyph.type == GlyphType::PRIMITIVE &&
      !glyph.has_payload)
    return prepare_strings(count, column);
  if (glyph.primitive == Primitive::NUMBER &&
      (glyph.type == GlyphType::PRIMITIVE || glyph.type == GlyphType::DELTA))
    return prepare_numbers(glyph, scope, number, count, column);
  if (glyph.primitive == Primitive::DICT && glyph.type == GlyphType::COMPOSITE)
    return prepare_dictionary(glyph, scope, number, count, depth, column);
  if (glyph.primitive == Primitive::RECORD && glyph.type == GlyphType::COMPOSITE)
    return prepare_split(glyph.payload, RecordLane::INDEXES, count, depth, column);
  return Status::error(ErrorCode::UNSUPPORTED_OPERATOR, "unknown operator", 0,
                       uint64_t(glyph.type) << 8 | static_cast<uint8_t>(glyph.primitive));
}

Status RecordPreparer::prepare_strings(uint64_t count, Column& column) {
  column.form = ColumnForm::STRINGS;
  column.cursor =
      lane(RecordLane::STRINGS).take_items(count, [](uint8_t byte) { return byte == kStringEnd; });
  return column.cursor != nullptr ? Status{} : malformed("records have fewer strings than values");
}

Status RecordPreparer::prepare_numbers(const Glyph& glyph, const Column* scope, size_t number,
                                       uint64_t count, Column& column) {
  NumberFormat format;
  if (!parse_numbers(glyph, format) || format.base > number)
    return malformed("a column of numbers is malformed");
  const Column* const base = format.base != 0 ? &scope[format.base - 1] : nullptr;
  if (base != nullptr && base->form != ColumnForm::NUMBERS)
    return malformed("a column's differences are to no numbers");
  column.form = ColumnForm::NUMBERS;
  column.number = {};
  column.number.kind = static_cast<uint8_t>(format.kind);
  column.number.width = static_cast<uint16_t>(format.width);
  column.number.is_difference = glyph.type == GlyphType::DELTA;
  column.number.base = base;
  const Status status = static_cast<NumberCoding>(format.coding) == NumberCoding::VARINT
                            ? take_varints(count, column)
                            : take_buckets(count, column);
  if (status.ok() && listener_ != nullptr) listener_->on_numbers(column, count);
  return status;
}

Status RecordPreparer::take_varints(uint64_t count, Column& column) {
  column.cursor =
      lane(RecordLane::NUMBERS).take_items(count, [](uint8_t byte) { return byte < 0x80; });
  return column.cursor != nullptr ? Status{} : malformed("records have fewer numbers than values");
}

Status RecordPreparer::take_buckets(uint64_t count, Column& column) {
  column.cursor = lane(RecordLane::BUCKETS).take(count);
  if (column.cursor == nullptr) return malformed("records have fewer buckets than values");
  const uint64_t bits = count_bits({column.cursor, static_cast<size_t>(count)});
  const uint64_t size = (bits + 7) / 8;
  column.number.bits = lane(RecordLane::BITS).take(size);
  if (column.number.bits == nullptr)
    return malformed("records have fewer bits than buckets ask for");
  return {};
}

Status RecordPreparer::prepare_dictionary(const Glyph& glyph, const Column* scope, size_t number,
                                          uint64_t count, unsigned depth, Column& column) {
  VarintReader in(glyph.payload);
  uint64_t window = 0;
  uint64_t partner = 0;
  if (!glyph.has_payload || !in.read(window) || !in.read(partner) || !in.at_end() ||
      window > kMaxRecent || partner > number)
    return malformed("a dictionary is malformed");
  if (partner != 0 && scope[partner - 1].form != ColumnForm::DICTIONARY)
    return malformed("a dictionary is predicted from none");
  column.form = ColumnForm::DICTIONARY;
  column.dictionary = {};
  DictionaryState& dictionary = column.dictionary;
  dictionary.window = static_cast<uint8_t>(window);
  dictionary.partner = partner != 0 ? &scope[partner - 1] : nullptr;
  dictionary.latest = kNoEntry;
  const Status status = take_codes(RecordLane::INDEXES, count, column, dictionary.lows);
  if (!status.ok()) return status;
  const size_t fresh = count_bytes(column.cursor, count, [](uint8_t code) { return code == 0; });
  if (fresh == 0) return malformed("a dictionary has no entries");
  dictionary.capacity = static_cast<uint16_t>(std::min(fresh, kMaxEntries));
  if (!take_tables(column)) return no_room();
  return prepare_column(nullptr, 0, fresh, depth + 1, *column.inner);
}

/// The memory of a dictionary: its entries, its inner column with the recent entries behind it, and
/// what was here last at each of its partner's entries.
bool RecordPreparer::take_tables(Column& column) {
  DictionaryState& dictionary = column.dictionary;
  dictionary.entries = arena_.take<DictionaryEntry>(dictionary.capacity);
  column.inner = arena_.take<Column>(1, kColumnMemory);
  const auto* recent = arena_.take<uint16_t>(dictionary.window);
  if (dictionary.entries == nullptr || column.inner == nullptr || recent == nullptr) return false;
  *column.inner = {};
  if (dictionary.partner == nullptr) return true;
  const size_t partners = dictionary.partner->dictionary.capacity;
  dictionary.partners = arena_.take<uint16_t>(partners);
  if (dictionary.partners == nullptr) return false;
  std::fill_n(dictionary.partners, partners, kNoEntry);
  return true;
}

}  // namespace sigma
