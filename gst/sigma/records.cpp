/* Expansion of records: columns are prepared from the script, then written row by row.
 *
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
#include "gst/sigma/records.hpp"
#include "gst/sigma/tree.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/glyph.hpp"

namespace sigma {
namespace {

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

Status no_room() {
  return malformed("records need more workspace than the head declares");
}

constexpr uint16_t kNoEntry = UINT16_MAX;

/// Values that all columns of a scope may have.
constexpr uint64_t kMaxRecordValues = uint64_t{1} << 27;

/// The largest width that a kind of number takes; 0: none.
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

/// Tables in the caller's memory, one behind the other.
class Arena {
 public:
  explicit Arena(MutableByteSpan memory) : memory_(memory) {}
  size_t left() const { return memory_.size(); }
  /// Room for `count`, at most 2^27, each counted as `size_of_each` bytes; null if there is not
  /// enough left.
  template <typename T>
  T* take(size_t count, size_t size_of_each = sizeof(T)) {
    static_assert(alignof(T) <= kWorkspaceUnit);
    const size_t size = workspace_units(count * size_of_each);
    if (size > memory_.size()) return nullptr;
    uint8_t* taken = memory_.data();
    memory_ = memory_.subspan(size);
    return reinterpret_cast<T*>(taken);
  }

 private:
  MutableByteSpan memory_;
};

/// What is left of a lane.
class LaneReader {
 public:
  ByteSpan rest;
  /// Takes `size` bytes; null if there are fewer.
  const uint8_t* take(size_t size) {
    if (size > rest.size()) return nullptr;
    const uint8_t* taken = rest.data();
    rest = rest.subspan(size);
    return taken;
  }
  /// Takes bytes up to the `count`th one for which `ends` holds; null if there are fewer.
  template <typename Ends>
  const uint8_t* take_items(size_t count, Ends ends) {
    size_t size = 0;
    for (; count > 0 && size < rest.size(); size++)
      count -= ends(rest[size]) ? 1 : 0;
    return count == 0 ? take(size) : nullptr;
  }
};

struct Entry {
  uint32_t begin = 0;  ///< in what was written
  uint32_t size = 0;
};

enum class Form : uint8_t { UNUSED, STRINGS, NUMBERS, DICTIONARY, SPLIT };

/// Templates of a scope: where each one's text begins.
struct Templates {
  const uint8_t* text;
  const uint8_t* end;
  const uint32_t* begins;
  uint32_t count;
};

struct Column;

struct NumberState {
  uint64_t value;       ///< the last one
  const Column* base;   ///< differences are to this column's last value
  const uint8_t* bits;  ///< null: varints
  uint64_t position;    ///< in bits
  uint8_t kind;
  uint8_t width;
  bool is_difference;
};

struct DictionaryState {
  Entry* entries;
  uint16_t* partners;  ///< by the partner's entry: the one that was here last
  const Column* partner;
  const uint8_t* lows;
  uint16_t count;
  uint16_t capacity;
  uint16_t latest;  ///< kNoEntry: none, or one that is not kept
  uint8_t recent_count;
  uint8_t window;
};

struct SplitState {
  Templates templates;
  const uint8_t* lows;
};

/// A column while its values are written. The recent entries of a dictionary, the latest first, lie
/// behind its inner column.
struct Column {
  Form form;
  const uint8_t* cursor;  ///< the next string, number or code
  Column* inner;          ///< what new entries come from; the columns of a split one
  union {
    NumberState number;
    DictionaryState dictionary;
    SplitState split;
  };
};
static_assert(sizeof(Entry) == 8 && sizeof(Column) <= kColumnMemory);

uint32_t read_wide(const uint8_t*& codes, const uint8_t*& lows) {
  const uint8_t code = *codes++;
  if (code < kFirstWide) return code;
  return kFirstWide + (code - uint32_t{kFirstWide}) * 256 + *lows++;
}

constexpr size_t kCopied = 32;

/// Copies `size` bytes, a few more where there is room for reading and writing them.
uint8_t* copy_text(uint8_t* to, const uint8_t* to_end, const uint8_t* from, const uint8_t* from_end,
                   size_t size) {
  const bool has_room = static_cast<size_t>(to_end - to) >= kCopied &&
                        static_cast<size_t>(from_end - from) >= kCopied;
  if (size <= kCopied && has_room) {
    uint8_t copied[kCopied];
    std::memcpy(copied, from, kCopied);
    std::memcpy(to, copied, kCopied);
  } else {
    std::memmove(to, from, size);
  }
  return to + size;
}

/// Writes the decimal digits of `value` behind which `end` lies; gives the first one's place.
uint8_t* write_digits(uint64_t value, uint8_t* end) {
  do {
    *--end = static_cast<uint8_t>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return end;
}

uint8_t* write_hex(uint64_t value, const char* digits, uint8_t* end) {
  do {
    *--end = static_cast<uint8_t>(digits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return end;
}

/// The text of a number, put at the end of `room`; empty if it is wider than the column.
ByteSpan format_number(uint64_t value, uint8_t kind, size_t width,
                       uint8_t (&room)[kMaxNumberWidth + 1]) {
  uint8_t* const end = room + sizeof room;
  uint8_t* begin = nullptr;
  switch (static_cast<NumberKind>(kind)) {
    case NumberKind::SIGNED: {
      const bool is_negative = value >> 63 != 0;
      begin = write_digits(is_negative ? 0 - value : value, end);
      if (is_negative) *--begin = '-';
      return {begin, end};
    }
    case NumberKind::DECIMAL:
      return {write_digits(value, end), end};
    case NumberKind::PADDED:
      begin = write_digits(value, end);
      break;
    case NumberKind::HEX:
      begin = write_hex(value, "0123456789abcdef", end);
      break;
    case NumberKind::HEX_UPPER:
      begin = write_hex(value, "0123456789ABCDEF", end);
      break;
  }
  if (static_cast<size_t>(end - begin) > width) return {};
  while (static_cast<size_t>(end - begin) < width)
    *--begin = '0';
  return {begin, end};
}

class Expander {
 public:
  Expander(const RecordLanes& lanes, MutableByteSpan workspace, MutableByteSpan out)
      : arena_(workspace),
        lanes_end_(lanes),
        begin_(out.data()),
        out_(out.data()),
        end_(out.data() + out.size()) {
    for (size_t i = 0; i < kRecordLanes; i++)
      lanes_[i].rest = lanes[i];
  }

  Status prepare(uint64_t records);
  Status write(uint64_t records);
  size_t workspace_left() const { return arena_.left(); }

 private:
  LaneReader& lane(RecordLane which) { return lanes_[static_cast<size_t>(which)]; }
  ByteSpan whole(RecordLane which) const { return lanes_end_[static_cast<size_t>(which)]; }

  Status prepare_split(ByteSpan text, RecordLane ids, uint64_t count, unsigned depth,
                       Column& column);
  Status parse_templates(ByteSpan text, Templates& templates, uint64_t& columns, bool& has_empty);
  Status prepare_column(Column* scope, size_t number, uint64_t count, unsigned depth,
                        Column& column);
  Status prepare_numbers(const Glyph& glyph, const Column* scope, size_t number, uint64_t count,
                         Column& column);
  Status prepare_dictionary(const Glyph& glyph, const Column* scope, size_t number, uint64_t count,
                            unsigned depth, Column& column);
  Status take_codes(RecordLane codes, uint64_t count, Column& column, const uint8_t*& lows);

  bool write_column(Column& column);
  bool write_string(Column& column);
  bool write_number(Column& column);
  bool write_entry(Column& column);
  bool write_split(Column& column);
  bool put(const uint8_t* from, const uint8_t* from_end, size_t size);
  static bool read_number(Column& column, uint64_t& code);
  static uint64_t read_bits(NumberState& number, unsigned count);

  Arena arena_;
  std::array<LaneReader, kRecordLanes> lanes_;
  RecordLanes lanes_end_;
  const uint8_t* strings_end_ = nullptr;
  size_t columns_ = 0;
  Column top_ = {};
  uint8_t* begin_;
  uint8_t* out_;
  uint8_t* end_;
};

Status Expander::prepare(uint64_t records) {
  strings_end_ = whole(RecordLane::STRINGS).data() + whole(RecordLane::STRINGS).size();
  const Status status =
      prepare_split(whole(RecordLane::TEMPLATES), RecordLane::IDS, records, 1, top_);
  if (!status.ok()) return status;
  lane(RecordLane::TEMPLATES).rest = {};
  for (const LaneReader& left : lanes_)
    if (!left.rest.empty()) return malformed("records leave a part of their lanes");
  return {};
}

/// Takes a code for each of `count` values, with their low bytes.
Status Expander::take_codes(RecordLane codes, uint64_t count, Column& column,
                            const uint8_t*& lows) {
  column.cursor = lane(codes).take(count);
  if (column.cursor == nullptr) return malformed("records have fewer indexes than values");
  const auto wide = std::count_if(column.cursor, column.cursor + count,
                                  [](uint8_t code) { return code >= kFirstWide; });
  lows = lane(RecordLane::LOWS).take(static_cast<size_t>(wide));
  if (lows == nullptr) return malformed("records have fewer low bytes than wide indexes");
  return {};
}

Status Expander::parse_templates(ByteSpan text, Templates& templates, uint64_t& columns,
                                 bool& has_empty) {
  // Counted first, so that no more memory is taken than is needed.
  for (const bool counts : {true, false}) {
    uint32_t* begins = nullptr;
    if (!counts) {
      begins = arena_.take<uint32_t>(templates.count);
      if (begins == nullptr) return no_room();
    }
    templates.count = 0;
    columns = 0;
    VarintReader in(text);
    while (!in.at_end()) {
      if (templates.count == kMaxTemplates) return malformed("too many templates");
      if (!counts) begins[templates.count] = static_cast<uint32_t>(in.rest().data() - text.data());
      templates.count++;
      for (bool is_first = true;; is_first = false) {
        uint64_t size = 0;
        uint64_t field = 0;
        if (!in.read(size) || size > in.rest().size()) return malformed("a template is malformed");
        in = VarintReader(in.rest().subspan(static_cast<size_t>(size)));
        if (!in.read(field) || field > columns + 1) return malformed("a template is malformed");
        has_empty = has_empty || (field == 0 && is_first && size == 0);
        if (field == 0) break;
        columns = std::max(columns, field);
      }
    }
    templates.begins = begins;
  }
  templates.text = text.data();
  templates.end = text.data() + text.size();
  return {};
}

/// The literal at the front of a template's text that parse_templates() has passed, which it takes.
ByteSpan next_literal(const uint8_t*& text, uint32_t& field) {
  const auto read = [&text] {
    uint32_t value = *text++;
    if (value < 0x80) return value;
    value &= 0x7f;
    for (unsigned shift = 7;; shift += 7) {
      const uint8_t byte = *text++;
      value |= static_cast<uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const uint32_t size = read();
  const ByteSpan literal(text, size);
  text += size;
  field = read();
  return literal;
}

/// Prepares the columns of a scope: `count` values are made from the templates in `text`.
Status Expander::prepare_split(ByteSpan text, RecordLane ids, uint64_t count, unsigned depth,
                               Column& column) {
  column.form = Form::SPLIT;
  column.split = {};
  uint64_t columns = 0;
  bool has_empty = false;
  Templates templates = {};
  if (const Status status = parse_templates(text, templates, columns, has_empty); !status.ok())
    return status;
  if (templates.count == 0 && count != 0) return malformed("records have no templates");
  columns_ += columns;
  if (columns_ > kMaxColumns) return malformed("too many columns");
  const bool has_ids = ids == RecordLane::IDS || templates.count > 1;
  // Each value takes something from a lane or writes something: so time is in proportion to both.
  if (!has_ids && has_empty) return malformed("a template is empty");
  if (has_ids) {
    const Status status = take_codes(ids, count, column, column.split.lows);
    if (!status.ok()) return status;
  }
  auto* uses = arena_.take<uint32_t>(templates.count);
  auto* values = arena_.take<uint32_t>(columns);
  auto* scope = arena_.take<Column>(columns, kColumnMemory);
  if (uses == nullptr || values == nullptr || scope == nullptr) return no_room();
  std::fill_n(uses, templates.count, 0);
  std::fill_n(values, columns, 0);
  const uint8_t* codes = column.cursor;
  const uint8_t* lows = column.split.lows;
  if (!has_ids && count != 0) uses[0] = static_cast<uint32_t>(count);
  for (uint64_t i = 0; has_ids && i < count; i++) {
    const uint32_t id = read_wide(codes, lows);
    if (id >= templates.count) return malformed("a record names a template that is not there");
    uses[id]++;
  }
  uint64_t total = 0;
  for (uint32_t i = 0; i < templates.count; i++) {
    if (uses[i] == 0) continue;
    const uint8_t* at = text.data() + templates.begins[i];
    for (uint32_t field = 1;;) {
      next_literal(at, field);
      if (field == 0) break;
      values[field - 1] += uses[i];
      total += uses[i];
      if (total > kMaxRecordValues) return malformed("records have too many values");
    }
  }
  column.split.templates = templates;
  column.inner = scope;
  for (size_t i = 0; i < columns; i++) {
    scope[i] = {};
    if (values[i] == 0) continue;
    const Status status = prepare_column(scope, i, values[i], depth + 1, scope[i]);
    if (!status.ok()) return status;
  }
  return {};
}

Status Expander::prepare_column(Column* scope, size_t number, uint64_t count, unsigned depth,
                                Column& column) {
  if (depth > kMaxColumnDepth) return malformed("columns are nested too deep");
  Glyph glyph;
  size_t size = 0;
  ByteSpan& script = lane(RecordLane::SCRIPT).rest;
  if (parse_glyph(script, glyph, size) != GlyphParse::COMPLETE)
    return malformed("a column's glyph is malformed");
  script = script.subspan(size);
  if (glyph.primitive == Primitive::STRING && glyph.type == GlyphType::PRIMITIVE &&
      !glyph.has_payload) {
    column.form = Form::STRINGS;
    column.cursor = lane(RecordLane::STRINGS).take_items(count, [](uint8_t byte) {
      return byte == kStringEnd;
    });
    return column.cursor != nullptr ? Status{}
                                    : malformed("records have fewer strings than values");
  }
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

Status Expander::prepare_numbers(const Glyph& glyph, const Column* scope, size_t number,
                                 uint64_t count, Column& column) {
  const bool is_difference = glyph.type == GlyphType::DELTA;
  VarintReader in(glyph.payload);
  uint64_t kind = 0;
  uint64_t width = 0;
  uint64_t coding = 0;
  uint64_t base = 0;
  const bool is_whole = glyph.has_payload && in.read(kind) && in.read(width) && in.read(coding) &&
                        (!is_difference || in.read(base)) && in.at_end();
  if (!is_whole || kind >= kNumberKinds || width > number_width_max(kind) || coding > 1 ||
      (width == 0) != (number_width_max(kind) == 0) || base > number)
    return malformed("a column of numbers is malformed");
  if (base != 0 && scope[base - 1].form != Form::NUMBERS)
    return malformed("a column's differences are to no numbers");
  column.form = Form::NUMBERS;
  column.number = {};
  column.number.kind = static_cast<uint8_t>(kind);
  column.number.width = static_cast<uint8_t>(width);
  column.number.is_difference = is_difference;
  column.number.base = base != 0 ? &scope[base - 1] : nullptr;
  if (static_cast<NumberCoding>(coding) == NumberCoding::VARINT) {
    column.cursor =
        lane(RecordLane::NUMBERS).take_items(count, [](uint8_t byte) { return byte < 0x80; });
    return column.cursor != nullptr ? Status{}
                                    : malformed("records have fewer numbers than values");
  }
  column.cursor = lane(RecordLane::BUCKETS).take(count);
  if (column.cursor == nullptr) return malformed("records have fewer buckets than values");
  uint64_t bits = 0;
  for (uint64_t i = 0; i < count; i++)
    bits += bucket_of(column.cursor[i]).bits;
  const uint64_t size = (bits + 7) / 8;
  column.number.bits = lane(RecordLane::BITS).take(size);
  if (column.number.bits == nullptr)
    return malformed("records have fewer bits than buckets ask for");
  return {};
}

Status Expander::prepare_dictionary(const Glyph& glyph, const Column* scope, size_t number,
                                    uint64_t count, unsigned depth, Column& column) {
  VarintReader in(glyph.payload);
  uint64_t window = 0;
  uint64_t partner = 0;
  if (!glyph.has_payload || !in.read(window) || !in.read(partner) || !in.at_end() ||
      window > kMaxRecent || partner > number)
    return malformed("a dictionary is malformed");
  if (partner != 0 && scope[partner - 1].form != Form::DICTIONARY)
    return malformed("a dictionary is predicted from none");
  column.form = Form::DICTIONARY;
  column.dictionary = {};
  DictionaryState& dictionary = column.dictionary;
  dictionary.window = static_cast<uint8_t>(window);
  dictionary.latest = kNoEntry;
  if (const Status status = take_codes(RecordLane::INDEXES, count, column, dictionary.lows);
      !status.ok())
    return status;
  const auto fresh =
      static_cast<size_t>(std::count(column.cursor, column.cursor + count, uint8_t{0}));
  if (fresh == 0) return malformed("a dictionary has no entries");
  dictionary.capacity = static_cast<uint16_t>(std::min(fresh, kMaxEntries));
  dictionary.entries = arena_.take<Entry>(dictionary.capacity);
  column.inner = arena_.take<Column>(1, kColumnMemory);
  bool has_room = dictionary.entries != nullptr && column.inner != nullptr &&
                  arena_.take<uint16_t>(window) != nullptr;
  if (partner != 0) {
    dictionary.partner = &scope[partner - 1];
    const size_t partners = dictionary.partner->dictionary.capacity;
    dictionary.partners = arena_.take<uint16_t>(partners);
    has_room = has_room && dictionary.partners != nullptr;
    if (has_room) std::fill_n(dictionary.partners, partners, kNoEntry);
  }
  if (!has_room) return no_room();
  *column.inner = {};
  return prepare_column(nullptr, 0, fresh, depth + 1, *column.inner);
}

Status Expander::write(uint64_t records) {
  for (; records > 0; records--)
    if (!write_split(top_)) return malformed("a record does not fit together");
  return out_ == end_ ? Status{} : malformed("records are shorter than they declare");
}

bool Expander::write_column(Column& column) {
  switch (column.form) {
    case Form::STRINGS:
      return write_string(column);
    case Form::NUMBERS:
      return write_number(column);
    case Form::DICTIONARY:
      return write_entry(column);
    case Form::SPLIT:
      return write_split(column);
    case Form::UNUSED:
      break;
  }
  return false;
}

bool Expander::put(const uint8_t* from, const uint8_t* from_end, size_t size) {
  if (size > static_cast<size_t>(end_ - out_)) return false;
  out_ = copy_text(out_, end_, from, from_end, size);
  return true;
}

/// prepare_column() has counted the ends of strings: there is one.
bool Expander::write_string(Column& column) {
  const auto left = static_cast<size_t>(strings_end_ - column.cursor);
  const auto* end = static_cast<const uint8_t*>(std::memchr(column.cursor, kStringEnd, left));
  if (!put(column.cursor, strings_end_, static_cast<size_t>(end - column.cursor))) return false;
  column.cursor = end + 1;
  return true;
}

bool Expander::write_number(Column& column) {
  NumberState& number = column.number;
  uint64_t code = 0;
  if (!read_number(column, code)) return false;
  uint64_t value = code;
  if (number.is_difference)
    value = unzigzag(code) + (number.base != nullptr ? number.base->number.value : number.value);
  else if (static_cast<NumberKind>(number.kind) == NumberKind::SIGNED)
    value = unzigzag(code);
  number.value = value;
  uint8_t room[kMaxNumberWidth + 1];
  const ByteSpan text = format_number(value, number.kind, number.width, room);
  return !text.empty() && put(text.data(), room + sizeof room, text.size());
}

bool Expander::read_number(Column& column, uint64_t& code) {
  NumberState& number = column.number;
  if (number.bits != nullptr) {
    const Bucket bucket = bucket_of(*column.cursor++);
    code = bucket.base + read_bits(number, bucket.bits);
    return true;
  }
  // A byte below 0x80 is known to come.
  size_t size = 0;
  const ByteSpan ahead(column.cursor, kMaxVarintSize);
  if (read_varint(ahead, kMaxVarintSize, code, size) != VarintState::COMPLETE) return false;
  column.cursor += size;
  return true;
}

/// prepare_numbers() has counted the bits.
uint64_t Expander::read_bits(NumberState& number, unsigned count) {
  uint64_t value = 0;
  for (unsigned done = 0; done < count;) {
    const unsigned skipped = number.position % 8;
    const unsigned taken = std::min(count - done, 8 - skipped);
    const uint64_t byte = number.bits[number.position / 8] >> skipped;
    value |= (byte & ((1U << taken) - 1)) << done;
    number.position += taken;
    done += taken;
  }
  return value;
}

bool Expander::write_entry(Column& column) {
  DictionaryState& dictionary = column.dictionary;
  const uint16_t asked =
      dictionary.partner != nullptr ? dictionary.partner->dictionary.latest : kNoEntry;
  const uint32_t first = dictionary.partner != nullptr ? 2 : 1;
  auto* const recent =
      reinterpret_cast<uint16_t*>(reinterpret_cast<uint8_t*>(column.inner) + kColumnMemory);
  const uint8_t code = *column.cursor++;
  uint16_t entry = kNoEntry;
  size_t moved = dictionary.window;  ///< entries of the list that make room at its front
  if (code == 0) {
    const uint8_t* const begin = out_;
    if (!write_column(*column.inner)) return false;
    if (dictionary.count < dictionary.capacity) {
      entry = dictionary.count++;
      dictionary.entries[entry] = {static_cast<uint32_t>(begin - begin_),
                                   static_cast<uint32_t>(out_ - begin)};
    }
  } else {
    if (code < first) {
      entry = asked != kNoEntry ? dictionary.partners[asked] : kNoEntry;
    } else if (code < first + dictionary.window) {
      moved = code - first;
      if (moved >= dictionary.recent_count) return false;
      entry = recent[moved];
    } else {
      uint32_t index = code;
      if (code >= kFirstWide)
        index = kFirstWide + (code - uint32_t{kFirstWide}) * 256 + *dictionary.lows++;
      index -= first + dictionary.window;
      if (index >= dictionary.count) return false;
      entry = static_cast<uint16_t>(index);
    }
    if (entry == kNoEntry) return false;
    const Entry& text = dictionary.entries[entry];
    if (!put(begin_ + text.begin, end_, text.size)) return false;
  }
  dictionary.latest = entry;
  if (asked != kNoEntry) dictionary.partners[asked] = entry;
  const bool is_predicted = code == 1 && first == 2;
  if (entry == kNoEntry || is_predicted || dictionary.window == 0) return true;
  if (moved == dictionary.window) {
    if (dictionary.recent_count < dictionary.window) dictionary.recent_count++;
    moved = dictionary.recent_count - 1U;
  }
  std::memmove(recent + 1, recent, moved * sizeof *recent);
  recent[0] = entry;
  return true;
}

bool Expander::write_split(Column& column) {
  SplitState& split = column.split;
  const Templates& templates = split.templates;
  const uint32_t id = column.cursor != nullptr ? read_wide(column.cursor, split.lows) : 0;
  const uint8_t* text = templates.text + templates.begins[id];
  for (;;) {
    uint32_t field = 0;
    const ByteSpan literal = next_literal(text, field);
    if (!put(literal.data(), templates.end, literal.size())) return false;
    if (field == 0) return true;
    if (!write_column(column.inner[field - 1])) return false;
  }
}

}  // namespace

Result<size_t> expand_records(const RecordLanes& lanes, uint64_t records, MutableByteSpan workspace,
                              MutableByteSpan out) {
  Expander expander(lanes, workspace, out);
  Status status = expander.prepare(records);
  if (status.ok()) status = expander.write(records);
  if (!status.ok()) return status;
  return workspace.size() - expander.workspace_left();
}

}  // namespace sigma
