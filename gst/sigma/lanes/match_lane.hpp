/* Lanes of literals and matches, whose symbols have tables by what comes before them.
 * docs/format.md, "Matches", is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"

namespace sigma {

/// Offsets that came before, the last one first.
class RepeatOffsets {
 public:
  static constexpr size_t kCount = 3;
  uint32_t operator[](size_t i) const { return offsets_[i]; }
  /// Number `i` of them is used again.
  uint32_t use(size_t i) {
    const uint32_t offset = offsets_[i];
    for (; i != 0; i--)
      offsets_[i] = offsets_[i - 1];
    return offsets_[0] = offset;
  }
  void add(uint32_t offset) { offsets_ = {offset, offsets_[0], offsets_[1]}; }
  /// The number of an offset that is used: which one it is, or what it is behind these.
  uint32_t number(uint32_t offset) {
    for (size_t i = 0; i < kCount; i++)
      if (offsets_[i] == offset) {
        use(i);
        return static_cast<uint32_t>(i);
      }
    add(offset);
    return offset + kCount - 1;
  }

 private:
  std::array<uint32_t, kCount> offsets_ = {1, 4, 8};
};

constexpr size_t kMinMatchTables = 4;
constexpr size_t kMaxMatchTables = 64;  ///< of a block
/// What lanes whose literals are differences have more in the field of their tables.
constexpr size_t kDifferenceTables = 64;
constexpr uint8_t kDifferencesMinor = 11;  ///< of the format, since which there are such lanes
constexpr size_t kMaxMatchLane = size_t{1} << 27;
constexpr size_t kMaxMatchBlock = size_t{1} << 20;

/// How an encoder looks for matches.
struct MatchParameters {
  unsigned places_log = 0;  ///< of the table of places
  unsigned hashed = 5;      ///< bytes that matches have at least, but for repeated offsets
  unsigned lazy = 2;        ///< places after a match that are tried, too
  size_t block = 0;         ///< most bytes of a block
  size_t tables = 28;       ///< that a block has at most, from 4 to kMostTables of the encoder
  unsigned parses = 0;      ///< by prices of the one before, behind the lazy one
  unsigned enough = 128;    ///< bytes of a match than which no longer one is weighed

  bool is_used() const { return places_log != 0; }
  bool operator==(const MatchParameters&) const = default;
};

/// Encodes lanes in memory of the caller's.
class MatchEncoder {
 public:
  static size_t memory(const MatchParameters& parameters);
  /// Tables that its blocks have at most.
  static constexpr size_t kMostTables = 28;

  /// `memory`, of memory() bytes, is aligned for any table.
  MatchEncoder(MutableByteSpan memory, const MatchParameters& parameters)
      : memory_(memory), parameters_(parameters) {}

  /// Writes a lane of the bytes, right before which the prefix lies if it is not empty. Gives its
  /// size, or 0 if it does not fit.
  size_t encode(ByteSpan bytes, ByteSpan prefix, MutableByteSpan out);

 private:
  MutableByteSpan memory_;
  MatchParameters parameters_;
};

/// Decoding of one lane: what it takes is known before memory is there.
class MatchDecoder {
 public:
  /// Reads what comes before the blocks. DAMAGED if it breaks a rule.
  Status parse(ByteSpan payload);
  size_t size() const { return size_; }
  /// Bytes of tables that a block has.
  size_t memory() const { return tables_ * kTansDecoderTable; }
  /// Whether all blocks were decoded.
  bool is_whole() const { return made_ == size_; }
  /// Writes the next block to its place in `out`, of size() bytes, which is the same in each call,
  /// as is the prefix. `memory`, of memory() bytes, is aligned for any table.
  Status decode_block(ByteSpan prefix, MutableByteSpan memory, MutableByteSpan out);
  /// Once all blocks were decoded: whether nothing follows them.
  bool at_end() const { return rest_.empty(); }

 private:
  size_t size_ = 0;
  size_t tables_ = 0;
  size_t made_ = 0;
  bool has_differences_ = false;
  RepeatOffsets offsets_;
  ByteSpan rest_;
};

}  // namespace sigma
