/* How often symbols of matches are, and what they cost by that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <numeric>
#include <span>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/match_finder.hpp"
#include "gst/sigma/lanes/match_tokens.hpp"
#include "gst/sigma/lanes/table_choice.hpp"

namespace sigma {

/// A sequence as symbols, and the bits behind them.
struct SequenceTokens {
  /// The number of the offset is known.
  explicit SequenceTokens(const MatchSequence& sequence)
      : run(match_token(sequence.run)),
        distance(match_token(sequence.offset.number())),
        length(match_token(sequence.length - kLeastMatch)) {}
  MatchToken run;
  MatchToken distance;
  MatchToken length;
  MatchContext context() const { return {length.symbol, distance.symbol}; }
};

/// How the literals of a lane are coded.
struct LiteralKind {
  struct Symbol {
    uint8_t context;
    uint8_t symbol;
  };
  /// That of the byte at `at`, behind `run` others and a match of that offset.
  SIGMA_KERNEL Symbol symbol(const uint8_t* at, size_t run, uint32_t offset) const {
    if (!are_differences) return {at == first ? uint8_t{0} : at[-1], *at};
    const uint8_t byte = offset <= static_cast<size_t>(at - first) ? *(at - offset) : uint8_t{0};
    return {difference_context(byte, run), static_cast<uint8_t>(*at - byte)};
  }
  const uint8_t* first = nullptr;  ///< of the prefix, or of the lane
  bool are_differences = false;    ///< to the byte at the latest offset
};

/// How often each symbol is in each context.
class MatchCounts {
 public:
  static constexpr size_t kSymbols = 256;
  static constexpr size_t kContexts =
      std::accumulate(kMatchContexts.begin(), kMatchContexts.end(), size_t{0});

  explicit MatchCounts(Arena& arena) : counts_(arena.take<uint32_t>(kContexts * kSymbols)) {}
  static constexpr size_t memory() { return sizeof(uint32_t) * kContexts * kSymbols; }

  void clear();
  /// Adds a block, and sets the numbers of offsets.
  void add(ByteSpan block, const LiteralKind& kind, std::span<MatchSequence> sequences,
           RepeatOffsets& offsets);
  /// Whether a block takes less if its literals are differences; `offset` is the latest one before
  /// it. All counts are lost. `sums` has room for kMaxFamilyTables tables.
  bool prefer_differences(ByteSpan block, LiteralKind kind,
                          std::span<const MatchSequence> sequences, uint32_t offset,
                          uint32_t* sums);
  /// 256 for each context.
  uint32_t* of(size_t family) const;

 private:
  uint32_t* counts_;
};

/// Tables that families have of so many: literals the most.
constexpr std::array<size_t, kMatchFamilies> share_tables(size_t tables) {
  const size_t few = std::max<size_t>(tables / 8, 1);
  const size_t some = std::max<size_t>(tables / 4, 1);
  return {tables - 2 * few - some, few, few, some};
}
static_assert(share_tables(MatchEncoder::kMostTables)[kLiterals] <= kMaxFamilyTables);

/// What symbols would take with tables that suit a parse, in 1/256 of a bit.
class MatchPrices {
 public:
  explicit MatchPrices(Arena& arena)
      : prices_(arena.take<uint16_t>(MatchEncoder::kMostTables * kSymbols)) {}
  static constexpr size_t memory() {
    return sizeof(uint16_t) * MatchEncoder::kMostTables * kSymbols;
  }

  /// `counts` are used up; `sums` has room for kMaxFamilyTables tables. Gives how many bytes the
  /// parse takes with them.
  uint64_t set(const MatchCounts& counts, size_t tables, uint32_t* sums);

  uint32_t literal(LiteralKind::Symbol literal) const {
    return of(kLiterals, literal.context)[literal.symbol];
  }
  /// So many literals in a row before a match, themselves apart.
  uint32_t run(const MatchContext& context, uint32_t literals) const {
    return price(of(kRuns, context.of_run()), match_token(literals));
  }
  /// `number` of RepeatOffsets, behind a run with that symbol.
  uint32_t distance(const MatchContext& context, uint32_t run, MatchToken number) const {
    return price(of(kDistances, context.of_distance(run)), number);
  }
  /// Of a match's length, and of a run without literals behind it.
  class Lengths {
   public:
    Lengths(const uint32_t* all, const MatchPrices& prices, size_t context)
        : all_(all), prices_(prices), context_(context) {}
    uint32_t operator[](uint32_t length) const {
      return length < kPricedLengths ? all_[length] : prices_.length(context_, length);
    }

   private:
    const uint32_t* all_;
    const MatchPrices& prices_;
    size_t context_;
  };
  Lengths lengths(uint32_t run, uint32_t distance) const {
    const uint32_t context = MatchContext::of_length(run, distance);
    const size_t table = table_of_[kLengths][context] - first_of_lengths_;
    return {lengths_[table].data(), *this, context};
  }

 private:
  /// Lengths below are looked up.
  static constexpr uint32_t kPricedLengths = 66;

  static uint32_t price(const uint16_t* prices, MatchToken token) {
    return prices[token.symbol] + 256 * token.bits;
  }
  uint32_t length(size_t context, uint32_t length) const {
    const MatchToken token = match_token(length - kLeastMatch);
    return price(of(kLengths, context), token) + run({token.symbol, 0}, 0);
  }
  static constexpr size_t kSymbols = MatchCounts::kSymbols;
  const uint16_t* of(size_t family, size_t context) const {
    return prices_ + kSymbols * table_of_[family][context];
  }

  uint16_t* prices_;
  std::array<std::array<uint8_t, 256>, kMatchFamilies> table_of_{};
  size_t first_of_lengths_ = 0;  ///< tables
  std::array<std::array<uint32_t, kPricedLengths>, kMaxFamilyTables> lengths_;
};

}  // namespace sigma
