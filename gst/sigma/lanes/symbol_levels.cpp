/* Levels of symbols that are all known: their means one after the other, the rows above at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

/// The mean before each of some symbols of so many kinds in turn, as SymbolLevels has them.
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

/// Levels of symbols that have a row above, all of it, from the means before them.
SIGMA_KERNEL void add_rows(const uint8_t* symbols, size_t count, const SymbolContext& context,
                           const uint16_t* means, uint8_t* out) {
  const uint8_t* const above = symbols - context.row;
  const uint8_t* const before = above - context.distance;
  const uint8_t* const behind = above + context.distance;
  for (size_t i = 0; i < count; i++) {
    const uint32_t row = 2 * uint32_t{above[i]} + before[i] + behind[i];
    out[i] =
        static_cast<uint8_t>(std::min<uint32_t>((means[i] + (row << 6)) >> 8, kLastSymbolLevel));
  }
}

template <size_t Kinds>
SIGMA_KERNEL void find_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  constexpr size_t kPiece = 240;  // of all Kinds
  uint16_t means[kPiece];
  int32_t last[Kinds] = {};
  SymbolLevels first_row(context);
  const size_t reach = context.row + context.distance;
  for (size_t begin = 0; begin < symbols.size(); begin += kPiece) {
    const size_t count = std::min(kPiece, symbols.size() - begin);
    const uint8_t* const from = symbols.data() + begin;
    find_means<Kinds>(from, count, context.rate, last, means);
    if (context.row == 0) {
      for (size_t i = 0; i < count; i++)
        out[begin + i] = static_cast<uint8_t>(std::min<uint32_t>(means[i] >> 7, kLastSymbolLevel));
    } else if (begin >= reach) {
      add_rows(from, count, context, means, out + begin);
    } else {
      for (size_t i = begin; i < begin + count; i++)
        out[i] = static_cast<uint8_t>(std::min<uint32_t>(
            first_row.level_at(symbols.data(), i, means[i - begin]), kLastSymbolLevel));
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
  SymbolLevels levels(context);
  for (size_t i = 0; i < symbols.size(); i++) {
    const uint32_t level = std::min<uint32_t>(levels.level(symbols.data(), i), kLastSymbolLevel);
    levels.add(symbols[i]);
    out[i] = static_cast<uint8_t>(level);
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
