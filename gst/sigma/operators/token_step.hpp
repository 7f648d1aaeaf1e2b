/* Values split into tokens and open bits, a few at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/integers.hpp"

namespace sigma {

/// Some values in a row.
struct TokenStep {
  static constexpr size_t kCount = 32;
  /// Writes their tokens and open bits, which are those of values of 16 bits at most, after
  /// TokenBits::begin_short(). The values are used up.
  void put(uint8_t* out, TokenBits& bits);

  std::array<uint32_t, kCount> values;
  std::array<uint32_t, kCount> tokens;
  std::array<uint32_t, kCount> counts;  ///< of open bits
};

}  // namespace sigma
