/* Encoding of literals and matches, block by block: sequences, then tables, then symbols from the
 * last one to the first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/match_parser.hpp"
#include "gst/sigma/lanes/match_prices.hpp"
#include "gst/sigma/lanes/match_tokens.hpp"
#include "gst/sigma/lanes/table_choice.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

constexpr size_t kSymbols = MatchCounts::kSymbols;
constexpr size_t kMostSequences = size_t{23} << 10;
/// A block's head: four varints below 2^28.
constexpr size_t kBlockHead = 4 * 4;

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
    return MatchCounts::memory() + sizeof(uint32_t) * kSymbols * kMaxFamilyTables +
           sizeof(CodingTable) * MatchEncoder::kMostTables;
  }
  /// `first`: of the lane's prefix.
  BlockCoder(Arena& arena, size_t most_tables, const uint8_t* first)
      : most_tables_(most_tables),
        most_(share_tables(most_tables)),
        counts_(arena),
        sums_(arena.take<uint32_t>(kMaxFamilyTables * kSymbols)),
        tables_(arena.take<CodingTable>(MatchEncoder::kMostTables)),
        kind_{first, false} {
    counts_.clear();
  }

  /// Gives the size of a block, or 0 if there is no room.
  size_t write(ByteSpan block, std::span<MatchSequence> sequences, MutableByteSpan out);

  /// Chooses the kind of a lane's literals by its first block.
  void choose_kind(ByteSpan block, std::span<const MatchSequence> sequences) {
    if (has_kind_) return;
    has_kind_ = true;
    kind_.are_differences = counts_.prefer_differences(block, kind_, sequences, offsets_[0], sums_);
    counts_.clear();
  }
  const LiteralKind& kind() const { return kind_; }
  /// Memory that is used while a block is written, and not in between.
  MutableByteSpan idle_memory() const {
    return {reinterpret_cast<uint8_t*>(tables_), sizeof(CodingTable) * MatchEncoder::kMostTables};
  }

  /// Counts a block.
  void count(ByteSpan block, std::span<MatchSequence> sequences) {
    counts_.add(block, kind_, sequences, offsets_);
  }
  /// By what the blocks that were counted take, they are found again. Gives how many bytes that is.
  uint64_t set_prices(MatchPrices& prices) {
    const uint64_t size = prices.set(counts_, most_tables_, sums_);
    counts_.clear();
    offsets_ = {};
    return size;
  }

  /// The lane's field of tables, of which a block has had so many at most.
  uint8_t tables_field() const {
    return static_cast<uint8_t>(used_ + (kind_.are_differences ? kDifferenceTables : 0));
  }

 private:
  size_t write_tables(MutableByteSpan out);
  size_t write_tokens(std::span<const MatchSequence> sequences, MutableByteSpan out) const;
  size_t write_literals(ByteSpan block, uint32_t offset, std::span<const MatchSequence> sequences,
                        MutableByteSpan out) const;

  size_t most_tables_;
  std::array<size_t, kMatchFamilies> most_;
  MatchCounts counts_;
  RepeatOffsets offsets_;
  uint32_t* sums_;
  CodingTable* tables_;
  LiteralKind kind_;
  bool has_kind_ = false;
  size_t used_ = kMinMatchTables;  ///< tables, by a block at most
  std::array<Symbols, kMatchFamilies> symbols_;
};

size_t BlockCoder::write_tables(MutableByteSpan out) {
  BitWriter bits(out);
  CodingTable* table = tables_;
  for (size_t family = 0; family < kMatchFamilies; family++) {
    const size_t contexts = kMatchContexts[family];
    const TableChoice choice = choose_tables(counts_.of(family), contexts, most_[family], sums_);
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
  used_ = std::max(used_, static_cast<size_t>(table - tables_));
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
    writer.put_rest(sequence.offset.number(), tokens.distance);
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

/// `offset`: the latest one before the block.
size_t BlockCoder::write_literals(ByteSpan block, uint32_t offset,
                                  std::span<const MatchSequence> sequences,
                                  MutableByteSpan out) const {
  SymbolWriter writer{FrontWriter(out)};
  uint32_t state = kTansStates;
  const auto& by_context = symbols_[kLiterals].of_context;
  /// Those from `at` on, `count` of them, behind sequence `i`.
  const auto put_run = [&](const uint8_t* at, size_t count, size_t i) {
    const uint32_t latest = i == 0 ? offset : sequences[i - 1].offset.distance();
    for (size_t run = count; run-- != 0;) {
      const LiteralKind::Symbol literal = kind_.symbol(at + run, run, latest);
      writer.put(*by_context[literal.context], literal.symbol, state);
      if (run % 4 == 0 && !writer.bits.flush()) return false;
    }
    return true;
  };
  size_t matched = 0;
  for (const MatchSequence& sequence : sequences)
    matched += sequence.run + sequence.length;
  const uint8_t* at = block.data() + matched;
  if (!put_run(at, block.size() - matched, sequences.size())) return 0;
  for (size_t i = sequences.size(); i-- != 0;) {
    at -= sequences[i].run + sequences[i].length;
    if (!put_run(at, sequences[i].run, i)) return 0;
  }
  writer.bits.put(state - static_cast<uint32_t>(kTansStates), kTansLog);
  if (!writer.bits.flush()) return 0;
  return finish(writer.bits, out);
}

size_t BlockCoder::write(ByteSpan block, std::span<MatchSequence> sequences, MutableByteSpan out) {
  if (out.size() < kBlockHead) return 0;
  const uint32_t offset = offsets_[0];
  counts_.clear();
  count(block, sequences);
  // The head is written once it is known, before what moves up to it.
  const MutableByteSpan body = out.subspan(kBlockHead);
  const size_t head_size = write_tables(body);
  if (head_size == 0) return 0;
  const size_t tokens = write_tokens(sequences, body.subspan(head_size));
  if (tokens == 0) return 0;
  const size_t literals =
      write_literals(block, offset, sequences, body.subspan(head_size + tokens));
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
  const size_t parser = parameters.parses != 0 ? MatchPrices::memory() : size_t{0};
  return MatchRows::memory(parameters) + kMostSequences * sizeof(MatchSequence) +
         BlockCoder::memory() + parser + 8 * kWorkspaceUnit;
}

namespace {

/// Hands all blocks of a lane to `take`, each with its sequences. False as soon as that gives
/// false.
template <typename Search, typename Take>
bool for_each_block(Search& search, ByteSpan bytes, MatchSequence* sequences, Take take) {
  while (!bytes.empty()) {
    size_t length = 0;
    const size_t count = search.find_block(sequences, kMostSequences, length);
    if (!take(bytes.first(length), std::span(sequences, count))) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

static_assert(MatchEncoder::kMostTables + kDifferenceTables < 128, "they take a byte");
static_assert(MatchParser::kLentMemory <= sizeof(CodingTable) * MatchEncoder::kMostTables);

/// Writes a lane's blocks behind its head.
template <typename Search>
size_t write_lane(BlockCoder& coder, Search& search, ByteSpan bytes, MatchSequence* sequences,
                  MutableByteSpan out) {
  if (out.size() < 2 * kMaxVarintSize) return 0;
  size_t size = write_varint(out.data(), bytes.size());
  uint8_t& tables = out[size++];
  const auto write = [&](ByteSpan block, std::span<MatchSequence> found) {
    coder.choose_kind(block, found);
    const size_t written = coder.write(block, found, out.subspan(size));
    size += written;
    return written != 0;
  };
  if (!for_each_block(search, bytes, sequences, write)) return 0;
  tables = coder.tables_field();
  return size;
}

}  // namespace

size_t MatchEncoder::encode(ByteSpan bytes, ByteSpan prefix, MutableByteSpan out) {
  Arena arena(memory_);
  const uint8_t* const first = bytes.data() - prefix.size();
  auto* const sequences = arena.take<MatchSequence>(kMostSequences);
  BlockCoder coder(arena, parameters_.tables, first);
  MatchRows rows(arena, parameters_);
  MatchSearch lazy(rows, parameters_);
  lazy.start(first, bytes);
  if (parameters_.parses == 0) return write_lane(coder, lazy, bytes, sequences, out);
  MatchPrices prices(arena);
  MatchParser parser(coder.idle_memory(), rows, prices, parameters_);
  const auto learn = [&](auto& search) {
    for_each_block(search, bytes, sequences, [&](ByteSpan block, std::span<MatchSequence> found) {
      coder.choose_kind(block, found);
      coder.count(block, found);
      return true;
    });
    const uint64_t size = coder.set_prices(prices);
    parser.start(coder.kind(), bytes);
    return size;
  };
  // No parse has saved a quarter of a lazy one.
  if (learn(lazy) * 3 / 4 > out.size()) return 0;
  for (unsigned i = 1; i < parameters_.parses; i++)
    learn(parser);
  return write_lane(coder, parser, bytes, sequences, out);
}

}  // namespace sigma
