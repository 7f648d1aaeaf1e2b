/* What sequences of matches are made of: tokens of numbers, and the contexts that choose their
 * tables.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/lanes/match_lane.hpp"

namespace sigma {

/// Kinds of symbols, in the order of their tables.
enum : size_t { kLiterals, kRuns, kDistances, kLengths, kMatchFamilies };

constexpr std::array<size_t, kMatchFamilies> kMatchContexts = {256, 16, 16, 64};
constexpr size_t kRunTokens = 80;        ///< of numbers below 2^20
constexpr size_t kDistanceTokens = 112;  ///< of numbers below 2^28
constexpr std::array<size_t, kMatchFamilies> kMatchSymbols = {256, kRunTokens, kDistanceTokens,
                                                              kRunTokens};
constexpr size_t kMaxFamilyTables = 16;

constexpr uint32_t kLeastMatch = 2;

/// The context of a literal that is the difference to a byte, behind so many others of its run.
constexpr uint8_t difference_context(uint8_t byte, size_t run) {
  return static_cast<uint8_t>(std::min<size_t>(run, 3) << 6 | byte >> 2);
}

/// A number as its first bits, which are a symbol, and the others.
struct MatchToken {
  uint32_t symbol;
  unsigned bits;
};

constexpr MatchToken match_token(uint32_t number) {
  if (number < 16) return {number, 0};
  const auto bits = static_cast<unsigned>(std::bit_width(number)) - 3;
  return {16 + 4 * (bits - 2) + (number >> bits) % 4, bits};
}

/// The least number of each symbol, and how many bits follow it.
struct MatchNumber {
  uint32_t least;
  uint32_t bits;
};
inline constexpr auto kMatchNumbers = [] {
  std::array<MatchNumber, kDistanceTokens> numbers{};
  for (uint32_t symbol = 0; symbol < numbers.size(); symbol++) {
    const uint32_t bits = symbol < 16 ? 0 : 2 + (symbol - 16) / 4;
    numbers[symbol] = {symbol < 16 ? symbol : (4 + symbol % 4) << bits, bits};
  }
  return numbers;
}();

/// The contexts of a sequence's symbols, from symbols before.
struct MatchContext {
  uint32_t length = 0;    ///< the symbol of the length before
  uint32_t distance = 0;  ///< likewise
  constexpr uint32_t of_run() const { return std::min(length, 15U); }
  constexpr uint32_t of_distance(uint32_t run) const {
    return 4 * std::min(distance, 3U) + std::min(run, 3U);
  }
  static constexpr uint32_t of_length(uint32_t run, uint32_t distance) {
    const uint32_t kind = distance < 3 ? distance : 3 + std::min(distance / 4, 12U);
    return 4 * kind + std::min(run, 3U);
  }
};

}  // namespace sigma
