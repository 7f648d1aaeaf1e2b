/* Tabled asymmetric numeral systems: four states take turns, and each symbol has a table by what
 * came before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/tans_lane.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/logarithm.hpp"

namespace sigma {
namespace {

constexpr size_t kLevels = 512;  ///< of a context, before the highest ones become one
constexpr size_t kLastLevel = 255;
constexpr unsigned kLengthBits = 4;  ///< of the bit length of a count
constexpr unsigned kFirstLength = 6;
constexpr size_t kSpread = kTansStates / 2 + kTansStates / 8 + 3;

using Counts = std::array<uint16_t, 256>;

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

/// The counts of a table: the length of each in bits, mostly as a step from that of the one before,
/// and what is below its first bit.
bool read_counts(BitReader& in, size_t bits, Counts& counts) {
  counts.fill(0);
  size_t symbol = in.read(8);
  unsigned length = kFirstLength;
  for (uint32_t sum = 0; sum < kTansStates; symbol++) {
    if (symbol > 255 || in.position() > bits) return false;
    if (in.read(1) == 0) {
      const unsigned before = length;
      if (in.read(1) != 0)
        length = in.read(1) != 0 ? before - 1 : before + 1;
      else if (length = in.read(kLengthBits); length + 1 >= before && length <= before + 1)
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

void write_counts(const Counts& counts, BitWriter& out) {
  size_t symbol = 0;
  while (counts[symbol] == 0)
    symbol++;
  out.put(static_cast<uint32_t>(symbol), 8);
  unsigned before = kFirstLength;
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
      out.put(length << 2, 2 + kLengthBits);
    if (length > 1) out.put(count & ((uint32_t{1} << (length - 1)) - 1), length - 1);
    before = length;
    sum += count;
  }
}

/// Which symbol each state is of: each symbol has states all over the table.
std::array<uint8_t, kTansStates> spread(const Counts& counts) {
  std::array<uint8_t, kTansStates> symbols;
  size_t state = 0;
  for (size_t symbol = 0; symbol < counts.size(); symbol++)
    for (unsigned i = 0; i < counts[symbol]; i++) {
      symbols[state] = static_cast<uint8_t>(symbol);
      state = (state + kSpread) % kTansStates;
    }
  return symbols;
}

/// An entry of a decoder's table: the state after it less the bits read, the symbol, and how many
/// bits those are.
constexpr uint32_t kSymbolMask = 0xFF00;
constexpr uint32_t kBitsMask = 0xF;

void make_decoder_table(const Counts& counts, uint32_t* table) {
  const auto symbols = spread(counts);
  Counts next = counts;
  for (size_t state = 0; state < kTansStates; state++) {
    const uint32_t symbol = symbols[state];
    const uint32_t number = next[symbol]++;
    const auto bits = kTansLog + 1 - static_cast<uint32_t>(std::bit_width(number));
    const uint32_t base = (number << bits) - static_cast<uint32_t>(kTansStates);
    table[state] = base << 16 | symbol << 8 | bits;
  }
}

/// The levels of symbols in order: means of those before, each of its kind, in halves of a symbol.
class Levels {
 public:
  explicit Levels(const SymbolContext& context) : context_(context) {}
  /// Of symbol `i`; those before it are there.
  SIGMA_KERNEL uint32_t level(const uint8_t* symbols, size_t i) {
    if (++kind_ >= context_.distance) kind_ = 0;
    const uint32_t mean = means_[kind_];
    if (context_.row == 0) return mean >> 7;
    const auto at = [&](size_t back) -> uint32_t { return i >= back ? symbols[i - back] : 0; };
    const size_t row = context_.row;
    const uint32_t above = 2 * at(row) + at(row + context_.distance) + at(row - context_.distance);
    return (mean + (above << 6)) >> 8;
  }
  SIGMA_KERNEL void add(uint32_t symbol) {
    const auto mean = static_cast<int32_t>(means_[kind_]);
    means_[kind_] =
        static_cast<uint32_t>(mean + ((static_cast<int32_t>(symbol << 8) - mean) >> context_.rate));
  }

 private:
  SymbolContext context_;
  size_t kind_ = kMaxSymbolDistance;
  std::array<uint32_t, kMaxSymbolDistance> means_{};
};

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
  Levels levels;
};

}  // namespace

Status TansDecoder::decode(MutableByteSpan memory, MutableByteSpan out) {
  BitReader head(rest_);
  TablesByLevel tables;
  auto* table = reinterpret_cast<uint32_t*>(memory.data());
  size_t level = 0;
  for (size_t i = 0; i < tables_; i++, table += kTansStates) {
    Counts counts;
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
    for_each_symbol(coded, out.size(), FarSymbols{tables, out.data(), Levels(context_)});
  const auto& states = coded.states;
  if (coded.bits.position() != 8 * bytes.size() ||
      std::any_of(states.begin(), states.end(), [](uint32_t state) { return state != 0; }))
    return damaged_symbols("symbols do not end as they must");
  return {};
}

namespace {

constexpr size_t kLogTable = 4096;
constexpr auto kLog2 = [] {
  std::array<uint16_t, kLogTable> table{};
  for (uint32_t i = 1; i < table.size(); i++)
    table[i] = static_cast<uint16_t>(log2_fixed(i));
  return table;
}();

/// In 1/256, about; of 1 and more.
uint32_t quick_log2(uint32_t value) {
  if (value < kLogTable) return kLog2[value];
  const auto shift = static_cast<uint32_t>(std::bit_width(value)) - 12;
  return kLog2[value >> shift] + (shift << 8);
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

/// Counts that add up to the number of states, none of what occurs being 0.
Counts normalise(const uint32_t* counts) {
  uint64_t total = 0;
  for (size_t i = 0; i < 256; i++)
    total += counts[i];
  Counts scaled{};
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
  /// Once for 32 bits or fewer; false if there is no room.
  SIGMA_KERNEL bool flush() {
    if (filled_ < 32) return true;
    if (at_ - begin_ < 4) return false;
    at_ -= 4;
    filled_ -= 32;
    store_le<uint32_t>(at_, static_cast<uint32_t>(bits_ >> filled_));
    return true;
  }
  /// Marks where the bits begin; gives the first byte, or null if there is no room.
  uint8_t* finish() {
    if (!flush()) return nullptr;
    put(1, 1);
    const size_t size = (filled_ + 7) / 8;
    if (static_cast<size_t>(at_ - begin_) < size) return nullptr;
    bits_ <<= 8 * size - filled_;
    at_ -= size;
    for (size_t i = 0; i < size; i++)
      at_[i] = static_cast<uint8_t>(bits_ >> (8 * i));
    return at_;
  }

 private:
  uint8_t* begin_;
  uint8_t* at_;
  uint64_t bits_ = 0;
  unsigned filled_ = 0;
};

void make_encoder_table(const Counts& counts, uint16_t* states, Transition* transitions) {
  const auto symbols = spread(counts);
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

/// The level of each symbol of so many kinds in turn, without a row: means are at hand.
template <size_t Kinds>
void find_near_levels(ByteSpan symbols, unsigned rate, uint8_t* out) {
  int32_t means[Kinds] = {};
  const auto add = [&](size_t kind, size_t i) {
    out[i] = static_cast<uint8_t>(
        std::min<uint32_t>(static_cast<uint32_t>(means[kind]) >> 7, kLastLevel));
    means[kind] += ((int32_t{symbols[i]} << 8) - means[kind]) >> rate;
  };
  size_t i = 0;
  for (; i + Kinds <= symbols.size(); i += Kinds)
    for (size_t kind = 0; kind < Kinds; kind++)
      add(kind, i + kind);
  for (size_t kind = 0; i < symbols.size(); i++, kind++)
    add(kind, i);
}

void find_levels(ByteSpan symbols, const SymbolContext& context, uint8_t* out) {
  if (context.row == 0 && context.distance == 1)
    return find_near_levels<1>(symbols, context.rate, out);
  if (context.row == 0 && context.distance == 2)
    return find_near_levels<2>(symbols, context.rate, out);
  Levels levels(context);
  for (size_t i = 0; i < symbols.size(); i++) {
    const uint32_t level = std::min<uint32_t>(levels.level(symbols.data(), i), kLastLevel);
    levels.add(symbols[i]);
    out[i] = static_cast<uint8_t>(level);
  }
}

}  // namespace

/// Sorts symbols into groups of like levels, as many as there may be tables, and counts them.
void TansEncoder::group(ByteSpan symbols, const SymbolContext& context) {
  const Groups groups(memory_, symbols.size(), max_tables_);
  std::array<uint32_t, kLastLevel + 1> at_level{};
  if (context.distance == 0) {
    std::fill_n(groups.of_symbol, symbols.size(), uint8_t{0});
    at_level[0] = static_cast<uint32_t>(symbols.size());
  } else {
    find_levels(symbols, context, groups.of_symbol);
    for (size_t i = 0; i < symbols.size(); i++)
      at_level[groups.of_symbol[i]]++;
  }
  std::array<uint8_t, kLastLevel + 1> group_of;
  const size_t share = std::max<size_t>(symbols.size() / (max_tables_ - max_tables_ / 8), 256);
  tables_ = 1;
  begins_[0] = 0;
  size_t filled = 0;
  for (size_t level = 0; level <= kLastLevel; level++) {
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

size_t TansEncoder::encode(ByteSpan symbols, const SymbolContext& context, MutableByteSpan out) {
  group(symbols, context);
  const Groups groups(memory_, symbols.size(), max_tables_);
  // Neighbours become one group where a table costs more than it saves.
  std::array<uint8_t, kMaxTansTables> merged{};
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
  const size_t sorted = tables_;
  tables_ = kept + 1;

  if (out.size() < 8 * kMaxVarintSize + kMaxTansTables) return 0;
  size_t size = write_varint(out.data(), symbols.size());
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
    const Counts counts = normalise(groups.group(i));
    write_counts(counts, head);
    make_encoder_table(counts, groups.states(i), groups.transitions(i));
  }
  const size_t head_size = head.finish();
  if (head_size == 0) return 0;
  size += head_size;

  FrontWriter bits(out.subspan(size));
  uint32_t states[4] = {kTansStates, kTansStates, kTansStates, kTansStates};
  struct Table {
    const Transition* transitions;
    const uint16_t* states;
  };
  std::array<Table, kMaxTansTables> tables;  // of the groups as they were sorted
  for (size_t i = 0; i < sorted; i++)
    tables[i] = {groups.transitions(merged[i]), groups.states(merged[i])};
  const auto put = [&](size_t i, uint32_t& state) {
    const Table& table = tables[groups.of_symbol[i]];
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
    // There is room for two more after a flush.
    put(i - 1, fourth);
    put(i - 2, third);
    if (!bits.flush()) return 0;
    put(i - 3, second);
    put(i - 4, first);
    if (!bits.flush()) return 0;
  }
  const uint32_t last[4] = {first, second, third, fourth};
  for (i = 4; i-- > 0;) {
    bits.put(last[i] - static_cast<uint32_t>(kTansStates), kTansLog);
    if (!bits.flush()) return 0;
  }
  const uint8_t* begin = bits.finish();
  if (begin == nullptr) return 0;
  const auto coded = static_cast<size_t>(out.data() + out.size() - begin);
  std::memmove(out.data() + size, begin, coded);
  return size + coded;
}

}  // namespace sigma
