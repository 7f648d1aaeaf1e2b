/* Copies: there and back by any steps, and steps that do not fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/copies.hpp"

#include "copy_trees.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using sigma::CopiesForm;
using testdata::Bytes;

CopiesForm form_of(size_t unit, std::initializer_list<size_t> distances) {
  CopiesForm form;
  form.unit = unit;
  for (const size_t distance : distances)
    form.distances[form.distance_count++] = distance;
  return form;
}

void check(CopiesForm form, const Bytes& reference, testdata::Random& random) {
  const auto made = forge::random_copies(form, reference, 200, 700, random);
  Bytes value = made.raw;
  const auto put = [&] {
    std::copy(made.literals.rbegin(), made.literals.rend(), value.rbegin());
    return sigma::put_copies(form, {made.steps, made.lengths}, made.literals.size(),
                             {reference, value});
  };
  std::fill(value.begin(), value.end(), uint8_t{0xEE});
  ck_assert(put().ok());
  ck_assert(value == made.raw);
  // One byte less of literals, or a step less, does not fit.
  const sigma::ByteSpan steps = made.steps;
  ck_assert(!sigma::put_copies(form, {steps.first(steps.size() - 1), made.lengths},
                               made.literals.size(), {reference, value})
                 .ok());
}

}  // namespace

START_TEST(steps_of_all_kinds_make_the_value) {
  testdata::Random random(5);
  for (size_t unit = 1; unit <= sigma::kMaxCopyUnit; unit++)
    for (const size_t before : {0, 1, 100, 999})
      for (size_t k = 0; k < 4; k++) {
        CopiesForm form = form_of(unit, {1, 2, 40, 41, 39});
        if (unit <= sigma::kMaxFramePeriod && k != 0) {
          form.above = 40 * unit;
          form.kind = k % unit;
          form.joined = static_cast<unsigned>(k * 5) % (1U << unit);
        }
        check(form, testdata::samples(before), random);
      }
}
END_TEST

START_TEST(forms_come_back) {
  CopiesForm form = form_of(4, {1, 640, 641, 639, size_t{1} << 27});
  form.size = 4000;
  form.above = 2560;
  form.kind = 3;
  form.joined = 6;
  Bytes payload(64);
  payload.resize(sigma::write_copies(form, payload));
  CopiesForm read;
  ck_assert(sigma::read_copies(payload, read));
  ck_assert_uint_eq(read.unit, form.unit);
  ck_assert_uint_eq(read.size, form.size);
  ck_assert_uint_eq(read.distance_count, form.distance_count);
  ck_assert(read.distances == form.distances);
  ck_assert_uint_eq(read.above, form.above);
  ck_assert_uint_eq(read.kind, form.kind);
  ck_assert_uint_eq(read.joined, form.joined);
  for (size_t size = 0; size < payload.size(); size++) {
    ck_assert_uint_eq(sigma::write_copies(form, sigma::MutableByteSpan(payload).first(size)), 0);
    ck_assert(!sigma::read_copies(sigma::ByteSpan(payload).first(size), read));
  }
}
END_TEST

START_TEST(steps_that_do_not_fit_are_refused) {
  Bytes value(64, 1);
  const auto refuses = [&](const CopiesForm& form, const Bytes& steps, const Bytes& lengths,
                           size_t literals) {
    return !sigma::put_copies(form, {steps, lengths}, literals, {{}, value}).ok();
  };
  const CopiesForm form = form_of(4, {1, 3});
  ck_assert(!refuses(form, {0, 0x1e}, {}, 4));
  ck_assert(refuses(form, {0, 0x1e, 0x10}, {}, 4));
  ck_assert(refuses(form, {0x1f}, {}, 0));
  ck_assert(refuses(form, {0x1f}, {0, 0}, 0));
  ck_assert(refuses(form, {0, 0x2e}, {}, 4));
  ck_assert(refuses(form, {0, 0x3e}, {}, 4));
  ck_assert(refuses(form, {0, 0x1e}, {}, 8));
  ck_assert(refuses(form, {0, 0x1e}, {0, 0}, 4));
  ck_assert(refuses(form, {}, {}, 0));
}
END_TEST

int main() {
  return run_suite("operators/copies", 120,
                   {{"P1", {steps_of_all_kinds_make_the_value, forms_come_back}},
                    {"P7", {steps_that_do_not_fit_are_refused}}});
}
