/* Numbers of columns, read without the rows that they are in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/search/column_numbers.hpp"

#include <algorithm>

#include "gst/sigma/operators/records/numbers.hpp"

namespace sigma {
namespace {

NumberRange range_of(const Column& column, bool is_known, int64_t least, int64_t most) {
  const auto kind = static_cast<NumberKind>(column.number.kind);
  return is_known ? NumberRange(kind, column.number.width, least, most) : NumberRange(kind);
}

}  // namespace

void ColumnNumbers::start(std::span<PieceSet> sets, bool any_case, ByteSpan bits) {
  sets_ = sets;
  any_case_ = any_case;
  bits_end_ = bits.data() + bits.size();
  ranges_ = {};
  columns_ = 0;
  is_sound_ = true;
}

void ColumnNumbers::on_numbers(const Column& column, uint64_t count) {
  Range range = measure(column, count);
  if (column.number.base != nullptr) add_base(range);
  ranges_[columns_++ % kMostRanges] = range;
  const NumberRange numbers = range_of(column, range.is_known, range.least, range.most);
  const bool is_used = std::any_of(sets_.begin(), sets_.end(),
                                   [&](const PieceSet& set) { return set.can_use(numbers); });
  if (!is_used) return;
  if (column.number.base == nullptr) return add_each(column, count);
  // What they are differences to depends on rows.
  for (PieceSet& set : sets_)
    set.add_numbers(numbers);
}

/// Of the differences, if they are to another column, whose values nobody has read.
ColumnNumbers::Range ColumnNumbers::measure(const Column& column, uint64_t count) {
  Range range{&column, INT64_MAX, INT64_MIN, true};
  const bool has_sign =
      column.number.base != nullptr || is_signed(static_cast<NumberKind>(column.number.kind));
  Column reader = column;
  for (; count > 0; count--) {
    uint64_t value = 0;
    if (!read_number(reader, bits_end_, value)) {
      is_sound_ = false;
      break;
    }
    const auto number = static_cast<int64_t>(value);
    range.is_known = range.is_known && (has_sign || number >= 0);
    range.least = std::min(range.least, number);
    range.most = std::max(range.most, number);
  }
  return range;
}

/// Makes bounds of differences those of numbers.
void ColumnNumbers::add_base(Range& range) const {
  const Column* const base = range.column->number.base;
  const auto* const found = std::find_if(ranges_.begin(), ranges_.end(),
                                         [&](const Range& r) { return r.column == base; });
  if (found == ranges_.end()) {
    range.is_known = false;
    return;
  }
  // A base that had no value yet is 0.
  range.is_known =
      found->is_known &&
      !__builtin_add_overflow(range.least, std::min<int64_t>(found->least, 0), &range.least) &&
      !__builtin_add_overflow(range.most, std::max<int64_t>(found->most, 0), &range.most);
  const auto kind = static_cast<NumberKind>(range.column->number.kind);
  if (range.least >= 0 || is_signed(kind)) return;
  // As unsigned numbers they have 64 bits, which padded ones have no room for.
  const unsigned widest = kind == NumberKind::PADDED ? kMaxNumberWidth : 16;
  range.is_known = range.is_known && range.most >= 0 && range.column->number.width != 0 &&
                   range.column->number.width < widest;
  range.least = 0;
}

void ColumnNumbers::add_each(const Column& column, uint64_t count) {
  Column reader = column;
  uint8_t text[kNumberRoom];
  for (uint64_t value = 0; count > 0 && read_number(reader, bits_end_, value); count--) {
    const size_t size = write_text(value, reader.number.kind, reader.number.width, text);
    if (any_case_)
      std::transform(text, text + size, text, [](uint8_t byte) {
        return byte >= 'A' && byte <= 'F' ? static_cast<uint8_t>(byte | 0x20) : byte;
      });
    for (PieceSet& set : sets_)
      set.add({text, size}, PieceKind::VALUE);
  }
}

}  // namespace sigma
