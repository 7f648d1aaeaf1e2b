/* Numbers of a column: out of its lanes, and as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <bit>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/records/columns.hpp"
#include "gst/sigma/operators/records/decimals.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Bytes that the text of a number takes at most, with a sign and a point.
constexpr size_t kMaxNumberText = kMaxNumberWidth + 2;
/// Bytes that may be written at the place of a number, whatever its text takes.
constexpr size_t kNumberRoom = kMaxNumberText + sizeof(uint64_t);

inline unsigned count_hex(uint64_t value) {
  return (static_cast<unsigned>(std::bit_width(value | 1)) + 3) / 4;
}

/// Places of the letters behind the digits of hexadecimal numbers.
constexpr uint64_t kLowerLetters = 'a' - '0' - 10;
constexpr uint64_t kUpperLetters = 'A' - '0' - 10;

/// The text of eight hexadecimal digits, the first one lowest.
inline uint64_t spell_eight_hex(uint32_t value, uint64_t letters) {
  uint64_t bytes = value >> 24 | (value >> 8 & 0xff00) | uint64_t{value & 0xff00} << 8 |
                   uint64_t{value & 0xff} << 24;
  bytes = (bytes | bytes << 16) & 0x0000ffff0000ffff;
  bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ff;
  const uint64_t digits = (bytes >> 4 & 0x000f000f000f000f) | (bytes & 0x000f000f000f000f) << 8;
  const uint64_t are_letters = (digits + 0x0606060606060606) >> 4 & 0x0101010101010101;
  return digits + 0x3030303030303030 + are_letters * letters;
}

/// A number of at most `count` hexadecimal digits, 16 at most, to `to`, and up to seven other bytes
/// behind.
[[gnu::noinline]] inline void write_hex(uint8_t* to, uint64_t value, unsigned count,
                                        uint64_t letters) {
  if (count > 8) {
    const auto high = static_cast<uint32_t>(value >> 32);
    store_le(to, spell_eight_hex(high, letters) >> (128 - 8 * count));
    to += count - 8;
    count = 8;
  }
  store_le(to, spell_eight_hex(static_cast<uint32_t>(value), letters) >> (64 - 8 * count));
}

/// The same as read_bits() near the end of the bits, or of more of them.
[[gnu::noinline]] inline uint64_t read_bits_slowly(NumberState& number, unsigned count) {
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

/// RecordPreparer has counted the bits, which end before `end`.
inline uint64_t read_bits(NumberState& number, unsigned count, const uint8_t* end) {
  constexpr unsigned kMostAtOnce = 56;
  const uint8_t* const at = number.bits + number.position / 8;
  if (end - at < 8 || count > kMostAtOnce) return read_bits_slowly(number, count);
  const uint64_t word = load_le<uint64_t>(at) >> number.position % 8;
  number.position += count;
  return word & ((uint64_t{1} << count) - 1);
}

SIGMA_KERNEL bool read_code(Column& column, const uint8_t* bits_end, uint64_t& code) {
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
SIGMA_KERNEL bool read_number(Column& column, const uint8_t* bits_end, uint64_t& value) {
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
[[gnu::noinline]] inline size_t write_scaled(uint64_t value, const Places& places, uint8_t* to) {
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

/// The text of a number, at `to`, where kNumberRoom bytes can be written; gives its size, 0 if it
/// is wider than the column.
SIGMA_KERNEL size_t write_text(uint64_t value, uint8_t kind, unsigned width, uint8_t* to) {
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
      write_hex(to, value, width, kLowerLetters);
      return width;
    case NumberKind::HEX_UPPER:
      if (count_hex(value) > width) return 0;
      write_hex(to, value, width, kUpperLetters);
      return width;
    case NumberKind::SCALED:
      return write_scaled(value, places_of(width), to);
  }
  return 0;
}

}  // namespace sigma
