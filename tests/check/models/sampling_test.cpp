/* What samples tell of bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bytes.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "suite.hpp"
#include "testdata.hpp"

namespace {

using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(incompressible_bytes_are_told_from_those_that_repeat) {
  const Bytes noise = testdata::random_bytes(MiB);
  ck_assert(sigma::looks_incompressible(noise, {}));
  ck_assert(!sigma::looks_incompressible(testdata::samples(MiB), {}));
  const Bytes part = testdata::random_bytes(300000);
  const Bytes again = testdata::joined({part, part, part, testdata::random_bytes(148576, 2)});
  ck_assert(!sigma::looks_incompressible(again, {}));
  // What the history has, at any distance, is worth referring to.
  for (const size_t shift : {0U, 1U, 777U, 100000U}) {
    const Bytes both = testdata::joined({noise, testdata::random_bytes(shift, 3), noise});
    const sigma::ByteSpan all(both);
    ck_assert(!sigma::looks_incompressible(all.last(MiB), all.first(MiB + shift)));
  }
}
END_TEST

int main() {
  return run_suite("models/sampling", 300,
                   {{"sampling", {incompressible_bytes_are_told_from_those_that_repeat}}});
}
