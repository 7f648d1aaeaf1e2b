/* What is encoded comes back, at every setting, whatever the split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/wire/index.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::check_round_trip;
using codec::encode;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using testdata::Bytes;
using testdata::MiB;

std::vector<Bytes> kinds_of_data(size_t size) {
  return {testdata::random_bytes(size), testdata::log_lines(size), testdata::samples(size),
          testdata::mixed(size), Bytes(size, 0)};
}

}  // namespace

START_TEST(empty_input_round_trips) {
  check_round_trip({});
}
END_TEST

START_TEST(one_byte_round_trips) {
  for (unsigned byte = 0; byte < 256; byte++)
    check_round_trip({static_cast<uint8_t>(byte)});
}
END_TEST

START_TEST(short_inputs_round_trip) {
  for (size_t size = 2; size < 300; size++) {
    check_round_trip(testdata::log_lines(size, size));
    check_round_trip(testdata::random_bytes(size, size));
  }
}
END_TEST

START_TEST(five_MB_of_every_kind_round_trip) {
  for (const Bytes& data : kinds_of_data(5 * MiB))
    check_round_trip(data);
}
END_TEST

START_TEST(fifty_MB_round_trip) {
  check_round_trip(testdata::mixed(testdata::portion(50 * MiB)));
}
END_TEST

START_TEST(every_level_round_trips) {
  const std::vector<Bytes> kinds = kinds_of_data(3 * MiB / 2);
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (size_t i = 0; i < kinds.size(); i++)
      if (!testdata::is_short_run() || (level + i) % 2 == 0)
        check_round_trip(kinds[i], at_level(level));
}
END_TEST

START_TEST(every_chunk_size_and_key_interval_round_trips) {
  const Bytes data = testdata::mixed(3 * MiB);
  for (const uint32_t chunk : {65536u, 65537u, 100000u, 262144u, 1048576u, 4194304u})
    for (const uint32_t keys : testdata::values<uint32_t>({1, 7, 1000000, 2})) {
      EncoderSettings settings = at_level(3, chunk);
      settings.key_interval = keys;
      settings.max_memory = 64 * MiB;
      check_round_trip(data, settings);
    }
}
END_TEST

START_TEST(with_more_memory_round_trips_at_the_high_levels) {
  const Bytes data = testdata::mixed(testdata::portion(10 * MiB));
  for (const unsigned level : {4u, 5u, 6u, 7u, 8u, 9u}) {
    EncoderSettings settings = at_level(level);
    settings.max_memory = 64 * MiB;
    check_round_trip(data, settings);
  }
}
END_TEST

START_TEST(without_index_and_with_verify_round_trips) {
  EncoderSettings settings = at_level(3);
  settings.index = false;
  settings.verify = true;
  check_round_trip(testdata::mixed(4 * MiB), settings);
  settings.level = 0;
  check_round_trip(testdata::mixed(4 * MiB), settings);
}
END_TEST

START_TEST(the_split_of_the_input_does_not_change_a_byte) {
  const Bytes data = testdata::mixed(5 * MiB + 12345);
  const Bytes whole = encode(data);
  for (const size_t piece : {size_t{7}, size_t{1000}, size_t{4096}, size_t{65536}, 4 * MiB})
    ck_assert(encode(data, {}, codec::pieces_of(piece)) == whole);
  for (uint64_t seed = 1; seed < 5; seed++)
    ck_assert(encode(data, {}, codec::random_pieces(seed, 3 * MiB)) == whole);
  const Bytes part(data.begin(), data.begin() + 2 * MiB);
  ck_assert(encode(part, {}, codec::pieces_of(1)) == encode(part));
}
END_TEST

START_TEST(a_reset_encoder_gives_the_same_bytes) {
  const Bytes data = testdata::mixed(2 * MiB);
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.push({data.data(), 1000}).ok());
  encoder.reset();
  Bytes out;
  sigma::Packet packet;
  for (sigma::ByteSpan rest(data); !rest.empty();) {
    rest = rest.subspan(encoder.push(rest).value);
    while (encoder.take(packet)) {
      const auto bytes = packet.bytes.bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  }
  ck_assert(encoder.finish().ok());
  while (encoder.take(packet)) {
    const auto bytes = packet.bytes.bytes();
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  ck_assert(out == encode(data));
}
END_TEST

START_TEST(finish_waits_for_packets_to_be_taken) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.finish().ok());
  for (int i = 0; i < 5; i++)
    ck_assert(encoder.finish().code == ErrorCode::INVALID_ARGUMENT);
  Bytes out;
  for (sigma::Packet packet; encoder.take(packet);)
    out.insert(out.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  ck_assert(out == encode({}));
  ck_assert(encoder.finish().ok());
}
END_TEST

START_TEST(incompressible_input_grows_by_a_twentieth_of_a_percent_at_most) {
  const Bytes data = testdata::random_bytes(8 * MiB);
  const size_t fixed = encode({}).size();
  for (const uint32_t chunk : {262144u, 524288u, 1048576u})
    for (const uint32_t keys : {1u, 2u, 16u}) {
      EncoderSettings settings = at_level(3, chunk);
      settings.key_interval = keys;
      const size_t size = encode(data, settings).size();
      ck_assert_uint_le(size, data.size() + data.size() / 2000 + fixed);
    }
  ck_assert_uint_le(encode(data).size(), data.size() + data.size() / 2000 + fixed);
}
END_TEST

START_TEST(small_incompressible_chunks_grow_by_96_bytes_at_most) {
  const Bytes data = testdata::random_bytes(400 * 65536);
  const size_t fixed = encode({}).size();
  for (const uint32_t keys : {1u, 16u}) {
    EncoderSettings settings = at_level(1, 65536);
    settings.key_interval = keys;
    ck_assert_uint_le(encode(data, settings).size(), data.size() + 400 * 96 + fixed);
  }
}
END_TEST

int main() {
  return run_suite(
      "encode/round_trip", 600,
      {{"P1",
        {empty_input_round_trips, one_byte_round_trips, short_inputs_round_trip,
         five_MB_of_every_kind_round_trip, fifty_MB_round_trip, every_level_round_trips,
         every_chunk_size_and_key_interval_round_trips,
         with_more_memory_round_trips_at_the_high_levels,
         without_index_and_with_verify_round_trips}},
       {"P2",
        {the_split_of_the_input_does_not_change_a_byte, a_reset_encoder_gives_the_same_bytes}},
       {"P10",
        {incompressible_input_grows_by_a_twentieth_of_a_percent_at_most,
         small_incompressible_chunks_grow_by_96_bytes_at_most}},
       {"round_trip", {finish_waits_for_packets_to_be_taken}}});
}
