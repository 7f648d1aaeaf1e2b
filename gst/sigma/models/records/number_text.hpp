/* Numbers in text: which spellings a column's numbers have, and what they are worth.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>

#include "gst/sigma/models/records/text_hash.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// How all values of a column spell their numbers.
struct NumberShape {
  bool is_number = false;
  NumberKind kind = NumberKind::DECIMAL;
  uint16_t width = 0;

  bool operator==(const NumberShape&) const = default;
};

/// Finds the shape that the values given have in common.
class ShapeFinder {
 public:
  /// False: they have none, whatever comes. `end`: of the memory that the text is in.
  bool add(ByteSpan text, const uint8_t* end);
  NumberShape shape() const;

 private:
  bool add_places(ByteSpan digits);
  NumberShape scaled_shape() const;

  uint8_t types_ = 0;
  bool has_zeros_ = false;  ///< in front of other digits
  bool has_whole_ = false;  ///< numbers without a point
  size_t least_ = SIZE_MAX;
  size_t most_ = 0;
  size_t least_places_ = SIZE_MAX;  ///< behind a point
  size_t most_places_ = 0;
  size_t zero_ended_places_ = 0;  ///< the most of those whose last digit is 0
};

/// The value of eight decimal digits, the first one lowest in `word`; false if there are other
/// bytes.
inline bool parse_eight_digits(uint64_t word, uint64_t& value) {
  constexpr uint64_t kZeros = 0x3030303030303030;
  word -= kZeros;
  if (((word + 0x7676767676767676) | word) & 0x8080808080808080) return false;
  word = word * 10 + (word >> 8);
  constexpr uint64_t kPairs = 0x000000ff000000ff;
  value = ((word & kPairs) * (100 + (uint64_t{1000000} << 32)) +
           (word >> 16 & kPairs) * (1 + (uint64_t{10000} << 32))) >>
          32;
  return true;
}

constexpr size_t kMaxDigits = 18;  ///< of a number that surely fits

/// Whether the text is of decimal digits alone, kMaxDigits at most.
bool are_all_digits(ByteSpan text);

/// Where the first point is; the size if there is none.
inline size_t find_point(ByteSpan text) {
  return static_cast<size_t>(std::find(text.begin(), text.end(), uint8_t{'.'}) - text.begin());
}

/// The number that `text` spells, however long and of whatever kind.
bool parse_any_number(const NumberShape& shape, ByteSpan text, const uint8_t* end, uint64_t& value);

/// The value of at most eight decimal digits at `text`, where eight bytes can be read.
inline bool parse_digits(const uint8_t* text, size_t size, uint64_t& value) {
  // The last digit comes highest, zeros before the first.
  constexpr uint64_t kZeros = 0x3030303030303030;
  const unsigned shift = 64 - 8 * static_cast<unsigned>(size);
  return parse_eight_digits((load_le<uint64_t>(text) ^ kZeros) << shift ^ kZeros, value);
}

/// The number that `text` spells; false if it has another shape. `end`: of the memory it is in.
inline bool parse_number(const NumberShape& shape, ByteSpan text, const uint8_t* end,
                         uint64_t& value) {
  const bool is_decimal = shape.kind == NumberKind::DECIMAL || shape.kind == NumberKind::PADDED;
  const size_t size = text.size();
  if (!is_decimal || size - 1 >= 8 || end - text.data() < 8)
    return parse_any_number(shape, text, end, value);
  if (shape.width != 0 ? size != shape.width : text[0] == '0' && size > 1) return false;
  return parse_digits(text.data(), size, value);
}

/// The same, quicker where most have a sign or more than eight digits.
inline bool parse_long_number(const NumberShape& shape, ByteSpan text, const uint8_t* end,
                              uint64_t& value) {
  constexpr size_t kMost = 16;
  const bool is_whole = shape.kind <= NumberKind::PADDED;
  if (text.size() < 2 || text.size() > kMost || end - text.data() < 9 || !is_whole)
    return parse_number(shape, text, end, value);
  const bool is_negative = shape.kind == NumberKind::SIGNED && text[0] == '-';
  const uint8_t* const digits = text.data() + (is_negative ? 1 : 0);
  const size_t size = text.size() - (is_negative ? 1 : 0);
  if (shape.width != 0 ? size != shape.width : *digits == '0') return false;
  if (size <= 8) {
    if (!parse_digits(digits, size, value)) return false;
  } else {
    uint64_t high = 0;
    if (!parse_digits(digits, size - 8, high) || !parse_digits(digits + size - 8, 8, value))
      return false;
    value += high * 100000000;
  }
  if (is_negative) value = 0 - value;
  return true;
}

}  // namespace sigma
