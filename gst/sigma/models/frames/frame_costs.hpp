/* What blocks of samples cost with each of some predictors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/operators/frame_taps.hpp"

namespace sigma {

/// Blocks side by side, at most.
constexpr size_t kMaxBlocksInRow = 1024;

/// Sums of what samples differ from their predictions, by predictor and block of a row of blocks.
using BlockCosts = std::array<std::array<uint32_t, kMaxBlocksInRow>, kMaxFramePredictors>;

/// Adds those of a row of samples. Predictors were prepared for samples that are known.
void add_costs(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
               std::span<const ReadyPredictor> predictors, BlockCosts& costs);

}  // namespace sigma
