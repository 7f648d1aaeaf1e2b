/* The columns of a records operator while it is expanded: what RecordPreparer makes and
 * RecordWriter uses up.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

constexpr uint16_t kNoEntry = UINT16_MAX;

/// A text that a dictionary remembers.
struct DictionaryEntry {
  uint32_t begin = 0;  ///< in what was written
  uint32_t size = 0;
};

enum class ColumnForm : uint8_t { UNUSED, STRINGS, NUMBERS, DICTIONARY, SPLIT };

/// Templates of a scope: where each one's text begins.
struct Templates {
  const uint8_t* text;
  const uint8_t* end;  ///< of the lane that the text is in
  const uint32_t* begins;
  uint32_t count;
  uint16_t first_row;  ///< of RecordWriter's rows, which are its templates
  uint16_t rows;       ///< 0: not yet, or for want of room
};

struct Column;

struct NumberState {
  uint64_t value;       ///< the last one
  const Column* base;   ///< differences are to this column's last value
  const uint8_t* bits;  ///< null: varints
  uint64_t position;    ///< in bits
  uint16_t width;
  uint8_t kind;
  bool is_difference;
};

struct DictionaryState {
  DictionaryEntry* entries;
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

/// A column while its values are written. It takes kColumnMemory bytes.
struct Column {
  ColumnForm form;
  const uint8_t* cursor;  ///< the next string, number or code; null: a split one without codes
  Column* inner;          ///< what new entries come from; the columns of a split one
  union {
    NumberState number;
    DictionaryState dictionary;
    SplitState split;
  };
};
static_assert(sizeof(DictionaryEntry) == 8 && sizeof(Column) <= kColumnMemory);

/// The recent entries of a dictionary, the latest first, of two bytes each, which lie behind its
/// inner column.
inline uint8_t* recent_entries(const Column& column) {
  return reinterpret_cast<uint8_t*>(column.inner) + kColumnMemory;
}
inline uint16_t recent_entry(const Column& column, size_t place) {
  return load_le<uint16_t>(recent_entries(column) + 2 * place);
}

/// The number that `code` stands for, with a low byte if it is wide.
inline uint32_t widen(uint8_t code, const uint8_t*& lows) {
  if (code < kFirstWide) return code;
  return kFirstWide + (code - uint32_t{kFirstWide}) * 256 + *lows++;
}

inline uint32_t read_wide(const uint8_t*& codes, const uint8_t*& lows) {
  return widen(*codes++, lows);
}

/// The literal at the front of a template's text, which it takes. RecordPreparer has checked the
/// text.
inline ByteSpan next_literal(const uint8_t*& text, uint32_t& field) {
  const uint32_t size = read_known_varint(text);
  const ByteSpan literal(text, size);
  text += size;
  field = read_known_varint(text);
  return literal;
}

}  // namespace sigma
