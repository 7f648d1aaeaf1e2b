/* Frames: there and back with any predictors, and what is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/frames.hpp"

#include "frame_trees.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::FrameLayout;
using sigma::TreeWriter;
using testdata::Bytes;

FrameLayout layout_of(unsigned width, bool big, std::initializer_list<sigma::FramePlane> planes) {
  FrameLayout layout;
  layout.width = width;
  layout.big_endian = big;
  for (const sigma::FramePlane& plane : planes)
    layout.planes[layout.plane_count++] = plane;
  return layout;
}

Bytes raw_frames(size_t size, unsigned unused, unsigned width, bool big, uint64_t seed) {
  testdata::Random random(seed);
  Bytes raw(size);
  for (size_t i = 0; i < size; i++)
    raw[i] = static_cast<uint8_t>(i / 3 + random.below(seed % 2 != 0 ? 256 : 8));
  for (size_t i = 0; i + width <= size; i += width)
    for (unsigned bit = 0; bit < unused; bit++) {
      const size_t byte = bit / 8;
      raw[i + (big ? width - 1 - byte : byte)] &= static_cast<uint8_t>(~(1U << (bit % 8)));
    }
  return raw;
}

void check(const FrameLayout& layout, size_t before, size_t samples, uint64_t seed) {
  testdata::Random random(seed);
  const Bytes all = raw_frames((before + samples) * layout.width, layout.unused, layout.width,
                               layout.big_endian, seed);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(before * layout.width);
  const Bytes reference(all.begin(), middle);
  const Bytes raw(middle, all.end());
  forge::Stream s;
  s.head.chunk_max = static_cast<uint32_t>(raw.size());
  Bytes room(3 * raw.size() + reference.size() + 200000);
  TreeWriter tree(room);
  const size_t reach = 2 * layout.frame_size() + 3;
  forge::write_frames(tree, reference, raw, layout,
                      forge::random_frame_predictors(layout, reach, random), random);
  ck_assert(!tree.overflowed());
  s.head.body_max = static_cast<uint32_t>(tree.bytes().size());
  const Bytes bytes(tree.bytes().begin(), tree.bytes().end());
  const auto decoded = hostile::decode(s.begin().coded(bytes, raw, true).end().bytes);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
}

/// Widths, byte orders, and places in the frame where a value begins.
void check_all(std::initializer_list<sigma::FramePlane> planes, size_t frames) {
  uint64_t seed = 1;
  for (const unsigned width : {1U, 2U})
    for (const bool big : {false, true})
      for (const size_t before : {0U, 5U, 900U})
        for (int k = 0; k < 6; k++) {
          FrameLayout layout = layout_of(width, big && width == 2, planes);
          const size_t size = layout.frame_size();
          layout.position = seed % 3 * 577 % size;
          layout.unused = k == 5 ? width * 3 : 0;
          layout.block_width = k == 1 ? 3 : 8;
          layout.block_height = k == 2 ? 1 : 5;
          check(layout, before, frames * size + seed % 7, seed);
          seed++;
        }
}

}  // namespace

START_TEST(frames_of_planes_come_back) {
  check_all({{40, 13, 1, false}, {20, 7, 1, false}, {20, 7, 1, false}}, 3);
  check_all({{700, 9, 1, false}, {1, 3, 1, false}}, 2);
}
END_TEST

START_TEST(frames_of_packed_samples_come_back) {
  check_all({{51, 11, 3, false}}, 3);
  check_all({{64, 9, 4, false}, {8, 3, 2, false}}, 2);
}
END_TEST

START_TEST(mosaics_come_back) {
  check_all({{36, 12, 2, true}}, 3);
}
END_TEST

START_TEST(planes_that_are_apart_come_back) {
  uint64_t seed = 1;
  for (const unsigned width : {1U, 2U})
    for (const size_t planes : {1U, 3U, 4U})
      for (const size_t before : {0U, 7U, 300U}) {
        FrameLayout layout = layout_of(width, seed % 2 != 0 && width == 2, {});
        for (size_t i = 0; i < planes; i++)
          layout.planes[layout.plane_count++] = {30, 11, 1 + i % 3};
        layout.is_apart = true;
        layout.position = seed * 91 % 330;
        check(layout, planes * before, planes * (400 + seed), seed);
        seed++;
      }
}
END_TEST

START_TEST(the_least_frames_come_back) {
  check_all({{1, 1, 1, false}}, 9);
  check_all({{1, 1, 4, true}, {2, 1, 3, true}, {1, 2, 2, false}, {3, 1, 1, false}}, 1);
}
END_TEST

START_TEST(frames_out_of_range_are_refused) {
  const Bytes raw(16, 0);
  const Bytes modes(2, 0);
  const auto write = [&](TreeWriter& t, const Bytes& payload) {
    t.frames(payload), t.literal(Bytes()), t.literal(modes), t.literal(raw);
  };
  const auto passes = [&](const Bytes& payload) {
    const auto decoded =
        hostile::decode(hostile::with_tree([&](TreeWriter& t) { write(t, payload); }, raw));
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  };
  const auto fails = [&](const Bytes& payload) {
    check_tree_fails([&](TreeWriter& t) { write(t, payload); }, raw);
  };
  // Width, order, unused bits, position, width and height of blocks, planes; row, rows, period and
  // skew of each; predictors: one of a tap with a shift.
  passes({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});
  passes({2, 1, 15, 0, 4, 1, 1, 4, 2, 1, 0, 1, 1, 0, 1, 2});
  passes({1, 0, 0, 3, 8, 8, 1, 16, 4, 1, 0, 1, 0, 1, 16, 0}) /* a median, into the second row */;
  fails({});
  fails({3, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // three bytes
  fails({1, 1, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // an order of one byte
  fails({1, 0, 8, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // all bits unused
  fails({1, 0, 0, 16, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});             // behind the frame
  fails({1, 0, 0, 0, 0, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // blocks of no width
  fails({1, 0, 0, 0, 65, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});             // too wide
  fails({1, 0, 0, 0, 8, 0, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // of no height
  fails({1, 0, 0, 0, 8, 65, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});             // too high
  fails({1, 0, 0, 0, 8, 8, 0});                                          // no plane
  fails({1, 0, 0, 0, 8, 8, 5, 16, 1, 1, 0});                             // too many
  fails({1, 0, 0, 0, 8, 8, 1, 0, 1, 1, 0, 1, 1, 0, 1, 2});               // an empty row
  fails({1, 0, 0, 0, 8, 8, 1, 16, 0, 1, 0, 1, 1, 0, 1, 2});              // no rows
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 0, 0, 1, 1, 0, 1, 2});              // no kinds
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 5, 0, 1, 1, 0, 1, 2});              // too many
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 2, 1, 1, 0, 1, 2});              // no such skew
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 0});                          // no predictor
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 9});                          // too many
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 21, 0});                   // too many taps
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 16, 1, 2});             // shifted too far
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 0, 2});              // a sample from itself
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1});                 // no factor
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 0x80, 0x80, 4});  // of more than 16 bits
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 0, 0, 1, 0});              // a median from itself
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 0, 1, 0, 0});              // likewise
  fails({1, 0, 0, 0, 8, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2, 0});           // something follows
  fails({1, 0, 0, 0, 4, 8, 1, 16, 1, 1, 0, 1, 1, 0, 1, 2});              // four blocks
  // 2^20 times 129 samples are too many.
  fails({1, 0, 0, 0, 8, 8, 1, 0x80, 0x80, 0x40, 0x81, 1, 1, 0, 1, 1, 0, 1, 2});
}
END_TEST

START_TEST(modes_and_samples_that_are_not_whole_are_refused) {
  const Bytes payload = {2, 0, 0, 0, 8, 8, 1, 8, 1, 1, 0, 1, 1, 0, 1, 2};
  const auto fails = [&](const Bytes& raw, const Bytes& modes) {
    check_tree_fails(
        [&](TreeWriter& t) {
          t.frames(payload), t.literal(Bytes()), t.literal(modes), t.literal(raw);
        },
        raw);
  };
  fails(Bytes(15, 0), {0});
  fails(Bytes(16, 0), {1});
  fails(Bytes(16, 0), {});
  fails(Bytes(16, 0), {0, 0});
}
END_TEST

int main() {
  return run_suite(
      "operators/frames", 300,
      {{"P1",
        {frames_of_planes_come_back, frames_of_packed_samples_come_back, mosaics_come_back,
         planes_that_are_apart_come_back, the_least_frames_come_back}},
       {"P7",
        {frames_out_of_range_are_refused, modes_and_samples_that_are_not_whole_are_refused}}});
}
