/* Rows of fields: where they are found, what that saves, and what is none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/row_probe.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using testdata::Bytes;
using testdata::MiB;

template <typename T>
void put(Bytes& out, T value, bool big = false) {
  uint8_t bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  const bool is_turned = big != (std::endian::native == std::endian::big);
  for (size_t k = 0; k < sizeof(T); k++)
    out.push_back(bytes[is_turned ? sizeof(T) - 1 - k : k]);
}

/// The log of a sensor: 32 bytes a row.
Bytes sensor_log(size_t rows, bool big = false) {
  testdata::Random random(9);
  Bytes out;
  uint64_t time = 1700000000000000000;
  for (uint32_t i = 0; i < rows; i++) {
    time += 1000000 + random.below(900);
    put(out, i, big);
    put(out, time, big);
    for (const double axis : {0.01, 0.2, 9.8})
      put(out,
          static_cast<float>(std::round((axis + double(random.below(500)) / 1000) * 1e4) / 1e4),
          big);
    for (int k = 0; k < 3; k++)
      put(out, static_cast<int16_t>(300 + random.below(12)), big);
    out.push_back(random.below(9) == 0 ? 1 : 0);
    out.push_back(static_cast<uint8_t>(random.below(256)));
  }
  return out;
}

/// Points of a grid as MessagePack has them: 38 bytes a row, keys among the numbers.
Bytes packed_points(size_t rows) {
  testdata::Random random(5);
  Bytes out;
  double height = 12;
  for (size_t i = 0; i < rows; i++) {
    height += (double(random.below(2001)) - 1000) / 8192;
    out.push_back(0x83);
    testdata::append(out, Bytes{0xA3, 'l', 'a', 't', 0xCB});
    put(out, 90 - double(i / 360), true);
    testdata::append(out, Bytes{0xA3, 'l', 'o', 'n', 0xCB});
    put(out, double(i % 360), true);
    testdata::append(out, Bytes{0xA1, 'n', 0xCB});
    put(out, double(static_cast<float>(height)), true);
  }
  return out;
}

struct Coded {
  size_t size;
  uint64_t samples;
};

Coded encode(const Bytes& raw, const sigma::EncoderSettings& settings) {
  const auto made = lines::encode_with_stats(raw, settings);
  const auto decoded = codec::decode(made.stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
  return {made.stream.size(), made.stats.chunks_samples};
}

}  // namespace

START_TEST(fields_of_rows_are_found_in_either_order) {
  for (const bool big : {false, true}) {
    const sigma::RowForm form = sigma::find_rows(sensor_log(20000, big));
    ck_assert_uint_eq(form.widths.row(), 32);
    // A counter and a time that step, three numbers of 9 bits, three of 4, one byte of noise.
    ck_assert_uint_lt(form.bits * 32, 256 * 80);
    const auto is_scaled = [](const sigma::FieldForm& field) { return field.is_scaled; };
    ck_assert_int_eq(
        std::count_if(form.fields.begin(), form.fields.begin() + form.widths.count, is_scaled), 3);
  }
}
END_TEST

START_TEST(rows_are_smaller_at_every_level_and_come_back) {
  const Bytes raw = sensor_log(40000);
  for (unsigned level = 1; level <= sigma::kMaxLevel; level++) {
    sigma::EncoderSettings settings = codec::at_level(level);
    const Coded rows = encode(raw, settings);
    ck_assert_uint_ge(rows.samples, 1);
    settings.model = sigma::Model::BYTES;
    ck_assert_uint_lt(rows.size * 3, encode(raw, settings).size * 2);
  }
}
END_TEST

START_TEST(levels_with_time_choose_as_well_as_quick_ones) {
  for (const Bytes& raw : {sensor_log(60000), packed_points(50000)}) {
    sigma::EncoderSettings settings;
    settings.level = 3;
    const size_t quick = encode(raw, settings).size;
    // Chunks are shorter there, and each has tables of its own.
    for (settings.level = 6; settings.level <= sigma::kMaxLevel; settings.level++)
      ck_assert_uint_le(encode(raw, settings).size, quick + quick / 50);
  }
}
END_TEST

START_TEST(rows_may_begin_anywhere_and_lie_between_other_bytes) {
  const Bytes rows = sensor_log(20000);
  for (const size_t front : {1U, 31U, 44U, 100001U}) {
    Bytes raw = testdata::random_bytes(front);
    testdata::append(raw, rows);
    testdata::append(raw, testdata::log_lines(1000 + front));
    for (const uint32_t chunk : {65536U, 100000U, 1048576U}) {
      sigma::EncoderSettings settings;
      settings.chunk_size = chunk;
      settings.verify = chunk == 65536U;
      encode(raw, settings);
    }
  }
}
END_TEST

START_TEST(what_has_no_rows_is_not_taken_for_them) {
  for (const Bytes& other :
       {testdata::log_lines(MiB), testdata::random_bytes(MiB), testdata::server_log(MiB),
        testdata::machine_code(MiB), Bytes(MiB, 0), Bytes(), Bytes(100, 1)})
    ck_assert_uint_eq(sigma::find_rows(other).widths.count, 0);
  // Audio might pass for rows, but is predicted better as samples.
  const Bytes audio = testdata::samples(MiB);
  sigma::EncoderSettings settings;
  const size_t size = encode(audio, settings).size;
  settings.model = sigma::Model::BYTES;
  ck_assert_uint_le(size, encode(audio, settings).size);
}
END_TEST

int main() {
  return run_suite(
      "models/rows", 600,
      {{"P1",
        {rows_are_smaller_at_every_level_and_come_back,
         levels_with_time_choose_as_well_as_quick_ones,
         rows_may_begin_anywhere_and_lie_between_other_bytes}},
       {"probe",
        {fields_of_rows_are_found_in_either_order, what_has_no_rows_is_not_taken_for_them}}});
}
