/* Numbers by their place in a palette.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/palette.hpp"

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::TreeWriter;
using testdata::Bytes;

/// Indexes of 1 or 2 bytes.
Bytes indexes_of(std::initializer_list<uint8_t> indexes, unsigned size) {
  Bytes out;
  for (const uint8_t index : indexes) {
    out.push_back(index);
    out.resize(out.size() + size - 1);
  }
  return out;
}

Bytes numbers_of(std::initializer_list<uint8_t> numbers, unsigned width) {
  Bytes out;
  for (const uint8_t number : numbers)
    for (unsigned k = 0; k < width; k++)
      out.push_back(static_cast<uint8_t>(number + k));
  return out;
}

}  // namespace

START_TEST(numbers_come_from_their_palette) {
  for (const unsigned width : {2U, 4U, 8U})
    for (const unsigned index : {1U, 2U}) {
      const Bytes raw = numbers_of({30, 10, 10, 20, 30}, width);
      forge::Stream s;
      s.begin().coded(forge::tree([&](TreeWriter& t) {
                        t.palette({width, index});
                        t.literal(indexes_of({2, 0, 0, 1, 2}, index));
                        t.literal(numbers_of({10, 20, 30}, width));
                      }),
                      raw, true);
      ck_assert(codec::decode(s.end().bytes).bytes == raw);
    }
}
END_TEST

START_TEST(an_index_is_in_its_palette) {
  for (const uint8_t index : Bytes{2, 3, 255})
    check_tree_fails([&](TreeWriter& t) {
      t.palette({2, 1}), t.literal(Bytes{0, 1, index}), t.literal(Bytes{1, 2, 3, 4});
    });
}
END_TEST

START_TEST(a_palette_has_a_form_and_sizes_that_are_allowed) {
  const auto check = [](sigma::PaletteForm form, const Bytes& indexes, const Bytes& numbers) {
    check_tree_fails(
        [&](TreeWriter& t) { t.palette(form), t.literal(indexes), t.literal(numbers); });
  };
  check({1, 1}, {0, 0}, {1});
  check({3, 1}, {0, 0}, {1, 2, 3});
  check({2, 3}, {0, 0, 0}, {1, 2});
  check({2, 1}, {0, 0}, {1, 2, 3});
  check({4, 2}, {0, 0, 0}, {1, 2, 3, 4});
  check({2, 1}, {0}, {1, 2, 3, 4});
  check({2, 1}, {0}, {});
}
END_TEST

int main() {
  return run_suite(
      "operators/palette", 300,
      {{"P1", {numbers_come_from_their_palette}},
       {"P7", {an_index_is_in_its_palette, a_palette_has_a_form_and_sizes_that_are_allowed}}});
}
