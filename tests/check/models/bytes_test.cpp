/* Integers and machine code: where they are found, and what that saves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstring>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/models/bytes/integer_probe.hpp"
#include "gst/sigma/models/sampling/code.hpp"
#include "suite.hpp"

namespace {

using sigma::Architecture;
using testdata::Bytes;
using testdata::MiB;

/// Elements of `width` bytes, walks with noise, as many as fill `size` bytes.
Bytes walks(size_t size, unsigned width, unsigned channels, bool big, uint64_t seed) {
  testdata::Random random(seed);
  std::vector<int64_t> values(channels, 0);
  Bytes out;
  while (out.size() < size)
    for (int64_t& value : values) {
      value += static_cast<int64_t>(random.below(200)) - 100;
      for (unsigned k = 0; k < width; k++)
        out.push_back(static_cast<uint8_t>(value >> (8 * (big ? width - 1 - k : k))));
    }
  out.resize(size);
  return out;
}

/// A sine with noise as IEEE numbers, from integers alone: the same everywhere.
Bytes floats(size_t size, bool is_double) {
  testdata::Random random(5);
  double value = 1.5;
  Bytes out;
  while (out.size() < size) {
    value += (static_cast<double>(random.below(1000)) - 500.0) / 65537.0;
    uint8_t bytes[8];
    const float single = static_cast<float>(value);
    if (is_double)
      std::memcpy(bytes, &value, 8);
    else
      std::memcpy(bytes, &single, 4);
    out.insert(out.end(), bytes, bytes + (is_double ? 8 : 4));
  }
  out.resize(size);
  return out;
}

/// Encodes at a level, checks that it comes back, and gives how many times smaller it got.
double ratio_at(unsigned level, const Bytes& data) {
  sigma::EncoderSettings settings;
  settings.level = level;
  const Bytes stream = codec::encode(data, settings);
  const codec::Decoded decoded = codec::decode(stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == data);
  return static_cast<double>(data.size()) / static_cast<double>(stream.size());
}

}  // namespace

START_TEST(integers_are_found_whatever_their_width_order_and_channels) {
  for (const unsigned width : {2U, 3U, 4U})
    for (const unsigned channels : {1U, 2U})
      for (const bool big : {false, true})
        for (const size_t before : {0U, 1U}) {
          Bytes data = walks(MiB / 2, width, channels, big, width);
          data.insert(data.begin(), before, 0x77);  // elements begin anywhere
          const sigma::IntegerForm form = sigma::find_integers(data);
          ck_assert_uint_eq(form.layout.width, width);
          ck_assert_uint_eq(form.layout.distance, channels);
          // Shifted by a byte, the other order may read nearly the same numbers.
          if (before != 0) continue;
          ck_assert_int_eq(form.layout.big_endian, big);
          ck_assert_uint_eq(form.phase, 0);
        }
  for (const bool is_double : {false, true})
    ck_assert_uint_eq(sigma::find_integers(floats(MiB, is_double)).layout.width, is_double ? 8 : 4);
  for (const Bytes& other : {testdata::log_lines(MiB), testdata::random_bytes(MiB), Bytes(MiB, 7),
                             testdata::machine_code(MiB)})
    ck_assert(sigma::find_integers(other).is_plain());
}
END_TEST

START_TEST(machine_code_is_found_and_nothing_else_taken_for_it) {
  ck_assert(sigma::find_machine_code(testdata::machine_code(MiB), 0, 400) == Architecture::X86);
  ck_assert(sigma::find_machine_code(testdata::machine_code(MiB, true), 0, 400) ==
            Architecture::ARM64);
  for (const Bytes& other : {testdata::log_lines(MiB), testdata::random_bytes(MiB),
                             Bytes(MiB, 0xE8), testdata::samples(MiB), walks(MiB, 4, 1, false, 3)})
    ck_assert(sigma::find_machine_code(other, 0, 128) == Architecture::NONE);
}
END_TEST

START_TEST(integers_and_code_round_trip_at_every_level) {
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (const Bytes& data : {walks(300000, 2, 2, false, 1), walks(300001, 3, 2, false, 2),
                              walks(300002, 4, 1, true, 3), walks(300003, 1, 1, false, 4),
                              floats(300004, true), floats(300005, false),
                              testdata::machine_code(300006), testdata::machine_code(300007, true)})
      ratio_at(level, data);
}
END_TEST

START_TEST(machine_code_is_known_by_a_few_branches) {
  for (const bool arm64 : {false, true}) {
    const Bytes code = testdata::machine_code(MiB, arm64);
    ck_assert(sigma::is_machine_code(code, 0));
    // A quarter of it does not make a chunk code: the rest may be an array.
    Bytes some = walks(3 * MiB / 4, 2, 1, false, 5);
    testdata::append(some, sigma::ByteSpan(code).first(MiB / 4));
    ck_assert(!sigma::is_machine_code(some, 0));
  }
  for (const Bytes& other : {testdata::log_lines(MiB), testdata::random_bytes(MiB),
                             Bytes(MiB, 0xE8), walks(MiB, 4, 1, false, 6), Bytes(), Bytes(100, 1)})
    ck_assert(!sigma::is_machine_code(other, 0));
}
END_TEST

START_TEST(integers_and_code_get_smaller_than_as_plain_bytes) {
  ck_assert(ratio_at(3, walks(MiB, 2, 2, false, 1)) > 1.7);
  ck_assert(ratio_at(3, walks(MiB, 3, 2, false, 1)) > 2.5);
  ck_assert(ratio_at(3, walks(MiB, 4, 1, true, 1)) > 3.5);
  ck_assert(ratio_at(1, floats(MiB, false)) > 1.25);
  // The same code with calls that a filter does not see.
  Bytes unseen = testdata::machine_code(MiB);
  for (uint8_t& byte : unseen)
    if (byte == 0xE8 || byte == 0x48) byte = 0xE7;
  ck_assert(ratio_at(3, testdata::machine_code(MiB)) > 1.2 * ratio_at(3, unseen));
}
END_TEST

int main() {
  return run_suite("models/bytes", 300,
                   {{"P1", {integers_and_code_round_trip_at_every_level}},
                    {"bytes",
                     {integers_are_found_whatever_their_width_order_and_channels,
                      machine_code_is_found_and_nothing_else_taken_for_it,
                      machine_code_is_known_by_a_few_branches,
                      integers_and_code_get_smaller_than_as_plain_bytes}}});
}
