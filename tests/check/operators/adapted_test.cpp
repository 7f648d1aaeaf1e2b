/* Residuals, through filters that adapt.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/adapted.hpp"

#include "hostile.hpp"
#include "sample_trees.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::AdaptiveForm;
using sigma::TreeWriter;
using testdata::Bytes;

/// Residuals of a signal, which filters can predict from those of long before.
Bytes echoes(size_t count) {
  testdata::Random random(5);
  std::vector<int32_t> values(count);
  Bytes out;
  for (size_t i = 0; i < count; i++) {
    const auto fresh = static_cast<int32_t>(random.below(64)) - 32;
    values[i] = fresh + (i < 100 ? 0 : values[i - 100] * 7 / 8);
    const uint32_t folded = static_cast<uint32_t>(values[i]) << 1 ^ (values[i] < 0 ? ~0U : 0U);
    out.push_back(static_cast<uint8_t>(folded)), out.push_back(static_cast<uint8_t>(folded >> 8));
  }
  return out;
}

Bytes decoded(const Bytes& raw, const AdaptiveForm& form) {
  forge::Stream s;
  s.begin().coded(
      forge::tree([&](TreeWriter& t) { t.adapted(form), t.literal(forge::filtered(raw, form)); }),
      raw, true);
  return codec::decode(s.end().bytes).bytes;
}

}  // namespace

START_TEST(residuals_come_back_from_filters_of_all_kinds) {
  for (const unsigned width : {2U, 3U, 4U})
    for (const size_t channels : {1U, 2U, 5U})
      for (const size_t frames : {0U, 1U, 16U, 17U, 700U, 1500U}) {
        const Bytes raw = testdata::random_bytes(frames * width * channels);
        ck_assert(decoded(raw, {width, channels, 0, 1, {{{16, 1}}}}) == raw);
        ck_assert(decoded(raw, {width, channels, 16, 2, {{{496, 24}, {512, 8}}}}) == raw);
        ck_assert(decoded(raw, {width, channels, 3, 3, {{{992, 15}, {16, 12}, {16, 10}}}}) == raw);
      }
}
END_TEST

START_TEST(filters_find_what_comes_again) {
  const Bytes raw = echoes(20000);
  const Bytes left = forge::filtered(raw, {2, 1, 0, 1, {{{128, 13}}}});
  uint64_t before = 0;
  uint64_t after = 0;
  for (size_t i = raw.size() / 2; i < raw.size(); i += 2) {
    before += sigma::load_le<uint16_t>(raw.data() + i);
    after += sigma::load_le<uint16_t>(left.data() + i);
  }
  ck_assert_uint_lt(after, before * 3 / 4);
}
END_TEST

START_TEST(filters_out_of_range_are_refused) {
  const auto check = [](const AdaptiveForm& form, size_t size = 24) {
    check_tree_fails([&](TreeWriter& t) { t.adapted(form), t.run(size, Bytes{0}); });
  };
  check({1, 1, 0, 1, {{{16, 1}}}});
  check({5, 1, 0, 1, {{{16, 1}}}}, 25);
  check({2, 0, 0, 1, {{{16, 1}}}});
  check({2, 65, 0, 1, {{{16, 1}}}}, 130);
  check({2, 1, 17, 1, {{{16, 1}}}});
  check({2, 1, 0, 0, {}});
  check({2, 1, 0, 1, {{{0, 1}}}});
  check({2, 1, 0, 1, {{{1040, 1}}}});
  check({2, 1, 0, 2, {{{1024, 1}, {16, 1}}}});
  check({2, 1, 0, 1, {{{16, 0}}}});
  check({2, 1, 0, 1, {{{16, 25}}}});
  check({2, 2, 0, 1, {{{16, 1}}}}, 26);
  // Three of them are more work than a chunk may.
  check_tree_fails([](TreeWriter& t) {
    for (size_t i = 0; i < 3; i++)
      t.adapted({2, 1, 0, 1, {{{1024, 1}}}});
    t.run(20000, Bytes{0});
  });
}
END_TEST

int main() {
  return run_suite(
      "operators/adapted", 300,
      {{"P1", {residuals_come_back_from_filters_of_all_kinds, filters_find_what_comes_again}},
       {"P7", {filters_out_of_range_are_refused}}});
}
