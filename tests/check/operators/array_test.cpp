/* Elements out of planes of their bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cstring>

#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/operators/array.hpp"
#include "suite.hpp"

namespace {

using sigma::ErrorCode;
using testdata::Bytes;

}  // namespace

START_TEST(two_planes_are_merged_as_any_number_is) {
  for (size_t size = 2; size < 200; size++) {
    const Bytes data = testdata::random_bytes(size, size);
    Bytes planes[2] = {Bytes(sigma::plane_size(size, 2, 0)), Bytes(sigma::plane_size(size, 2, 1))};
    for (size_t k = 0; k < 2; k++)
      sigma::subtract_to_plane({2, false, 0}, data, k, planes[k]);
    Bytes out(size);
    const sigma::MutableByteSpan upper = sigma::MutableByteSpan(out).last(planes[0].size());
    std::memcpy(upper.data(), planes[0].data(), planes[0].size());
    sigma::merge_planes(upper, planes[1], out);
    ck_assert(out == data);
  }
}
END_TEST

START_TEST(planes_take_the_workspace_of_one) {
  const Bytes raw = testdata::samples(3 * 4096);
  const auto with_workspace = [&](uint32_t workspace) {
    forge::Stream s;
    s.head.workspace_max = workspace;
    const Bytes tree = forge::tree([&](sigma::TreeWriter& t) {
      t.interleave(3);
      for (size_t k = 0; k < 3; k++) {
        Bytes plane(4096);
        sigma::subtract_to_plane({3, false, 0}, raw, k, plane);
        k == 1 ? t.literal(plane) : t.lane(forge::frame(plane));
      }
    });
    return codec::decode(s.begin().coded(tree, raw, true).end().bytes);
  };
  ck_assert(with_workspace(4096).bytes == raw);
  ck_assert(with_workspace(4095).status.code == ErrorCode::DAMAGED);
}
END_TEST

int main() {
  return run_suite(
      "operators/array", 300,
      {{"array", {two_planes_are_merged_as_any_number_is, planes_take_the_workspace_of_one}}});
}
