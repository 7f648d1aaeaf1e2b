/* Whether a chunk holds samples, and how they lie.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/operators/predicted.hpp"

namespace sigma {

/// How a chunk's bytes are to be read as samples.
struct SampleForm {
  SampleLayout layout;
  size_t phase = 0;  ///< bytes before the first whole frame
};

constexpr size_t kMaxSampleForms = 6;

/// Forms that look worth trying, best first.
struct SampleForms {
  std::array<SampleForm, kMaxSampleForms> all;
  size_t count = 0;
  bool is_sure = false;  ///< the first one takes much less than the bytes by themselves
  /// Of a byte, in 1/256, about: as the first one has it, or by themselves.
  uint32_t bits = 256 * 8;
  uint32_t plain_bits = 256 * 8;  ///< the same, by themselves
};

/// Forms in which differences of samples, in a few places, take less than the bytes by themselves.
/// `position` is that of the chunk's first byte in the stream, modulo 2^32.
SampleForms find_sample_forms(ByteSpan chunk, uint32_t position);

/// How many frames a row of a table or an image has, if that is likely by those about a quarter,
/// the middle or three quarters (1 to 3) of all; else 0. `bytes` are whole frames.
size_t find_row(ByteSpan bytes, const SampleLayout& layout, unsigned quarter);

}  // namespace sigma
