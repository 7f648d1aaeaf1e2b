/* Floating-point numbers from integers: the nearest ones, there and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/scaled.hpp"

#include <bit>
#include <cfloat>
#include <cmath>

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::FloatScale;
using sigma::TreeWriter;
using testdata::Bytes;

/// Of either sign, with fewer than `bits` bits.
int64_t random_integer(testdata::Random& random, unsigned bits) {
  const auto size = static_cast<int64_t>(random.next() >> (65 - bits + random.below(bits - 1)));
  return random.below(2) == 0 ? size : -size;
}

}  // namespace

START_TEST(numbers_are_those_nearest_to_the_quotient) {
  // With integers and powers of ten that a double holds exactly, a division rounds once, but on
  // machines whose registers hold more than a double.
  constexpr unsigned kDecimals = FLT_EVAL_METHOD == 0 ? 10 : 0;
  testdata::Random random(3);
  for (unsigned decimal = 0; decimal < kDecimals; decimal++)
    for (const unsigned binary : {0U, 1U, 15U, 60U})
      for (int i = 0; i < 3000; i++) {
        const int64_t integer = random_integer(random, 54);
        const double number = std::ldexp(static_cast<double>(integer) / std::pow(10.0, decimal),
                                         -static_cast<int>(binary));
        ck_assert_uint_eq(sigma::scale_integer({8, false, binary, decimal}, integer),
                          integer == 0 ? 0 : std::bit_cast<uint64_t>(number));
      }
  for (int i = 0; i < 100000; i++) {
    const int64_t integer = random_integer(random, 32);
    const auto single = static_cast<float>(integer);
    ck_assert_uint_eq(sigma::scale_integer({4, false, 0, 0}, integer),
                      std::bit_cast<uint32_t>(single));
    if (std::abs(integer) < 1 << 24 && integer != 0)
      ck_assert_uint_eq(sigma::scale_integer({4, false, 0, 3}, integer),
                        std::bit_cast<uint32_t>(single / 1000.0F));
  }
}
END_TEST

START_TEST(integers_are_found_again_or_not_at_all) {
  testdata::Random random(4);
  for (const unsigned width : {4U, 8U})
    for (unsigned decimal = 0; decimal <= 9; decimal++)
      for (int i = 0; i < 20000; i++) {
        const FloatScale scale = {width, false, static_cast<unsigned>(random.below(65)), decimal};
        // Integers of fewer digits than numbers have are told apart.
        const int64_t integer = random_integer(random, width == 4 ? 23 : 52);
        int64_t found = 0;
        ck_assert(sigma::find_integer(scale, sigma::scale_integer(scale, integer), found));
        ck_assert_int_eq(found, integer);
        const uint64_t bits = random.next() >> (64 - 8 * width);
        if (sigma::find_integer(scale, bits, found))
          ck_assert_uint_eq(sigma::scale_integer(scale, found), bits);
      }
}
END_TEST

START_TEST(negative_zero_comes_back_and_what_is_no_number_is_refused) {
  int64_t found = 0;
  ck_assert(sigma::find_integer({4, false, 3, 2}, 0x80000000, found));
  ck_assert_int_eq(found, INT32_MIN);
  ck_assert_uint_eq(sigma::scale_integer({4, false, 3, 2}, found), 0x80000000);
  ck_assert(sigma::find_integer({8, false, 3, 2}, uint64_t{1} << 63, found));
  ck_assert_uint_eq(sigma::scale_integer({8, false, 3, 2}, found), uint64_t{1} << 63);
  for (const uint32_t bits : {0x7f800000U, 0xff800000U, 0x7fc00000U, 1U, 0x007fffffU})
    ck_assert(!sigma::find_integer({4, false, 0, 0}, bits, found));
  for (const uint64_t bits : {uint64_t{0x7ff} << 52, uint64_t{0xfff8} << 48, uint64_t{1}})
    ck_assert(!sigma::find_integer({8, false, 0, 0}, bits, found));
}
END_TEST

START_TEST(scales_out_of_range_are_refused) {
  const Bytes raw(8, 0);
  const auto fails = [&](const FloatScale& scale, const Bytes& integers) {
    check_tree_fails([&](TreeWriter& t) { t.scaled(scale), t.literal(integers); }, integers);
  };
  const auto decoded = hostile::decode(hostile::with_tree(
      [&](TreeWriter& t) {
        t.scaled({4, true, 64, 9}), t.literal(raw);
      },
      raw));
  ck_assert(decoded.status.ok() && decoded.bytes == raw);
  fails({2, false, 0, 0}, raw);
  fails({4, false, 65, 0}, raw);
  fails({8, false, 513, 0}, raw);
  fails({4, false, 0, 10}, raw);
  fails({8, false, 0, 0}, Bytes(12, 0));  // one and a half
}
END_TEST

int main() {
  return run_suite(
      "operators/scaled", 300,
      {{"P1",
        {numbers_are_those_nearest_to_the_quotient, integers_are_found_again_or_not_at_all,
         negative_zero_comes_back_and_what_is_no_number_is_refused}},
       {"P7", {scales_out_of_range_are_refused}}});
}
