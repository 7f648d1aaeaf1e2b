/* Decimal digits of numbers, eight at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr std::array<uint64_t, 20> make_powers_of_ten() {
  std::array<uint64_t, 20> powers = {1};
  for (unsigned i = 1; i < 20; i++)
    powers[i] = powers[i - 1] * 10;
  return powers;
}
inline constexpr std::array<uint64_t, 20> kPowersOfTen = make_powers_of_ten();

/// Digits of a number; one of zero.
inline unsigned count_digits(uint64_t value) {
  // log10 of 2 is 1233 / 4096, a little more.
  const auto bits = static_cast<unsigned>(std::bit_width(value | 1));
  const unsigned digits = bits * 1233 >> 12;
  return digits + (value >= kPowersOfTen[digits] || digits == 0 ? 1 : 0);
}

constexpr std::array<uint16_t, 100> make_digit_pairs() {
  std::array<uint16_t, 100> pairs = {};
  for (unsigned i = 0; i < 100; i++)
    pairs[i] = static_cast<uint16_t>(('0' + i / 10) | ('0' + i % 10) << 8);
  return pairs;
}
/// The text of two digits, the first one lowest.
inline constexpr std::array<uint16_t, 100> kDigitPairs = make_digit_pairs();

/// The text of a number of at most four decimal digits, the first one lowest.
inline uint32_t spell_four(uint32_t value) {
  const uint32_t high = value / 100;
  return kDigitPairs[high] | uint32_t{kDigitPairs[value - 100 * high]} << 16;
}

/// The same of eight.
inline uint64_t spell_eight(uint64_t value) {
  const uint64_t high = value / 10000;
  const uint64_t halves = high | (value - 10000 * high) << 32;
  // A hundredth and a tenth are about 10486 / 2^20 and 103 / 2^10.
  const uint64_t hundreds = (halves * 10486 >> 20) & 0x0000007f0000007f;
  const uint64_t pairs = hundreds | (halves - 100 * hundreds) << 16;
  const uint64_t tens = (pairs * 103 >> 10) & 0x000f000f000f000f;
  return (tens | (pairs - 10 * tens) << 8) + 0x3030303030303030;
}

/// A number of at most `count` decimal digits, eight at most, to `to`, with zeros in front, and up
/// to seven other bytes behind.
inline void write_few_digits(uint8_t* to, uint64_t value, unsigned count) {
  if (count <= 4)
    store_le(to, spell_four(static_cast<uint32_t>(value)) >> (32 - 8 * count));
  else
    store_le(to, spell_eight(value) >> (64 - 8 * count));
}

/// The same of more than eight digits, and of up to 20.
[[gnu::noinline]] inline void write_many_digits(uint8_t* to, uint64_t value, unsigned count) {
  constexpr uint64_t kEight = 100000000;
  const uint64_t high = value / kEight;
  if (count <= 16) {
    write_few_digits(to, high, count - 8);
  } else {
    write_few_digits(to, high / kEight, count - 16);
    store_le(to + count - 16, spell_eight(high % kEight));
  }
  store_le(to + count - 8, spell_eight(value - kEight * high));
}

/// The same of up to 20 digits.
inline void write_digits(uint8_t* to, uint64_t value, unsigned count) {
  if (count <= 8) return write_few_digits(to, value, count);
  write_many_digits(to, value, count);
}

}  // namespace sigma
