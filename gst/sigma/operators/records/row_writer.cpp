/* One value of a column after the other. Nothing is checked here but what values alone decide.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/records/row_writer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/text_masks.hpp"
#include "gst/sigma/operators/records/numbers.hpp"

namespace sigma {
namespace {

/// Bytes that are left in the output behind what is written without a look at its end: more than
/// any number takes, and than a copy writes too much.
constexpr size_t kSlack = 64;
static_assert(kSlack >= kNumberRoom);

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

/// Copies `size` bytes and up to 16 more, which can be read and written.
inline uint8_t* copy_over(uint8_t* to, const uint8_t* from, size_t size) {
  store_bytes16(to, load_bytes16(from));
  for (size_t done = sizeof(Bytes16); done < size; done += sizeof(Bytes16))
    store_bytes16(to + done, load_bytes16(from + done));
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
    return place < dictionary.recent_count ? recent_entry(column, place) : kNoEntry;
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
  // Four at a time go a place on, as far as the one that is taken.
  uint8_t* at = recent_entries(column);
  uint64_t carried = entry;
  for (;; at += 8, place -= 4) {
    const uint64_t four = load_le<uint64_t>(at);
    const uint64_t moved = four << 16 | carried;
    if (place < 4) {
      const uint64_t kept = ~uint64_t{0} << 16 * place << 16;
      return store_le(at, (four & kept) | (moved & ~kept));
    }
    store_le(at, moved);
    carried = four >> 48;
  }
}

}  // namespace

Status RecordWriter::write(Column& top, uint64_t records) {
  uint8_t* out = begin_;
  for (; records > 0; records--) {
    out = write_split(top, out);
    if (out == nullptr) return malformed("a record does not fit together");
  }
  return out == end_ ? Status{} : malformed("records are shorter than they declare");
}

/// Whether what is written, of `size` bytes, leaves kSlack bytes of the output.
SIGMA_KERNEL bool RecordWriter::has_slack(const uint8_t* out, size_t size) const {
  return size + kSlack <= static_cast<size_t>(end_ - out);
}

/// Of bytes that end not before `from_end`, `size` at the front.
SIGMA_KERNEL uint8_t* RecordWriter::put(const uint8_t* from, const uint8_t* from_end, size_t size,
                                        uint8_t* out) {
  if (size + kBlock <= static_cast<size_t>(from_end - from) && has_slack(out, size))
    return copy_over(out, from, size);
  return put_near_end(from, size, out);
}

/// What an entry names ends where something else was written, or not behind `out`.
SIGMA_KERNEL uint8_t* RecordWriter::put_entry(const DictionaryEntry& text, uint8_t* out) {
  if (has_slack(out, text.size)) return copy_over(out, begin_ + text.begin, text.size);
  return put_near_end(begin_ + text.begin, text.size, out);
}

[[gnu::noinline]] uint8_t* RecordWriter::put_near_end(const uint8_t* from, size_t size,
                                                      uint8_t* out) {
  if (size > static_cast<size_t>(end_ - out)) return nullptr;
  std::memmove(out, from, size);
  return out + size;
}

/// RecordPreparer has counted the ends of strings: there is one.
SIGMA_KERNEL uint8_t* RecordWriter::write_string(Column& column, uint8_t* out) {
  const uint8_t* from = column.cursor;
  while (static_cast<size_t>(strings_end_ - from) >= kBlock && has_slack(out, 0)) {
    const Bytes16 block = load_bytes16(from);
    store_bytes16(out, block);
    const uint32_t ends = bits_of(equal_bytes(block, kStringEnd));
    if (ends != 0) {
      const auto size = static_cast<size_t>(std::countr_zero(ends));
      column.cursor = from + size + 1;
      return out + size;
    }
    from += kBlock;
    out += kBlock;
  }
  const auto left = static_cast<size_t>(strings_end_ - from);
  const auto* end = static_cast<const uint8_t*>(std::memchr(from, kStringEnd, left));
  column.cursor = end + 1;
  return put_near_end(from, static_cast<size_t>(end - from), out);
}

SIGMA_KERNEL uint8_t* RecordWriter::write_number(Column& column, uint8_t* out) {
  uint64_t value = 0;
  if (!read_number(column, bits_end_, value)) return nullptr;
  const NumberState& number = column.number;
  uint8_t room[kNumberRoom];
  const bool is_near_end = !has_slack(out, 0);
  const size_t size = write_text(value, number.kind, number.width, is_near_end ? room : out);
  if (size == 0) return nullptr;
  return is_near_end ? put_near_end(room, size, out) : out + size;
}

/// A value of the inner column, which becomes an entry if there is room for one.
[[gnu::noinline]] uint8_t* RecordWriter::write_new_entry(Column& column, uint8_t* out,
                                                         uint16_t& entry) {
  DictionaryState& dictionary = column.dictionary;
  uint8_t* const end = write_value(*column.inner, out);
  if (end == nullptr || dictionary.count == dictionary.capacity) return end;
  entry = dictionary.count++;
  dictionary.entries[entry] = {static_cast<uint32_t>(out - begin_),
                               static_cast<uint32_t>(end - out)};
  return end;
}

SIGMA_KERNEL uint8_t* RecordWriter::write_entry(Column& column, uint8_t* out) {
  DictionaryState& dictionary = column.dictionary;
  const uint16_t asked =
      dictionary.partner != nullptr ? dictionary.partner->dictionary.latest : kNoEntry;
  const uint8_t code = *column.cursor++;
  uint16_t entry = kNoEntry;
  size_t place = dictionary.window;
  if (code == 0) {
    out = write_new_entry(column, out, entry);
  } else {
    entry = find_entry(column, code, asked, place);
    if (entry == kNoEntry) return nullptr;
    out = put_entry(dictionary.entries[entry], out);
  }
  dictionary.latest = entry;
  if (asked != kNoEntry) dictionary.partners[asked] = entry;
  const bool is_predicted = code != 0 && code < first_recent(dictionary);
  if (entry != kNoEntry && !is_predicted && place != 0) move_to_front(column, entry, place);
  return out;
}

SIGMA_KERNEL uint8_t* RecordWriter::write_column(Column& column, uint8_t* out) {
  switch (column.form) {
    case ColumnForm::DICTIONARY:
      return write_entry(column, out);
    case ColumnForm::NUMBERS:
      return write_number(column, out);
    case ColumnForm::STRINGS:
      return write_string(column, out);
    case ColumnForm::SPLIT:
      return write_split(column, out);
    case ColumnForm::UNUSED:
      break;
  }
  return nullptr;
}

/// The same, out of line.
uint8_t* RecordWriter::write_value(Column& column, uint8_t* out) {
  return write_column(column, out);
}

/// The literals and fields of a template, by its text.
[[gnu::noinline]] uint8_t* RecordWriter::write_by_text(Column& column, uint32_t id, uint8_t* out) {
  const Templates& templates = column.split.templates;
  const uint8_t* text = templates.text + templates.begins[id];
  for (;;) {
    uint32_t field = 0;
    const ByteSpan literal = next_literal(text, field);
    out = put(literal.data(), templates.end, literal.size(), out);
    if (field == 0 || out == nullptr) return out;
    out = write_value(column.inner[field - 1], out);
    if (out == nullptr) return out;
  }
}

/// Rows for the templates of a scope, one for each of the first ones. No scope gets all.
[[gnu::noinline]] void RecordWriter::take_rows(Templates& templates) {
  const size_t most = std::min(kRows - row_count_, kRows / 2);
  templates.first_row = static_cast<uint16_t>(row_count_);
  templates.rows = static_cast<uint16_t>(std::min<size_t>(templates.count, most));
  row_count_ += templates.rows;
}

/// The steps of a template that is used for the second time; null if there is no room for them.
[[gnu::noinline]] const RecordWriter::Step* RecordWriter::make_steps(Column& column, uint32_t id) {
  const Templates& templates = column.split.templates;
  uint16_t& row = rows_[templates.first_row + id];
  if (std::exchange(row, row == kUnused ? kUsed : kRefused) != kUsed) return nullptr;
  const uint8_t* text = templates.text + templates.begins[id];
  const size_t first = step_count_;
  for (size_t i = first; i < kSteps; i++) {
    uint32_t field = 0;
    const ByteSpan literal = next_literal(text, field);
    uint8_t front[kBlock] = {};
    std::copy_n(literal.data(), std::min(literal.size(), kBlock), front);
    steps_[i] = {load_bytes16(front), literal.data(),
                 field != 0 ? &column.inner[field - 1] : nullptr, literal.size()};
    if (field != 0) continue;
    step_count_ = i + 1;
    row = static_cast<uint16_t>(first);
    return &steps_[first];
  }
  return nullptr;
}

SIGMA_KERNEL const RecordWriter::Step* RecordWriter::find_steps(Column& column, uint32_t id) {
  Templates& templates = column.split.templates;
  if (templates.rows == 0) take_rows(templates);
  if (id >= templates.rows) return nullptr;
  const uint16_t row = rows_[templates.first_row + id];
  return row < kSteps ? &steps_[row] : make_steps(column, id);
}

/// A record, or a value that has parts: by steps, which take no reading.
uint8_t* RecordWriter::write_split(Column& column, uint8_t* out) {
  SplitState& split = column.split;
  const uint32_t id = column.cursor != nullptr ? read_wide(column.cursor, split.lows) : 0;
  const Step* step = find_steps(column, id);
  if (step == nullptr) return write_by_text(column, id, out);
  for (;; step++) {
    if (step->size <= kBlock && has_slack(out, 0)) {
      store_bytes16(out, step->front);
      out += step->size;
    } else {
      out = put(step->literal, split.templates.end, step->size, out);
      if (out == nullptr) return out;
    }
    if (step->column == nullptr) return out;
    out = write_column(*step->column, out);
    if (out == nullptr) return out;
  }
}

}  // namespace sigma
