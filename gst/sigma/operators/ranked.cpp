/* Samples by their ranks among the values that occur.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/ranked.hpp"

#include <bit>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/payload_numbers.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {
namespace {

using Word = StoredInteger<2, false>;
using BigWord = StoredInteger<2, true>;

uint16_t load_sample(const uint8_t* p, bool is_big) {
  return is_big ? BigWord::load(p) : Word::load(p);
}

}  // namespace

bool RankTable::add(uint16_t value) {
  if (count_ == kMaxRanks) return false;
  values_[count_++] = value;
  bits_[value / 64] |= uint64_t{1} << (value % 64);
  return true;
}

void RankTable::finish() {
  uint16_t sum = 0;
  for (size_t i = 0; i < bits_.size(); i++) {
    before_[i] = sum;
    sum = static_cast<uint16_t>(sum + std::popcount(bits_[i]));
  }
}

bool RankTable::find(ByteSpan samples, bool is_big) {
  *this = {};
  for (size_t i = 0; i + 2 <= samples.size(); i += 2) {
    const uint16_t value = load_sample(samples.data() + i, is_big);
    bits_[value / 64] |= uint64_t{1} << (value % 64);
  }
  for (size_t word = 0; word < bits_.size(); word++)
    for (uint64_t bits = bits_[word]; bits != 0; bits &= bits - 1)
      if (!add(static_cast<uint16_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)))))
        return false;
  finish();
  return count_ != 0;
}

void rank_samples(const RankTable& table, bool is_big, ByteSpan samples, MutableByteSpan ranks) {
  const uint8_t* from = samples.data() + samples.size() % 2;
  for (size_t i = 0; i + 2 <= ranks.size(); i += 2)
    Word::store(ranks.data() + i, table.rank(load_sample(from + i, is_big)));
}

void RankTable::write(bool is_big, MutableByteSpan out) const {
  for (size_t i = 0; i < count_; i++) {
    uint8_t* const p = out.data() + 2 * i;
    is_big ? BigWord::store(p, values_[i]) : Word::store(p, values_[i]);
  }
}

size_t write_ranks(const RankTable& table, bool is_big, MutableByteSpan out) {
  NumberWriter writer(out);
  writer.put(is_big ? 1 : 0);
  for (size_t i = 0; i < table.count(); i++)
    writer.put(i == 0 ? table.value(0) : table.value(i) - table.value(i - 1));
  return writer.size();
}

namespace {

bool read_ranks(ByteSpan payload, RankTable& table, bool& is_big) {
  VarintReader in(payload);
  if (!read_number(in, 0, 1, is_big)) return false;
  for (uint64_t last = 0; !in.at_end() || table.count() == 0;) {
    uint64_t step = 0;
    const uint64_t least = table.count() == 0 ? 0 : 1;
    if (!read_number(in, least, UINT16_MAX, step) || last + step > UINT16_MAX) return false;
    last += step;
    if (!table.add(static_cast<uint16_t>(last))) return false;
  }
  table.finish();
  return true;
}

Result<uint64_t> measure_ranked(Operands& operands, const Node& node) {
  RankTable table;
  bool is_big = false;
  if (!read_ranks(node.payload, table, is_big)) return malformed("a table of ranks is malformed");
  const Result<size_t> size = operands.measure();
  if (!size.ok()) return size.status;
  if (size.value % 2 != 0) return malformed("ranks end within a sample");
  return uint64_t{size.value};
}

Status write_ranked(Operands& operands, const Node& node, MutableByteSpan out) {
  RankTable table;
  bool is_big = false;
  if (!read_ranks(node.payload, table, is_big)) return malformed("a table of ranks is malformed");
  if (const Status status = operands.write(out); !status.ok()) return status;
  rank_samples(table, is_big, out, out);
  return {};
}

}  // namespace

constinit const OperatorEntry kRanked = {
    .name = "ranked",
    .type = GlyphType::DELTA,
    .first = Primitive::SEARCH,
    .last = Primitive::SEARCH,
    .since_minor = kRanksMinor,
    .has_payload = true,
    .measure = measure_ranked,
    .write = write_ranked,
};

}  // namespace sigma
