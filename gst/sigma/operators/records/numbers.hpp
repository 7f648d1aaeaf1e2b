/* Numbers of a column: out of its lanes, and as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <bit>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/records/columns.hpp"
#include "gst/sigma/operators/records/decimals.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Bytes that the text of a number takes at most, with a sign and a point.
constexpr size_t kMaxNumberText = kMaxNumberWidth + 2;

inline unsigned count_hex(uint64_t value) {
  return (static_cast<unsigned>(std::bit_width(value | 1)) + 3) / 4;
}

inline void write_hex(uint8_t* to, uint64_t value, unsigned count, const char* digits) {
  for (unsigned i = count; i-- > 0; value >>= 4)
    to[i] = static_cast<uint8_t>(digits[value & 15]);
}

/// RecordPreparer has counted the bits, which end before `end`.
inline uint64_t read_bits(NumberState& number, unsigned count, const uint8_t* end) {
  constexpr unsigned kMostAtOnce = 56;
  const uint8_t* const at = number.bits + number.position / 8;
  if (end - at >= 8 && count <= kMostAtOnce) {
    const uint64_t word = load_le<uint64_t>(at) >> number.position % 8;
    number.position += count;
    return word & ((uint64_t{1} << count) - 1);
  }
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

inline bool read_code(Column& column, const uint8_t* bits_end, uint64_t& code) {
  NumberState& number = column.number;
  if (number.bits != nullptr) {
    const Bucket bucket = bucket_of(*column.cursor++);
    code = bucket.base;
    if (bucket.bits != 0) code += read_bits(number, bucket.bits, bits_end);
    return true;
  }
  if (*column.cursor < 0x80) {
    code = *column.cursor++;
    return true;
  }
  // A byte below 0x80 is known to come.
  size_t size = 0;
  const ByteSpan ahead(column.cursor, kMaxVarintSize);
  if (read_varint(ahead, kMaxVarintSize, code, size) != VarintState::COMPLETE) return false;
  column.cursor += size;
  return true;
}

/// The next number of a column.
inline bool read_number(Column& column, const uint8_t* bits_end, uint64_t& value) {
  NumberState& number = column.number;
  uint64_t code = 0;
  if (!read_code(column, bits_end, code)) return false;
  value = code;
  if (number.is_difference)
    value = unzigzag(code) + (number.base != nullptr ? number.base->number.value : number.value);
  else if (is_signed(static_cast<NumberKind>(number.kind)))
    value = unzigzag(code);
  number.value = value;
  return true;
}

/// The text of a number in units of its last place, at `to`; gives its size.
inline size_t write_scaled(uint64_t value, const Places& places, uint8_t* to) {
  uint8_t* const begin = to;
  if (value >> 63 != 0) {
    value = 0 - value;
    *to++ = '-';
  }
  const uint64_t unit = kPowersOfTen[places.most];
  const uint64_t whole = value / unit;
  uint64_t rest = value - whole * unit;
  unsigned shown = places.most;
  for (; shown > places.least && rest % 10 == 0; rest /= 10)
    shown--;
  const unsigned size = count_digits(whole);
  write_digits(to, whole, size);
  to += size;
  if (shown != 0) {
    *to++ = '.';
    write_digits(to, rest, shown);
    to += shown;
  }
  return static_cast<size_t>(to - begin);
}

/// The text of a number, at `to`, where kMaxNumberText bytes can be written; gives its size, 0 if
/// it is wider than the column.
inline size_t write_text(uint64_t value, uint8_t kind, unsigned width, uint8_t* to) {
  switch (static_cast<NumberKind>(kind)) {
    case NumberKind::SIGNED: {
      const unsigned sign = value >> 63 != 0 ? 1 : 0;
      if (sign != 0) value = 0 - value;
      *to = '-';
      const unsigned size = count_digits(value);
      write_digits(to + sign, value, size);
      return size + sign;
    }
    case NumberKind::DECIMAL: {
      const unsigned size = count_digits(value);
      write_digits(to, value, size);
      return size;
    }
    case NumberKind::PADDED:
      if (count_digits(value) > width) return 0;
      write_digits(to, value, width);
      return width;
    case NumberKind::HEX:
      if (count_hex(value) > width) return 0;
      write_hex(to, value, width, "0123456789abcdef");
      return width;
    case NumberKind::HEX_UPPER:
      if (count_hex(value) > width) return 0;
      write_hex(to, value, width, "0123456789ABCDEF");
      return width;
    case NumberKind::SCALED:
      return write_scaled(value, places_of(width), to);
  }
  return 0;
}

}  // namespace sigma
