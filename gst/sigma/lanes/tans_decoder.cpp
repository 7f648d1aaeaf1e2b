/* Decoding of symbols: four states take turns, and each symbol has a table by what came before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

/// Heights that there can be: a fine one of a mean and symbols above of 255 is 4080.
constexpr size_t kMostHeights = 4096;
constexpr size_t kSymbolHeight = 16;  ///< that one more in all symbols brings, at most

Status damaged_symbols(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

bool is_context(uint64_t distance, uint64_t rate, uint64_t row) {
  const bool is_fine = rate > kMaxSymbolRate;
  return distance <= kMaxSymbolDistance && rate >= 1 && rate <= 2 * kMaxSymbolRate &&
         row <= kMaxSymbolRow && (is_fine ? row > 2 * distance : row == 0 || row > distance);
}

}  // namespace

Status TansDecoder::parse(ByteSpan payload) {
  VarintReader in(payload);
  uint64_t count = 0;
  uint64_t distance = 0;
  uint64_t rate = 1;
  uint64_t row = 0;
  uint64_t tables = 0;
  if (!in.read(count) || count == 0 || count > kMaxSymbols || !in.read(distance) ||
      (distance != 0 && (!in.read(rate) || !in.read(row))) || !is_context(distance, rate, row) ||
      !in.read(tables) || tables == 0 || tables > (distance == 0 ? 1 : kMaxTansTables))
    return damaged_symbols("the head of symbols is malformed");
  rest_ = in.rest();
  if (rest_.size() < tables - 1) return damaged_symbols("symbols end too early");
  thresholds_ = rest_.first(static_cast<size_t>(tables) - 1);
  rest_ = rest_.subspan(thresholds_.size());
  for (size_t i = 0; i < thresholds_.size(); i++)
    if (thresholds_[i] <= (i == 0 ? 0 : thresholds_[i - 1]))
      return damaged_symbols("the levels of symbols do not rise");
  count_ = static_cast<size_t>(count);
  const bool is_fine = rate > kMaxSymbolRate;
  context_ = {static_cast<size_t>(distance),
              static_cast<unsigned>(is_fine ? rate - kMaxSymbolRate : rate),
              static_cast<size_t>(row), is_fine};
  tables_ = static_cast<size_t>(tables);
  return {};
}

namespace {

using TablesByHeight = std::array<const uint32_t*, kMostHeights>;

/// The four states and the bits that they go on from.
struct Coded {
  BitReader bits;
  std::array<uint32_t, 4> states{};
};

/// Bits at hand for some symbols.
struct Taken {
  SIGMA_KERNEL explicit Taken(const BitReader& bits) : word(bits.peek()) {}
  /// The entry of the next symbol, from a table by a state.
  SIGMA_KERNEL uint32_t next(const uint32_t* table, uint32_t& state) {
    const uint32_t entry = table[state];
    const uint32_t bits = entry & kBitsMask;
    state = (entry >> kStateShift & kStateMask) +
            static_cast<uint32_t>(word & ((uint64_t{1} << bits) - 1));
    word >>= bits;
    count += bits;
    return entry;
  }
  uint64_t word;
  size_t count = 0;
};

/// Calls `next` for four symbols. Four of them take 44 bits at most.
template <size_t Kinds, size_t First, typename Next>
SIGMA_KERNEL void take_four(BitReader& bits, std::array<uint32_t, 4>& states, size_t i,
                            Next& next) {
  Taken taken(bits);
  next(i + First, First % Kinds, states[0], taken);
  next(i + First + 1, (First + 1) % Kinds, states[1], taken);
  next(i + First + 2, (First + 2) % Kinds, states[2], taken);
  next(i + First + 3, (First + 3) % Kinds, states[3], taken);
  bits.skip(taken.count);
}

/// Calls `next` for each symbol from `begin`, a multiple of 4 and of `Kinds`, with its place, its
/// kind, its state, and bits to take from.
template <size_t Kinds, typename Next>
SIGMA_KERNEL void for_each_symbol(Coded& coded, size_t begin, size_t end, Next& next) {
  constexpr size_t kStep = Kinds == 3 ? 12 : 4;
  BitReader bits = coded.bits;
  std::array<uint32_t, 4> states = coded.states;
  size_t i = begin;
  for (; i + kStep <= end; i += kStep) {
    take_four<Kinds, 0>(bits, states, i, next);
    if constexpr (kStep == 12) {
      take_four<Kinds, 4>(bits, states, i, next);
      take_four<Kinds, 8>(bits, states, i, next);
    }
  }
  for (; i < end; i++) {
    Taken taken(bits);
    next(i, i % Kinds, states[i % 4], taken);
    bits.skip(taken.count);
  }
  coded = {bits, states};
}

/// Symbols from one table.
struct PlainSymbols {
  SIGMA_KERNEL void operator()(size_t i, size_t, uint32_t& state, Taken& taken) const {
    out[i] = static_cast<uint8_t>(taken.next(table, state) >> kSymbolShift);
  }
  const uint32_t* table;
  uint8_t* out;
};

/// The mean of symbols of one kind, so that each symbol waits little for the one before. With *m*
/// the mean before symbol *s*, the one behind it is ⌊(256 × s + (2^rate − 1) × m) / 2^rate⌋.
struct RunningMean {
  uint32_t kept = 0;  ///< (2^rate − 1) × m, of the mean before the last symbol
  uint32_t last = 0;  ///< entry of the last symbol

  /// ⌊(mean + more) / 2^shift⌋; `more` is in units of a mean, as the mean is.
  template <unsigned Shift>
  SIGMA_KERNEL size_t height(uint32_t more, unsigned rate) const {
    // What is not the symbol is known long before it.
    constexpr unsigned kUnit = kSymbolShift - 8 + Shift;
    const uint64_t rest = (uint64_t{kept} + (uint64_t{more} << rate)) >> Shift;
    return static_cast<size_t>((last + (rest << kUnit)) >> (kUnit + rate));
  }
  SIGMA_KERNEL void add(uint32_t entry, unsigned rate) {
    const uint32_t mean = ((last >> kSymbolShift << 8) + kept) >> rate;
    kept = (mean << rate) - mean;
    last = entry;
  }
};

/// Symbols of a few kinds in turn, without a row.
template <size_t Kinds>
struct NearSymbols {
  SIGMA_KERNEL void operator()(size_t i, size_t kind, uint32_t& state, Taken& taken) {
    const uint32_t entry = taken.next(tables[means[kind].template height<7>(0, rate)], state);
    out[i] = static_cast<uint8_t>(entry >> kSymbolShift);
    means[kind].add(entry, rate);
  }
  const TablesByHeight& tables;
  unsigned rate;
  uint8_t* out;
  RunningMean means[Kinds] = {};
};

/// Symbols of a few kinds in turn, with a row above them if `is_below`.
template <size_t Kinds, bool IsFine>
struct RowSymbols {
  SIGMA_KERNEL void operator()(size_t i, size_t kind, uint32_t& state, Taken& taken) {
    constexpr unsigned kShift = row_shift(IsFine);
    const auto at = [&](size_t back) -> uint32_t {
      return is_below || i >= back ? *(out + i - back) : 0;
    };
    const uint32_t above =
        IsFine ? SymbolsAbove::wide(row, Kinds, at) : SymbolsAbove::near(row, Kinds, at);
    const uint32_t entry =
        taken.next(tables[means[kind].template height<kShift>(above, rate)], state);
    out[i] = static_cast<uint8_t>(entry >> kSymbolShift);
    means[kind].add(entry, rate);
  }
  const TablesByHeight& tables;
  unsigned rate;
  uint8_t* out;
  size_t row;
  bool is_below = false;
  RunningMean means[Kinds] = {};
};

/// Symbols of any number of kinds.
struct FarSymbols {
  SIGMA_KERNEL void operator()(size_t i, size_t, uint32_t& state, Taken& taken) {
    const uint32_t symbol = taken.next(tables[heights.height(out, i)], state) >> kSymbolShift;
    out[i] = static_cast<uint8_t>(symbol);
    heights.add(symbol);
  }
  const TablesByHeight& tables;
  uint8_t* out;
  SymbolHeights heights;
};

template <size_t Kinds, bool IsFine>
SIGMA_KERNEL void decode_kinds(Coded& coded, const SymbolContext& context,
                               const TablesByHeight& tables, MutableByteSpan out) {
  if (context.row == 0) {
    NearSymbols<Kinds> next{tables, context.rate, out.data()};
    return for_each_symbol<Kinds>(coded, 0, out.size(), next);
  }
  constexpr size_t kStep = Kinds == 3 ? 12 : 4;
  const size_t reach = reach_above(context.row, Kinds, IsFine);
  const size_t first_row = (reach + kStep - 1) / kStep * kStep;
  const size_t begin = std::min(first_row, out.size());
  RowSymbols<Kinds, IsFine> next{tables, context.rate, out.data(), context.row};
  for_each_symbol<Kinds>(coded, 0, begin, next);
  next.is_below = true;
  if (begin == first_row) for_each_symbol<Kinds>(coded, begin, out.size(), next);
}

template <size_t Kinds>
SIGMA_KERNEL void decode_kinds_at(Coded& coded, const SymbolContext& context,
                                  const TablesByHeight& tables, MutableByteSpan out) {
  if (context.is_fine)
    decode_kinds<Kinds, true>(coded, context, tables, out);
  else
    decode_kinds<Kinds, false>(coded, context, tables, out);
}

SIGMA_KERNEL void decode_symbols(Coded& coded, const SymbolContext& context,
                                 const TablesByHeight& tables, MutableByteSpan out) {
  switch (context.distance) {
    case 1:
      return decode_kinds_at<1>(coded, context, tables, out);
    case 2:
      return decode_kinds_at<2>(coded, context, tables, out);
    case 3:
      return decode_kinds_at<3>(coded, context, tables, out);
    case 4:
      return decode_kinds_at<4>(coded, context, tables, out);
    default:
      FarSymbols next{tables, out.data(), SymbolHeights(context)};
      return for_each_symbol<1>(coded, 0, out.size(), next);
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void decode_symbols_avx2(Coded& coded, const SymbolContext& context,
                                    const TablesByHeight& tables, MutableByteSpan out) {
  decode_symbols(coded, context, tables, out);
}
#endif

void decode_any_symbols(Coded& coded, const SymbolContext& context, const TablesByHeight& tables,
                        MutableByteSpan out) {
#if defined(SIGMA_AVX2)
  // Its instructions shift by any register in one step.
  if (kHasAvx2) return decode_symbols_avx2(coded, context, tables, out);
#endif
  decode_symbols(coded, context, tables, out);
}

}  // namespace

Status TansDecoder::decode(MutableByteSpan memory, MutableByteSpan out) {
  BitReader head(rest_);
  TablesByHeight tables;
  auto* table = reinterpret_cast<uint32_t*>(memory.data());
  size_t height = 0;
  size_t highest = 0;
  for (size_t i = 0; i < tables_; i++, table += kTansStates) {
    SymbolCounts counts;
    if (!read_counts(head, 8 * rest_.size(), counts))
      return damaged_symbols("the counts of symbols are malformed");
    make_decoder_table(counts, table);
    for (size_t symbol = highest + 1; symbol < counts.size(); symbol++)
      if (counts[symbol] != 0) highest = symbol;
    // None is above those that the highest symbol brings.
    const bool is_last = i == thresholds_.size();
    const size_t end = is_last ? kSymbolHeight * highest + 1 : kMostHeights;
    for (; height < end &&
           (is_last || level_of(static_cast<uint32_t>(height), context_.is_fine) < thresholds_[i]);
         height++)
      tables[height] = table;
  }
  if (head.position() % 8 != 0 && head.read(8 - head.position() % 8) != 0)
    return damaged_symbols("bits follow the counts of symbols");
  const ByteSpan bytes = rest_.subspan(head.position() / 8);
  // The lowest bit that is set in the first byte says where the others begin.
  if (bytes.empty() || bytes[0] == 0) return damaged_symbols("symbols end too early");
  Coded coded = {BitReader(bytes, static_cast<size_t>(std::countr_zero(bytes[0])) + 1)};
  for (uint32_t& state : coded.states)
    state = coded.bits.read(kTansLog);
  if (tables_ == 1) {
    PlainSymbols next{tables[0], out.data()};
    for_each_symbol<1>(coded, 0, out.size(), next);
  } else {
    decode_any_symbols(coded, context_, tables, out);
  }
  const auto& states = coded.states;
  if (coded.bits.position() != 8 * bytes.size() ||
      std::any_of(states.begin(), states.end(), [](uint32_t state) { return state != 0; }))
    return damaged_symbols("symbols do not end as they must");
  return {};
}

}  // namespace sigma
