/* Lanes of zstd: their memory, and frames that are none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/lanes/block_cuts.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::decode;
using codec::Decoded;
using hostile::check_tree_fails;
using hostile::kMemory;
using hostile::with_tree;
using sigma::EncoderSettings;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(lane_memory_formula_follows_zstd) {
  const Bytes data = testdata::mixed(8 * MiB);
  for (unsigned level = 1; level <= sigma::kMaxLevel; level++)
    for (const uint64_t memory : {6 * MiB, 64 * MiB}) {
      EncoderSettings settings = at_level(level);
      settings.max_memory = memory;
      const sigma::EncoderPlan plan = sigma::plan_encoder(settings).value;
      sigma::GlyphBufferPool pool;
      sigma::LaneEncoder lanes(pool);
      ck_assert(lanes.configure(plan.models.lane).ok());
      Bytes out(data.size());
      const size_t history = std::min<size_t>(plan.history_size, 6 * MiB);
      const size_t size = std::min<size_t>(plan.chunk_size, 2 * MiB);
      // Without the history zstd chooses smaller tables, too.
      ck_assert(lanes.encode({data.data() + history, size}, {data.data(), history}, out).ok());
      const double real = static_cast<double>(pool.peak());
      const double formula =
          static_cast<double>(sigma::lane_encoder_memory(plan.models.lane, plan.chunk_size));
      // A chunk shorter than planned makes zstd choose smaller tables.
      if (size == plan.chunk_size)
        ck_assert_msg(real / formula > 0.9 && real / formula < 1.05, "level %u: %.0f, formula %.0f",
                      level, real, formula);
    }
}
END_TEST

/// Columns of codes one behind the other, each with values of its own.
START_TEST(blocks_end_where_frequencies_change) {
  constexpr size_t kColumn = 40000;
  testdata::Random random(5);
  Bytes raw;
  for (const size_t first : {0U, 100U, 40U, 200U})
    for (size_t i = 0; i < kColumn; i++)
      raw.push_back(static_cast<uint8_t>(first + random.below(16)));
  const sigma::BlockCuts cuts = sigma::find_block_cuts(raw);
  ck_assert_uint_ge(cuts.count, 3);
  ck_assert_uint_lt(cuts.size, raw.size() / 2 + raw.size() / 20);
  sigma::GlyphBufferPool pool;
  sigma::LaneEncoder encoder(pool);
  ck_assert(encoder.configure(sigma::plan_encoder(at_level(3)).value.models.lane).ok());
  Bytes frame(raw.size());
  const size_t whole = encoder.encode(raw, {}, frame).value;
  const size_t size = encoder.encode(raw, {}, frame, cuts.positions()).value;
  ck_assert_uint_ne(size, 0);
  ck_assert_uint_lt(size, raw.size() / 2 + raw.size() / 50);
  ck_assert_uint_lt(size, whole / 8 * 7);
  sigma::LaneDecoder decoder(pool);
  const sigma::ByteSpan made(frame.data(), size);
  ck_assert_uint_eq(sigma::LaneDecoder::content_size(made).value, raw.size());
  Bytes out(raw.size());
  ck_assert(decoder.decode(made, {}, out).ok());
  ck_assert(out == raw);
  // Nothing is written behind the room.
  for (size_t room = 0; room < size; room += 1 + room / 3) {
    Bytes small(size, 0xA5);
    ck_assert_uint_eq(encoder.encode(raw, {}, {small.data(), room}, cuts.positions()).value, 0);
    ck_assert(std::all_of(small.begin() + static_cast<std::ptrdiff_t>(room), small.end(),
                          [](uint8_t byte) { return byte == 0xA5; }));
  }
}
END_TEST

START_TEST(lanes_must_be_one_sound_frame) {
  const Bytes raw = testdata::log_lines(5000);
  const Bytes good = forge::frame(raw);
  ck_assert(decode(with_tree([&](TreeWriter& t) { t.lane(good); }, raw)).bytes == raw);
  Bytes two = good;
  two.insert(two.end(), good.begin(), good.end());
  Bytes both = raw;
  both.insert(both.end(), raw.begin(), raw.end());
  check_tree_fails([&](TreeWriter& t) { t.lane(two); }, both);
  Bytes tail = good;
  tail.push_back(0);
  check_tree_fails([&](TreeWriter& t) { t.lane(tail); }, raw);
  check_tree_fails([&](TreeWriter& t) { t.lane({good.data(), good.size() - 1}); }, raw);
  check_tree_fails([&](TreeWriter& t) { t.lane({}); }, raw);
  const Bytes skippable = {0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'r', 'a', 'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(skippable); });
  Bytes hidden_size = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58, 0x19, 0, 0, 'r', 'a', 'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(hidden_size); });
  // A sound frame with a window of its own instead of a single segment.
  const Bytes windowed = {0x28, 0xB5, 0x2F, 0xFD, 0x40, 0x00, 0x03,
                          0x00, 0x19, 0x00, 0x00, 'r',  'a',  'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(windowed); });
  const Bytes bomb = {0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0x7F, 0x03, 0x00, 0x00, 'r'};  // declares 2^63 − 1 bytes
  check_tree_fails([&](TreeWriter& t) { t.lane(bomb); });
  check_tree_fails(
      [&](TreeWriter& t) {
        t.prefixed_lane(forge::frame(raw, Bytes(raw)));
        t.literal({});  // not the prefix that it was made with
      },
      raw);
  for (size_t at = 4; at < good.size(); at++) {
    Bytes damaged = good;
    damaged[at] ^= 0x41;
    const Decoded decoded =
        decode(with_tree([&](TreeWriter& t) { t.lane(damaged); }, raw), codec::whole(), kMemory);
    ck_assert(!decoded.status.ok() || decoded.bytes == raw);
  }
}
END_TEST

int main() {
  return run_suite(
      "lanes/zstd_lane", 900,
      {{"P7", {lanes_must_be_one_sound_frame}},
       {"zstd_lane", {lane_memory_formula_follows_zstd, blocks_end_where_frequencies_change}}});
}
