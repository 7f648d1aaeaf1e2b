/* Decoding of symbols: four states take turns, and each symbol has a table by what came before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

constexpr size_t kLevels = 512;  ///< of a context, before the highest ones become one

Status damaged_symbols(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

/// Bits from the lowest of each byte on. Behind the end there are zeros.
class BitReader {
 public:
  explicit BitReader(ByteSpan in, size_t position = 0) : in_(in), position_(position) {}
  /// 57 bits at least.
  SIGMA_KERNEL uint64_t peek() const {
    const size_t byte = position_ / 8;
    if (byte + 8 <= in_.size()) [[likely]]
      return load_le<uint64_t>(in_.data() + byte) >> (position_ % 8);
    uint64_t bits = 0;
    for (size_t i = byte; i < in_.size(); i++)
      bits |= uint64_t{in_[i]} << (8 * (i - byte));
    return bits >> (position_ % 8);
  }
  SIGMA_KERNEL void skip(size_t count) { position_ += count; }
  uint32_t read(unsigned count) {
    const auto bits = static_cast<uint32_t>(peek() & ((uint64_t{1} << count) - 1));
    skip(count);
    return bits;
  }
  size_t position() const { return position_; }

 private:
  ByteSpan in_;
  size_t position_;
};

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

/// An entry of a decoder's table: the state after it less the bits read, the symbol, and how many
/// bits those are.
constexpr uint32_t kSymbolMask = 0xFF00;
constexpr uint32_t kBitsMask = 0xF;

void make_decoder_table(const SymbolCounts& counts, uint32_t* table) {
  const auto symbols = spread_states(counts);
  SymbolCounts next = counts;
  for (size_t state = 0; state < kTansStates; state++) {
    const uint32_t symbol = symbols[state];
    const uint32_t number = next[symbol]++;
    const auto bits = kTansLog + 1 - static_cast<uint32_t>(std::bit_width(number));
    const uint32_t base = (number << bits) - static_cast<uint32_t>(kTansStates);
    table[state] = base << 16 | symbol << 8 | bits;
  }
}

bool is_context(uint64_t distance, uint64_t rate, uint64_t row) {
  return distance <= kMaxSymbolDistance && rate >= 1 && rate <= kMaxSymbolRate &&
         row <= kMaxSymbolRow && (row == 0 || row > distance);
}

}  // namespace

Status TansDecoder::parse(ByteSpan payload) {
  VarintReader in(payload);
  uint64_t count = 0;
  uint64_t distance = 0;
  uint64_t rate = 1;
  uint64_t row = 0;
  uint64_t tables = 0;
  if (!in.read(count) || count == 0 || count > kMaxSymbols || !in.read(distance) ||
      (distance != 0 && (!in.read(rate) || !in.read(row))) || !is_context(distance, rate, row) ||
      !in.read(tables) || tables == 0 || tables > (distance == 0 ? 1 : kMaxTansTables))
    return damaged_symbols("the head of symbols is malformed");
  rest_ = in.rest();
  if (rest_.size() < tables - 1) return damaged_symbols("symbols end too early");
  thresholds_ = rest_.first(static_cast<size_t>(tables) - 1);
  rest_ = rest_.subspan(thresholds_.size());
  for (size_t i = 0; i < thresholds_.size(); i++)
    if (thresholds_[i] <= (i == 0 ? 0 : thresholds_[i - 1]))
      return damaged_symbols("the levels of symbols do not rise");
  count_ = static_cast<size_t>(count);
  context_ = {static_cast<size_t>(distance), static_cast<unsigned>(rate), static_cast<size_t>(row)};
  tables_ = static_cast<size_t>(tables);
  return {};
}

namespace {

using TablesByLevel = std::array<const uint32_t*, kLevels>;

/// The four states and the bits that they go on from.
struct Coded {
  BitReader bits;
  std::array<uint32_t, 4> states{};
};

/// Bits at hand for some symbols.
struct Taken {
  explicit Taken(const BitReader& bits) : word(bits.peek()) {}
  /// The next symbol, in bits 8 to 15, from a table by a state.
  SIGMA_KERNEL uint32_t next(const uint32_t* table, uint32_t& state) {
    const uint32_t entry = table[state];
    const uint32_t bits = entry & kBitsMask;
    state = (entry >> 16) + static_cast<uint32_t>(word & ((uint64_t{1} << bits) - 1));
    word >>= bits;
    count += bits;
    return entry & kSymbolMask;
  }
  uint64_t word;
  size_t count = 0;
};

/// Calls `next` for each symbol with its place, its state, and bits to take from. Four of them take
/// 44 bits at most.
template <typename Next>
SIGMA_KERNEL void for_each_symbol(Coded& coded, size_t count, Next next) {
  auto [a, b, c, d] = coded.states;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    Taken taken(coded.bits);
    next(i, a, taken);
    next(i + 1, b, taken);
    next(i + 2, c, taken);
    next(i + 3, d, taken);
    coded.bits.skip(taken.count);
  }
  coded.states = {a, b, c, d};
  for (; i < count; i++) {
    Taken taken(coded.bits);
    next(i, coded.states[i % 4], taken);
    coded.bits.skip(taken.count);
  }
}

/// Symbols from one table.
struct PlainSymbols {
  SIGMA_KERNEL void operator()(size_t i, uint32_t& state, Taken& taken) const {
    out[i] = static_cast<uint8_t>(taken.next(table, state) >> 8);
  }
  const uint32_t* table;
  uint8_t* out;
};

/// Symbols of one or two kinds in turn, without a row: means are at hand.
template <size_t Kinds>
struct NearSymbols {
  SIGMA_KERNEL void operator()(size_t i, uint32_t& state, Taken& taken) {
    int32_t& mean = means[i % Kinds];
    const uint32_t symbol = taken.next(tables[static_cast<size_t>(mean) >> 7], state);
    out[i] = static_cast<uint8_t>(symbol >> 8);
    mean += (static_cast<int32_t>(symbol) - mean) >> rate;
  }
  const TablesByLevel& tables;
  unsigned rate;
  uint8_t* out;
  int32_t means[Kinds] = {};
};

struct FarSymbols {
  SIGMA_KERNEL void operator()(size_t i, uint32_t& state, Taken& taken) {
    const uint32_t symbol = taken.next(tables[levels.level(out, i)], state) >> 8;
    out[i] = static_cast<uint8_t>(symbol);
    levels.add(symbol);
  }
  const TablesByLevel& tables;
  uint8_t* out;
  SymbolLevels levels;
};

}  // namespace

Status TansDecoder::decode(MutableByteSpan memory, MutableByteSpan out) {
  BitReader head(rest_);
  TablesByLevel tables;
  auto* table = reinterpret_cast<uint32_t*>(memory.data());
  size_t level = 0;
  for (size_t i = 0; i < tables_; i++, table += kTansStates) {
    SymbolCounts counts;
    if (!read_counts(head, 8 * rest_.size(), counts))
      return damaged_symbols("the counts of symbols are malformed");
    make_decoder_table(counts, table);
    const size_t end = i < thresholds_.size() ? thresholds_[i] : kLevels;
    for (; level < end; level++)
      tables[level] = table;
  }
  if (head.position() % 8 != 0 && head.read(8 - head.position() % 8) != 0)
    return damaged_symbols("bits follow the counts of symbols");
  const ByteSpan bytes = rest_.subspan(head.position() / 8);
  // The lowest bit that is set in the first byte says where the others begin.
  if (bytes.empty() || bytes[0] == 0) return damaged_symbols("symbols end too early");
  Coded coded = {BitReader(bytes, static_cast<size_t>(std::countr_zero(bytes[0])) + 1)};
  for (uint32_t& state : coded.states)
    state = coded.bits.read(kTansLog);
  if (tables_ == 1)
    for_each_symbol(coded, out.size(), PlainSymbols{tables[0], out.data()});
  else if (context_.row == 0 && context_.distance == 1)
    for_each_symbol(coded, out.size(), NearSymbols<1>{tables, context_.rate, out.data()});
  else if (context_.row == 0 && context_.distance == 2)
    for_each_symbol(coded, out.size(), NearSymbols<2>{tables, context_.rate, out.data()});
  else
    for_each_symbol(coded, out.size(), FarSymbols{tables, out.data(), SymbolLevels(context_)});
  const auto& states = coded.states;
  if (coded.bits.position() != 8 * bytes.size() ||
      std::any_of(states.begin(), states.end(), [](uint32_t state) { return state != 0; }))
    return damaged_symbols("symbols do not end as they must");
  return {};
}

}  // namespace sigma
