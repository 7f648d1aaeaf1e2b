/* One value of a column after the other. Nothing is checked here but what values alone decide.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/records/row_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/records/numbers.hpp"

namespace sigma {
namespace {

/// Bytes that are copied at once. A copy may write up to so many behind its end, less one, where
/// the output goes on: what comes next overwrites them.
constexpr size_t kBlock = 16;
/// Bytes that are left in the output behind what is written without a look at its end: more than
/// any number takes, and than a copy writes too much.
constexpr size_t kSlack = 64;
static_assert(kSlack >= kMaxNumberText + kBlock);

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

/// Copies `size` bytes and up to 15 more, which can be read and written.
inline uint8_t* copy_over(uint8_t* to, const uint8_t* from, size_t size) {
  uint8_t block[kBlock];
  size_t done = 0;
  do {
    std::memcpy(block, from + done, kBlock);
    std::memcpy(to + done, block, kBlock);
    done += kBlock;
  } while (done < size);
  return to + size;
}

/// The lowest code of a recent entry: below it are 0 and, with a partner, the predicted entry.
inline uint32_t first_recent(const DictionaryState& dictionary) {
  return dictionary.partner != nullptr ? 2 : 1;
}

/// The entry that a code other than 0 names, kNoEntry if there is none. `asked` is the partner's
/// latest entry. For a recent entry, `place` becomes its place in the list.
inline uint16_t find_entry(Column& column, uint8_t code, uint16_t asked, size_t& place) {
  DictionaryState& dictionary = column.dictionary;
  const uint32_t first = first_recent(dictionary);
  if (uint32_t{code} - first < dictionary.window) {
    place = code - first;
    return place < dictionary.recent_count ? recent_entries(column)[place] : kNoEntry;
  }
  if (code < first) return asked != kNoEntry ? dictionary.partners[asked] : kNoEntry;
  const uint32_t index = widen(code, dictionary.lows) - (first + dictionary.window);
  return index < dictionary.count ? static_cast<uint16_t>(index) : kNoEntry;
}

/// Puts an entry at the front of the list of recent ones, which has any, from `place` in it; from
/// outside if that is the window.
inline void move_to_front(Column& column, uint16_t entry, size_t place) {
  DictionaryState& dictionary = column.dictionary;
  if (place == dictionary.window) {
    if (dictionary.recent_count < dictionary.window) dictionary.recent_count++;
    place = dictionary.recent_count - 1U;
  }
  // Few are moved, mostly: one by one is quicker than a call.
  uint16_t* const recent = recent_entries(column);
  uint16_t carried = entry;
  for (size_t i = 0; i <= place; i++)
    carried = std::exchange(recent[i], carried);
}

}  // namespace

Status RecordWriter::write(Column& top, uint64_t records) {
  for (; records > 0; records--)
    if (!write_split(top)) return malformed("a record does not fit together");
  return out_ == end_ ? Status{} : malformed("records are shorter than they declare");
}

/// Whether what is written, of `size` bytes, leaves kSlack bytes of the output.
inline bool RecordWriter::has_slack(size_t size) const {
  return size + kSlack <= static_cast<size_t>(end_ - out_);
}

/// Of bytes that end not before `from_end`, `size` at the front.
inline bool RecordWriter::put(const uint8_t* from, const uint8_t* from_end, size_t size) {
  if (size + kBlock <= static_cast<size_t>(from_end - from) && has_slack(size)) {
    out_ = copy_over(out_, from, size);
    return true;
  }
  return put_near_end(from, size);
}

bool RecordWriter::put_near_end(const uint8_t* from, size_t size) {
  if (size > static_cast<size_t>(end_ - out_)) return false;
  std::memmove(out_, from, size);
  out_ += size;
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

inline bool RecordWriter::write_number(Column& column) {
  uint64_t value = 0;
  if (!read_number(column, bits_end_, value)) return false;
  const NumberState& number = column.number;
  if (has_slack(0)) {
    const size_t size = write_text(value, number.kind, number.width, out_);
    out_ += size;
    return size != 0;
  }
  uint8_t room[kSlack];
  const size_t size = write_text(value, number.kind, number.width, room);
  return size != 0 && put_near_end(room, size);
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

inline bool RecordWriter::write_entry(Column& column) {
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
    const DictionaryEntry text = dictionary.entries[entry];
    if (!put(begin_ + text.begin, end_, text.size)) return false;
  }
  dictionary.latest = entry;
  if (asked != kNoEntry) dictionary.partners[asked] = entry;
  const bool is_predicted = code != 0 && code < first_recent(dictionary);
  if (entry != kNoEntry && !is_predicted && place != 0) move_to_front(column, entry, place);
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

inline bool RecordWriter::write_column(Column& column) {
  switch (column.form) {
    case ColumnForm::DICTIONARY:
      return write_entry(column);
    case ColumnForm::NUMBERS:
      return write_number(column);
    case ColumnForm::STRINGS:
      return write_string(column);
    case ColumnForm::SPLIT:
      return write_split(column);
    case ColumnForm::UNUSED:
      break;
  }
  return false;
}

}  // namespace sigma
