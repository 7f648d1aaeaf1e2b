/* Encoding of symbols: they are grouped by their context, and each group gets a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {

/// A table as symbols are coded with it.
struct CodingTable {
  Transition transitions[256];
  uint16_t states[kTansStates];
};

/// What lies where in an encoder's memory: the level of each symbol, tables, counts.
struct TansEncoder::Groups {
  Groups(MutableByteSpan memory, size_t count, size_t max_tables)
      : levels(memory.data()),
        tables(reinterpret_cast<CodingTable*>(memory.data() + workspace(count))),
        counts(reinterpret_cast<uint32_t*>(tables + max_tables)) {
    static_assert(sizeof(CodingTable) == kTable);
  }
  uint32_t* group(size_t i) const { return counts + i * 256; }
  /// For counting, before there are tables.
  uint32_t* lanes() const { return reinterpret_cast<uint32_t*>(tables); }
  uint8_t* levels;
  CodingTable* tables;
  uint32_t* counts;
};

namespace {

/// Equal symbols one behind the other are counted in different places, so that none waits for the
/// one before it.
constexpr size_t kCountLanes = 4;
/// Numbers from one group to the next in such a place: not all of them in the same cache lines.
constexpr size_t kCountStride = 256 + 16;

/// How many symbols are of each level: of all, or of every fourth stretch of many.
size_t count_levels(const uint8_t* levels, size_t count, uint32_t* at_level) {
  constexpr size_t kStretch = 64;
  constexpr size_t kMany = 65536;
  const size_t step = count < kMany ? kStretch : 4 * kStretch;
  uint32_t lanes[kCountLanes][kLastSymbolLevel + 1] = {};
  size_t counted = 0;
  for (size_t begin = 0; begin < count; begin += step) {
    const size_t end = std::min(begin + kStretch, count);
    size_t i = begin;
    for (; i + kCountLanes <= end; i += kCountLanes)
      for (size_t k = 0; k < kCountLanes; k++)
        lanes[k][levels[i + k]]++;
    for (; i < end; i++)
      lanes[0][levels[i]]++;
    counted += end - begin;
  }
  for (size_t level = 0; level <= kLastSymbolLevel; level++)
    for (const auto& lane : lanes)
      at_level[level] += lane[level];
  return counted;
}

}  // namespace

/// Sorts levels into groups, as many as there may be tables, of about as many symbols each.
void TansEncoder::part_levels(const uint8_t* levels, size_t count) {
  std::array<uint32_t, kLastSymbolLevel + 1> at_level{};
  const size_t counted = count_levels(levels, count, at_level.data());
  const size_t share = std::max<size_t>(counted / (max_tables_ - max_tables_ / 8), 256);
  tables_ = 1;
  begins_[0] = 0;
  size_t filled = 0;
  for (size_t level = 0; level <= kLastSymbolLevel; level++) {
    const bool is_full = filled >= share || (filled != 0 && filled + at_level[level] > 2 * share);
    if (is_full && at_level[level] != 0 && tables_ < max_tables_) {
      begins_[tables_++] = static_cast<uint8_t>(level);
      filled = 0;
    }
    filled += at_level[level];
    group_of_[level] = static_cast<uint8_t>(tables_ - 1);
  }
}

/// Finds the group of each symbol, and counts the symbols of each group.
void TansEncoder::group(ByteSpan symbols, const SymbolContext& context) {
  const Groups groups(memory_, symbols.size(), max_tables_);
  static_assert(kCountLanes * kCountStride * sizeof(uint32_t) <= kTable);
  if (context.distance == 0)
    std::fill_n(groups.levels, symbols.size(), uint8_t{0});
  else
    find_symbol_levels(symbols, context, groups.levels);
  part_levels(groups.levels, symbols.size());
  const size_t lane = tables_ * kCountStride;
  uint32_t* const counts = groups.lanes();
  std::fill_n(counts, kCountLanes * lane, 0);
  std::array<uint16_t, kLastSymbolLevel + 1> places;  // of the counts of a level
  for (size_t level = 0; level < places.size(); level++)
    places[level] = static_cast<uint16_t>(group_of_[level] * kCountStride);
  const uint8_t* const levels = groups.levels;
  const uint8_t* const data = symbols.data();
  size_t i = 0;
  for (; i + kCountLanes <= symbols.size(); i += kCountLanes)
    for (size_t k = 0; k < kCountLanes; k++)
      counts[k * lane + places[levels[i + k]] + data[i + k]]++;
  for (; i < symbols.size(); i++)
    counts[places[levels[i]] + data[i]]++;
  for (size_t table = 0; table < tables_; table++)
    for (size_t symbol = 0; symbol < 256; symbol++) {
      uint32_t sum = 0;
      for (size_t k = 0; k < kCountLanes; k++)
        sum += counts[k * lane + table * kCountStride + symbol];
      groups.group(table)[symbol] = sum;
    }
}

uint64_t TansEncoder::estimate(ByteSpan symbols, const SymbolContext& context) {
  group(symbols, context);
  const Groups groups(memory_, symbols.size(), max_tables_);
  uint64_t bits = 0;
  for (size_t i = 0; i < tables_; i++)
    bits += counted_bits(groups.group(i));
  return bits;
}

/// Neighbours become one group where a table costs more than it saves. Gives which group each has
/// become.
TansEncoder::Merged TansEncoder::merge(const Groups& groups) {
  Merged merged{};
  size_t kept = 0;
  uint64_t kept_bits = counted_bits(groups.group(0));
  for (size_t i = 1; i < tables_; i++) {
    const uint64_t bits = counted_bits(groups.group(i));
    uint32_t both[256];
    std::transform(groups.group(kept), groups.group(kept) + 256, groups.group(i), both,
                   [](uint32_t a, uint32_t b) { return a + b; });
    const uint64_t both_bits = counted_bits(both);
    if (both_bits <= kept_bits + bits) {
      std::copy_n(both, 256, groups.group(kept));
      kept_bits = both_bits;
    } else {
      kept++;
      std::copy_n(groups.group(i), 256, groups.group(kept));
      begins_[kept] = begins_[i];
      kept_bits = bits;
    }
    merged[i] = static_cast<uint8_t>(kept);
  }
  tables_ = kept + 1;
  return merged;
}

/// All that is before the coded symbols, and the tables for them; gives its size, or 0.
size_t TansEncoder::write_head(const Groups& groups, size_t count, const SymbolContext& context,
                               MutableByteSpan out) const {
  if (out.size() < 8 * kMaxVarintSize + kMaxTansTables) return 0;
  size_t size = write_varint(out.data(), count);
  size += write_varint(out.data() + size, context.distance);
  if (context.distance != 0) {
    size += write_varint(out.data() + size, context.rate + (context.is_fine ? kMaxSymbolRate : 0));
    size += write_varint(out.data() + size, context.row);
  }
  size += write_varint(out.data() + size, tables_);
  for (size_t i = 1; i < tables_; i++)
    out[size++] = begins_[i];
  BitWriter head(out.subspan(size));
  for (size_t i = 0; i < tables_; i++) {
    const SymbolCounts counts = normalise(groups.group(i));
    write_counts(counts, head);
    make_encoder_table(counts, groups.tables[i].states, groups.tables[i].transitions);
  }
  const size_t head_size = head.finish();
  return head_size == 0 ? 0 : size + head_size;
}

namespace {

using CodingTables = std::array<const CodingTable*, kLastSymbolLevel + 1>;

/// A few bits, which join others before there is one place for all.
struct FewBits {
  uint32_t value;
  uint32_t count;
  SIGMA_KERNEL FewBits then(FewBits next) const {
    return {value << next.count | next.value, count + next.count};
  }
};

/// Symbols, each by the table of its level, from the last one to the first. Gives the size, or 0 if
/// there is no room.
SIGMA_KERNEL size_t write_coded(const CodingTables& tables, const uint8_t* levels, ByteSpan symbols,
                                MutableByteSpan out) {
  FrontWriter bits(out);
  uint32_t states[4] = {kTansStates, kTansStates, kTansStates, kTansStates};
  const auto code = [&](size_t i, uint32_t& state) -> FewBits {
    const CodingTable& table = *tables[levels[i]];
    const Transition step = table.transitions[symbols[i]];
    const FewBits coded = {state, (state + step.bits) >> 16};
    state = table.states[static_cast<ptrdiff_t>(state >> coded.count) + step.state];
    return {coded.value & ((uint32_t{1} << coded.count) - 1), coded.count};
  };
  size_t i = symbols.size();
  for (; i % 4 != 0; i--) {
    const FewBits coded = code(i - 1, states[(i - 1) % 4]);
    bits.put(coded.value, coded.count);
    if (!bits.flush()) return 0;
  }
  auto [first, second, third, fourth] = states;
  for (; i != 0; i -= 4) {
    const FewBits above = code(i - 1, fourth).then(code(i - 2, third));
    const FewBits below = code(i - 3, second).then(code(i - 4, first));
    bits.put(above.value, above.count);
    bits.put(below.value, below.count);
    if (!bits.flush()) return 0;
  }
  for (const uint32_t last : {fourth, third, second, first}) {
    bits.put(last - static_cast<uint32_t>(kTansStates), kTansLog);
    if (!bits.flush()) return 0;
  }
  const uint8_t* begin = bits.finish();
  if (begin == nullptr) return 0;
  const auto coded = static_cast<size_t>(out.data() + out.size() - begin);
  std::memmove(out.data(), begin, coded);
  return coded;
}

size_t write_coded_plain(const CodingTables& tables, const uint8_t* levels, ByteSpan symbols,
                         MutableByteSpan out) {
  return write_coded(tables, levels, symbols, out);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 size_t write_coded_avx2(const CodingTables& tables, const uint8_t* levels,
                                   ByteSpan symbols, MutableByteSpan out) {
  return write_coded(tables, levels, symbols, out);
}
const auto kWriteCoded = kHasAvx2 ? write_coded_avx2 : write_coded_plain;
#else
constexpr auto kWriteCoded = write_coded_plain;
#endif

}  // namespace

size_t TansEncoder::write_symbols(const Groups& groups, const Merged& merged, ByteSpan symbols,
                                  MutableByteSpan out) const {
  CodingTables tables;
  for (size_t level = 0; level < tables.size(); level++)
    tables[level] = groups.tables + merged[group_of_[level]];
  return kWriteCoded(tables, groups.levels, symbols, out);
}

size_t TansEncoder::encode(ByteSpan symbols, const SymbolContext& context, MutableByteSpan out) {
  group(symbols, context);
  const Groups groups(memory_, symbols.size(), max_tables_);
  const Merged merged = merge(groups);
  const size_t size = write_head(groups, symbols.size(), context, out);
  if (size == 0) return 0;
  const size_t coded = write_symbols(groups, merged, symbols, out.subspan(size));
  return coded == 0 ? 0 : size + coded;
}

}  // namespace sigma
