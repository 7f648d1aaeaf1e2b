/* Colours: pixels of planes, and planes of pixels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/colours.hpp"

#include "colour_trees.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::ColourForm;
using sigma::TreeWriter;
using testdata::Bytes;

/// What a tree gives that has the planes of some pixels, the last of which has `rest` in its
/// payload.
void check_both_ways(const ColourForm& form, const Bytes& planes) {
  const Bytes pixels = forge::colour_pixels(form, planes);
  for (size_t rest = 0; rest < form.unit; rest++) {
    const Bytes begin = testdata::part_of(pixels, 0, pixels.size() - rest);
    const Bytes end = testdata::part_of(pixels, begin.size(), pixels.size());
    forge::Stream s;
    s.head.workspace_max = 1 << 20;
    s.begin().coded(forge::tree([&](TreeWriter& t) {
                      forge::combined(t, form, sigma::kNoColourMark);
                      forge::separated(t, form, end), t.literal(begin), t.literal(Bytes());
                    }),
                    pixels, true);
    const auto decoded = hostile::decode(s.end().bytes);
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    ck_assert(decoded.bytes == pixels);
  }
}

/// The same with the order and the number of colours changed.
void check_orders(ColourForm form, testdata::Random& random) {
  for (form.unit = 3; form.unit <= 4; form.unit++)
    for (form.first = 0; form.first + 3 <= form.unit; form.first++)
      for (const bool blue_first : {false, true}) {
        form.blue_first = blue_first;
        Bytes planes = forge::colour_planes(200, form.unit, random);
        // Colours that are not at their ends come back.
        for (size_t i = 0; i < 200; i++) {
          planes[i] = static_cast<uint8_t>(100 + planes[i] % 40);
          for (const size_t plane : {1U, 2U})
            planes[plane * 200 + i] = static_cast<uint8_t>(118 + planes[plane * 200 + i] % 20);
        }
        check_both_ways(form, planes);
      }
}

}  // namespace

START_TEST(pixels_become_the_planes_that_they_are_made_of) {
  testdata::Random random(5);
  check_orders(forge::colour_differences(), random);
}
END_TEST

START_TEST(a_pixel_that_is_marked_has_its_own_colours) {
  const ColourForm form = forge::colour_differences();
  const Bytes planes = {10, 20, 128, 128, 128, 128};
  const auto stream_of = [&](const Bytes& raw, const Bytes& exceptions) {
    forge::Stream s;
    s.head.workspace_max = 64;
    s.begin().coded(forge::tree([&](TreeWriter& t) {
                      forge::combined(t, form, 20), t.literal(planes), t.literal(exceptions);
                    }),
                    raw, true);
    return hostile::decode(s.end().bytes);
  };
  const Bytes raw = {10, 10, 10, 1, 2, 3};
  ck_assert(stream_of(raw, {1, 2, 3}).bytes == raw);
  ck_assert(!stream_of(raw, {1, 2, 3, 4, 5, 6}).status.ok());
  ck_assert(!stream_of(raw, {}).status.ok());
}
END_TEST

START_TEST(children_that_are_no_whole_pixels_are_refused) {
  const ColourForm form = forge::colour_differences();
  check_tree_fails([&](TreeWriter& t) {
    forge::combined(t, form, 0), t.literal(Bytes(4, 9)), t.literal(Bytes());
  });
  check_tree_fails([&](TreeWriter& t) {
    forge::combined(t, form, 9), t.literal(Bytes(6, 9)), t.literal(Bytes(5, 9));
  });
  check_tree_fails([&](TreeWriter& t) { forge::separated(t, form, {1}), t.literal(Bytes{9}); });
}
END_TEST

START_TEST(what_has_no_room_is_not_written) {
  const ColourForm form = forge::colour_differences();
  Bytes room(1000);
  const size_t combined = sigma::write_combined(form, 256, room);
  const size_t separated = sigma::write_separated(form, Bytes{1, 2}, room);
  ck_assert(combined != 0 && separated != 0);
  ck_assert_uint_eq(sigma::write_combined(form, 256, {room.data(), combined - 1}), 0);
  ck_assert_uint_eq(sigma::write_separated(form, Bytes{1, 2}, {room.data(), separated - 1}), 0);
}
END_TEST

int main() {
  return run_suite("operators/colours", 300,
                   {{"P1",
                     {pixels_become_the_planes_that_they_are_made_of,
                      a_pixel_that_is_marked_has_its_own_colours, what_has_no_room_is_not_written}},
                    {"P7", {children_that_are_no_whole_pixels_are_refused}}});
}
