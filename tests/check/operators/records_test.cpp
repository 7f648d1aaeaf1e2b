/* Records of any spelling come back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cstdio>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/models/records/limits.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using codec::check_round_trip;
using codec::encode;
using lines::at_level;
using lines::Coded;
using lines::encode_with_stats;
using lines::make_name;
using lines::pick;
using lines::repeat;
using lines::take_all;
using sigma::EncoderSettings;
using testdata::Bytes;
using testdata::MiB;
using testdata::Random;
using testdata::server_log;

}  // namespace

START_TEST(numbers_keep_their_spelling) {
  const char* const spellings[] = {"0",
                                   "00",
                                   "7",
                                   "007",
                                   "-0",
                                   "-7",
                                   "+7",
                                   "1e5",
                                   "1E5",
                                   "0x1f",
                                   "0X1F",
                                   "",
                                   "1.0",
                                   "18446744073709551616",
                                   "999999999999999999",
                                   "-999999999999999999"};
  for (const size_t kinds : {1U, 2U, 5U, 16U}) {
    const Bytes raw = repeat(700000, [&](char* text, size_t room, size_t i, Random& random) {
      return std::snprintf(text, room, "%zu at %s of %s\n", i, spellings[random.below(kinds)],
                           spellings[15 - random.below(kinds)]);
    });
    check_round_trip(raw, at_level(6));
  }
}
END_TEST

/// Numbers with a point are one number each where they can be spelled again from it.
START_TEST(numbers_with_a_point_keep_their_spelling) {
  const char* const formats[] = {"%.2f", "%.6f", "%g", "%.15g", "%.17g", "%.1f", "%+.2f", "%08.3f"};
  const char* const others[] = {"",      "NA",   ".5", "5.",  "-0.0",  "00.5",
                                "1.2.3", "1e-7", "-",  "-.5", "0.500", "123456789012345678.9"};
  for (const char* const format : formats)
    for (const size_t rarity : {SIZE_MAX, size_t{20000}, size_t{7}}) {
      const Bytes raw = repeat(300000, [&](char* text, size_t room, size_t i, Random& random) {
        char number[64];
        const double value = (static_cast<double>(random.below(2000000)) - 1000000) / 3125;
        std::snprintf(number, sizeof number, format, i % 11 == 0 ? 0.0 : value);
        if (i % rarity == rarity - 1)
          std::snprintf(number, sizeof number, "%s", others[random.below(std::size(others))]);
        return std::snprintf(text, room, "%zu,%s,%s\n", i, number, number);
      });
      check_round_trip(raw, at_level(3));
      check_round_trip(raw, at_level(6));
    }
}
END_TEST

/// A column's form is chosen by its first values; what comes later may have another.
START_TEST(columns_that_change_their_spelling_come_back) {
  const char* const later[] = {
      "-5",   "007",   "18446744073709551616",   "99999999999999999", "beef", "BEEF",
      "x1-2", "1.5e9", "12345678901234567890123"};
  for (const char* text : later) {
    const Bytes raw = repeat(600000, [text](char* out, size_t room, size_t i, Random& random) {
      const bool is_late = i > 300 && random.below(7) == 0;
      return is_late ? std::snprintf(out, room, "value %s at %zu of 0x%08zx\n", text, i, i * i)
                     : std::snprintf(out, room, "value %zu at %zu of 0x%08zx\n",
                                     random.below(1000000), i, i * i);
    });
    const Coded coded = encode_with_stats(raw, {});
    ck_assert_uint_ge(coded.stats.chunks_records, 1);
    ck_assert(codec::decode(coded.stream).bytes == raw);
  }
}
END_TEST

/// Template numbers alone, of many templates, may be more than a decoder has room for.
START_TEST(lines_without_fields_come_back) {
  const Bytes lines = server_log(MiB);
  for (const size_t size : {600000U, 620000U, 700000U}) {
    const Bytes words = repeat(size, [](char* out, size_t room, size_t, Random& random) {
      const size_t word = random.below(2100);
      return std::snprintf(out, room, "%c%c\n", static_cast<char>('A' + word / 52),
                           static_cast<char>((word % 52 < 26 ? 'A' : 'a') + word % 26));
    });
    check_round_trip(testdata::joined({words, lines}));
  }
}
END_TEST

/// A decoder may not work much for a short chunk, though the group knows a thousand columns.
START_TEST(a_short_chunk_behind_many_columns_comes_back) {
  const Bytes wide = repeat(2 * MiB, [](char* out, size_t room, size_t i, Random& random) {
    const auto kind = static_cast<char>('A' + i % 26);
    const auto other = static_cast<char>('a' + i / 26 % 26);
    return std::snprintf(out, room, "%c%c %zu:%zu\n", kind, other, random.below(9), i);
  });
  const Bytes tail = repeat(200, [](char* out, size_t room, size_t i, Random&) {
    return std::snprintf(out, room, "Aa %zu:7\n", i);
  });
  const uint32_t chunk = sigma::kMinRecordChunk;
  EncoderSettings settings = at_level(6, true);
  settings.chunk_size = chunk;
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(settings).ok());
  const Bytes head(wide.begin(), wide.begin() + 2 * chunk);
  Bytes stream;
  const auto push = [&](const Bytes& bytes) {
    for (sigma::ByteSpan rest(bytes); !rest.empty();) {
      rest = rest.subspan(encoder.push(rest).value);
      take_all(encoder, stream);
    }
    ck_assert(encoder.flush().ok());
    take_all(encoder, stream);
  };
  push(head);
  push(tail);
  ck_assert(encoder.finish().ok());
  take_all(encoder, stream);
  ck_assert(codec::decode(stream).bytes == testdata::joined({head, tail}));
}
END_TEST

START_TEST(strings_in_single_quotes_are_one_value) {
  const Bytes raw = repeat(3 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(
        text, room, "%zu: INSERT INTO films VALUES (%zu, '%s %s%s', '%s', 'it\\'s%s');\n", i % 10,
        random.below(9999), make_name(random.below(900)).c_str(),
        make_name(random.below(900)).c_str(), pick(random, {"", " the second", " and her cat"}),
        make_name(random.below(30)).c_str(), pick(random, {"", "", " o'clock '"}));
  });
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  check_round_trip(raw);
}
END_TEST

START_TEST(columns_that_others_tell_of_cost_nothing) {
  // The same values in the same columns; in one table the third follows from the second.
  const auto make = [](bool follows) {
    return repeat(3 * MiB, [follows](char* text, size_t room, size_t i, Random& random) {
      const size_t zip = random.below(500);
      const size_t city = random.below(500);
      return std::snprintf(text, room, "%zu,%s,%s\n", i, make_name(zip * 13).c_str(),
                           make_name((follows ? zip : city) * 17 + 1).c_str());
    });
  };
  const Bytes raw = make(true);
  check_round_trip(raw);
  ck_assert_uint_lt(encode(raw).size(), encode(make(false)).size() * 2 / 3);
}
END_TEST

START_TEST(lanes_that_lie_nowhere_are_empty) {
  alignas(8) uint8_t workspace[64];
  ck_assert(sigma::expand_records({}, 0, workspace, {}).ok());
  ck_assert(!sigma::expand_records({}, 1, workspace, {}).ok());
}
END_TEST

int main() {
  return run_suite(
      "operators/records", 600,
      {{"P1",
        {numbers_keep_their_spelling, numbers_with_a_point_keep_their_spelling,
         columns_that_change_their_spelling_come_back, lines_without_fields_come_back,
         a_short_chunk_behind_many_columns_comes_back, strings_in_single_quotes_are_one_value,
         columns_that_others_tell_of_cost_nothing}},
       {"records", {lanes_that_lie_nowhere_are_empty}}});
}
