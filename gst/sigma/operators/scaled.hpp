/* Floating-point numbers that are integers by a power of ten or two.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// Numbers of IEEE 754 with 32 or 64 bits, each the nearest one to k / (2^binary × 10^decimal) for
/// an integer k of as many bits.
struct FloatScale {
  unsigned width = 4;  ///< bytes: 4 or 8
  bool big_endian = false;
  unsigned binary = 0;
  unsigned decimal = 0;

  bool is_valid() const;
};

/// The bits of the number for an integer. The least integer stands for negative zero.
uint64_t scale_integer(const FloatScale& scale, int64_t integer);

/// The integer whose number has these bits; false if there is none.
bool find_integer(const FloatScale& scale, uint64_t bits, int64_t& integer);

/// All of them: from numbers to little-endian integers and, in place, back. False if there is a
/// number that has no integer.
bool find_integers(const FloatScale& scale, ByteSpan numbers, MutableByteSpan integers);
void scale_integers(const FloatScale& scale, MutableByteSpan bytes);

/// The number at `p`.
uint64_t load_number(const FloatScale& scale, const uint8_t* p);

struct OperatorEntry;
extern const OperatorEntry kScaled;

}  // namespace sigma
