/* Ranks of samples, and samples by a palette of their values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/ranked.hpp"

#include <algorithm>

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using sigma::RankTable;
using sigma::TreeWriter;
using testdata::Bytes;

void put_ranked(TreeWriter& t, const RankTable& table, bool is_big) {
  t.payload_made(sigma::GlyphType::DELTA, sigma::Primitive::SEARCH,
                 sigma::write_ranks(table, is_big, t.payload_room()));
}

/// Samples of so many values.
Bytes samples_of(size_t values, size_t count) {
  testdata::Random random(values);
  Bytes samples;
  for (size_t i = 0; i < count; i++) {
    const size_t value = random.below(values) * (65535 / values);
    samples.push_back(static_cast<uint8_t>(value));
    samples.push_back(static_cast<uint8_t>(value >> 8));
  }
  return samples;
}

Bytes values_of(const RankTable& table, bool is_big) {
  Bytes values(2 * table.count());
  table.write(is_big, values);
  return values;
}

}  // namespace

START_TEST(samples_come_back_by_their_ranks) {
  for (const bool is_big : {false, true})
    for (const size_t values : {1U, 2U, 300U, 4096U}) {
      const Bytes samples = samples_of(values, 30000);
      RankTable table;
      ck_assert(table.find(samples, is_big));
      ck_assert_uint_le(table.count(), values);
      forge::Stream s;
      s.head.chunk_max = 1 << 20;
      s.head.body_max = 1 << 20;
      s.begin().coded(forge::tree([&](TreeWriter& t) {
                        t.palette({2, 2});
                        put_ranked(t, table, is_big), t.literal(samples);
                        t.literal(values_of(table, is_big));
                      }),
                      samples, true);
      const auto decoded = hostile::decode(s.end().bytes);
      ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
      ck_assert(decoded.bytes == samples);
    }
}
END_TEST

START_TEST(what_does_not_occur_has_the_rank_of_what_is_less) {
  RankTable table;
  for (const uint16_t value : std::initializer_list<uint16_t>{100, 200, 65535})
    ck_assert(table.add(value));
  table.finish();
  const std::pair<uint16_t, uint16_t> ranks[] = {{0, 0},   {99, 0},  {100, 0},   {199, 0},
                                                 {200, 1}, {201, 1}, {65534, 1}, {65535, 2}};
  for (const auto& [value, rank] : ranks)
    ck_assert_uint_eq(table.rank(value), rank);
}
END_TEST

START_TEST(more_values_than_a_table_has_are_told) {
  RankTable table;
  ck_assert(!table.find(samples_of(5000, 200000), false));
  ck_assert(!table.find({}, false));
}
END_TEST

START_TEST(half_samples_are_refused) {
  RankTable table;
  table.add(7);
  table.finish();
  hostile::check_tree_fails(
      [&](TreeWriter& t) { put_ranked(t, table, false), t.literal(Bytes{1}); });
}
END_TEST

int main() {
  return run_suite(
      "operators/ranked", 300,
      {{"P1",
        {samples_come_back_by_their_ranks, what_does_not_occur_has_the_rank_of_what_is_less,
         more_values_than_a_table_has_are_told}},
       {"P7", {half_samples_are_refused}}});
}
