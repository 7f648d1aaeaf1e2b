/* Levels of symbols that are all known: their means one after the other, the rows above at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>

#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

SIGMA_KERNEL uint8_t level_byte(uint32_t height, bool is_fine) {
  return static_cast<uint8_t>(std::min<uint32_t>(level_of(height, is_fine), kLastSymbolLevel));
}

constexpr size_t kPiece = 240;  // of all Kinds

/// Means of so many kinds of symbols in turn.
template <size_t Kinds>
using Means = std::array<int32_t, Kinds>;

/// The mean before each of some symbols, as SymbolHeights has them, in several places of a lane.
template <size_t Kinds, size_t Places>
SIGMA_KERNEL void find_means(const std::array<const uint8_t*, Places>& symbols, size_t count,
                             unsigned rate, std::array<Means<Kinds>, Places>& means,
                             uint16_t (*out)[kPiece]) {
  auto mean = means;
  const auto add = [&](size_t kind, size_t i) {
    for (size_t place = 0; place < Places; place++) {
      int32_t& of_kind = mean[place][kind];
      out[place][i] = static_cast<uint16_t>(of_kind);
      of_kind += ((int32_t{symbols[place][i]} << 8) - of_kind) >> rate;
    }
  };
  size_t i = 0;
  for (; i + Kinds <= count; i += Kinds)
    for (size_t kind = 0; kind < Kinds; kind++)
      add(kind, i + kind);
  for (size_t kind = 0; i < count; i++, kind++)
    add(kind, i);
  means = mean;
}

/// Levels of symbols that have what is above them, all of it, from the means before them. Sums of
/// two numbers of 16 bits are halved in 16 bits.
template <bool IsFine>
SIGMA_KERNEL void add_rows(const uint8_t* symbols, size_t count, const SymbolContext& context,
                           const uint16_t* means, uint8_t* out) {
  const size_t row = context.row;
  const size_t distance = context.distance;
  for (size_t i = 0; i < count; i++) {
    const auto at = [&](size_t back) -> uint16_t { return *(symbols + i - back); };
    const auto above = static_cast<uint16_t>(IsFine ? SymbolsAbove::wide(row, distance, at)
                                                    : SymbolsAbove::near(row, distance, at));
    const auto half = static_cast<uint16_t>((means[i] & above) + ((means[i] ^ above) >> 1));
    const auto height = static_cast<uint16_t>(half >> (row_shift(IsFine) - 1));
    const auto folded = static_cast<uint16_t>(112 + (height >> 3));
    const uint16_t level = IsFine ? std::min(height, folded) : height;
    out[i] = static_cast<uint8_t>(std::min<uint16_t>(level, kLastSymbolLevel));
  }
}

/// Levels of a piece of a lane from `begin` on.
template <size_t Kinds>
SIGMA_KERNEL void add_piece(ByteSpan symbols, size_t begin, size_t count,
                            const SymbolContext& context, const uint16_t* means, uint8_t* out) {
  const uint8_t* const from = symbols.data() + begin;
  if (context.row == 0) {
    for (size_t i = 0; i < count; i++)
      out[begin + i] = level_byte(means[i] >> 7, false);
  } else if (begin >= reach_above(context.row, Kinds, context.is_fine)) {
    if (context.is_fine)
      add_rows<true>(from, count, context, means, out + begin);
    else
      add_rows<false>(from, count, context, means, out + begin);
  } else {
    const SymbolHeights first_row(context);
    for (size_t i = begin; i < begin + count; i++)
      out[i] =
          level_byte(first_row.height_at(symbols.data(), i, means[i - begin]), context.is_fine);
  }
}

/// Levels of `count` symbols from each of some places on.
template <size_t Kinds, size_t Places>
SIGMA_KERNEL void find_levels_at(ByteSpan symbols, const std::array<size_t, Places>& begins,
                                 size_t count, const SymbolContext& context,
                                 std::array<Means<Kinds>, Places>& last, uint8_t* out) {
  uint16_t means[Places][kPiece];
  for (size_t done = 0; done < count; done += kPiece) {
    const size_t size = std::min(kPiece, count - done);
    std::array<const uint8_t*, Places> from;
    for (size_t place = 0; place < Places; place++)
      from[place] = symbols.data() + begins[place] + done;
    find_means<Kinds, Places>(from, size, context.rate, last, means);
    for (size_t place = 0; place < Places; place++)
      add_piece<Kinds>(symbols, begins[place] + done, size, context, means[place], out);
  }
}

/// The means before a symbol, from so many before it: nearly always they have forgotten what was
/// before those.
template <size_t Kinds>
SIGMA_KERNEL Means<Kinds> guess_means(const uint8_t* symbols, size_t before, unsigned rate) {
  Means<Kinds> means{};
  uint16_t unused[1][kPiece];
  for (size_t left = before; left != 0;) {
    const size_t size = std::min(kPiece, left);
    std::array<Means<Kinds>, 1> last = {means};
    find_means<Kinds, 1>({symbols - left}, size, rate, last, unused);
    means = last[0];
    left -= size;
  }
  return means;
}

/// Each mean needs the one before it, so that a long lane is begun in several places at once, with
/// means that are guessed. What was guessed wrong is done again.
template <size_t Kinds>
SIGMA_KERNEL void find_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  constexpr size_t kPlaces = Kinds == 1 ? 4 : 2;
  const size_t before = (size_t{32} << context.rate) * Kinds;
  const size_t share = symbols.size() / kPlaces / Kinds * Kinds;
  std::array<Means<Kinds>, 1> last = {};
  if (Kinds > 2 || share < 4 * before)
    return find_levels_at<Kinds, 1>(symbols, {0}, symbols.size(), context, last, out);
  std::array<size_t, kPlaces> begins;
  std::array<Means<Kinds>, kPlaces> means{};
  for (size_t place = 0; place < kPlaces; place++) {
    begins[place] = place * share;
    if (place != 0)
      means[place] = guess_means<Kinds>(symbols.data() + begins[place], before, context.rate);
  }
  const auto guessed = means;
  find_levels_at<Kinds, kPlaces>(symbols, begins, share, context, means, out);
  last[0] = means[0];
  for (size_t place = 1; place < kPlaces; place++) {
    if (last[0] == guessed[place])
      last[0] = means[place];
    else
      find_levels_at<Kinds, 1>(symbols, {begins[place]}, share, context, last, out);
  }
  find_levels_at<Kinds, 1>(symbols, {kPlaces * share}, symbols.size() - kPlaces * share, context,
                           last, out);
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
