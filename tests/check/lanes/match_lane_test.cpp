/* Lanes of matches: there and back, and all that is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/match_lane.hpp"

#include <vector>

#include "match_trees.hpp"
#include "suite.hpp"

namespace {

using sigma::MatchParameters;
using testdata::Bytes;

const MatchParameters kParameters[] = {{10, 5, 2, 1 << 20},       {12, 4, 1, 5000},
                                       {14, 4, 0, 70000},         {16, 5, 2, 1 << 20},
                                       {10, 5, 2, 3000, 28, 1},   {14, 5, 2, 1 << 20, 4, 1, 40},
                                       {16, 4, 2, 1 << 20, 28, 2}};

/// The prefix need not lie before the value; behind that nothing is written.
sigma::Status decode(const Bytes& lane, const Bytes& prefix, Bytes& out) {
  constexpr size_t kGuard = 64;
  sigma::MatchDecoder decoder;
  if (const sigma::Status status = decoder.parse(lane); !status.ok()) return status;
  const size_t size = decoder.size() <= 1 << 21 ? decoder.size() : 0;
  out.assign(size + kGuard, 0xA5);
  std::vector<uint64_t> memory(decoder.memory() / 8);
  sigma::Status status;
  while (status.ok() && !decoder.is_whole())
    status = decoder.decode_block(
        prefix, {reinterpret_cast<uint8_t*>(memory.data()), decoder.memory()}, {out.data(), size});
  for (size_t i = size; i < out.size(); i++)
    ck_assert_uint_eq(out[i], 0xA5);
  out.resize(size);
  if (!status.ok() || decoder.at_end()) return status;
  return sigma::Status::error(sigma::ErrorCode::DAMAGED, "something follows");
}

void check_round_trip(const Bytes& bytes, const Bytes& prefix, const MatchParameters& parameters) {
  const Bytes lane = forge::matches(bytes, prefix, parameters);
  ck_assert(!lane.empty());
  Bytes back;
  const sigma::Status status = decode(lane, prefix, back);
  ck_assert_msg(status.ok(), "%s", status.text);
  ck_assert(back == bytes);
}

/// Some bytes that repeat at every distance below 40.
Bytes short_periods() {
  Bytes bytes;
  for (size_t period = 1; period < 40; period++) {
    const Bytes pattern = testdata::random_bytes(period, period);
    for (size_t i = 0; i < 20 * period + period % 17; i++)
      bytes.push_back(pattern[i % period]);
  }
  return bytes;
}

/// Rows that hardly repeat, but whose bytes are near those above.
Bytes rows(size_t count) {
  testdata::Random random(11);
  Bytes bytes;
  std::array<uint8_t, 6> row = {1, 30, 70, 110, 150, 200};
  for (size_t i = 0; i < count; i++) {
    for (uint8_t& byte : row)
      byte = static_cast<uint8_t>(byte + random.below(4));
    bytes.insert(bytes.end(), {7, 9, 11});
    bytes.insert(bytes.end(), row.begin(), row.end());
  }
  return bytes;
}

bool has_differences(const Bytes& lane, size_t size) {
  return lane.at(sigma::varint_size(size)) > sigma::kDifferenceTables;
}

}  // namespace

START_TEST(bytes_of_all_kinds_come_back) {
  for (const MatchParameters& parameters : kParameters)
    for (const size_t size : {1U, 2U, 7U, 8U, 9U, 300U, 60000U})
      for (const Bytes& bytes :
           {testdata::prose(size), testdata::machine_code(size), Bytes(size, 7), rows(size / 9 + 1),
            testdata::random_bytes(size), testdata::mixed(size)})
        check_round_trip(bytes, {}, parameters);
  check_round_trip(short_periods(), {}, kParameters[0]);
}
END_TEST

START_TEST(a_prefix_is_repeated) {
  const Bytes prefix = testdata::prose(50000);
  const Bytes same = testdata::part_of(prefix, 20000, 50000);
  for (const MatchParameters& parameters : kParameters) {
    check_round_trip(same, prefix, parameters);
    check_round_trip(testdata::prose(3000, 2), testdata::part_of(prefix, 0, 5), parameters);
  }
  ck_assert_uint_lt(forge::matches(same, prefix, kParameters[3]).size(), 200);
}
END_TEST

START_TEST(a_literal_costs_less_by_the_byte_before_it) {
  // Each byte follows one of 16 bytes, of 128 in all, in no order that repeats.
  testdata::Random random(3);
  Bytes bytes(1, 0);
  while (bytes.size() < 60000)
    bytes.push_back(static_cast<uint8_t>(bytes.back() % 8 * 32 + random.below(16)));
  ck_assert_uint_lt(forge::matches(bytes, {}).size(), bytes.size() * 6 / 10);
}
END_TEST

START_TEST(literals_near_what_was_copied_are_differences) {
  const Bytes bytes = rows(20000);
  for (const MatchParameters& parameters : kParameters) {
    const Bytes lane = forge::matches(bytes, {}, parameters);
    ck_assert(has_differences(lane, bytes.size()));
    // Six numbers below 4 in nine bytes are a sixth; a lazy search takes matches that lead nowhere.
    if (parameters.parses != 0) ck_assert_uint_lt(lane.size(), bytes.size() / 4);
    const Bytes prefix = testdata::part_of(bytes, 0, 5000);
    check_round_trip(testdata::part_of(bytes, 5000, 9000), prefix, parameters);
  }
  const Bytes prose = testdata::prose(100000);
  ck_assert(!has_differences(forge::matches(prose, {}), prose.size()));
}
END_TEST

START_TEST(a_parse_by_prices_is_smaller) {
  for (const Bytes& bytes : {testdata::prose(300000), testdata::machine_code(300000)}) {
    const size_t lazy = forge::matches(bytes, {}, {16, 5, 2, 1 << 20}).size();
    const size_t parsed = forge::matches(bytes, {}, {16, 5, 2, 1 << 20, 28, 1}).size();
    const size_t twice = forge::matches(bytes, {}, {16, 5, 2, 1 << 20, 28, 2}).size();
    ck_assert_uint_lt(parsed, lazy);
    ck_assert_uint_le(twice, parsed + parsed / 500);
  }
}
END_TEST

START_TEST(many_long_matches_are_found_in_time) {
  for (const size_t parameters : {3U, 6U})
    check_round_trip(Bytes(1 << 20, 0), Bytes(1 << 20, 0), kParameters[parameters]);
}
END_TEST

START_TEST(a_lane_without_room_is_none) {
  const Bytes bytes = testdata::prose(20000);
  for (const size_t i : {0U, 4U}) {
    const MatchParameters& parameters = kParameters[i];
    const size_t whole = forge::matches(bytes, {}, parameters).size();
    std::vector<uint64_t> memory(sigma::MatchEncoder::memory(parameters) / 8 + 1);
    for (size_t room = 0; room < whole; room += 97) {
      Bytes out(whole + 8, 0xA5);
      sigma::MatchEncoder encoder({reinterpret_cast<uint8_t*>(memory.data()), 8 * memory.size()},
                                  parameters);
      ck_assert_uint_eq(encoder.encode(bytes, {}, {out.data(), room}), 0);
      ck_assert_uint_eq(out[room], 0xA5);
    }
  }
}
END_TEST

START_TEST(cut_and_changed_lanes_are_refused_or_end_in_their_size) {
  const Bytes prefix = testdata::prose(300, 5);
  for (const Bytes& bytes : {testdata::prose(4000), rows(500)}) {
    const Bytes lane = forge::matches(bytes, prefix, kParameters[1]);
    Bytes out;
    for (size_t size = 0; size < lane.size(); size++)
      ck_assert(!decode(testdata::part_of(lane, 0, size), prefix, out).ok());
    ck_assert(!decode(testdata::joined({lane, {0}}), prefix, out).ok());
    size_t refused = 0;
    size_t changed = 0;
    for (size_t bit = 0; bit < 8 * lane.size(); bit += testdata::stride(), changed++) {
      Bytes other = lane;
      other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ 1U << (bit % 8));
      if (!decode(other, prefix, out).ok()) refused++;
    }
    // Bits behind symbols may change what they say and no more.
    ck_assert_uint_gt(refused, changed / 2);
  }
}
END_TEST

int main() {
  return run_suite("lanes/match_lane", 300,
                   {{"P1",
                     {bytes_of_all_kinds_come_back, a_prefix_is_repeated,
                      a_literal_costs_less_by_the_byte_before_it,
                      literals_near_what_was_copied_are_differences, a_parse_by_prices_is_smaller,
                      many_long_matches_are_found_in_time, a_lane_without_room_is_none}},
                    {"P7", {cut_and_changed_lanes_are_refused_or_end_in_their_size}}});
}
