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

const MatchParameters kParameters[] = {
    {10, 5, 2, 1 << 20}, {12, 4, 1, 5000}, {14, 4, 0, 70000}, {16, 5, 2, 1 << 20}};

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

}  // namespace

START_TEST(bytes_of_all_kinds_come_back) {
  for (const MatchParameters& parameters : kParameters)
    for (const size_t size : {1U, 2U, 7U, 8U, 9U, 300U, 60000U})
      for (const Bytes& bytes :
           {testdata::prose(size), testdata::machine_code(size), Bytes(size, 7),
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

START_TEST(many_long_matches_are_found_in_time) {
  check_round_trip(Bytes(1 << 20, 0), Bytes(1 << 20, 0), kParameters[3]);
}
END_TEST

START_TEST(a_lane_without_room_is_none) {
  const Bytes bytes = testdata::prose(20000);
  const size_t whole = forge::matches(bytes, {}).size();
  const MatchParameters& parameters = kParameters[0];
  std::vector<uint64_t> memory(sigma::MatchEncoder::memory(parameters) / 8 + 1);
  for (size_t room = 0; room < whole; room += 97) {
    Bytes out(whole + 8, 0xA5);
    sigma::MatchEncoder encoder({reinterpret_cast<uint8_t*>(memory.data()), 8 * memory.size()},
                                parameters);
    ck_assert_uint_eq(encoder.encode(bytes, {}, {out.data(), room}), 0);
    ck_assert_uint_eq(out[room], 0xA5);
  }
}
END_TEST

START_TEST(cut_and_changed_lanes_are_refused_or_end_in_their_size) {
  const Bytes prefix = testdata::prose(300, 5);
  const Bytes lane = forge::matches(testdata::prose(4000), prefix, kParameters[1]);
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
END_TEST

int main() {
  return run_suite("lanes/match_lane", 300,
                   {{"P1",
                     {bytes_of_all_kinds_come_back, a_prefix_is_repeated,
                      a_literal_costs_less_by_the_byte_before_it,
                      many_long_matches_are_found_in_time, a_lane_without_room_is_none}},
                    {"P7", {cut_and_changed_lanes_are_refused_or_end_in_their_size}}});
}
