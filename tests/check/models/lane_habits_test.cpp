/* What the first lanes of a group tell of the others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bytes.hpp"
#include "codec.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using codec::check_round_trip;
using lines::Coded;
using lines::encode_with_stats;
using lines::repeat;
using testdata::Bytes;
using testdata::MiB;
using testdata::Random;

constexpr size_t kNames = 120;
constexpr size_t kCycle = 331;  ///< lines that come again and again

/// The first bytes have lines in no order, what is behind them the same ones over and over.
Bytes lines_with_names(size_t size, size_t repeated_from) {
  size_t bytes = 0;
  return repeat(size, [&, repeated_from](char* text, size_t room, size_t i, Random& random) {
    const size_t in_cycle = i % kCycle * 7919 % 1009;
    const size_t number = bytes < repeated_from ? random.below(kNames) : in_cycle % kNames;
    const int length =
        std::snprintf(text, room, "%zu user-%03zu logged in from the office\n", i, number * 37);
    bytes += static_cast<size_t>(length);
    return length;
  });
}

size_t count_lines(const Bytes& raw) {
  return static_cast<size_t>(std::count(raw.begin(), raw.end(), uint8_t{'\n'}));
}

START_TEST(codes_without_order_take_their_bits) {
  const Bytes raw = lines_with_names(6 * MiB, SIZE_MAX);
  check_round_trip(raw);
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  const double bits = std::log2(kNames) * static_cast<double>(count_lines(raw));
  ck_assert_double_lt(static_cast<double>(coded.stream.size()), bits / 8 * 1.05);
}
END_TEST

START_TEST(codes_that_begin_to_repeat_are_searched) {
  const Bytes raw = lines_with_names(6 * MiB, 2 * MiB);
  check_round_trip(raw);
  const size_t before = encode_with_stats(lines_with_names(2 * MiB, SIZE_MAX), {}).stream.size();
  ck_assert_uint_lt(encode_with_stats(raw, {}).stream.size(), before + before / 4);
}
END_TEST

/// Values with many parts in many shapes: more templates than a decoder makes steps of.
START_TEST(values_of_more_shapes_than_a_decoder_has_room_for_come_back) {
  const Bytes raw = repeat(3 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    char marks[40] = {};
    for (size_t bit = 0; bit < 10; bit++)
      marks[bit] = (i / 16 >> bit & 1) != 0 ? ':' : '/';
    return std::snprintf(text, room, "%zu,%zu%c%zu%c%zu%c,a%zu%c%zu%c%zu\n", i, random.below(90),
                         marks[0], random.below(1000), marks[1], i % 777, marks[2],
                         random.below(5000), marks[3], random.below(300), marks[4], i % 10);
  });
  check_round_trip(raw);
  const Bytes words = repeat(3 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    const auto mark = [&](unsigned bit) { return (i * 31 >> bit & 1) != 0 ? '=' : '+'; };
    return std::snprintf(text, room, "%zu %c%c%c%c%c%c%c%c%c%c %zu:%zu:%zu\n", i, mark(0), mark(1),
                         mark(2), mark(3), mark(4), mark(5), mark(6), mark(7), mark(8), mark(9),
                         random.below(24), random.below(60), random.below(60));
  });
  check_round_trip(words);
}
END_TEST

}  // namespace

int main() {
  return run_suite("models/lane_habits", 600,
                   {{"P1",
                     {codes_without_order_take_their_bits, codes_that_begin_to_repeat_are_searched,
                      values_of_more_shapes_than_a_decoder_has_room_for_come_back}}});
}
