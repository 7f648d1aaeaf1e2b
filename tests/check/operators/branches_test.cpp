/* Branch targets of machine code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/operators/branches.hpp"
#include "suite.hpp"
#include "testdata.hpp"

namespace {

using sigma::Architecture;
using testdata::Bytes;

}  // namespace

START_TEST(branch_filters_undo_themselves_on_any_bytes) {
  testdata::Random random(11);
  for (int round = 0; round < 3000; round++) {
    const size_t size = random.below(300);
    Bytes data = round % 3 == 0 ? testdata::random_bytes(size, random.next())
                                : testdata::machine_code(size, round % 3 == 1, random.next());
    // Bytes that the rules look for, close together, so that what they convert overlaps.
    if (round % 2 == 0)
      for (uint8_t& byte : data)
        if (random.below(2) == 0) {
          constexpr uint8_t kLooked[] = {0xE8, 0xE9, 0x48, 0x4C, 0x8B,
                                         0x8D, 0x05, 0x00, 0xFF, 0x94};
          byte = kLooked[random.below(sizeof(kLooked))];
        }
    const auto position = static_cast<uint32_t>(random.next());
    for (const Architecture architecture : {Architecture::X86, Architecture::ARM64}) {
      Bytes changed = data;
      sigma::branches_to_absolute(architecture, position, changed);
      sigma::branches_to_relative(architecture, position, changed);
      ck_assert(changed == data);
    }
  }
}
END_TEST

int main() {
  return run_suite("operators/branches", 300,
                   {{"P1", {branch_filters_undo_themselves_on_any_bytes}}});
}
