/* Shapes of numbers, and reading them: eight digits at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/number_text.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/models/records/text_hash.hpp"
#include "gst/sigma/operators/records/decimals.hpp"

namespace sigma {
namespace {

// What the bytes of a value may be.
constexpr uint8_t kIsDigit = 1;
constexpr uint8_t kIsLower = 2;  ///< a to f
constexpr uint8_t kIsUpper = 4;  ///< A to F
constexpr uint8_t kIsMinus = 8;  ///< in front
constexpr uint8_t kIsPoint = 16;
constexpr uint8_t kIsOther = 32;

constexpr std::array<uint8_t, 256> make_digit_types() {
  std::array<uint8_t, 256> types = {};
  types.fill(kIsOther);
  for (unsigned c = '0'; c <= '9'; c++)
    types[c] = kIsDigit;
  for (unsigned c = 'a'; c <= 'f'; c++)
    types[c] = kIsLower;
  for (unsigned c = 'A'; c <= 'F'; c++)
    types[c] = kIsUpper;
  types['.'] = kIsPoint;
  return types;
}
constexpr std::array<uint8_t, 256> kDigitTypes = make_digit_types();

constexpr size_t kMaxHex = 16;
constexpr size_t kMaxScaled = kMaxDigits + 2;  ///< with a sign and a point

/// Reads at most eight decimal digits; false if there are others among them.
bool parse_eight(const uint8_t* text, size_t size, const uint8_t* end, uint64_t& value) {
  if (end - text >= 8) return parse_digits(text, size, value);
  uint8_t padded[8] = {};
  std::memcpy(padded, text, size);
  return parse_digits(padded, size, value);
}

/// Whether the lowest bytes of a word are decimal digits.
bool are_digits(uint64_t word, size_t size) {
  word = (word ^ 0x3030303030303030) & kLowBytes[size];
  return (((word + 0x7676767676767676) | word) & 0x8080808080808080) == 0;
}

/// Whether the text, which is not empty, is one of decimal digits that can be looked at at once.
bool are_few_digits(ByteSpan text, const uint8_t* end) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (text.size() > 2 * kWord) return false;
  const uint64_t first = load_text(text.data(), text.size(), end);
  if (text.size() <= kWord) return are_digits(first, text.size());
  const auto last = load_le<uint64_t>(text.data() + text.size() - kWord);
  return are_digits(first, kWord) && are_digits(last, kWord);
}

bool parse_decimal(ByteSpan text, const uint8_t* end, uint64_t& value) {
  if (text.size() <= 8) return parse_eight(text.data(), text.size(), end, value);
  value = 0;
  const uint8_t* at = text.data();
  for (size_t left = text.size(); left > 0;) {
    const size_t size = (left - 1) % 8 + 1;
    uint64_t part = 0;
    if (!parse_eight(at, size, end, part)) return false;
    value = value * 100000000 + part;
    at += size;
    left -= size;
  }
  return true;
}

/// A number in units of its last place.
bool parse_scaled(const Places& shape, ByteSpan text, const uint8_t* end, uint64_t& value) {
  const bool is_negative = text[0] == '-' && text.size() > 1;
  const ByteSpan digits = text.subspan(is_negative ? 1 : 0);
  const size_t whole = find_point(digits);
  const ByteSpan places = digits.subspan(std::min(whole + 1, digits.size()));
  const bool has_point = whole < digits.size();
  if (whole == 0 || (digits[0] == '0' && whole > 1) || has_point == places.empty()) return false;
  if (places.size() < shape.least || places.size() > shape.most) return false;
  if (places.size() > shape.least && places.back() == '0') return false;
  if (whole + shape.most > kMaxDigits) return false;
  uint64_t rest = 0;
  if (!parse_decimal(digits.first(whole), end, value)) return false;
  if (has_point && !parse_decimal(places, end, rest)) return false;
  value = value * kPowersOfTen[shape.most] + rest * kPowersOfTen[shape.most - places.size()];
  if (!is_negative) return true;
  value = 0 - value;
  return value != 0;  // no number is written as -0
}

bool parse_hex(ByteSpan text, uint8_t letters, uint64_t& value) {
  value = 0;
  uint8_t types = 0;
  for (const uint8_t byte : text) {
    types |= kDigitTypes[byte];
    value = value << 4 | ((byte & 15) + 9U * (byte >> 6));
  }
  return (types & ~(kIsDigit | letters)) == 0;
}

}  // namespace

bool are_all_digits(ByteSpan text) {
  return !text.empty() && text.size() <= kMaxDigits &&
         std::all_of(text.begin(), text.end(),
                     [](uint8_t byte) { return byte >= '0' && byte <= '9'; });
}

bool ShapeFinder::add(ByteSpan text, const uint8_t* end) {
  if (text.empty() || text.size() > kMaxScaled) return false;
  const bool is_negative = text[0] == '-' && text.size() > 1;
  const ByteSpan digits = text.subspan(is_negative ? 1 : 0);
  uint8_t types = 0;
  if (are_few_digits(digits, end))
    types = kIsDigit;
  else
    for (const uint8_t byte : digits)
      types |= kDigitTypes[byte];
  types_ |= types | (is_negative ? kIsMinus : 0);
  const bool has_letters = (types_ & (kIsLower | kIsUpper)) != 0;
  if ((types_ & kIsOther) != 0 || (has_letters && (types_ & kIsPoint) != 0)) return false;
  if ((types & kIsPoint) != 0) return add_places(digits);
  has_whole_ = true;
  has_zeros_ = has_zeros_ || (digits[0] == '0' && text.size() > 1);
  least_ = std::min(least_, text.size());
  most_ = std::max(most_, text.size());
  return most_ <= kMaxDigits;
}

/// Of a number with a point.
bool ShapeFinder::add_places(ByteSpan digits) {
  const size_t whole = find_point(digits);
  const size_t places = digits.size() - whole - 1;
  if (whole == 0 || places == 0 || find_point(digits.subspan(whole + 1)) != places) return false;
  has_zeros_ = has_zeros_ || (digits[0] == '0' && whole > 1);
  least_places_ = std::min(least_places_, places);
  most_places_ = std::max(most_places_, places);
  if (digits.back() == '0') zero_ended_places_ = std::max(zero_ended_places_, places);
  return true;
}

NumberShape ShapeFinder::shape() const {
  const bool is_fixed = least_ == most_;
  const auto width = static_cast<uint16_t>(most_);
  switch (types_) {
    case kIsDigit:
      if (!has_zeros_) return {true, NumberKind::DECIMAL, 0};
      return {is_fixed, NumberKind::PADDED, width};
    case kIsDigit | kIsMinus:
      return {!has_zeros_, NumberKind::SIGNED, 0};
    case kIsLower:
    case kIsDigit | kIsLower:
      return {is_fixed && most_ <= kMaxHex, NumberKind::HEX, width};
    case kIsUpper:
    case kIsDigit | kIsUpper:
      return {is_fixed && most_ <= kMaxHex, NumberKind::HEX_UPPER, width};
    case kIsDigit | kIsPoint:
    case kIsDigit | kIsPoint | kIsMinus:
      return scaled_shape();
    default:
      return {};
  }
}

/// Numbers with as many places each, or whose last place is no zero if there are more than the
/// least.
NumberShape ShapeFinder::scaled_shape() const {
  const size_t least = has_whole_ ? 0 : least_places_;
  if (has_zeros_ || zero_ended_places_ > least || most_places_ > kMaxPlaces) return {};
  const Places places = {static_cast<unsigned>(most_places_), static_cast<unsigned>(least)};
  return {true, NumberKind::SCALED, static_cast<uint16_t>(width_of(places))};
}

bool parse_any_number(const NumberShape& shape, ByteSpan text, const uint8_t* end,
                      uint64_t& value) {
  if (text.empty() || text.size() > kMaxScaled) return false;
  if (shape.kind == NumberKind::SCALED)
    return parse_scaled(places_of(shape.width), text, end, value);
  if (text.size() > kMaxDigits) return false;
  if (shape.width != 0 && text.size() != shape.width) return false;
  if (shape.kind == NumberKind::HEX) return parse_hex(text, kIsLower, value);
  if (shape.kind == NumberKind::HEX_UPPER) return parse_hex(text, kIsUpper, value);
  if (shape.kind == NumberKind::PADDED) return parse_decimal(text, end, value);
  const bool is_negative = shape.kind == NumberKind::SIGNED && text[0] == '-' && text.size() > 1;
  const ByteSpan digits = text.subspan(is_negative ? 1 : 0);
  if (digits[0] == '0' && text.size() > 1) return false;
  if (!parse_decimal(digits, end, value)) return false;
  if (is_negative) value = 0 - value;
  return true;
}

}  // namespace sigma
