/* Decoding of literals and matches: symbols of matches are read ahead of literals, of which each
 * one chooses the table of the next.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/match_tokens.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

/// Bytes that are copied at once; copies may write as many too much where there is room.
constexpr size_t kStep = 16;

Status damaged_matches(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

/// Tables of a block. An entry of a literal that is no difference has, above its next state, the
/// table of that.
struct BlockTables {
  bool has_differences;
  const uint32_t* literals;
  std::array<uint16_t, 256> literal_table;  ///< by the context, in states
  std::array<const uint32_t*, 16> runs;
  std::array<const uint32_t*, 16> distances;
  std::array<const uint32_t*, 64> lengths;
};

/// Which table each context of a family has; false if it has too many.
bool read_map(BitReader& in, size_t contexts, size_t tables, std::array<uint8_t, 256>& map) {
  map.fill(0);
  if (tables == 1) return true;
  uint8_t table = 0;
  for (size_t i = 0; i < contexts; i++) {
    if (in.read(1) == 0) table = static_cast<uint8_t>(in.read(4));
    if (table >= tables) return false;
    map[i] = table;
  }
  return true;
}

bool has_symbols_from(const SymbolCounts& counts, size_t first) {
  return std::any_of(counts.begin() + static_cast<ptrdiff_t>(first), counts.end(),
                     [](uint16_t count) { return count != 0; });
}

/// The tables of each family follow each other in memory, which has room for `most`.
bool read_tables(BitReader& in, size_t bits, size_t most, uint32_t* table, BlockTables& tables) {
  std::array<uint8_t, 256> map;
  for (size_t family = 0; family < kMatchFamilies; family++) {
    const size_t count = in.read(4) + size_t{1};
    if (count > most || !read_map(in, kMatchContexts[family], count, map)) return false;
    most -= count;
    if (family == kLiterals) {
      tables.literals = table;
      for (size_t i = 0; i < map.size(); i++)
        tables.literal_table[i] = static_cast<uint16_t>(map[i] * kTansStates);
    }
    for (size_t i = 0; i < kMatchContexts[family]; i++) {
      const uint32_t* const chosen = table + map[i] * kTansStates;
      if (family == kRuns) tables.runs[i] = chosen;
      if (family == kDistances) tables.distances[i] = chosen;
      if (family == kLengths) tables.lengths[i] = chosen;
    }
    for (size_t i = 0; i < count; i++, table += kTansStates) {
      SymbolCounts counts;
      if (!read_counts(in, bits, counts)) return false;
      if (kMatchSymbols[family] < 256 && has_symbols_from(counts, kMatchSymbols[family]))
        return false;
      make_decoder_table(counts, table);
      if (family != kLiterals || tables.has_differences) continue;
      for (size_t state = 0; state < kTansStates; state++)
        table[state] += uint32_t{tables.literal_table[table[state] >> kSymbolShift]} << kStateShift;
    }
  }
  return true;
}

/// Bits at hand, taken from the lowest on.
struct Taken {
  SIGMA_KERNEL explicit Taken(const BitReader& bits) : word(bits.peek()) {}
  SIGMA_KERNEL uint32_t take(uint32_t bits) {
    const auto value = static_cast<uint32_t>(word & ((uint64_t{1} << bits) - 1));
    word >>= bits;
    count += bits;
    return value;
  }
  /// The symbol of a state, which goes on.
  SIGMA_KERNEL uint32_t next(const uint32_t* table, uint32_t& state) {
    const uint32_t entry = table[state];
    state = (entry >> kStateShift & kStateMask) + take(entry & kBitsMask);
    return entry >> kSymbolShift;
  }
  SIGMA_KERNEL uint32_t number(uint32_t symbol) {
    const MatchNumber number = kMatchNumbers[symbol];
    return number.least + take(number.bits);
  }
  uint64_t word;
  size_t count = 0;
};

/// Bits behind a mark, and states that have been read from them.
struct Stream {
  static bool open(ByteSpan bytes, Stream& stream) {
    if (bytes.empty() || bytes[0] == 0) return false;
    stream.size = 8 * bytes.size();
    stream.bits = BitReader(bytes, static_cast<size_t>(std::countr_zero(bytes[0])) + 1);
    return true;
  }
  BitReader bits{ByteSpan()};
  size_t size = 0;
};

/// A block, and what lies around it.
struct Block {
  BlockTables tables;
  Stream tokens;
  Stream literals;
  size_t sequences;
  RepeatOffsets offsets;
  ByteSpan prefix;
  uint8_t* begin;      ///< of the value
  uint8_t* at;         ///< what is made next
  uint8_t* end;        ///< of the block
  uint8_t* value_end;  ///< up to which may be written
};

struct Sequence {
  uint32_t run;
  uint32_t offset;
  uint32_t length;
};

/// The symbols of matches.
struct TokenReader {
  SIGMA_KERNEL Sequence next(const BlockTables& tables, RepeatOffsets& offsets) {
    Taken first(bits);
    const uint32_t run = first.next(tables.runs[context.of_run()], states[0]);
    const uint32_t literals = first.number(run);
    const uint32_t distance = first.next(tables.distances[context.of_distance(run)], states[1]);
    bits.skip(first.count);
    Taken second(bits);
    const uint32_t number = second.number(distance);
    const uint32_t length =
        second.next(tables.lengths[MatchContext::of_length(run, distance)], states[2]);
    const uint32_t more = second.number(length);
    bits.skip(second.count);
    context = {length, distance};
    auto offset = static_cast<uint32_t>(number - (RepeatOffsets::kCount - 1));
    if (number < RepeatOffsets::kCount)
      offset = offsets.use(number);
    else
      offsets.add(offset);
    return {literals, offset, more + kLeastMatch};
  }
  BitReader bits;
  uint32_t states[3];
  MatchContext context;
};

/// Literals; a state with its table.
struct LiteralReader {
  SIGMA_KERNEL void read(const BlockTables& tables, uint8_t before, uint8_t* out, size_t count) {
    state = static_cast<uint32_t>(state % kTansStates) | tables.literal_table[before];
    for (; count >= 4; count -= 4, out += 4) {
      Taken taken(bits);
      out[0] = static_cast<uint8_t>(taken.next(tables.literals, state));
      out[1] = static_cast<uint8_t>(taken.next(tables.literals, state));
      out[2] = static_cast<uint8_t>(taken.next(tables.literals, state));
      out[3] = static_cast<uint8_t>(taken.next(tables.literals, state));
      bits.skip(taken.count);
    }
    Taken taken(bits);
    for (size_t i = 0; i < count; i++)
      out[i] = static_cast<uint8_t>(taken.next(tables.literals, state));
    bits.skip(taken.count);
  }
  /// As read(), but each is the difference to the byte that `base` gives for its number.
  template <typename Base>
  SIGMA_KERNEL void read_differences(const BlockTables& tables, uint8_t* out, size_t count,
                                     Base base) {
    state %= kTansStates;
    for (size_t i = 0; i < count;) {
      Taken taken(bits);
      for (const size_t end = std::min(count, i + 4); i < end; i++) {
        const uint8_t byte = base(i);
        const uint32_t* const table =
            tables.literals + tables.literal_table[difference_context(byte, i)];
        out[i] = static_cast<uint8_t>(byte + taken.next(table, state));
      }
      bits.skip(taken.count);
    }
  }
  BitReader bits;
  uint32_t state;
};

/// Bytes from `offset` before, which may overlap those that are written.
SIGMA_KERNEL void copy_match(uint8_t* out, size_t offset, size_t length, size_t room) {
  const uint8_t* from = out - offset;
  if (room < length + kStep) {
    for (size_t i = 0; i < length; i++)
      out[i] = from[i];
    return;
  }
  uint8_t* const end = out + length;
  if (offset < kStep) {
    // What repeats in a step's bytes repeats in a multiple of the offset, too.
    for (size_t i = 0; i < kStep; i++)
      out[i] = from[i];
    out += kStep;
    from = out - offset * ((kStep - 1) / offset + 1);
  }
  for (; out < end; out += kStep, from += kStep)
    std::memcpy(out, from, kStep);
}

/// A match that begins in the prefix, which need not lie before the value.
void copy_from_prefix(Block& block, size_t offset, size_t length) {
  const auto made = static_cast<size_t>(block.at - block.begin);
  const size_t begin = block.prefix.size() - (offset - made);
  const size_t count = std::min(length, offset - made);
  std::memcpy(block.at, block.prefix.data() + begin, count);
  for (size_t i = count; i < length; i++)
    block.at[i] = *(block.at + i - offset);
}

/// The byte `offset` before byte `i` from block.at on, or 0 if there is none.
SIGMA_KERNEL uint8_t byte_before(const Block& block, size_t i, size_t offset) {
  const size_t made = static_cast<size_t>(block.at - block.begin) + i;
  if (offset <= made) [[likely]]
    return *(block.at + i - offset);
  const size_t back = offset - made;
  return back <= block.prefix.size() ? block.prefix[block.prefix.size() - back] : uint8_t{0};
}

SIGMA_KERNEL void read_difference_run(const Block& block, LiteralReader& literals, size_t count,
                                      uint32_t offset) {
  if (offset <= static_cast<size_t>(block.at - block.begin)) [[likely]]
    literals.read_differences(block.tables, block.at, count,
                              [from = block.at - offset](size_t i) { return from[i]; });
  else
    literals.read_differences(block.tables, block.at, count,
                              [&](size_t i) { return byte_before(block, i, offset); });
}

SIGMA_KERNEL bool decode_sequences(Block& block) {
  TokenReader tokens{block.tokens.bits, {}, {}};
  for (uint32_t& state : tokens.states)
    state = tokens.bits.read(kTansLog);
  LiteralReader literals{block.literals.bits, 0};
  literals.state = literals.bits.read(kTansLog);
  const auto read_run = [&](size_t count, uint32_t offset) {
    if (count == 0) return;
    if (block.tables.has_differences)
      read_difference_run(block, literals, count, offset);
    else
      literals.read(block.tables, byte_before(block, 0, 1), block.at, count);
    block.at += count;
  };
  for (size_t i = 0; i < block.sequences; i++) {
    const uint32_t latest = block.offsets[0];
    const Sequence sequence = tokens.next(block.tables, block.offsets);
    auto room = static_cast<size_t>(block.end - block.at);
    if (sequence.run > room || sequence.length > room - sequence.run) return false;
    read_run(sequence.run, latest);
    const auto made = static_cast<size_t>(block.at - block.begin);
    if (sequence.offset <= made) [[likely]]
      copy_match(block.at, sequence.offset, sequence.length,
                 static_cast<size_t>(block.value_end - block.at));
    else if (sequence.offset - made <= block.prefix.size())
      copy_from_prefix(block, sequence.offset, sequence.length);
    else
      return false;
    block.at += sequence.length;
  }
  read_run(static_cast<size_t>(block.end - block.at), block.offsets[0]);
  return tokens.bits.position() == block.tokens.size &&
         literals.bits.position() == block.literals.size &&
         (tokens.states[0] | tokens.states[1] | tokens.states[2]) == 0 &&
         literals.state % kTansStates == 0;
}

bool decode_sequences_plain(Block& block) {
  return decode_sequences(block);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 bool decode_sequences_avx2(Block& block) {
  return decode_sequences(block);
}
const auto kDecodeSequences = kHasAvx2 ? decode_sequences_avx2 : decode_sequences_plain;
#else
constexpr auto kDecodeSequences = decode_sequences_plain;
#endif

}  // namespace

Status MatchDecoder::parse(ByteSpan payload) {
  VarintReader in(payload);
  uint64_t size = 0;
  uint64_t tables = 0;
  if (!in.read(size) || size > kMaxMatchLane || !in.read(tables))
    return damaged_matches("the head of matches is malformed");
  has_differences_ = tables > kDifferenceTables;
  if (has_differences_) tables -= kDifferenceTables;
  if (tables < kMinMatchTables || tables > kMaxMatchTables)
    return damaged_matches("the head of matches is malformed");
  size_ = static_cast<size_t>(size);
  tables_ = static_cast<size_t>(tables);
  rest_ = in.rest();
  return {};
}

Status MatchDecoder::decode_block(ByteSpan prefix, MutableByteSpan memory, MutableByteSpan out) {
  VarintReader in(rest_);
  uint64_t length = 0;
  uint64_t sequences = 0;
  uint64_t token_size = 0;
  uint64_t literal_size = 0;
  if (!in.read(length) || length == 0 || length > std::min(kMaxMatchBlock, size_ - made_) ||
      !in.read(sequences) || sequences > length / kLeastMatch || !in.read(token_size) ||
      !in.read(literal_size))
    return damaged_matches("the head of a block of matches is malformed");
  Block block;
  block.tables.has_differences = has_differences_;
  BitReader head(in.rest());
  if (!read_tables(head, 8 * in.rest().size(), tables_, reinterpret_cast<uint32_t*>(memory.data()),
                   block.tables) ||
      (head.position() % 8 != 0 && head.read(8 - head.position() % 8) != 0))
    return damaged_matches("the tables of matches are malformed");
  const ByteSpan streams = in.rest().subspan(head.position() / 8);
  if (token_size > streams.size() || literal_size > streams.size() - token_size ||
      !Stream::open(streams.first(static_cast<size_t>(token_size)), block.tokens) ||
      !Stream::open(
          streams.subspan(static_cast<size_t>(token_size), static_cast<size_t>(literal_size)),
          block.literals))
    return damaged_matches("a block of matches ends too early");
  block.sequences = static_cast<size_t>(sequences);
  block.offsets = offsets_;
  block.prefix = prefix;
  block.begin = out.data();
  block.at = out.data() + made_;
  block.end = block.at + length;
  block.value_end = out.data() + out.size();
  if (!kDecodeSequences(block)) return damaged_matches("a block of matches is malformed");
  offsets_ = block.offsets;
  made_ += static_cast<size_t>(length);
  rest_ = streams.subspan(static_cast<size_t>(token_size + literal_size));
  return {};
}

}  // namespace sigma
