/* Encoding of literals and matches, block by block: sequences, then tables, then symbols from the
 * last one to the first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/match_finder.hpp"
#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/match_tokens.hpp"
#include "gst/sigma/lanes/table_choice.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

constexpr size_t kSymbols = 256;
constexpr size_t kMostSequences = size_t{24} << 10;
/// Tables that families have of so many: literals the most.
constexpr std::array<size_t, kMatchFamilies> share_tables(size_t tables) {
  const size_t few = std::max<size_t>(tables / 8, 1);
  const size_t some = std::max<size_t>(tables / 4, 1);
  return {tables - 2 * few - some, few, few, some};
}
static_assert(share_tables(MatchEncoder::kMostTables)[kLiterals] <= kMaxFamilyTables);
constexpr size_t kAllContexts =
    kMatchContexts[0] + kMatchContexts[1] + kMatchContexts[2] + kMatchContexts[3];
/// A block's head: four varints below 2^28.
constexpr size_t kBlockHead = 4 * 4;

/// A sequence as symbols, and the bits behind them.
struct SequenceTokens {
  SequenceTokens(const MatchSequence& sequence)
      : run(match_token(sequence.run)),
        distance(match_token(sequence.offset)),
        length(match_token(sequence.length - kLeastMatch)) {}
  MatchToken run;
  MatchToken distance;
  MatchToken length;
  MatchContext context() const { return {length.symbol, distance.symbol}; }
};

/// A table as symbols are coded with it.
struct CodingTable {
  uint16_t states[kTansStates];
  Transition transitions[kSymbols];
};

struct Symbols {
  std::array<const CodingTable*, 256> of_context;
};

/// Puts symbols, and bits between them, in front of those before.
struct SymbolWriter {
  SIGMA_KERNEL void put(const CodingTable& table, uint32_t symbol, uint32_t& state) {
    const Transition step = table.transitions[symbol];
    const uint32_t count = (state + step.bits) >> 16;
    bits.put(state & ((uint32_t{1} << count) - 1), count);
    state = table.states[static_cast<int32_t>(state >> count) + step.state];
  }
  SIGMA_KERNEL void put_rest(uint32_t number, const MatchToken& token) {
    bits.put(number & ((uint32_t{1} << token.bits) - 1), token.bits);
  }
  FrontWriter bits;
};

/// What is in an encoder's memory.
class BlockCoder {
 public:
  static constexpr size_t memory() {
    return sizeof(uint32_t) * kSymbols * (kAllContexts + kMaxFamilyTables) +
           sizeof(CodingTable) * MatchEncoder::kMostTables;
  }
  BlockCoder(Arena& arena, size_t most_tables)
      : most_(share_tables(most_tables)),
        counts_(arena.take<uint32_t>(kAllContexts * kSymbols)),
        sums_(arena.take<uint32_t>(kMaxFamilyTables * kSymbols)),
        tables_(arena.take<CodingTable>(MatchEncoder::kMostTables)) {}

  /// Offsets of sequences become numbers. `before` is the byte before the block. Gives the size, or
  /// 0 if there is no room.
  size_t write(ByteSpan block, uint8_t before, std::span<MatchSequence> sequences,
               MutableByteSpan out);

  RepeatOffsets offsets;
  size_t tables = kMinMatchTables;  ///< that a block has had at most

 private:
  uint32_t* counts_of(size_t family) const {
    size_t contexts = 0;
    for (size_t i = 0; i < family; i++)
      contexts += kMatchContexts[i];
    return counts_ + contexts * kSymbols;
  }
  void count(ByteSpan block, uint8_t before, std::span<MatchSequence> sequences);
  size_t write_tables(MutableByteSpan out);
  size_t write_tokens(std::span<const MatchSequence> sequences, MutableByteSpan out) const;
  size_t write_literals(ByteSpan block, uint8_t before, std::span<const MatchSequence> sequences,
                        MutableByteSpan out) const;

  std::array<size_t, kMatchFamilies> most_;
  uint32_t* counts_;
  uint32_t* sums_;
  CodingTable* tables_;
  std::array<Symbols, kMatchFamilies> symbols_;
};

void BlockCoder::count(ByteSpan block, uint8_t before, std::span<MatchSequence> sequences) {
  std::fill_n(counts_, kAllContexts * kSymbols, 0);
  uint32_t* const literals = counts_of(kLiterals);
  uint32_t* const runs = counts_of(kRuns);
  uint32_t* const distances = counts_of(kDistances);
  uint32_t* const lengths = counts_of(kLengths);
  const uint8_t* at = block.data();
  const auto add_literals = [&](size_t count) {
    for (const uint8_t* const end = at + count; at < end; at++) {
      literals[before * kSymbols + *at]++;
      before = *at;
    }
  };
  MatchContext context;
  for (MatchSequence& sequence : sequences) {
    add_literals(sequence.run);
    at += sequence.length;
    before = at[-1];
    sequence.offset = offsets.number(sequence.offset);
    const SequenceTokens tokens(sequence);
    const uint32_t run = tokens.run.symbol;
    const uint32_t distance = tokens.distance.symbol;
    runs[context.of_run() * kSymbols + run]++;
    distances[context.of_distance(run) * kSymbols + distance]++;
    lengths[MatchContext::of_length(run, distance) * kSymbols + tokens.length.symbol]++;
    context = tokens.context();
  }
  add_literals(static_cast<size_t>(block.data() + block.size() - at));
}

size_t BlockCoder::write_tables(MutableByteSpan out) {
  BitWriter bits(out);
  CodingTable* table = tables_;
  for (size_t family = 0; family < kMatchFamilies; family++) {
    const size_t contexts = kMatchContexts[family];
    const TableChoice choice = choose_tables(counts_of(family), contexts, most_[family], sums_);
    bits.put(static_cast<uint32_t>(choice.tables - 1), 4);
    for (size_t i = 0; i < contexts; i++) {
      symbols_[family].of_context[i] = table + choice.map[i];
      if (choice.tables == 1) continue;
      if (choice.map[i] == (i == 0 ? 0 : choice.map[i - 1]))
        bits.put(1, 1);
      else
        bits.put(uint32_t{choice.map[i]} << 1, 5);
    }
    for (size_t i = 0; i < choice.tables; i++, table++) {
      const SymbolCounts counts = normalise(sums_ + i * kSymbols);
      write_counts(counts, bits);
      make_encoder_table(counts, table->states, table->transitions);
    }
  }
  tables = std::max(tables, static_cast<size_t>(table - tables_));
  return bits.finish();
}

/// What was written to the end of the memory moves to its front.
size_t finish(FrontWriter& bits, MutableByteSpan out) {
  const uint8_t* const begin = bits.finish();
  if (begin == nullptr) return 0;
  const auto size = static_cast<size_t>(out.data() + out.size() - begin);
  std::memmove(out.data(), begin, size);
  return size;
}

size_t BlockCoder::write_tokens(std::span<const MatchSequence> sequences,
                                MutableByteSpan out) const {
  SymbolWriter writer{FrontWriter(out)};
  uint32_t runs = kTansStates;
  uint32_t distances = kTansStates;
  uint32_t lengths = kTansStates;
  for (size_t i = sequences.size(); i-- != 0;) {
    const MatchSequence& sequence = sequences[i];
    const SequenceTokens tokens(sequence);
    const MatchContext context =
        i == 0 ? MatchContext{} : SequenceTokens(sequences[i - 1]).context();
    const uint32_t run = tokens.run.symbol;
    const uint32_t distance = tokens.distance.symbol;
    writer.put_rest(sequence.length - kLeastMatch, tokens.length);
    writer.put(*symbols_[kLengths].of_context[MatchContext::of_length(run, distance)],
               tokens.length.symbol, lengths);
    writer.put_rest(sequence.offset, tokens.distance);
    if (!writer.bits.flush()) return 0;
    writer.put(*symbols_[kDistances].of_context[context.of_distance(run)], distance, distances);
    writer.put_rest(sequence.run, tokens.run);
    writer.put(*symbols_[kRuns].of_context[context.of_run()], run, runs);
    if (!writer.bits.flush()) return 0;
  }
  for (const uint32_t state : {lengths, distances, runs})
    writer.bits.put(state - static_cast<uint32_t>(kTansStates), kTansLog);
  if (!writer.bits.flush()) return 0;
  return finish(writer.bits, out);
}

size_t BlockCoder::write_literals(ByteSpan block, uint8_t before,
                                  std::span<const MatchSequence> sequences,
                                  MutableByteSpan out) const {
  SymbolWriter writer{FrontWriter(out)};
  uint32_t state = kTansStates;
  const uint8_t* const begin = block.data();
  const auto& by_context = symbols_[kLiterals].of_context;
  /// Those from `at` on, `count` of them.
  const auto put_run = [&](const uint8_t* at, size_t count) {
    for (size_t i = count; i-- != 0;) {
      const uint8_t* const p = at + i;
      writer.put(*by_context[p == begin ? before : p[-1]], *p, state);
      if (i % 4 == 0 && !writer.bits.flush()) return false;
    }
    return true;
  };
  size_t matched = 0;
  for (const MatchSequence& sequence : sequences)
    matched += sequence.run + sequence.length;
  const uint8_t* at = begin + matched;
  if (!put_run(at, block.size() - matched)) return 0;
  for (size_t i = sequences.size(); i-- != 0;) {
    at -= sequences[i].run + sequences[i].length;
    if (!put_run(at, sequences[i].run)) return 0;
  }
  writer.bits.put(state - static_cast<uint32_t>(kTansStates), kTansLog);
  if (!writer.bits.flush()) return 0;
  return finish(writer.bits, out);
}

size_t BlockCoder::write(ByteSpan block, uint8_t before, std::span<MatchSequence> sequences,
                         MutableByteSpan out) {
  if (out.size() < kBlockHead) return 0;
  count(block, before, sequences);
  // The head is written once it is known, before what moves up to it.
  const MutableByteSpan body = out.subspan(kBlockHead);
  const size_t head_size = write_tables(body);
  if (head_size == 0) return 0;
  const size_t tokens = write_tokens(sequences, body.subspan(head_size));
  if (tokens == 0) return 0;
  const size_t literals =
      write_literals(block, before, sequences, body.subspan(head_size + tokens));
  if (literals == 0) return 0;
  size_t head = 0;
  for (const size_t number : {block.size(), sequences.size(), tokens, literals})
    head += write_varint(out.data() + head, number);
  const size_t size = head_size + tokens + literals;
  std::memmove(out.data() + head, body.data(), size);
  return head + size;
}

}  // namespace

size_t MatchEncoder::memory(const MatchParameters& parameters) {
  return MatchRows::memory(parameters) + kMostSequences * sizeof(MatchSequence) +
         BlockCoder::memory() + 8 * kWorkspaceUnit;
}

size_t MatchEncoder::encode(ByteSpan bytes, ByteSpan prefix, MutableByteSpan out) {
  Arena arena(memory_);
  auto* const sequences = arena.take<MatchSequence>(kMostSequences);
  BlockCoder coder(arena, parameters_.tables);
  MatchSearch search(arena, parameters_);
  search.start(prefix, bytes);
  if (out.size() < 2 * kMaxVarintSize) return 0;
  size_t size = write_varint(out.data(), bytes.size());
  const size_t tables_place = size++;  // of a varint of one byte
  uint8_t before = prefix.empty() ? 0 : prefix.back();
  while (!bytes.empty()) {
    size_t length = 0;
    const size_t count = search.find_block(sequences, kMostSequences, length);
    const size_t block =
        coder.write(bytes.first(length), before, {sequences, count}, out.subspan(size));
    if (block == 0) return 0;
    size += block;
    before = bytes[length - 1];
    bytes = bytes.subspan(length);
  }
  out[tables_place] = static_cast<uint8_t>(coder.tables);
  return size;
}

}  // namespace sigma
