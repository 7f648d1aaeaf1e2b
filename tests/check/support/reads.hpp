/* Reads at random that are compared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <algorithm>

#include "bytes.hpp"
#include "gst/sigma/random_access.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace reads {

using sigma::RandomAccessDecoder;
using testdata::Bytes;

/// One read that must succeed and be right.
inline void check_read(RandomAccessDecoder& decoder, const Bytes& raw, size_t position,
                       size_t size) {
  Bytes out(size);
  const sigma::Result<size_t> got = decoder.read(position, out);
  ck_assert_msg(got.ok(), "at %zu: %s", position, sigma::describe(got.status).text);
  const size_t expected = position >= raw.size() ? 0 : std::min(size, raw.size() - position);
  ck_assert_uint_eq(got.value, expected);
  ck_assert_msg(
      std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(expected),
                 raw.begin() + static_cast<std::ptrdiff_t>(std::min(position, raw.size()))),
      "wrong bytes at %zu", position);
}

}  // namespace reads
