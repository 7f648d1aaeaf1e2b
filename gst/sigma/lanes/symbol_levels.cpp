/* Levels of symbols that are all known: their means one after the other, the rows above at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

SIGMA_KERNEL uint8_t level_byte(uint32_t height, bool is_fine) {
  return static_cast<uint8_t>(std::min<uint32_t>(level_of(height, is_fine), kLastSymbolLevel));
}

/// The mean before each of some symbols of so many kinds in turn, as SymbolHeights has them.
template <size_t Kinds>
SIGMA_KERNEL void find_means(const uint8_t* symbols, size_t count, unsigned rate, int32_t* means,
                             uint16_t* out) {
  int32_t mean[Kinds];
  std::copy_n(means, Kinds, mean);
  const auto add = [&](size_t kind, size_t i) {
    out[i] = static_cast<uint16_t>(mean[kind]);
    mean[kind] += ((int32_t{symbols[i]} << 8) - mean[kind]) >> rate;
  };
  size_t i = 0;
  for (; i + Kinds <= count; i += Kinds)
    for (size_t kind = 0; kind < Kinds; kind++)
      add(kind, i + kind);
  for (size_t kind = 0; i < count; i++, kind++)
    add(kind, i);
  std::copy_n(mean, Kinds, means);
}

/// Levels of symbols that have what is above them, all of it, from the means before them.
template <bool IsFine>
SIGMA_KERNEL void add_rows(const uint8_t* symbols, size_t count, const SymbolContext& context,
                           const uint16_t* means, uint8_t* out) {
  const size_t row = context.row;
  const size_t distance = context.distance;
  for (size_t i = 0; i < count; i++) {
    const auto at = [&](size_t back) -> uint32_t { return *(symbols + i - back); };
    const uint32_t above =
        IsFine ? SymbolsAbove::wide(row, distance, at) : SymbolsAbove::near(row, distance, at);
    out[i] = level_byte((means[i] + above) >> row_shift(IsFine), IsFine);
  }
}

template <size_t Kinds>
SIGMA_KERNEL void find_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  constexpr size_t kPiece = 240;  // of all Kinds
  uint16_t means[kPiece];
  int32_t last[Kinds] = {};
  SymbolHeights first_row(context);
  const size_t reach = reach_above(context.row, Kinds, context.is_fine);
  for (size_t begin = 0; begin < symbols.size(); begin += kPiece) {
    const size_t count = std::min(kPiece, symbols.size() - begin);
    const uint8_t* const from = symbols.data() + begin;
    find_means<Kinds>(from, count, context.rate, last, means);
    if (context.row == 0) {
      for (size_t i = 0; i < count; i++)
        out[begin + i] = level_byte(means[i] >> 7, false);
    } else if (begin >= reach) {
      if (context.is_fine)
        add_rows<true>(from, count, context, means, out + begin);
      else
        add_rows<false>(from, count, context, means, out + begin);
    } else {
      for (size_t i = begin; i < begin + count; i++)
        out[i] =
            level_byte(first_row.height_at(symbols.data(), i, means[i - begin]), context.is_fine);
    }
  }
}

SIGMA_KERNEL void find_any_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  switch (context.distance) {
    case 1:
      return find_levels<1>(symbols, context, out);
    case 2:
      return find_levels<2>(symbols, context, out);
    case 3:
      return find_levels<3>(symbols, context, out);
    case 4:
      return find_levels<4>(symbols, context, out);
    default:
      break;
  }
  SymbolHeights heights(context);
  for (size_t i = 0; i < symbols.size(); i++) {
    out[i] = level_byte(heights.height(symbols.data(), i), context.is_fine);
    heights.add(symbols[i]);
  }
}

void find_levels_plain(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  find_any_levels(symbols, context, out);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 void find_levels_avx2(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  find_any_levels(symbols, context, out);
}
const auto kFindLevels = kHasAvx2 ? find_levels_avx2 : find_levels_plain;
#else
constexpr auto kFindLevels = find_levels_plain;
#endif

}  // namespace

void find_symbol_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* levels) {
  kFindLevels(symbols, context, levels);
}

}  // namespace sigma
