/* Integers of 1, 2, 3, 4 or 8 bytes as they lie in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "gst/sigma/base/cpu.hpp"

namespace sigma {

/// An unsigned integer of Width bytes in the byte order that is asked for.
template <unsigned Width, bool Big>
struct StoredInteger {
  static constexpr unsigned kWidth = Width;
  static constexpr unsigned kBits = 8 * Width;
  static constexpr bool kBig = Big;
  using Value = std::conditional_t<
      Width == 1, uint8_t,
      std::conditional_t<Width == 2, uint16_t, std::conditional_t<Width <= 4, uint32_t, uint64_t>>>;

  SIGMA_KERNEL static Value load(const uint8_t* p) {
    if constexpr (Width == 3) {
      const Value first = p[Big ? 2 : 0];
      const Value last = p[Big ? 0 : 2];
      return first | Value{p[1]} << 8 | last << 16;
    } else {
      Value value;
      std::memcpy(&value, p, Width);
      return swapped(value);
    }
  }
  SIGMA_KERNEL static void store(uint8_t* p, Value value) {
    if constexpr (Width == 3) {
      p[Big ? 2 : 0] = static_cast<uint8_t>(value);
      p[1] = static_cast<uint8_t>(value >> 8);
      p[Big ? 0 : 2] = static_cast<uint8_t>(value >> 16);
    } else {
      value = swapped(value);
      std::memcpy(p, &value, Width);
    }
  }

 private:
  SIGMA_KERNEL static Value swapped(Value value) {
    constexpr bool swaps = Big == (std::endian::native == std::endian::little);
    if constexpr (!swaps || Width == 1) return value;
    if constexpr (Width == 2) return __builtin_bswap16(value);
    if constexpr (Width == 4) return __builtin_bswap32(value);
    return static_cast<Value>(__builtin_bswap64(value));
  }
};

}  // namespace sigma
