/* Decimal digits of numbers, two at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sigma {

constexpr std::array<uint8_t, 200> make_digit_pairs() {
  std::array<uint8_t, 200> pairs = {};
  for (unsigned i = 0; i < 100; i++) {
    pairs[2 * i] = static_cast<uint8_t>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<uint8_t>('0' + i % 10);
  }
  return pairs;
}
inline constexpr std::array<uint8_t, 200> kDigitPairs = make_digit_pairs();

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

/// The lowest `count` digits of `value`, with zeros in front, to `to`.
inline void write_digits(uint8_t* to, uint64_t value, unsigned count) {
  uint8_t* end = to + count;
  for (; value > UINT32_MAX && end - to >= 2; value /= 100)
    std::memcpy(end -= 2, kDigitPairs.data() + 2 * (value % 100), 2);
  auto low = static_cast<uint32_t>(value);
  for (; end - to >= 2; low /= 100)
    std::memcpy(end -= 2, kDigitPairs.data() + 2 * (low % 100), 2);
  if (end != to) *to = static_cast<uint8_t>('0' + low % 10);
}

}  // namespace sigma
