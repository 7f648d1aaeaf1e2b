/* The model `text`: prose comes back, and what is no text is left to others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "codec.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using sigma::EncoderSettings;
using sigma::Model;
using testdata::Bytes;

constexpr size_t kMany = 5 << 20;  ///< bytes of more than two chunks at any level

EncoderSettings settings_of(Model model, unsigned level) {
  EncoderSettings settings;
  settings.model = model;
  settings.level = level;
  return settings;
}

struct Coded {
  Bytes stream;
  sigma::StreamStats stats;
};

Coded encode(const Bytes& raw, const EncoderSettings& settings) {
  auto made = lines::encode_with_stats(raw, settings);
  const auto decoded = codec::decode(made.stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
  ck_assert_uint_eq(decoded.stats.chunks_text, made.stats.chunks_text);
  return {std::move(made.stream), made.stats};
}

/// Prose with bytes of any value here and there, and with letters of UTF-8.
Bytes marked_prose(size_t size, size_t distance) {
  testdata::Random random(3);
  Bytes out = testdata::prose(size, 2);
  for (size_t at = random.below(distance); at + 2 < size; at += 1 + random.below(distance)) {
    const bool is_letter = random.below(2) == 0;
    out[at] = is_letter ? 0xC3 : static_cast<uint8_t>(random.next());
    if (is_letter) out[at + 1] = static_cast<uint8_t>(0xA0 + random.below(32));
  }
  return out;
}

}  // namespace

START_TEST(prose_is_smaller_by_words) {
  const Bytes raw = testdata::prose(kMany);
  for (const unsigned level : {1U, 3U, 5U, 6U, 8U, 9U}) {
    if (testdata::is_short_run() && level > 3) continue;
    const Coded text = encode(raw, settings_of(Model::TEXT, level));
    ck_assert_uint_eq(text.stats.chunks_text, text.stats.chunks);
    const Coded bytes = encode(raw, settings_of(Model::BYTES, level));
    ck_assert_uint_eq(bytes.stats.chunks_text, 0);
    ck_assert_uint_lt(text.stream.size(), bytes.stream.size());
    const Coded any = encode(raw, settings_of(Model::AUTO, level));
    if (level < 3) ck_assert_uint_eq(any.stats.chunks_text, 0);
    if (level == 3) ck_assert_uint_ne(any.stats.chunks_text, 0);
    ck_assert_uint_le(any.stream.size(), bytes.stream.size() + bytes.stream.size() / 1000);
  }
}
END_TEST

START_TEST(text_of_all_byte_values_comes_back) {
  for (const size_t distance : {5U, 60U, 1000U, 50000U})
    for (const unsigned level : {3U, 6U})
      encode(marked_prose(2 << 20, distance), settings_of(Model::TEXT, level));
}
END_TEST

START_TEST(chunks_that_are_not_as_the_key_chunk_come_back) {
  Bytes raw = testdata::prose(2 << 20);
  testdata::append(raw, testdata::samples(1 << 20));
  testdata::append(raw, testdata::log_lines(2 << 20));
  testdata::append(raw, testdata::random_bytes(1 << 20));
  testdata::append(raw, testdata::prose(2 << 20, 5));
  for (const unsigned level : {3U, 6U}) {
    const Coded coded = encode(raw, settings_of(Model::TEXT, level));
    ck_assert_uint_ne(coded.stats.chunks_text, 0);
    ck_assert_uint_lt(coded.stats.chunks_text, coded.stats.chunks);
  }
}
END_TEST

START_TEST(what_is_no_text_is_left_to_others) {
  for (const Bytes& raw : {testdata::machine_code(2 << 20), testdata::samples(2 << 20),
                           testdata::random_bytes(2 << 20), Bytes(2 << 20, ' ')}) {
    const Coded text = encode(raw, settings_of(Model::TEXT, 3));
    ck_assert_uint_eq(text.stats.chunks_text, 0);
    ck_assert(text.stream.size() == encode(raw, settings_of(Model::BYTES, 3)).stream.size());
  }
}
END_TEST

/// Words do not refer to the history, phrases of which a lane repeats.
START_TEST(what_the_history_has_stays_bytes_at_patient_levels) {
  constexpr size_t kFirst = 1 << 20;
  constexpr size_t kPhrase = 24;
  Bytes raw = testdata::prose(kFirst);
  testdata::Random random(7);
  while (raw.size() < 2 * kFirst) {
    const size_t at = kFirst / 2 + random.below(kFirst / 2 - kPhrase);
    const Bytes phrase(raw.begin() + at, raw.begin() + at + kPhrase);
    testdata::append(raw, phrase);
  }
  EncoderSettings settings = settings_of(Model::TEXT, 6);
  const Coded text = encode(raw, settings);
  ck_assert_uint_ne(text.stats.chunks_text, 0);
  ck_assert_uint_lt(text.stats.chunks_text, text.stats.chunks);
  settings.model = Model::BYTES;
  ck_assert_uint_lt(text.stream.size(), encode(raw, settings).stream.size());
}
END_TEST

START_TEST(any_number_of_threads_makes_the_same) {
  const Bytes raw = testdata::prose(2 * kMany);
  EncoderSettings settings = settings_of(Model::TEXT, 3);
  const Coded alone = encode(raw, settings);
  settings.threads = 3;
  ck_assert(encode(raw, settings).stream == alone.stream);
}
END_TEST

START_TEST(it_stays_within_the_memory_allowed) {
  const Bytes raw = testdata::prose(kMany);
  for (const unsigned level : {3U, 6U, 9U})
    for (const uint64_t memory : {3U, 4U, 6U, 8U, 64U})
      for (const bool verify : {false, true}) {
        if (testdata::is_short_run() && (level > 3 || memory != 6)) continue;
        EncoderSettings settings = settings_of(Model::TEXT, level);
        settings.max_memory = memory << 20;
        settings.verify = verify;
        const auto plan = sigma::plan_encoder(settings);
        if (!plan.ok()) continue;
        const Coded coded = encode(raw, settings);
        ck_assert_uint_le(coded.stats.peak_memory,
                          plan.value.memory.codec() + plan.value.memory.held);
      }
}
END_TEST

int main() {
  return run_suite(
      "models/text", 300,
      {{"P1",
        {prose_is_smaller_by_words, text_of_all_byte_values_comes_back,
         chunks_that_are_not_as_the_key_chunk_come_back, what_is_no_text_is_left_to_others,
         what_the_history_has_stays_bytes_at_patient_levels}},
       {"P2", {any_number_of_threads_makes_the_same}},
       {"P3", {it_stays_within_the_memory_allowed}}});
}
