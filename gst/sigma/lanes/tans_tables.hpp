/* Tables of symbols, and which of them codes one: tabled asymmetric numeral systems (J. Duda,
 * 2013).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"

namespace sigma {

constexpr unsigned kCountLengthBits = 4;  ///< of the bit length of a count
constexpr unsigned kFirstCountLength = 6;
constexpr size_t kTansSpread = kTansStates / 2 + kTansStates / 8 + 3;

/// Of each symbol.
using SymbolCounts = std::array<uint16_t, 256>;

/// Which symbol each state is of: each symbol has states all over the table.
inline std::array<uint8_t, kTansStates> spread_states(const SymbolCounts& counts) {
  std::array<uint8_t, kTansStates> symbols;
  size_t state = 0;
  for (size_t symbol = 0; symbol < counts.size(); symbol++)
    for (unsigned i = 0; i < counts[symbol]; i++) {
      symbols[state] = static_cast<uint8_t>(symbol);
      state = (state + kTansSpread) % kTansStates;
    }
  return symbols;
}

/// The levels of symbols in order: means of those before, each of its kind, in halves of a symbol.
class SymbolLevels {
 public:
  explicit SymbolLevels(const SymbolContext& context) : context_(context) {}
  /// Of symbol `i`; those before it are there.
  SIGMA_KERNEL uint32_t level(const uint8_t* symbols, size_t i) {
    if (++kind_ >= context_.distance) kind_ = 0;
    return level_at(symbols, i, means_[kind_]);
  }
  /// The same by the mean of its kind.
  SIGMA_KERNEL uint32_t level_at(const uint8_t* symbols, size_t i, uint32_t mean) const {
    if (context_.row == 0) return mean >> 7;
    const auto at = [&](size_t back) -> uint32_t { return i >= back ? symbols[i - back] : 0; };
    const size_t row = context_.row;
    const uint32_t above = 2 * at(row) + at(row + context_.distance) + at(row - context_.distance);
    return (mean + (above << 6)) >> 8;
  }
  SIGMA_KERNEL void add(uint32_t symbol) {
    const auto mean = static_cast<int32_t>(means_[kind_]);
    means_[kind_] =
        static_cast<uint32_t>(mean + ((static_cast<int32_t>(symbol << 8) - mean) >> context_.rate));
  }

 private:
  SymbolContext context_;
  size_t kind_ = kMaxSymbolDistance;
  std::array<uint32_t, kMaxSymbolDistance> means_{};
};

/// An encoder has no levels above it.
constexpr size_t kLastSymbolLevel = 255;

/// The level of each symbol, at most kLastSymbolLevel.
void find_symbol_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* levels);

}  // namespace sigma
