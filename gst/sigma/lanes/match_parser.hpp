/* The sequences of a lane that take least by given prices.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/match_finder.hpp"
#include "gst/sigma/lanes/match_prices.hpp"

namespace sigma {

/// The cheapest way to each place from the places before, piece by piece: forward dynamic
/// programming, as Storer and Szymanski (1982) have it, with the state of the way there as LZMA's
/// encoder does.
class MatchParser {
 public:
  /// `lent`, of kLentMemory bytes, is used by each call of find_block() and not in between.
  MatchParser(MutableByteSpan lent, MatchRows& rows, const MatchPrices& prices,
              const MatchParameters& parameters);

  void start(const LiteralKind& kind, ByteSpan bytes);
  /// As MatchSearch has it.
  size_t find_block(MatchSequence* sequences, size_t most, size_t& length);

 private:
  /// A place, and the cheapest way to it.
  struct Node {
    uint32_t price;
    uint32_t length;  ///< of the match that ends there; 0: a literal does
    uint32_t offset;  ///< of the match
    uint32_t run;     ///< literals since the last match
    RepeatOffsets offsets;
    MatchContext context;  ///< of the last match
  };
  static constexpr uint32_t kNodes = 2048;
  static constexpr size_t kNodesMemory = workspace_units((kNodes + 1) * sizeof(Node));
  static constexpr unsigned kShortLog = 14;

 public:
  static constexpr size_t kLentMemory = kNodesMemory + (sizeof(uint32_t) << kShortLog);

 private:
  /// Matches as long as this are taken, whatever comes behind them.
  uint32_t enough() const { return parameters_.enough; }
  uint32_t find_path(const uint8_t* limit, MatchRows::Found& taken);
  void arrive(uint32_t i);
  void try_literal(uint32_t i, const uint8_t* at);
  void try_matches(uint32_t i, uint32_t least, const MatchRows::Found& match);
  uint32_t try_all(uint32_t i, const uint8_t* at, uint32_t most, MatchRows::Found& longest);
  void reach(uint32_t i);
  size_t trace(uint32_t end, MatchSequence* sequences) const;
  void go_on_from(uint32_t end, const MatchRows::Found& taken);
  static uint32_t short_hash(const uint8_t* at);
  uint32_t find_short(const uint8_t* at);

  MatchRows& rows_;
  const MatchPrices& prices_;
  const MatchParameters& parameters_;
  Node* nodes_;
  RepeatOffsets offsets_;   ///< when the next block begins
  uint32_t* short_places_;  ///< the latest of each hash of three bytes, from 1
  uint32_t last_ = 0;       ///< of the nodes that have been reached
  LiteralKind kind_;
  const uint8_t* first_ = nullptr;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  const uint8_t* next_short_ = nullptr;
};

}  // namespace sigma
