/* Settings, and what is refused of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::check_round_trip;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using testdata::MiB;

}  // namespace

START_TEST(optimal_chunk_size_for_small_medium_large_and_very_large_files) {
  ck_assert_uint_eq(sigma::optimal_chunk_size(0), 65536);
  ck_assert_uint_eq(sigma::optimal_chunk_size(10 * MiB - 1), 65536);
  ck_assert_uint_eq(sigma::optimal_chunk_size(10 * MiB), 262144);
  ck_assert_uint_eq(sigma::optimal_chunk_size(100 * MiB - 1), 262144);
  ck_assert_uint_eq(sigma::optimal_chunk_size(100 * MiB), 1048576);
  ck_assert_uint_eq(sigma::optimal_chunk_size(1024 * MiB - 1), 1048576);
  ck_assert_uint_eq(sigma::optimal_chunk_size(1024 * MiB), 4194304);
}
END_TEST

START_TEST(settings_out_of_range_are_refused) {
  const auto refuses = [](auto change) {
    sigma::EncoderSettings settings;
    change(settings);
    sigma::StreamingEncoder encoder;
    return encoder.configure(settings).code == sigma::ErrorCode::INVALID_ARGUMENT;
  };
  ck_assert(refuses([](auto& s) { s.level = 10; }));
  ck_assert(refuses([](auto& s) { s.chunk_size = 65535; }));
  ck_assert(refuses([](auto& s) { s.chunk_size = 4194305; }));
  ck_assert(!refuses([](auto& s) { s.key_interval = 0; }));
}
END_TEST

START_TEST(settings_that_memory_cannot_hold_name_the_least_that_would_do) {
  EncoderSettings settings = at_level(3, 4 * MiB);
  const auto refused = sigma::plan_encoder(settings);
  ck_assert(refused.status.code == ErrorCode::INVALID_SETTINGS);
  settings.max_memory = refused.status.value - 1;
  ck_assert(!sigma::plan_encoder(settings).ok());
  settings.max_memory = refused.status.value;
  ck_assert(sigma::plan_encoder(settings).ok());
  check_round_trip(testdata::mixed(5 * MiB), settings);
  ck_assert(sigma::plan_encoder(at_level(3, 1000)).status.code == ErrorCode::INVALID_ARGUMENT);
  ck_assert(sigma::plan_encoder(at_level(10)).status.code == ErrorCode::INVALID_ARGUMENT);
}
END_TEST

int main() {
  return run_suite("base/settings", 600,
                   {{"settings",
                     {optimal_chunk_size_for_small_medium_large_and_very_large_files,
                      settings_out_of_range_are_refused,
                      settings_that_memory_cannot_hold_name_the_least_that_would_do}}});
}
