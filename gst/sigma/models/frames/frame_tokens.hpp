/* Tokens and bits of what predictions leave of frames.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/operators/integers.hpp"

namespace sigma {

/// Folds what a run's samples differ from their predictions, and splits it into tokens, one for
/// each sample, and bits.
void split_frame_run(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
                     const int32_t* predictions, uint8_t* tokens, TokenBits& bits);

/// Splits folded residuals of one byte, in place.
void split_byte_tokens(MutableByteSpan tokens, TokenBits& bits);

}  // namespace sigma
