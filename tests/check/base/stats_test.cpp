/* Counts and ratios of streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/wire/index.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(stats_start_at_zero_and_reset) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert_uint_eq(encoder.stats().bytes_in, 0);
  ck_assert_uint_eq(encoder.stats().chunks, 0);
  ck_assert_double_eq(encoder.stats().ratio(), 0.0);
  ck_assert(encoder.stats().started_ns != 0);
  const Bytes data = testdata::log_lines(1000);
  ck_assert(encoder.push(data).ok());
  ck_assert(encoder.flush().ok());
  ck_assert_uint_eq(encoder.stats().bytes_in, 1000);
  ck_assert_uint_eq(encoder.stats().chunks, 1);
  encoder.reset();
  ck_assert_uint_eq(encoder.stats().bytes_in, 0);
  ck_assert_uint_eq(encoder.stats().chunks, 0);
}
END_TEST

START_TEST(stats_ratio_throughput_and_counts_are_those_of_the_stream) {
  const Bytes data = testdata::log_lines(4 * MiB);
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(at_level(3, 65536)).ok());
  size_t out = 0;
  sigma::Packet packet;
  const auto drain = [&] {
    while (encoder.take(packet))
      out += packet.bytes.size();
  };
  for (sigma::ByteSpan rest(data); !rest.empty();) {
    // 10000 bytes at a time: every chunk spans inputs
    const auto piece = rest.first(std::min<size_t>(10000, rest.size()));
    rest = rest.subspan(encoder.push(piece).value);
    drain();
  }
  ck_assert(encoder.finish().ok());
  drain();
  const sigma::StreamStats& stats = encoder.stats();
  ck_assert_uint_eq(stats.bytes_in, data.size());
  ck_assert_uint_eq(stats.bytes_out, out);
  ck_assert_uint_eq(stats.chunks, 64);
  ck_assert_uint_eq(stats.chunks_bytes, 64);
  ck_assert_uint_eq(stats.boundary_crossings, 64);
  ck_assert(stats.glyphs > 64);
  ck_assert_double_eq(stats.ratio(), static_cast<double>(data.size()) / static_cast<double>(out));
  ck_assert(stats.ratio() > 2.0);
  ck_assert(stats.codec_time_ns > 0 && stats.codec_time_ns <= stats.wall_time_ns());
  const double expected =
      static_cast<double>(data.size()) / 1e6 / (static_cast<double>(stats.wall_time_ns()) / 1e9);
  ck_assert_double_eq_tol(stats.throughput(stats.bytes_in), expected, expected * 1e-9);
}
END_TEST

int main() {
  return run_suite("base/stats", 600,
                   {{"stats",
                     {stats_start_at_zero_and_reset,
                      stats_ratio_throughput_and_counts_are_those_of_the_stream}}});
}
