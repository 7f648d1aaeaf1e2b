/* Integers from tokens and bits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/integers.hpp"

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using hostile::decode;
using hostile::with_tree;
using sigma::TreeWriter;
using testdata::Bytes;

void write_integers(TreeWriter& t, unsigned width, const Bytes& bits, const Bytes& tokens) {
  t.integers(width);
  t.literal(bits);
  t.literal(tokens);
}

}  // namespace

START_TEST(integers_of_every_width_come_back) {
  testdata::Random random(1);
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const size_t count : {0U, 1U, 7U, 100U, 3000U}) {
      Bytes raw;
      Bytes tokens;
      Bytes bits(8 * count + 16);
      sigma::TokenBits writer(bits);
      for (size_t i = 0; i < count; i++) {
        const uint64_t value = i == 0 ? UINT64_MAX >> (64 - 8 * width)
                                      : random.next() >> (64 - 1 - random.below(8 * width));
        for (unsigned k = 0; k < width; k++)
          raw.push_back(static_cast<uint8_t>(value >> (8 * k)));
        const uint32_t token = sigma::token_of(value);
        ck_assert_uint_lt(token, sigma::token_count(width));
        tokens.push_back(static_cast<uint8_t>(token));
        writer.put(value, sigma::token_bits(token));
      }
      bits.resize(writer.finish());
      const auto decoded = decode(
          raw.empty()
              ? with_tree(
                    [&](TreeWriter& t) {
                      t.concatenate(2), write_integers(t, width, bits, tokens), t.literal(Bytes{1});
                    },
                    {1})
              : with_tree([&](TreeWriter& t) { write_integers(t, width, bits, tokens); }, raw));
      ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
      ck_assert(decoded.bytes == (raw.empty() ? Bytes{1} : raw));
    }
}
END_TEST

START_TEST(open_bits_are_the_same_however_they_are_put) {
  testdata::Random random(2);
  for (size_t round = 0; round < 200; round++) {
    const size_t before = random.below(20);
    constexpr size_t kShort = 32;
    Bytes plain(1000);
    Bytes quick(1000);
    sigma::TokenBits plainly(plain);
    sigma::TokenBits quickly(quick);
    for (size_t i = 0; i < before; i++) {
      const auto count = static_cast<unsigned>(random.below(62));
      const uint64_t value = random.next();
      plainly.put(value, count);
      quickly.put(value, count);
    }
    ck_assert(quickly.begin_short(2 * kShort));
    for (size_t i = 0; i < kShort; i += 4) {
      uint32_t values[4];
      uint32_t counts[4];
      for (size_t k = 0; k < 4; k++) {
        counts[k] = static_cast<uint32_t>(random.below(15));
        values[k] = static_cast<uint32_t>(random.next() & ((1U << counts[k]) - 1));
        plainly.put(values[k], counts[k]);
      }
      quickly.put_four(values, counts);
      const auto count = static_cast<unsigned>(random.below(33));
      const uint64_t value = random.next();
      plainly.put(value, count);
      quickly.put_short(value, count);
    }
    plain.resize(plainly.finish());
    quick.resize(quickly.finish());
    ck_assert(plain == quick);
  }
}
END_TEST

START_TEST(what_does_not_fit_is_not_written) {
  Bytes room(40);
  sigma::TokenBits bits(room);
  ck_assert(bits.begin_short(4));
  ck_assert(!bits.begin_short(5));
  for (size_t i = 0; i < 20; i++)
    bits.put(UINT64_MAX, 61);
  ck_assert(!bits.begin_short(1));
  ck_assert_uint_eq(bits.finish(), (20 * 61 + 7) / 8);
}
END_TEST

START_TEST(tokens_and_bits_must_fit_each_other) {
  const Bytes raw = {17, 2};
  const auto fails = [&](unsigned width, const Bytes& bits, const Bytes& tokens, size_t size = 2) {
    check_tree_fails([&](TreeWriter& t) { write_integers(t, width, bits, tokens); },
                     Bytes(size, 1));
  };
  ck_assert(decode(with_tree(
                       [&](TreeWriter& t) {
                         write_integers(t, 1, {1}, {16, 2});
                       },
                       raw))
                .bytes == raw);
  fails(1, {}, {16, 2});      // bits missing
  fails(1, {1, 0}, {16, 2});  // bytes left
  fails(1, {5}, {16, 2});     // bits left that are not 0
  fails(1, {1}, {1, 2});      // bits for tokens that leave none open
  fails(1, {0xff}, {32, 2});  // more than a byte holds
  fails(2, {0, 0}, {64}, 2);  // more than two bytes hold
  fails(5, {}, {1}, 5);       // integers of five bytes
  fails(0, {}, {1, 1}, 2);
}
END_TEST

int main() {
  return run_suite(
      "operators/integers", 300,
      {{"P1", {integers_of_every_width_come_back, open_bits_are_the_same_however_they_are_put}},
       {"P3", {what_does_not_fit_is_not_written}},
       {"P7", {tokens_and_bits_must_fit_each_other}}});
}
