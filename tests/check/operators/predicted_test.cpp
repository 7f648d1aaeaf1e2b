/* Predicted samples: there and back with any predictors, and what is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/predicted.hpp"

#include "hostile.hpp"
#include "sample_trees.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::SampleLayout;
using sigma::TreeWriter;
using testdata::Bytes;

/// Bytes that samples can be made of: noise, steps, and what looks like numbers.
Bytes raw_samples(size_t size, unsigned width, int kind) {
  testdata::Random random(size + 7);
  Bytes raw(size);
  for (size_t i = 0; i < size; i++) {
    if (kind == 0) raw[i] = static_cast<uint8_t>(random.next());
    if (kind == 1) raw[i] = static_cast<uint8_t>(i / 7);
    if (kind == 2) raw[i] = static_cast<uint8_t>(i % width == width - 1 ? 0 : random.below(128));
    if (kind == 3) raw[i] = random.below(3) != 0 ? 0 : 255;
  }
  return raw;
}

void check(const SampleLayout& layout, size_t frames, int kind, bool narrow) {
  testdata::Random random(frames + layout.channels);
  const Bytes raw = raw_samples(frames * layout.frame_size(), layout.width, kind);
  forge::Stream s;
  s.head.workspace_max = 4 << 20;
  s.head.chunk_max = static_cast<uint32_t>(raw.size());
  Bytes room(raw.size() * 16 + 300000);
  TreeWriter tree(room);
  forge::write_predicted(tree, raw, layout, narrow, random);
  ck_assert(!tree.overflowed());
  s.head.body_max = static_cast<uint32_t>(tree.bytes().size());
  const Bytes bytes(tree.bytes().begin(), tree.bytes().end());
  const auto decoded = hostile::decode(s.begin().coded(bytes, raw, true).end().bytes);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
}

}  // namespace

START_TEST(samples_come_back_with_any_predictors) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const bool big : {false, true})
      for (const bool is_float : {false, true})
        for (const size_t channels : {1U, 2U, 3U, 6U, 64U})
          for (const size_t frames : {1U, 8U, 41U, 1100U})
            for (int kind = 0; kind < 4; kind++)
              if (frames * channels < 10000)
                check({width, big, is_float, channels, 64, frames % 2 == 0 ? size_t{13} : 0},
                      frames, kind, kind % 2 == 0);
}
END_TEST

START_TEST(blocks_longer_than_what_is_done_at_once_come_back) {
  for (const unsigned width : {1U, 2U, 4U})
    for (const size_t channels : {1U, 2U})
      check({width, false, false, channels, 5000, 1500}, 12000, 2, true);
}
END_TEST

START_TEST(predictors_out_of_range_are_refused) {
  const Bytes raw(16, 0);
  const auto fails = [&](const Bytes& payload) {
    check_tree_fails([&](TreeWriter& t) { t.predicted(payload), t.literal(raw); }, raw);
  };
  const auto passes = [&](const Bytes& payload) {
    const auto decoded = hostile::decode(
        hostile::with_tree([&](TreeWriter& t) { t.predicted(payload), t.literal(raw); }, raw));
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  };
  // Width, order, channels, block, row; then a predictor.
  passes({2, 0, 1, 16, 0, 1, 0, 2});
  passes({2, 0, 1, 16, 1, 33});
  passes({2, 3, 1, 16, 0, 65, 3, 0, 2});
  passes({2, 0, 2, 16, 0, 1, 0, 0});
  fails({});
  fails({5, 0, 1, 16, 0, 0});                    // integers of five bytes
  fails({2, 4, 1, 16, 0, 0});                    // no such order
  fails({2, 0, 0, 16, 0});                       // no channels
  fails({2, 0, 65, 16, 0, 0});                   // too many
  fails({2, 0, 3, 16, 0, 0, 0, 0, 0});           // the samples end in the middle of a frame
  fails({2, 0, 1, 15, 0, 0});                    // blocks too short
  fails({2, 0, 1, 16, 0});                       // no predictor
  fails({2, 0, 1, 16, 0, 0, 0});                 // one too many
  fails({2, 0, 1, 16, 0, 33});                   // a median without a row
  fails({2, 0, 2, 16, 1, 1, 33, 0});             // of a pair
  fails({2, 0, 2, 16, 0, 2, 0, 0});              // pairs that are not there
  fails({2, 0, 1, 16, 0, 34});                   // as before, which is not there
  fails({2, 0, 1, 16, 0, 35});                   // no such kind
  fails({2, 0, 1, 16, 1, 97, 1});                // a median of what is left without low bits
  fails({2, 0, 1, 16, 0, 64, 0});                // no unused bits
  fails({2, 0, 1, 16, 0, 64, 16});               // all are unused
  fails({2, 0, 1, 16, 0, 1, 16, 0});             // shifted too far
  fails({2, 0, 1, 16, 0, 1, 0, 0x80, 0x80, 4});  // a coefficient of more than 16 bits
}
END_TEST

int main() {
  return run_suite(
      "operators/predicted", 300,
      {{"P1",
        {samples_come_back_with_any_predictors, blocks_longer_than_what_is_done_at_once_come_back}},
       {"P7", {predictors_out_of_range_are_refused}}});
}
