/* Logarithms in whole numbers, the same on all machines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bit>
#include <cstdint>

namespace sigma {

/// log2 in 1/256, rounded down; of a value of at least 1.
constexpr uint32_t log2_fixed(uint32_t value) {
  const auto whole = static_cast<uint32_t>(std::bit_width(value)) - 1;
  // The mantissa, squared eight times: each time that it passes 2 there is a bit of the logarithm.
  uint64_t mantissa = uint64_t{value} << (31 - whole);
  uint32_t fraction = 0;
  for (unsigned i = 0; i < 8; i++) {
    mantissa = mantissa * mantissa >> 31;
    fraction <<= 1;
    if (mantissa >> 32 == 0) continue;
    mantissa >>= 1;
    fraction |= 1;
  }
  return whole << 8 | fraction;
}

/// The same of a value of 64 bits, of which the first 32 decide.
constexpr uint32_t log2_fixed_wide(uint64_t value) {
  const auto width = static_cast<uint32_t>(std::bit_width(value));
  const uint32_t shift = width > 32 ? width - 32 : 0;
  return log2_fixed(static_cast<uint32_t>(value >> shift)) + (shift << 8);
}

}  // namespace sigma
