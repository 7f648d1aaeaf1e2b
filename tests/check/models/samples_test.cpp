/* Samples: where they are found, what that saves, and what stays as it was.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/sample_probe.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "codec.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using testdata::Bytes;
using testdata::MiB;

/// A few slow waves with a little noise, in whole numbers, one wave more for each channel.
Bytes waves(size_t size, unsigned width, unsigned channels, bool big, uint64_t seed = 1) {
  testdata::Random random(seed);
  const int64_t scale = int64_t{1} << (8 * width - 6);
  std::vector<std::array<int64_t, 2>> swings(channels + 2);
  for (size_t i = 0; i < swings.size(); i++)
    swings[i] = {scale, scale / 3 * static_cast<int64_t>(i)};
  Bytes out;
  while (out.size() < size) {
    int64_t common = 0;
    for (size_t i = 0; i < swings.size(); i++) {
      // A rotation by a small angle: 1 / 2^k, without growing.
      auto& [x, y] = swings[i];
      x += y >> (4 + i % 3);
      y -= x >> (4 + i % 3);
      if (i < 2) common += x;
    }
    for (unsigned c = 0; c < channels; c++) {
      const int64_t noise = static_cast<int64_t>(random.below(9)) - 4;
      const int64_t value = common + swings[c + 2][0] / 4 + noise;
      for (unsigned k = 0; k < width; k++)
        out.push_back(static_cast<uint8_t>(value >> (8 * (big ? width - 1 - k : k))));
    }
  }
  out.resize(size);
  return out;
}

struct Coded {
  Bytes stream;
  sigma::StreamStats stats;
};

Coded encode(const Bytes& raw, const sigma::EncoderSettings& settings) {
  const auto made = lines::encode_with_stats(raw, settings);
  const auto decoded = codec::decode(made.stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
  ck_assert_uint_eq(decoded.stats.chunks_samples, made.stats.chunks_samples);
  return {made.stream, made.stats};
}

}  // namespace

START_TEST(samples_are_found_whatever_their_width_order_and_channels) {
  for (const unsigned width : {2U, 3U, 4U})
    for (const unsigned channels : {1U, 2U, 6U})
      for (const bool big : {false, true}) {
        const Bytes raw = waves(MiB / 4, width, channels, big);
        const sigma::SampleForms forms = sigma::find_sample_forms(raw, 0);
        ck_assert_uint_ge(forms.count, 1);
        const sigma::SampleForm& form = forms.all[0];
        ck_assert_uint_eq(form.layout.width, width);
        ck_assert_msg(form.layout.big_endian == big, "%u bytes, %u channels, phase %zu", width,
                      channels, form.phase);
      }
}
END_TEST

START_TEST(what_is_no_array_is_not_taken_for_one) {
  for (const Bytes& other :
       {testdata::log_lines(MiB), testdata::random_bytes(MiB), testdata::machine_code(MiB),
        testdata::server_log(MiB), Bytes(), Bytes(100, 1)})
    ck_assert_uint_eq(sigma::find_sample_forms(other, 0).count, 0);
}
END_TEST

START_TEST(samples_are_smaller_at_every_level_and_come_back) {
  const Bytes raw = waves(MiB + 4321, 2, 2, false);
  for (unsigned level = 1; level <= sigma::kMaxLevel; level++) {
    sigma::EncoderSettings settings = codec::at_level(level);
    const Coded samples = encode(raw, settings);
    ck_assert_uint_ge(samples.stats.chunks_samples, 1);
    settings.model = sigma::Model::BYTES;
    const Coded bytes = encode(raw, settings);
    ck_assert_uint_eq(bytes.stats.chunks_samples, 0);
    ck_assert_uint_lt(samples.stream.size() * 10, bytes.stream.size() * 9);
  }
}
END_TEST

/// Dull noise with echoes from farther than linear predictors reach, the same in all channels.
Bytes echoes(size_t frames, unsigned width, size_t channels) {
  testdata::Random random(7);
  std::vector<int32_t> values(frames);
  int32_t sum = 0;
  Bytes out;
  for (size_t i = 0; i < frames; i++) {
    values[i] = static_cast<int32_t>(random.below(32)) - 16;
    for (const size_t back : {47U, 64U, 71U})
      if (i >= back) values[i] += values[i - back] * 5 / 16;
    sum = sum * 15 / 16 + values[i];
    for (size_t c = 0; c < channels; c++)
      for (unsigned k = 0; k < width; k++)
        out.push_back(static_cast<uint8_t>(sum >> (8 * k)));
  }
  return out;
}

START_TEST(levels_with_filters_find_echoes) {
  const std::pair<unsigned, size_t> layouts[] = {{2, 1}, {2, 2}, {3, 1}, {4, 1}};
  for (const auto& [width, channels] : layouts) {
    const Bytes raw = echoes(200000, width, channels);
    const size_t without = encode(raw, codec::at_level(7)).stream.size();
    for (const unsigned level : testdata::values<unsigned>({9, 8}))
      ck_assert_uint_lt(encode(raw, codec::at_level(level)).stream.size() * 40, without * 39);
  }
}
END_TEST

START_TEST(frames_keep_their_place_from_chunk_to_chunk) {
  // No chunk size is a multiple of 18 bytes.
  for (const uint32_t chunk : {65536U, 100000U, 1048576U}) {
    sigma::EncoderSettings settings;
    settings.chunk_size = chunk;
    const Bytes raw = waves(3 * chunk / 2 + 5, 3, 6, false);
    const Coded coded = encode(raw, settings);
    ck_assert_uint_ge(coded.stats.chunks_samples + 1, coded.stats.chunks);
  }
  Bytes late = waves(MiB, 3, 2, true);
  late.insert(late.begin(), 44, 'h');
  ck_assert_uint_eq(encode(late, {}).stats.chunks_samples, 1);
}
END_TEST

START_TEST(numbers_that_are_scaled_integers_are_coded_as_these) {
  const Bytes plain = waves(MiB, 2, 2, false);
  for (const bool is_double : {false, true})
    for (const double scale : {32768.0, 100.0, 1000000.0}) {
      Bytes raw;
      for (size_t i = 0; i + 2 <= plain.size() && raw.size() < MiB; i += 2) {
        const double number = static_cast<int16_t>(plain[i] | plain[i + 1] << 8) / scale;
        const auto single = static_cast<float>(number);
        uint8_t bytes[8];
        if (is_double)
          std::memcpy(bytes, &number, 8);
        else
          std::memcpy(bytes, &single, 4);
        raw.insert(raw.end(), bytes, bytes + (is_double ? 8 : 4));
      }
      const Bytes integers = testdata::part_of(plain, 0, raw.size() / (is_double ? 4 : 2));
      ck_assert_uint_lt(encode(raw, {}).stream.size() * 10,
                        encode(integers, {}).stream.size() * 11);
    }
}
END_TEST

/// A wave in hundredths, two fifths of which are missing, in runs, and one of so many any number.
template <typename Number>
Bytes measurements(size_t count, Number missing, unsigned others, bool big) {
  testdata::Random random(5);
  const Bytes plain = waves(2 * count, 2, 1, false);
  Bytes out;
  for (size_t i = 0; i < count; i++) {
    const auto hundredths = static_cast<int16_t>(plain[2 * i] | plain[2 * i + 1] << 8);
    auto number = static_cast<Number>(hundredths / 100.0);
    if (i / 70 % 5 < 2) number = missing;
    uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof(number));
    if (others != 0 && random.below(others) == 0) bits = random.next();
    for (unsigned k = 0; k < sizeof(number); k++)
      out.push_back(static_cast<uint8_t>(bits >> (8 * (big ? sizeof(number) - 1 - k : k))));
  }
  return out;
}

START_TEST(missing_values_and_a_few_others_are_no_reason_against_a_scale) {
  constexpr size_t kCount = 90000;
  const auto check = [](const Bytes& raw, unsigned level) {
    sigma::EncoderSettings settings = codec::at_level(level);
    settings.model = sigma::Model::BYTES;
    const size_t as_bytes = encode(raw, settings).stream.size();
    const Coded coded = encode(raw, codec::at_level(level));
    ck_assert_uint_ge(coded.stats.chunks_samples, 1);
    ck_assert_uint_lt(coded.stream.size() * 10, as_bytes * 7);
  };
  for (const bool big : {false, true}) {
    check(measurements(kCount, 1e34F, 0, big), 3);
    check(measurements(kCount, std::numeric_limits<double>::quiet_NaN(), 50, big), 3);
  }
  for (const unsigned level : {1U, 6U, 9U})
    check(measurements(kCount, -9999.0F, 100, true), level);
  // Other bytes before them, of which some look like numbers.
  Bytes late = measurements(kCount, 1e34F, 0, true);
  const Bytes header = testdata::prose(8000);
  late.insert(late.begin(), header.begin(), header.end());
  check(late, 3);
}
END_TEST

START_TEST(few_values_are_coded_by_their_frequency) {
  // Eight of ten are the same: 0.92 bits each, where codes of whole bits take 1.2.
  testdata::Random random(3);
  Bytes raw(1500000);
  for (uint8_t& value : raw)
    value = static_cast<uint8_t>(std::max<int64_t>(static_cast<int64_t>(random.below(10)) - 7, 0));
  for (unsigned level = 1; level <= sigma::kMaxLevel; level++) {
    const Coded coded = encode(raw, codec::at_level(level));
    ck_assert_uint_ge(coded.stats.chunks_samples, 1);
    ck_assert_uint_lt(coded.stream.size() * 100, raw.size() * 12);
  }
  // What a lane finds more in, because it repeats itself, stays one.
  Bytes repeated;
  while (repeated.size() < 1500000)
    testdata::append(repeated, sigma::ByteSpan(raw).first(1000));
  ck_assert_uint_eq(encode(repeated, codec::at_level(3)).stats.chunks_samples, 0);
}
END_TEST

START_TEST(small_numbers_in_wide_integers_are_coded_by_their_frequency) {
  // Eight of ten are 0, the others -2 to 2: 1.2 bits each.
  constexpr size_t kCount = 300000;
  for (const unsigned width : {2U, 4U, 8U})
    for (const bool big : {false, true}) {
      testdata::Random random(width);
      Bytes raw;
      for (size_t i = 0; i < kCount; i++) {
        const bool is_zero = random.below(10) < 8;
        const auto value = is_zero ? 0 : static_cast<int64_t>(random.below(5)) - 2;
        for (unsigned k = 0; k < width; k++)
          raw.push_back(static_cast<uint8_t>(value >> (8 * (big ? width - 1 - k : k))));
      }
      for (const unsigned level : testdata::values<unsigned>({1, 6, 9, 3}))
        ck_assert_uint_lt(encode(raw, codec::at_level(level)).stream.size() * 100, kCount * 17);
    }
}
END_TEST

/// What a sensor counts, times a gain that is no power of ten, in two channels; with a reading that
/// failed now and then.
template <typename Number>
Bytes readings(size_t count, bool big) {
  const Bytes plain = waves(4 * count, 2, 2, false);
  Bytes out;
  for (size_t i = 0; i < 2 * count; i++) {
    const auto steps = static_cast<int16_t>(plain[2 * i] | plain[2 * i + 1] << 8);
    auto number = static_cast<Number>(steps / 4) * static_cast<Number>(9.80665 / 2048);
    if (i % 997 < 3) number = std::numeric_limits<Number>::quiet_NaN();
    uint8_t bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    for (size_t k = 0; k < sizeof number; k++)
      out.push_back(bytes[big ? sizeof number - 1 - k : k]);
  }
  return out;
}

START_TEST(numbers_of_few_values_are_coded_by_their_ranks) {
  const auto check = [](const Bytes& raw, unsigned level) {
    sigma::EncoderSettings settings = codec::at_level(level);
    settings.model = sigma::Model::BYTES;
    const size_t as_bytes = encode(raw, settings).stream.size();
    const Coded coded = encode(raw, codec::at_level(level));
    ck_assert_uint_ge(coded.stats.chunks_samples, 1);
    ck_assert_uint_lt(coded.stream.size() * 10, as_bytes * 8);
  };
  for (const bool big : {false, true}) {
    check(readings<float>(150000, big), 3);
    check(readings<double>(80000, big), 3);
  }
  for (const unsigned level : testdata::values<unsigned>({1, 6, 9}))
    check(readings<float>(150000, false), level);
  // An odd count of numbers, and one that is cut.
  const Bytes whole = readings<float>(100000, true);
  for (const size_t less : {4U, 7U, 9U})
    check(testdata::part_of(whole, 0, whole.size() - less), 3);
  // Distances by disparities: the farther, the fewer there are.
  testdata::Random random(9);
  Bytes depth;
  for (size_t i = 0; i < 400000; i++) {
    const size_t disparity = 60 + i / 640 % 480 + random.below(3);
    const size_t distance = 2000000 / disparity;
    depth.push_back(static_cast<uint8_t>(distance));
    depth.push_back(static_cast<uint8_t>(distance >> 8));
  }
  check(depth, 3);
}
END_TEST

START_TEST(samples_between_other_bytes_cost_nothing_else) {
  Bytes raw = testdata::log_lines(MiB);
  for (const Bytes& more : {waves(MiB, 2, 1, false), testdata::random_bytes(MiB / 2),
                            Bytes(MiB / 2, 0), waves(MiB / 2, 4, 1, true)})
    raw.insert(raw.end(), more.begin(), more.end());
  sigma::EncoderSettings settings;
  settings.verify = true;
  settings.max_memory = 64 * MiB;
  encode(raw, settings);
  settings.threads = 3;
  encode(raw, settings);
}
END_TEST

START_TEST(streams_say_the_version_that_their_models_need) {
  const Bytes raw = testdata::log_lines(1000);
  const auto minor_of = [&](sigma::Model model) {
    sigma::EncoderSettings settings;
    settings.model = model;
    sigma::Head head;
    ck_assert(
        sigma::parse_head(codec::packets(codec::encode(raw, settings))[0].body, 0, head).ok());
    return head.minor;
  };
  ck_assert_uint_eq(minor_of(sigma::Model::AUTO), 12);
  ck_assert_uint_eq(minor_of(sigma::Model::SAMPLES), 12);
  ck_assert_uint_eq(minor_of(sigma::Model::BYTES), 2);
  ck_assert_uint_eq(minor_of(sigma::Model::RECORDS), 11);
}
END_TEST

int main() {
  return run_suite("models/samples", 600,
                   {{"P1",
                     {samples_are_smaller_at_every_level_and_come_back,
                      levels_with_filters_find_echoes, frames_keep_their_place_from_chunk_to_chunk,
                      numbers_that_are_scaled_integers_are_coded_as_these,
                      missing_values_and_a_few_others_are_no_reason_against_a_scale,
                      few_values_are_coded_by_their_frequency,
                      small_numbers_in_wide_integers_are_coded_by_their_frequency,
                      numbers_of_few_values_are_coded_by_their_ranks,
                      samples_between_other_bytes_cost_nothing_else}},
                    {"P11", {streams_say_the_version_that_their_models_need}},
                    {"probe",
                     {samples_are_found_whatever_their_width_order_and_channels,
                      what_is_no_array_is_not_taken_for_one}}});
}
