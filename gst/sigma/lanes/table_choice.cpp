/* Contexts are grouped around the most frequent ones, and groups joined where a table costs more
 * than it saves. With whole numbers: all machines choose alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/table_choice.hpp"

#include <algorithm>
#include <functional>
#include <span>

#include "gst/sigma/base/quick_logarithm.hpp"
#include "gst/sigma/lanes/tans_tables.hpp"

namespace sigma {
namespace {

constexpr size_t kSymbols = 256;
constexpr size_t kMost = 16;
constexpr int kRounds = 3;
/// Symbols of a context below which a table of its own is not tried.
constexpr size_t kLeastShare = 1024;

/// A symbol and how often it is: counts as they are looked through again and again.
constexpr uint32_t symbol_of(uint32_t entry) {
  return entry & 0xFF;
}
constexpr uint32_t count_of(uint32_t entry) {
  return entry >> 8;
}

/// A context's counts, packed where they lie.
struct PackedCounts {
  const uint32_t* entries;
  size_t size;
  uint32_t total;
  uint8_t context;
  uint8_t table;
  std::span<const uint32_t> all() const { return {entries, size}; }
};

PackedCounts pack(uint32_t* counts, size_t context) {
  PackedCounts packed = {counts, 0, 0, static_cast<uint8_t>(context), 0};
  for (uint32_t symbol = 0; symbol < kSymbols; symbol++) {
    if (counts[symbol] == 0) continue;
    packed.total += counts[symbol];
    counts[packed.size++] = counts[symbol] << 8 | symbol;
  }
  return packed;
}

class Grouping {
 public:
  Grouping(uint32_t* counts, size_t contexts, uint32_t* sums) : sums_(sums) {
    for (size_t i = 0; i < contexts; i++) {
      contexts_[used_] = pack(counts + i * kSymbols, i);
      total_ += contexts_[used_].total;
      if (contexts_[used_].size != 0) used_++;
    }
    std::stable_sort(contexts_.begin(), contexts_.begin() + static_cast<ptrdiff_t>(used_),
                     [](const auto& a, const auto& b) { return a.total > b.total; });
  }

  size_t group(size_t most) {
    tables_ = std::min({most, kMost, used_, total_ / kLeastShare + 1});
    for (size_t i = 0; i < used_; i++) {
      contexts_[i].table = static_cast<uint8_t>(std::min(i, tables_ - 1));
      if (i < tables_) std::fill_n(sum(i), kSymbols, 0);
      if (i < tables_ || tables_ == 1) add(contexts_[i]);
    }
    for (int round = 0; round < kRounds && tables_ > 1; round++)
      assign();
    return tables_;
  }

  /// Tables become one where that takes less.
  void merge() {
    std::array<uint64_t, kMost> bits;
    std::array<std::array<int64_t, kMost>, kMost> gains;
    const auto find_gain = [&](size_t a, size_t b) {
      uint32_t both[kSymbols];
      std::transform(sum(a), sum(a) + kSymbols, sum(b), both, std::plus<>());
      gains[a][b] = static_cast<int64_t>(bits[a] + bits[b] - counted_bits(both));
    };
    for (size_t b = 0; b < tables_; b++) {
      bits[b] = counted_bits(sum(b));
      for (size_t a = 0; a < b; a++)
        find_gain(a, b);
    }
    while (tables_ > 1) {
      size_t first = 0;
      size_t second = 1;
      for (size_t b = 1; b < tables_; b++)
        for (size_t a = 0; a < b; a++)
          if (gains[a][b] > gains[first][second]) first = a, second = b;
      if (gains[first][second] < 0) break;
      std::transform(sum(first), sum(first) + kSymbols, sum(second), sum(first), std::plus<>());
      const size_t last = --tables_;
      std::copy_n(sum(last), kSymbols, sum(second));
      for (size_t i = 0; i < used_; i++) {
        uint8_t& table = contexts_[i].table;
        if (table == second) table = static_cast<uint8_t>(first);
        if (table == last) table = static_cast<uint8_t>(second);
      }
      bits[second] = bits[last];
      bits[first] = counted_bits(sum(first));
      for (size_t i = 0; i < tables_; i++) {
        if (i != first) find_gain(std::min(i, first), std::max(i, first));
        if (i != second) find_gain(std::min(i, second), std::max(i, second));
      }
    }
  }

  TableChoice choice(size_t contexts) const {
    TableChoice choice;
    choice.tables = tables_;
    std::array<bool, 256> is_used{};
    for (size_t i = 0; i < used_; i++) {
      choice.map[contexts_[i].context] = contexts_[i].table;
      is_used[contexts_[i].context] = true;
    }
    // What does not occur has the table of its neighbour.
    for (size_t i = 1; i < contexts; i++)
      if (!is_used[i]) choice.map[i] = choice.map[i - 1];
    return choice;
  }

 private:
  uint32_t* sum(size_t table) const { return sums_ + table * kSymbols; }

  void add(const PackedCounts& context) {
    for (const uint32_t entry : context.all())
      sum(context.table)[symbol_of(entry)] += count_of(entry);
  }

  /// Each context to the table in which it takes least, and tables from their contexts again.
  void assign() {
    std::array<std::array<uint16_t, kSymbols>, kMost> costs;
    for (size_t i = 0; i < tables_; i++) {
      uint32_t total = kSymbols;
      for (size_t symbol = 0; symbol < kSymbols; symbol++)
        total += sum(i)[symbol] * 16;
      for (size_t symbol = 0; symbol < kSymbols; symbol++)
        costs[i][symbol] =
            static_cast<uint16_t>(quick_log2(total) - quick_log2(sum(i)[symbol] * 16 + 1));
      std::fill_n(sum(i), kSymbols, 0);
    }
    for (size_t i = 0; i < used_; i++) {
      PackedCounts& context = contexts_[i];
      uint64_t least = UINT64_MAX;
      for (size_t table = 0; table < tables_; table++) {
        uint64_t cost = 0;
        for (const uint32_t entry : context.all())
          cost += uint64_t{costs[table][symbol_of(entry)]} * count_of(entry);
        if (cost >= least) continue;
        least = cost;
        context.table = static_cast<uint8_t>(table);
      }
      add(context);
    }
  }

  std::array<PackedCounts, 256> contexts_;
  size_t used_ = 0;
  size_t total_ = 0;
  size_t tables_ = 1;
  uint32_t* sums_;
};

}  // namespace

TableChoice choose_tables(uint32_t* counts, size_t contexts, size_t most, uint32_t* sums) {
  Grouping grouping(counts, contexts, sums);
  if (grouping.group(most) == 0) {
    // Nothing is coded; a table has some symbol.
    std::fill_n(sums, kSymbols, 0);
    sums[0] = 1;
    return {};
  }
  grouping.merge();
  return grouping.choice(contexts);
}

}  // namespace sigma
