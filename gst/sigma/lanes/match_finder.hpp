/* Matches, found by rows of places that have the same hash.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/memory/arena.hpp"

namespace sigma {

/// A match, and the literals before it.
struct MatchSequence {
  uint32_t run;
  uint32_t length;
  uint32_t offset;
};

/// The latest places of each hash, in rows with a byte of the hash for each.
class MatchRows {
 public:
  static size_t memory(const MatchParameters& parameters);

  MatchRows(Arena& arena, const MatchParameters& parameters);

  /// Forgets all. Places are those from `begin` on; the last ones, which are fewer than kTail, are
  /// not found.
  void start(const uint8_t* begin, const uint8_t* end);
  /// Adds the places before `at` that were not added.
  void add_all(const uint8_t* at);
  /// Likewise, but of many the first and the last ones.
  void add_some(const uint8_t* at);

  static constexpr ptrdiff_t kTail = 8;

  struct Found {
    uint32_t length = 0;
    uint32_t offset = 0;
    int32_t gain = 0;  ///< about, in quarters of what a literal takes
  };
  /// What repeats what is at `at`, which was not added, for at least as much as a gain of `best`.
  Found find(const uint8_t* at, Found best) const;

 private:
  static constexpr ptrdiff_t kAhead = 8;

  uint32_t hash_of(const uint8_t* at) const;
  void look_up(const uint8_t* at);
  void skip_to(const uint8_t* at);
  void add_next();

  MatchParameters parameters_;
  uint32_t* positions_;
  uint8_t* tags_;
  uint8_t* heads_;
  const uint8_t* begin_ = nullptr;
  const uint8_t* end_ = nullptr;
  const uint8_t* next_ = nullptr;  ///< what is added next
  /// Hashes of the next places, whose rows are on their way from memory.
  std::array<uint32_t, kAhead> hashes_{};
};

/// Finds the sequences of a lane one after the other.
class MatchSearch {
 public:
  MatchSearch(Arena& arena, const MatchParameters& parameters)
      : rows_(arena, parameters), parameters_(parameters) {}
  void start(ByteSpan prefix, ByteSpan bytes);
  /// Sequences from where the last call ended: until there is no room, or the block is full. Gives
  /// how many; `length` becomes that of the block, all of the rest if nothing else repeats.
  size_t find_block(MatchSequence* sequences, size_t most, size_t& length);

 private:
  MatchRows::Found find(const uint8_t* at) const;
  const uint8_t* look_ahead(const uint8_t* at, MatchRows::Found& best);

  MatchRows rows_;
  MatchParameters parameters_;
  RepeatOffsets offsets_;
  const uint8_t* first_ = nullptr;  ///< of the prefix
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
};

}  // namespace sigma
