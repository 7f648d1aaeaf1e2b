/* How often symbols of matches are, and what they cost by that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/match_prices.hpp"

#include <algorithm>

#include "gst/sigma/base/quick_logarithm.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

/// A symbol that has not come takes what the rarest one does.
constexpr uint32_t kMostBits = kTansLog << 8;

void find_prices(const uint32_t* counts, uint16_t* prices) {
  uint32_t total = 1;
  for (size_t symbol = 0; symbol < MatchCounts::kSymbols; symbol++)
    total += counts[symbol];
  const uint32_t whole = quick_log2(total);
  for (size_t symbol = 0; symbol < MatchCounts::kSymbols; symbol++) {
    const uint32_t bits = counts[symbol] != 0 ? whole - quick_log2(counts[symbol]) : kMostBits;
    prices[symbol] = static_cast<uint16_t>(std::min(bits, kMostBits));
  }
}

/// Of numbers, behind their symbols; in 1/256.
uint64_t bits_behind(const uint32_t* counts) {
  uint64_t bits = 0;
  for (size_t symbol = 0; symbol < kMatchNumbers.size(); symbol++)
    bits += uint64_t{counts[symbol]} * kMatchNumbers[symbol].bits;
  return bits << 8;
}

/// Hands over the literals of a block; `offset` is the latest one before it.
template <typename Take>
void for_each_literal(ByteSpan block, const LiteralKind& kind,
                      std::span<const MatchSequence> sequences, uint32_t offset, Take take) {
  const uint8_t* at = block.data();
  const auto add = [&](size_t count) {
    for (size_t run = 0; run < count; run++, at++)
      take(kind.symbol(at, run, offset));
  };
  for (const MatchSequence& sequence : sequences) {
    add(sequence.run);
    at += sequence.length;
    offset = sequence.offset.distance();
  }
  add(static_cast<size_t>(block.data() + block.size() - at));
}

}  // namespace

void MatchCounts::clear() {
  std::fill_n(counts_, kContexts * kSymbols, 0);
}

uint32_t* MatchCounts::of(size_t family) const {
  size_t contexts = 0;
  for (size_t i = 0; i < family; i++)
    contexts += kMatchContexts[i];
  return counts_ + contexts * kSymbols;
}

void MatchCounts::add(ByteSpan block, const LiteralKind& kind, std::span<MatchSequence> sequences,
                      RepeatOffsets& offsets) {
  uint32_t* const runs = of(kRuns);
  uint32_t* const distances = of(kDistances);
  uint32_t* const lengths = of(kLengths);
  for_each_literal(block, kind, sequences, offsets[0], [literals = of(kLiterals)](auto literal) {
    literals[literal.context * kSymbols + literal.symbol]++;
  });
  MatchContext context;
  for (MatchSequence& sequence : sequences) {
    sequence.offset.set_number(offsets.number(sequence.offset.distance()));
    const SequenceTokens tokens(sequence);
    const uint32_t run = tokens.run.symbol;
    const uint32_t distance = tokens.distance.symbol;
    runs[context.of_run() * kSymbols + run]++;
    distances[context.of_distance(run) * kSymbols + distance]++;
    lengths[MatchContext::of_length(run, distance) * kSymbols + tokens.length.symbol]++;
    context = tokens.context();
  }
}

bool MatchCounts::prefer_differences(ByteSpan block, LiteralKind kind,
                                     std::span<const MatchSequence> sequences, uint32_t offset,
                                     uint32_t* sums) {
  const auto tables_bits = [&](bool are_differences) {
    kind.are_differences = are_differences;
    uint32_t* const literals = of(kLiterals);
    std::fill_n(literals, kMatchContexts[kLiterals] * kSymbols, 0);
    for_each_literal(block, kind, sequences, offset, [&](auto literal) {
      literals[literal.context * kSymbols + literal.symbol]++;
    });
    const size_t tables =
        choose_tables(literals, kMatchContexts[kLiterals], kMaxFamilyTables, sums).tables;
    uint64_t bits = 0;
    for (size_t i = 0; i < tables; i++)
      bits += counted_bits(sums + i * kSymbols);
    return bits;
  };
  const auto plain_bits = [&](bool are_differences) {
    kind.are_differences = are_differences;
    std::array<uint32_t, kSymbols> counts{};
    for_each_literal(block, kind, sequences, offset,
                     [&](auto literal) { counts[literal.symbol]++; });
    return counted_bits(counts.data());
  };
  // Without contexts most lanes tell already.
  return plain_bits(true) < plain_bits(false) && 100 * tables_bits(true) < 99 * tables_bits(false);
}

uint64_t MatchPrices::set(const MatchCounts& counts, size_t tables, uint32_t* sums) {
  const auto most = share_tables(tables);
  size_t first = 0;
  uint64_t bits = 0;
  for (size_t family = 0; family < kMatchFamilies; family++) {
    const size_t contexts = kMatchContexts[family];
    const TableChoice choice = choose_tables(counts.of(family), contexts, most[family], sums);
    first_of_lengths_ = first;
    for (size_t i = 0; i < contexts; i++)
      table_of_[family][i] = static_cast<uint8_t>(first + choice.map[i]);
    for (size_t i = 0; i < choice.tables; i++, first++) {
      const uint32_t* const table = sums + i * kSymbols;
      find_prices(table, prices_ + first * kSymbols);
      bits += counted_bits(table) + (family == kLiterals ? 0 : bits_behind(table));
    }
  }
  for (size_t context = 0; context < kMatchContexts[kLengths]; context++) {
    auto& priced = lengths_[table_of_[kLengths][context] - first_of_lengths_];
    for (uint32_t i = kLeastMatch; i < kPricedLengths; i++)
      priced[i] = length(context, i);
  }
  return bits >> 11;
}

}  // namespace sigma
