/* One value of a column after the other. Nothing is checked here but what values alone decide.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/records/row_writer.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {
namespace {

constexpr size_t kCopied = 32;

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

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

/// RecordPreparer has counted the bits.
uint64_t read_bits(NumberState& number, unsigned count) {
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

bool read_number(Column& column, uint64_t& code) {
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

/// The lowest code of a recent entry: below it are 0 and, with a partner, the predicted entry.
uint32_t first_recent(const DictionaryState& dictionary) {
  return dictionary.partner != nullptr ? 2 : 1;
}

/// The entry that a code other than 0 names, kNoEntry if there is none. `asked` is the partner's
/// latest entry. For a recent entry, `place` becomes its place in the list.
uint16_t find_entry(Column& column, uint8_t code, uint16_t asked, size_t& place) {
  DictionaryState& dictionary = column.dictionary;
  const uint32_t first = first_recent(dictionary);
  if (code < first) return asked != kNoEntry ? dictionary.partners[asked] : kNoEntry;
  if (code < first + dictionary.window) {
    place = code - first;
    return place < dictionary.recent_count ? recent_entries(column)[place] : kNoEntry;
  }
  const uint32_t index = widen(code, dictionary.lows) - (first + dictionary.window);
  return index < dictionary.count ? static_cast<uint16_t>(index) : kNoEntry;
}

/// Puts an entry at the front of the list of recent ones, from `place` in it; from outside if that
/// is the window.
void move_to_front(Column& column, uint16_t entry, size_t place) {
  DictionaryState& dictionary = column.dictionary;
  if (dictionary.window == 0) return;
  if (place == dictionary.window) {
    if (dictionary.recent_count < dictionary.window) dictionary.recent_count++;
    place = dictionary.recent_count - 1U;
  }
  uint16_t* const recent = recent_entries(column);
  std::memmove(recent + 1, recent, place * sizeof *recent);
  recent[0] = entry;
}

}  // namespace

Status RecordWriter::write(Column& top, uint64_t records) {
  for (; records > 0; records--)
    if (!write_split(top)) return malformed("a record does not fit together");
  return out_ == end_ ? Status{} : malformed("records are shorter than they declare");
}

bool RecordWriter::put(const uint8_t* from, const uint8_t* from_end, size_t size) {
  if (size > static_cast<size_t>(end_ - out_)) return false;
  out_ = copy_text(out_, end_, from, from_end, size);
  return true;
}

/// RecordPreparer has counted the ends of strings: there is one.
bool RecordWriter::write_string(Column& column) {
  const auto left = static_cast<size_t>(strings_end_ - column.cursor);
  const auto* end = static_cast<const uint8_t*>(std::memchr(column.cursor, kStringEnd, left));
  if (!put(column.cursor, strings_end_, static_cast<size_t>(end - column.cursor))) return false;
  column.cursor = end + 1;
  return true;
}

bool RecordWriter::write_number(Column& column) {
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

/// A value of the inner column, which becomes an entry if there is room for one.
bool RecordWriter::write_new_entry(Column& column, uint16_t& entry) {
  DictionaryState& dictionary = column.dictionary;
  const uint8_t* const begin = out_;
  if (!write_column(*column.inner)) return false;
  if (dictionary.count == dictionary.capacity) return true;
  entry = dictionary.count++;
  dictionary.entries[entry] = {static_cast<uint32_t>(begin - begin_),
                               static_cast<uint32_t>(out_ - begin)};
  return true;
}

bool RecordWriter::write_entry(Column& column) {
  DictionaryState& dictionary = column.dictionary;
  const uint16_t asked =
      dictionary.partner != nullptr ? dictionary.partner->dictionary.latest : kNoEntry;
  const uint8_t code = *column.cursor++;
  uint16_t entry = kNoEntry;
  size_t place = dictionary.window;
  if (code == 0) {
    if (!write_new_entry(column, entry)) return false;
  } else {
    entry = find_entry(column, code, asked, place);
    if (entry == kNoEntry) return false;
    const DictionaryEntry& text = dictionary.entries[entry];
    if (!put(begin_ + text.begin, end_, text.size)) return false;
  }
  dictionary.latest = entry;
  if (asked != kNoEntry) dictionary.partners[asked] = entry;
  const bool is_predicted = code != 0 && code < first_recent(dictionary);
  if (entry != kNoEntry && !is_predicted) move_to_front(column, entry, place);
  return true;
}

bool RecordWriter::write_split(Column& column) {
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

bool RecordWriter::write_column(Column& column) {
  switch (column.form) {
    case ColumnForm::STRINGS:
      return write_string(column);
    case ColumnForm::NUMBERS:
      return write_number(column);
    case ColumnForm::DICTIONARY:
      return write_entry(column);
    case ColumnForm::SPLIT:
      return write_split(column);
    case ColumnForm::UNUSED:
      break;
  }
  return false;
}

}  // namespace sigma
