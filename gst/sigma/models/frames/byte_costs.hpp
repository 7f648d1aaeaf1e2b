/* Costs of blocks of samples of one byte, which most pictures have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/frames/frame_costs.hpp"

namespace sigma {

/// Where costs are added: those of some predictor, from a block on.
struct CostPlace {
  BlockCosts& costs;
  size_t predictor;
  size_t block;
};

/// Whether this machine can do so: blocks are eight periods wide, and no bits are unused.
bool has_byte_costs(const FrameLayout& layout);

/// Adds the costs of whole blocks for the first one of some predictors, or for the first few; gives
/// for how many. 0: for none, because it is none of the usual ones.
size_t add_byte_costs(const FrameBytes& bytes, const FrameRun& run,
                      std::span<const ReadyPredictor> predictors, const CostPlace& place);

}  // namespace sigma
