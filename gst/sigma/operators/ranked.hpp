/* Ranks: samples of which few values occur, by the place of each value among these.
 * docs/format.md, "Ranked", is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxRanks = 4096;
constexpr uint8_t kRanksMinor = 12;

/// Values of samples of two bytes, in rising order.
class RankTable {
 public:
  /// Those that occur in samples; false if there are more than kMaxRanks, or none.
  bool find(ByteSpan samples, bool is_big);
  /// Adds a value greater than all before; false if there is no room.
  bool add(uint16_t value);
  /// To be called when all are there.
  void finish();

  size_t count() const { return count_; }
  uint16_t value(size_t rank) const { return values_[rank]; }
  /// All of them, two bytes each: the palette of their ranks.
  void write(bool is_big, MutableByteSpan out) const;
  /// The rank of the greatest value that is not greater; 0 if there is none.
  uint16_t rank(uint16_t value) const {
    const size_t word = value / 64;
    const uint64_t below = bits_[word] & (~uint64_t{0} >> (63 - value % 64));
    const int rank = before_[word] + __builtin_popcountll(below) - 1;
    return static_cast<uint16_t>(rank < 0 ? 0 : rank);
  }

 private:
  size_t count_ = 0;
  std::array<uint64_t, 1024> bits_{};
  std::array<uint16_t, 1024> before_;  ///< values of the words before each
  std::array<uint16_t, kMaxRanks> values_;
};

/// Ranks, little-endian, of samples; there may be an odd byte before these, which is passed over.
void rank_samples(const RankTable& table, bool is_big, ByteSpan samples, MutableByteSpan ranks);

/// Writes the operator's payload; gives its size, or 0 if there is no room.
size_t write_ranks(const RankTable& table, bool is_big, MutableByteSpan out);

struct OperatorEntry;
extern const OperatorEntry kRanked;

}  // namespace sigma
