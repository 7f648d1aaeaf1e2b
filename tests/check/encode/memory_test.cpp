/* Memory of the codec, as planned and as used.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using sigma::EncoderSettings;
using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(memory_estimate_breaks_down_and_is_what_the_codec_owns) {
  // All models have their turn.
  const Bytes data = testdata::joined({testdata::mixed(6 * MiB), testdata::server_log(3 * MiB)});
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (const bool verify : {false, true})
      for (const uint32_t chunk : {0u, 65536u, 262144u}) {
        // In a short run each level has a third of what it can be together with.
        const unsigned which = level + (verify ? 1 : 0) + (chunk > 0) + (chunk > 65536);
        if (testdata::is_short_run() && which % 3 != 0) continue;
        EncoderSettings settings = at_level(level, chunk);
        settings.verify = verify;
        const sigma::MemoryEstimate estimate = sigma::estimate_memory_usage(settings);
        ck_assert_uint_eq(estimate.codec(), estimate.window + estimate.output + estimate.coder +
                                                estimate.filter + estimate.verify +
                                                estimate.shared + estimate.tables);
        ck_assert(estimate.window > 0 && estimate.output > 0);
        ck_assert_uint_le(estimate.total(), sigma::kDefaultEncoderMemory);
        sigma::StreamingEncoder encoder;
        ck_assert(encoder.configure(settings).ok());
        // Several chunks, also of the automatic size.
        const sigma::ByteSpan all(data);
        for (sigma::ByteSpan rest = chunk == 0 ? all : all.last(5 * MiB); !rest.empty();) {
          rest = rest.subspan(encoder.push(rest).value);
          // Each packet goes before the next chunk is made, as in a pipeline.
          for (sigma::Packet packet; encoder.take(packet);)
            continue;
        }
        ck_assert(encoder.finish().ok());
        const double peak = static_cast<double>(encoder.stats().peak_memory);
        ck_assert_msg(peak <= 1.15 * static_cast<double>(estimate.codec()) &&
                          peak >= 0.85 * static_cast<double>(estimate.codec()),
                      "level %u verify %d chunk %u: owned %.0f, estimated %llu", level, verify,
                      chunk, peak, static_cast<unsigned long long>(estimate.codec()));
      }
}
END_TEST

START_TEST(memory_streaming_against_full_load_is_a_small_fraction) {
  const uint64_t full_load = 1024 * MiB;
  const sigma::MemoryEstimate estimate = sigma::estimate_memory_usage({});
  ck_assert(full_load / estimate.total() > 150);
}
END_TEST

int main() {
  return run_suite("encode/memory", 600,
                   {{"memory",
                     {memory_estimate_breaks_down_and_is_what_the_codec_owns,
                      memory_streaming_against_full_load_is_a_small_fraction}}});
}
