/* Numbers that stand for others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/excepted.hpp"

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::ExceptedForm;
using sigma::TreeWriter;
using testdata::Bytes;

/// Units of a width that are all of the same byte.
Bytes units(unsigned width, std::initializer_list<uint8_t> bytes) {
  Bytes out;
  for (const uint8_t byte : bytes)
    out.insert(out.end(), width, byte);
  return out;
}

uint64_t unit(unsigned width, uint8_t byte) {
  return ~uint64_t{0} / 255 * byte >> (64 - 8 * width);
}

ExceptedForm form_of(unsigned width) {
  ExceptedForm form;
  form.width = width;
  form.count = 2;
  form.stand_ins[0] = {unit(width, 7), unit(width, 200)};
  form.stand_ins[1] = {unit(width, 8), unit(width, 9)};
  form.mark = unit(width, 9);
  return form;
}

}  // namespace

START_TEST(numbers_become_what_they_stand_for) {
  for (const unsigned width : {1U, 2U, 4U, 8U}) {
    const Bytes raw = units(width, {200, 1, 9, 2, 200, 9, 255, 3});
    forge::Stream s;
    s.begin().coded(forge::tree([&](TreeWriter& t) {
                      t.excepted(form_of(width));
                      t.literal(units(width, {7, 1, 8, 2, 7, 9, 9, 3}));
                      t.literal(units(width, {9, 255}));
                    }),
                    raw, true);
    ck_assert(codec::decode(s.end().bytes).bytes == raw);
  }
}
END_TEST

START_TEST(as_many_exceptions_as_marks_are_asked_for) {
  const auto check = [](std::initializer_list<uint8_t> numbers, const Bytes& exceptions) {
    check_tree_fails([&](TreeWriter& t) {
      t.excepted(form_of(2)), t.literal(units(2, numbers)), t.literal(exceptions);
    });
  };
  check({9, 1, 9}, units(2, {5}));
  check({9, 1}, units(2, {5, 6}));
  check({9, 1}, units(2, {5, 6, 7}));
  check({9, 1}, {5});
  check_tree_fails([](TreeWriter& t) {
    t.excepted(form_of(2)), t.literal(Bytes{1, 2, 3}), t.literal(Bytes());
  });
}
END_TEST

START_TEST(a_payload_has_a_form_that_is_allowed) {
  const auto check = [](const Bytes& payload) {
    Bytes tree = forge::glyph(sigma::GlyphType::COMPOSITE,
                              static_cast<uint8_t>(sigma::Primitive::EXCEPTION), payload);
    testdata::append(tree, forge::tree([](TreeWriter& t) {
                       t.literal(testdata::from_text("raws")), t.literal(Bytes());
                     }));
    forge::Stream s;
    hostile::check_fails(s.begin().coded(tree, testdata::from_text("raws"), true).end().bytes,
                         sigma::ErrorCode::DAMAGED);
  };
  check({});
  check({1});
  check({1, 0});
  check({0, 0});
  check({3, 0, 1, 1, 1});
  check({1, 9, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0});
  check({1, 0, 1, 1});
  check({1, 255, 1, 1});
}
END_TEST

START_TEST(what_has_no_room_is_not_written) {
  Bytes room(2 + 5 * 8);
  const ExceptedForm form = form_of(8);
  ck_assert_uint_eq(sigma::write_excepted(form, room), room.size());
  room.pop_back();
  ck_assert_uint_eq(sigma::write_excepted(form, room), 0);
}
END_TEST

int main() {
  return run_suite(
      "operators/excepted", 300,
      {{"P1", {numbers_become_what_they_stand_for, what_has_no_room_is_not_written}},
       {"P7", {as_many_exceptions_as_marks_are_asked_for, a_payload_has_a_form_that_is_allowed}}});
}
