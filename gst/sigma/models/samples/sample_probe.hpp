/* Whether a chunk holds samples, and how they lie.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/predicted.hpp"

namespace sigma {

/// How a chunk's bytes are to be read as samples.
struct SampleForm {
  SampleLayout layout;
  size_t phase = 0;    ///< bytes before the first whole frame
  bool found = false;  ///< samples, by a sample, take less than bytes by themselves
};

/// The best form, if any looks worth trying. `position` is that of the first byte in the stream,
/// modulo 2^32.
SIGMA_API SampleForm find_samples(ByteSpan chunk, uint32_t position);

}  // namespace sigma
