/* Tables of symbols, and which of them codes one: tabled asymmetric numeral systems (J. Duda,
 * 2013).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/tans_bits.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"

namespace sigma {

/// Of each symbol.
using SymbolCounts = std::array<uint16_t, 256>;

/// An entry of a decoder's table: how many bits are read, from bit 8 on the state after it less
/// what these are, and the symbol in the highest byte. What is below the symbol is less than one in
/// it, so that sums of symbols are made of whole entries.
constexpr unsigned kSymbolShift = 24;
constexpr unsigned kStateShift = 8;
constexpr uint32_t kStateMask = 0xFFFF;
constexpr uint32_t kBitsMask = 0xFF;

/// Reads what write_counts() wrote, from `bits` bits; false if it breaks a rule.
bool read_counts(BitReader& in, size_t bits, SymbolCounts& counts);

void make_decoder_table(const SymbolCounts& counts, uint32_t* table);

/// Bits, in 1/256, of symbols that were counted, with their table.
uint64_t counted_bits(const uint32_t* counts);

/// SymbolCounts that add up to the number of states, none of what occurs being 0.
SymbolCounts normalise(const uint32_t* counts);

void write_counts(const SymbolCounts& counts, BitWriter& out);

/// What an encoder does for a symbol: how many bits it puts, and where the next state is.
struct Transition {
  uint32_t bits;
  int32_t state;
};

/// For kTansStates states and 256 symbols.
void make_encoder_table(const SymbolCounts& counts, uint16_t* states, Transition* transitions);

/// Symbols above another, with weights that add up to 256.
struct SymbolsAbove {
  /// `at(back)`: the symbol so far before.
  template <typename At>
  SIGMA_KERNEL static uint32_t near(size_t row, size_t distance, At at) {
    return 64 * (2 * at(row) + at(row + distance) + at(row - distance));
  }
  /// Of fine levels.
  template <typename At>
  SIGMA_KERNEL static uint32_t wide(size_t row, size_t distance, At at) {
    return 48 * (2 * at(row) + at(row + distance) + at(row - distance)) + 32 * at(2 * row) +
           16 * (at(row + 2 * distance) + at(row - 2 * distance));
  }
};

/// How far before a symbol those above it begin.
constexpr size_t reach_above(size_t row, size_t distance, bool is_fine) {
  return is_fine ? std::max(2 * row, row + 2 * distance) : row + distance;
}

/// What a sum of a mean and of symbols above is shifted by to be a height.
constexpr unsigned row_shift(bool is_fine) {
  return is_fine ? 5 : 8;
}

/// The level of a height. Of fine ones, from 128 on each stands for eight.
SIGMA_KERNEL constexpr uint32_t level_of(uint32_t height, bool is_fine) {
  return is_fine ? std::min(height, 112 + (height >> 3)) : height;
}

/// The heights of symbols in order, from means of those before, each of its kind.
class SymbolHeights {
 public:
  explicit SymbolHeights(const SymbolContext& context) : context_(context) {}
  /// Of symbol `i`; those before it are there.
  SIGMA_KERNEL uint32_t height(const uint8_t* symbols, size_t i) {
    if (++kind_ >= context_.distance) kind_ = 0;
    return height_at(symbols, i, means_[kind_]);
  }
  /// The same by the mean of its kind.
  SIGMA_KERNEL uint32_t height_at(const uint8_t* symbols, size_t i, uint32_t mean) const {
    const auto [distance, rate, row, is_fine] = context_;
    if (row == 0) return mean >> 7;
    const auto at = [&](size_t back) -> uint32_t { return i >= back ? symbols[i - back] : 0; };
    const uint32_t above =
        is_fine ? SymbolsAbove::wide(row, distance, at) : SymbolsAbove::near(row, distance, at);
    return (mean + above) >> row_shift(is_fine);
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
