/* Logarithms by a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <bit>

#include "gst/sigma/base/logarithm.hpp"

namespace sigma {

inline constexpr auto kQuickLogs = [] {
  std::array<uint16_t, 4096> table{};
  for (uint32_t i = 1; i < table.size(); i++)
    table[i] = static_cast<uint16_t>(log2_fixed(i));
  return table;
}();

/// log2 in 1/256, of 1 and more; of what has more than 12 bits by the first of them.
inline uint32_t quick_log2(uint32_t value) {
  if (value < kQuickLogs.size()) return kQuickLogs[value];
  const auto shift = static_cast<uint32_t>(std::bit_width(value)) - 12;
  return kQuickLogs[value >> shift] + (shift << 8);
}

}  // namespace sigma
