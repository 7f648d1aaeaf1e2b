/* Matches, found by rows of places that have the same hash.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/memory/arena.hpp"

namespace sigma {

/// An offset, and which of the latest ones it is, once that is known.
class MatchOffset {
 public:
  MatchOffset() = default;
  MatchOffset(uint32_t distance) : bits_(distance) {}
  /// In bytes, below 2^28.
  uint32_t distance() const { return bits_ & kDistance; }
  /// As RepeatOffsets has it.
  uint32_t number() const {
    const uint32_t repeat = bits_ >> kRepeatShift;
    return repeat < RepeatOffsets::kCount ? repeat : distance() + RepeatOffsets::kCount - 1;
  }
  void set_number(uint32_t number) {
    bits_ = distance() | std::min<uint32_t>(number, RepeatOffsets::kCount) << kRepeatShift;
  }

 private:
  static constexpr unsigned kRepeatShift = 30;
  static constexpr uint32_t kDistance = (uint32_t{1} << kRepeatShift) - 1;
  uint32_t bits_ = 0;
};

/// In so many literals in a row, a power of two, steps get longer by one.
constexpr unsigned kMatchSkipLog = 8;

/// A match, and the literals before it.
struct MatchSequence {
  uint32_t run;
  uint32_t length;
  MatchOffset offset;
};

/// Bytes that are alike, at most up to `end`.
inline uint32_t common_length(const uint8_t* a, const uint8_t* b, const uint8_t* end) {
  const uint8_t* const begin = a;
  while (end - a >= 8) {
    const uint64_t other = load_le<uint64_t>(a) ^ load_le<uint64_t>(b);
    if (other != 0)
      return static_cast<uint32_t>(a - begin) + static_cast<uint32_t>(std::countr_zero(other)) / 8;
    a += 8;
    b += 8;
  }
  while (a < end && *a == *b)
    a++, b++;
  return static_cast<uint32_t>(a - begin);
}

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
  /// What repeats what is at `at`, which was not added, for more than the gain of `best`, or
  /// `best`.
  Found find(const uint8_t* at, Found best) const;
  /// Those of at most `end` that are longer than `length` and than what is nearer; gives how many.
  static constexpr size_t kMostFound = 16;
  size_t find_all(const uint8_t* at, uint32_t length, const uint8_t* end,
                  std::array<Found, kMostFound>& found) const;

 private:
  static constexpr ptrdiff_t kAhead = 8;

  /// A place's bytes, without those of eight that do not count, to a row and a byte.
  struct Hash {
    unsigned unused;  ///< bits
    unsigned shift;
    uint32_t operator()(const uint8_t* at) const;
  };

  template <typename Take>
  void for_each_place(const uint8_t* at, Take take) const;
  uint32_t look_up(const uint8_t* at, Hash hash) const;
  void skip_to(const uint8_t* at);

  size_t places_;
  Hash hash_;
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
  MatchSearch(MatchRows& rows, const MatchParameters& parameters)
      : rows_(rows), parameters_(parameters) {}
  /// `first` is where the prefix begins, which lies right before the bytes.
  void start(const uint8_t* first, ByteSpan bytes);
  /// Sequences from where the last call ended: until there is no room, or the block is full. Gives
  /// how many; `length` becomes that of the block, all of the rest if nothing else repeats.
  size_t find_block(MatchSequence* sequences, size_t most, size_t& length);

 private:
  MatchRows::Found find(const uint8_t* at, int32_t gain) const;
  const uint8_t* look_ahead(const uint8_t* at, MatchRows::Found& best);

  MatchRows& rows_;
  MatchParameters parameters_;
  RepeatOffsets offsets_;
  const uint8_t* first_ = nullptr;  ///< of the prefix
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
};

}  // namespace sigma
