/* Sums of differences.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "codec.hpp"
#include "suite.hpp"

namespace {

using sigma::IntegerLayout;
using testdata::Bytes;

template <typename Use>
void for_each_layout(Use use) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const bool big : {false, true})
      for (const size_t distance : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 15U, 16U, 17U, 64U, 300U})
        use(IntegerLayout{width, big, distance});
}

}  // namespace

START_TEST(sums_undo_differences_in_every_layout) {
  for_each_layout([](const IntegerLayout& layout) {
    for (const size_t size : {0U, 1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 1000U, 4099U})
      for (const Bytes& data : {testdata::random_bytes(size, size + 1), testdata::samples(size),
                                Bytes(size, 0xFF), Bytes(size, 0x80)})
        ck_assert(codec::to_planes_and_back(data, layout) == data);
  });
}
END_TEST

int main() {
  return run_suite("operators/sum", 300, {{"P1", {sums_undo_differences_in_every_layout}}});
}
