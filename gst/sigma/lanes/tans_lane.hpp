/* Lanes of symbols, coded by their frequencies in tables that follow from the symbols before them.
 * docs/format.md, "Symbols", is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

constexpr unsigned kTansLog = 11;  ///< bits of a state
constexpr size_t kTansStates = size_t{1} << kTansLog;
constexpr size_t kMaxTansTables = 32;
constexpr size_t kTansDecoderTable = 4 * kTansStates;  ///< bytes
constexpr size_t kMaxSymbols = size_t{1} << 27;
constexpr size_t kMaxSymbolDistance = 64;
constexpr unsigned kMaxSymbolRate = 8;
constexpr size_t kMaxSymbolRow = 65535;

/// What a symbol's table follows from.
struct SymbolContext {
  size_t distance = 0;   ///< from a symbol to the one of its kind before; 0: there is one table
  unsigned rate = 0;     ///< a mean moves by 1 / 2^rate of what a symbol differs from it
  size_t row = 0;        ///< from a symbol to the one above it; 0: none
  bool is_fine = false;  ///< levels are eighths, and more symbols above tell them

  bool operator==(const SymbolContext&) const = default;
};

/// Decoding of one lane, in two steps: what it takes is known before memory is there.
class TansDecoder {
 public:
  /// Reads what comes before the coded symbols. DAMAGED if it breaks a rule.
  Status parse(ByteSpan payload);
  size_t count() const { return count_; }
  /// Bytes of tables.
  size_t memory() const { return tables_ * kTansDecoderTable; }
  /// Writes the symbols, of which there are count(). `memory`, of memory() bytes, is aligned for
  /// any table. DAMAGED if they do not end as they must.
  Status decode(MutableByteSpan memory, MutableByteSpan out);

 private:
  size_t count_ = 0;
  SymbolContext context_;
  size_t tables_ = 0;
  ByteSpan thresholds_;
  ByteSpan rest_;  ///< counts, then coded symbols
};

/// Encodes lanes in memory of the caller's.
class TansEncoder {
 public:
  /// Bytes that it takes for `count` symbols.
  static constexpr size_t memory(size_t count, size_t max_tables = kMaxTansTables) {
    return workspace(count) + max_tables * kTable + max_tables * kCounts;
  }
  /// Most bytes of a lane of `count` symbols.
  static constexpr size_t most(size_t count) {
    return 64 + kMaxTansTables * 400 + count / 8 * kTansLog + count;
  }

  /// `memory` is aligned for any table.
  explicit TansEncoder(MutableByteSpan memory, size_t max_tables = kMaxTansTables)
      : memory_(memory), max_tables_(max_tables) {}

  /// Writes a lane of the symbols, at least one, with tables by this context. Gives its size, or 0
  /// if it does not fit.
  size_t encode(ByteSpan symbols, const SymbolContext& context, MutableByteSpan out);

  /// What the symbols take in this context, in 1/256 bits, tables included; about, from
  /// frequencies.
  uint64_t estimate(ByteSpan symbols, const SymbolContext& context);

 private:
  struct Groups;
  static constexpr size_t kTable = 2 * kTansStates + 8 * 256;
  static constexpr size_t kCounts = 4 * 256;
  static constexpr size_t workspace(size_t count) { return (count + 7) / 8 * 8; }

  /// For each group, which one it has become.
  using Merged = std::array<uint8_t, kMaxTansTables>;

  void part_levels(const uint8_t* levels, size_t count);
  void group(ByteSpan symbols, const SymbolContext& context);
  Merged merge(const Groups& groups);
  size_t write_head(const Groups& groups, size_t count, const SymbolContext& context,
                    MutableByteSpan out) const;
  size_t write_symbols(const Groups& groups, const Merged& merged, ByteSpan symbols,
                       MutableByteSpan out) const;

  MutableByteSpan memory_;
  size_t max_tables_;
  size_t tables_ = 0;
  uint8_t begins_[kMaxTansTables] = {};  ///< the first level of each table
  std::array<uint8_t, 256> group_of_{};  ///< of each level
};

}  // namespace sigma
