/* What predictors leave of samples of one byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/operators/frame_taps.hpp"

namespace sigma {

/// Whether this machine can do so.
bool has_byte_residuals(const FrameLayout& layout);

/// Folded residuals of a row. A few bytes behind them are written, too. Predictors were prepared
/// for samples that are known.
void fold_byte_row(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
                   std::span<const ReadyPredictor> predictors, ByteSpan modes, uint8_t* folded);

}  // namespace sigma
