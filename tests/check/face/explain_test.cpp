/* What the bytes of a stream are for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/explain.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "codec.hpp"
#include "memory_source.hpp"
#include "suite.hpp"

namespace {

using sigma::ChunkKind;
using sigma::ErrorCode;
using testdata::Bytes;
using testdata::MemorySource;

/// Sums over a stream.
struct Sums : sigma::ExplanationListener {
  void on_chunk(ChunkKind kind, uint64_t raw_bytes, uint64_t coded_bytes) override {
    chunks[static_cast<size_t>(kind)]++;
    raw += raw_bytes;
    coded += coded_bytes;
  }
  void on_records(uint64_t count) override { records += count; }
  void on_shared(uint64_t coded_bytes) override { shared += coded_bytes; }
  void on_lane(const char*, uint64_t, uint64_t coded_bytes) override { lanes += coded_bytes; }
  void on_template(const sigma::ExplainedTemplate& found) override {
    templates += found.records;
    ck_assert(!found.texts.empty());
  }
  void on_column(const sigma::ExplainedColumn& found) override {
    columns += found.bytes;
    ck_assert(found.form[0] != '\0' && !found.before.empty() && found.values != 0);
  }
  void on_samples(const sigma::ExplainedSamples& found) override {
    samples++;
    ck_assert(found.layout[0] != '\0' && found.blocks != 0);
    filtered += found.filters[0] != '\0' ? 1 : 0;
  }

  std::array<uint64_t, static_cast<size_t>(sigma::kLastChunkKind) + 1> chunks{};
  uint64_t raw = 0;
  uint64_t coded = 0;
  uint64_t records = 0;
  uint64_t shared = 0;
  uint64_t lanes = 0;
  uint64_t templates = 0;
  uint64_t samples = 0;
  uint64_t filtered = 0;  ///< of these, with adapted filters
  double columns = 0;

  uint64_t of(ChunkKind kind) const { return chunks[static_cast<size_t>(kind)]; }
};

/// A slow oscillation of 16-bit numbers, with noise.
Bytes audio(size_t size) {
  Bytes out;
  testdata::Random random(9);
  double place = 1;
  double speed = 0;
  while (out.size() + 2 <= size) {
    speed -= place * 0.0007;
    place += speed;
    const auto number = static_cast<int16_t>(place * 9000 + static_cast<double>(random.below(20)));
    out.push_back(static_cast<uint8_t>(number & 0xff));
    out.push_back(static_cast<uint8_t>(number >> 8 & 0xff));
  }
  return out;
}

Sums explained(const Bytes& stream) {
  MemorySource source(stream);
  Sums sums;
  const sigma::Status status = sigma::explain(source, sums);
  ck_assert_msg(status.ok(), "%s", sigma::describe(status).text);
  return sums;
}

ErrorCode error_of(const Bytes& stream, uint64_t max_memory = sigma::kDefaultDecoderMemory) {
  MemorySource source(stream);
  Sums sums;
  return sigma::explain(source, sums, max_memory).code;
}

}  // namespace

START_TEST(all_bytes_are_explained) {
  const Bytes log = testdata::log_lines(3000000);
  sigma::EncoderSettings samples;
  samples.model = sigma::Model::SAMPLES;
  const Bytes stream =
      testdata::joined({codec::encode(log), codec::encode(audio(500000), samples),
                        codec::encode(testdata::random_bytes(200000)),
                        codec::encode(testdata::machine_code(300000)), codec::encode({})});
  const Sums sums = explained(stream);
  ck_assert_uint_eq(sums.raw, log.size() + 1000000);
  ck_assert_uint_lt(sums.coded, stream.size());
  ck_assert_uint_gt(sums.coded, stream.size() - 5 * 1000);
  ck_assert(sums.of(ChunkKind::STORED) != 0 && sums.of(ChunkKind::BYTES) != 0);
  ck_assert(sums.of(ChunkKind::RECORDS) > 1);
  ck_assert(sums.of(ChunkKind::SAMPLES) != 0 && sums.samples != 0);
}
END_TEST

START_TEST(records_are_summed_up) {
  const Bytes log = testdata::log_lines(3000000);
  const Sums sums = explained(codec::encode(log));
  const auto lines = static_cast<uint64_t>(std::count(log.begin(), log.end(), '\n'));
  ck_assert_uint_ge(sums.records, lines);
  ck_assert_uint_le(sums.records, lines + 2 * sums.of(ChunkKind::RECORDS));
  ck_assert_uint_eq(sums.templates, sums.records);
  ck_assert_uint_le(sums.lanes + sums.shared, sums.coded);
  // Columns share out what lanes take, but for the first three.
  ck_assert(sums.columns > 0 && sums.columns < static_cast<double>(sums.lanes));
}
END_TEST

START_TEST(filters_of_samples_are_told) {
  sigma::EncoderSettings settings = codec::at_level(9);
  settings.model = sigma::Model::SAMPLES;
  // Dull noise with echoes from farther than predictors reach.
  testdata::Random random(7);
  std::vector<int32_t> values(200000);
  int32_t sum = 0;
  Bytes echo;
  for (size_t i = 0; i < values.size(); i++) {
    values[i] = static_cast<int32_t>(random.below(32)) - 16;
    for (const size_t back : {47U, 64U, 71U})
      if (i >= back) values[i] += values[i - back] * 5 / 16;
    sum = sum * 15 / 16 + values[i];
    echo.push_back(static_cast<uint8_t>(sum));
    echo.push_back(static_cast<uint8_t>(sum >> 8));
  }
  const Sums filtered = explained(codec::encode(echo, settings));
  ck_assert(filtered.samples != 0 && filtered.filtered != 0);
  settings.level = 3;
  const Sums predicted = explained(codec::encode(echo, settings));
  ck_assert(predicted.samples != 0 && predicted.filtered == 0);
}
END_TEST

START_TEST(what_is_wrong_is_an_error) {
  const Bytes stream = codec::encode(testdata::log_lines(300000));
  ck_assert(error_of(Bytes()) == ErrorCode::NOT_SIGMA);
  ck_assert(error_of(testdata::log_lines(1000)) != ErrorCode::OK);
  ck_assert(error_of(stream, 1000000) == ErrorCode::NEEDS_MORE_MEMORY);
  testdata::Random random(5);
  for (int i = 0; i < 200; i++) {
    Bytes hit = stream;
    hit[random.below(hit.size())] ^= static_cast<uint8_t>(1 + random.below(255));
    error_of(hit);  // whatever it is, it ends
    Bytes cut(stream.begin(),
              stream.begin() + static_cast<std::ptrdiff_t>(random.below(stream.size())));
    error_of(cut);
  }
}
END_TEST

int main() {
  return run_suite(
      "face/explain", 300,
      {{"P7", {what_is_wrong_is_an_error}},
       {"explain", {all_bytes_are_explained, records_are_summed_up, filters_of_samples_are_told}}});
}
