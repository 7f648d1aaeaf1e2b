/* Encoding of symbols: they are grouped by their context, and each group gets a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/quick_logarithm.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

/// Bits from the lowest of each byte on, into memory that may be too small.
class BitWriter {
 public:
  explicit BitWriter(MutableByteSpan out) : out_(out) {}
  void put(uint32_t value, unsigned count) {
    bits_ |= uint64_t{value} << filled_;
    for (filled_ += count; filled_ >= 8; filled_ -= 8, bits_ >>= 8)
      push();
  }
  /// Gives the whole bytes, or 0 if there was no room.
  size_t finish() {
    if (filled_ > 0) push();
    return size_ <= out_.size() ? size_ : 0;
  }

 private:
  void push() {
    if (size_ < out_.size()) out_[size_] = static_cast<uint8_t>(bits_);
    size_++;
  }
  MutableByteSpan out_;
  size_t size_ = 0;
  uint64_t bits_ = 0;
  unsigned filled_ = 0;
};

/// The counts of a table, as read_counts() of the decoder has them.
void write_counts(const SymbolCounts& counts, BitWriter& out) {
  size_t symbol = 0;
  while (counts[symbol] == 0)
    symbol++;
  out.put(static_cast<uint32_t>(symbol), 8);
  unsigned before = kFirstCountLength;
  for (uint32_t sum = 0; sum < kTansStates; symbol++) {
    const uint32_t count = counts[symbol];
    const auto length = static_cast<unsigned>(std::bit_width(count));
    if (length == before)
      out.put(1, 1);
    else if (length == before + 1)
      out.put(0b010, 3);
    else if (length + 1 == before)
      out.put(0b110, 3);
    else
      out.put(length << 2, 2 + kCountLengthBits);
    if (length > 1) out.put(count & ((uint32_t{1} << (length - 1)) - 1), length - 1);
    before = length;
    sum += count;
  }
}

/// Bits, in 1/256, of symbols that were counted, with their table.
uint64_t counted_bits(const uint32_t* counts) {
  uint32_t total = 0;
  uint64_t bits = 0;
  uint32_t last = 0;
  uint32_t first = 256;
  for (uint32_t i = 0; i < 256; i++) {
    if (counts[i] == 0) continue;
    total += counts[i];
    bits -= uint64_t{counts[i]} * quick_log2(counts[i]);
    bits += 6 << 8;
    last = i;
    first = std::min(first, i);
  }
  if (total == 0) return 0;
  return bits + uint64_t{total} * quick_log2(total) + ((10 + 2 * (last - first)) << 8);
}

/// SymbolCounts that add up to the number of states, none of what occurs being 0.
SymbolCounts normalise(const uint32_t* counts) {
  uint64_t total = 0;
  for (size_t i = 0; i < 256; i++)
    total += counts[i];
  SymbolCounts scaled{};
  int32_t left = kTansStates;
  for (size_t i = 0; i < 256; i++) {
    if (counts[i] == 0) continue;
    const uint64_t share = (counts[i] * uint64_t{kTansStates} + total / 2) / total;
    scaled[i] = static_cast<uint16_t>(std::max<uint64_t>(share, 1));
    left -= scaled[i];
  }
  while (left != 0) {
    // One that is frequent loses or wins least by it.
    const auto most = std::max_element(scaled.begin(), scaled.end());
    const int32_t step = left > 0 ? left : std::max<int32_t>(left, 1 - (*most + 7) / 8);
    *most = static_cast<uint16_t>(*most + (step != 0 ? step : -1));
    left -= step != 0 ? step : -1;
  }
  return scaled;
}

/// What an encoder does for a symbol: how many bits it puts, and where the next state is.
struct Transition {
  uint32_t bits;
  int32_t state;
};

/// Writes bits in front of those before.
class FrontWriter {
 public:
  explicit FrontWriter(MutableByteSpan out) : begin_(out.data()), at_(out.data() + out.size()) {}
  SIGMA_KERNEL void put(uint32_t value, unsigned count) {
    bits_ = bits_ << count | value;
    filled_ += count;
  }
  /// Once for 56 bits or fewer; false if there is no room.
  SIGMA_KERNEL bool flush() {
    const unsigned bytes = filled_ / 8;
    if (at_ - begin_ < 8) return flush_bytes();
    // The first bits of all are the highest of the last byte.
    store_le<uint64_t>(at_ - 8, bits_ << 1 << (63 - filled_));
    at_ -= bytes;
    filled_ %= 8;
    return true;
  }
  /// Marks where the bits begin; gives the first byte, or null if there is no room.
  SIGMA_KERNEL uint8_t* finish() {
    put(1, 1);
    filled_ += 7;
    bits_ <<= 7;
    if (!flush_bytes()) return nullptr;
    return at_;
  }

 private:
  /// Where there is little room.
  bool flush_bytes() {
    for (; filled_ >= 8; filled_ -= 8) {
      if (at_ == begin_) return false;
      *--at_ = static_cast<uint8_t>(bits_ >> (filled_ - 8));
    }
    return true;
  }
  uint8_t* begin_;
  uint8_t* at_;
  uint64_t bits_ = 0;  ///< the last `filled_` of them are not written
  unsigned filled_ = 0;
};

void make_encoder_table(const SymbolCounts& counts, uint16_t* states, Transition* transitions) {
  const auto symbols = spread_states(counts);
  std::array<uint32_t, 256> place;
  int32_t total = 0;
  for (size_t i = 0; i < 256; i++) {
    const uint32_t count = counts[i];
    place[i] = static_cast<uint32_t>(total);
    if (count == 0) continue;
    const uint32_t most =
        kTansLog + 1 - static_cast<uint32_t>(count == 1 ? 1 : std::bit_width(count - 1));
    transitions[i] = {(most << 16) - (count << most), total - static_cast<int32_t>(count)};
    total += static_cast<int32_t>(count);
  }
  for (size_t state = 0; state < kTansStates; state++)
    states[place[symbols[state]]++] = static_cast<uint16_t>(kTansStates + state);
}

}  // namespace

/// What lies where in an encoder's memory: the table of each symbol, tables, counts.
struct TansEncoder::Groups {
  Groups(MutableByteSpan memory, size_t count, size_t max_tables)
      : of_symbol(memory.data()),
        tables(memory.data() + workspace(count)),
        counts(reinterpret_cast<uint32_t*>(tables + max_tables * kTable)) {}
  uint32_t* group(size_t i) const { return counts + i * 256; }
  uint16_t* states(size_t i) const { return reinterpret_cast<uint16_t*>(tables + i * kTable); }
  Transition* transitions(size_t i) const {
    return reinterpret_cast<Transition*>(tables + i * kTable + 2 * kTansStates);
  }
  uint8_t* of_symbol;
  uint8_t* tables;
  uint32_t* counts;
};

namespace {

/// How many symbols are of each level: of all, or of every fourth stretch of many.
size_t count_levels(const uint8_t* levels, size_t count, uint32_t* at_level) {
  constexpr size_t kStretch = 64;
  constexpr size_t kMany = 65536;
  const size_t step = count < kMany ? kStretch : 4 * kStretch;
  size_t counted = 0;
  for (size_t begin = 0; begin < count; begin += step) {
    const size_t end = std::min(begin + kStretch, count);
    for (size_t i = begin; i < end; i++)
      at_level[levels[i]]++;
    counted += end - begin;
  }
  return counted;
}

}  // namespace

/// Sorts symbols into groups of like levels, as many as there may be tables, and counts them.
void TansEncoder::group(ByteSpan symbols, const SymbolContext& context) {
  const Groups groups(memory_, symbols.size(), max_tables_);
  std::array<uint32_t, kLastSymbolLevel + 1> at_level{};
  if (context.distance == 0)
    std::fill_n(groups.of_symbol, symbols.size(), uint8_t{0});
  else
    find_symbol_levels(symbols, context, groups.of_symbol);
  const size_t counted = count_levels(groups.of_symbol, symbols.size(), at_level.data());
  std::array<uint8_t, kLastSymbolLevel + 1> group_of;
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
    group_of[level] = static_cast<uint8_t>(tables_ - 1);
  }
  std::fill_n(groups.counts, tables_ * 256, 0);
  for (size_t i = 0; i < symbols.size(); i++) {
    const uint8_t group = group_of[groups.of_symbol[i]];
    groups.of_symbol[i] = group;
    groups.group(group)[symbols[i]]++;
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
    size += write_varint(out.data() + size, context.rate);
    size += write_varint(out.data() + size, context.row);
  }
  size += write_varint(out.data() + size, tables_);
  for (size_t i = 1; i < tables_; i++)
    out[size++] = begins_[i];
  BitWriter head(out.subspan(size));
  for (size_t i = 0; i < tables_; i++) {
    const SymbolCounts counts = normalise(groups.group(i));
    write_counts(counts, head);
    make_encoder_table(counts, groups.states(i), groups.transitions(i));
  }
  const size_t head_size = head.finish();
  return head_size == 0 ? 0 : size + head_size;
}

namespace {

/// A table as symbols are coded with it.
struct CodingTable {
  const Transition* transitions;
  const uint16_t* states;
};
using CodingTables = std::array<CodingTable, kMaxTansTables>;

/// Symbols, each by the table of its number in `numbers`, from the last one to the first. Gives the
/// size, or 0 if there is no room.
SIGMA_KERNEL size_t write_coded(const CodingTables& tables, const uint8_t* numbers,
                                ByteSpan symbols, MutableByteSpan out) {
  FrontWriter bits(out);
  uint32_t states[4] = {kTansStates, kTansStates, kTansStates, kTansStates};
  const auto put = [&](size_t i, uint32_t& state) {
    const CodingTable& table = tables[numbers[i]];
    const Transition step = table.transitions[symbols[i]];
    const uint32_t count = (state + step.bits) >> 16;
    bits.put(state & ((uint32_t{1} << count) - 1), count);
    state = table.states[static_cast<int32_t>(state >> count) + step.state];
  };
  size_t i = symbols.size();
  for (; i % 4 != 0; i--) {
    put(i - 1, states[(i - 1) % 4]);
    if (!bits.flush()) return 0;
  }
  auto [first, second, third, fourth] = states;
  for (; i != 0; i -= 4) {
    put(i - 1, fourth);
    put(i - 2, third);
    put(i - 3, second);
    put(i - 4, first);
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

size_t write_coded_plain(const CodingTables& tables, const uint8_t* numbers, ByteSpan symbols,
                         MutableByteSpan out) {
  return write_coded(tables, numbers, symbols, out);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 size_t write_coded_avx2(const CodingTables& tables, const uint8_t* numbers,
                                   ByteSpan symbols, MutableByteSpan out) {
  return write_coded(tables, numbers, symbols, out);
}
const auto kWriteCoded = kHasAvx2 ? write_coded_avx2 : write_coded_plain;
#else
constexpr auto kWriteCoded = write_coded_plain;
#endif

}  // namespace

size_t TansEncoder::write_symbols(const Groups& groups, const Merged& merged, ByteSpan symbols,
                                  MutableByteSpan out) {
  CodingTables tables;  // of the groups as they were before
  for (size_t i = 0; i < tables.size(); i++)
    tables[i] = {groups.transitions(merged[i]), groups.states(merged[i])};
  return kWriteCoded(tables, groups.of_symbol, symbols, out);
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
