/* Tables of symbols: how their counts are written, and what is made of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/tans_tables.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/base/quick_logarithm.hpp"

namespace sigma {
namespace {

constexpr unsigned kCountLengthBits = 4;  ///< of the bit length of a count
constexpr unsigned kFirstCountLength = 6;
constexpr size_t kTansSpread = kTansStates / 2 + kTansStates / 8 + 3;

/// Which symbol each state is of: each symbol has states all over the table.
std::array<uint8_t, kTansStates> spread_states(const SymbolCounts& counts) {
  std::array<uint8_t, kTansStates> symbols;
  size_t state = 0;
  for (size_t symbol = 0; symbol < counts.size(); symbol++)
    for (unsigned i = 0; i < counts[symbol]; i++) {
      symbols[state] = static_cast<uint8_t>(symbol);
      state = (state + kTansSpread) % kTansStates;
    }
  return symbols;
}

}  // namespace

/// The counts of a table: the length of each in bits, mostly as a step from that of the one before,
/// and what is below its first bit.
bool read_counts(BitReader& in, size_t bits, SymbolCounts& counts) {
  counts.fill(0);
  size_t symbol = in.read(8);
  unsigned length = kFirstCountLength;
  for (uint32_t sum = 0; sum < kTansStates; symbol++) {
    if (symbol > 255 || in.position() > bits) return false;
    if (in.read(1) == 0) {
      const unsigned before = length;
      if (in.read(1) != 0)
        length = in.read(1) != 0 ? before - 1 : before + 1;
      else if (length = in.read(kCountLengthBits); length + 1 >= before && length <= before + 1)
        return false;
      if (length > kTansLog + 1) return false;
    }
    if (length == 0) {
      if (sum == 0) return false;
      continue;
    }
    const uint32_t count = uint32_t{1} << (length - 1) | in.read(length - 1);
    sum += count;
    if (sum > kTansStates) return false;
    counts[symbol] = static_cast<uint16_t>(count);
  }
  return in.position() <= bits;
}

void make_decoder_table(const SymbolCounts& counts, uint32_t* table) {
  const auto symbols = spread_states(counts);
  SymbolCounts next = counts;
  for (size_t state = 0; state < kTansStates; state++) {
    const uint32_t symbol = symbols[state];
    const uint32_t number = next[symbol]++;
    const auto bits = kTansLog + 1 - static_cast<uint32_t>(std::bit_width(number));
    const uint32_t base = (number << bits) - static_cast<uint32_t>(kTansStates);
    table[state] = symbol << kSymbolShift | base << kStateShift | bits;
  }
}

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

}  // namespace sigma
