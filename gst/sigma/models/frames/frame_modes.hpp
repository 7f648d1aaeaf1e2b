/* Which predictor each block of a value takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/frames/frame_costs.hpp"
#include "gst/sigma/models/frames/frame_trainer.hpp"

namespace sigma {

struct FrameEffort {
  size_t samples = FrameTrainer::kMost;  ///< learned from, in a plane
  size_t groups = 3;                     ///< of pieces with a predictor of their own
  unsigned rounds = 2;
  bool every_row = false;   ///< of a block is looked at; else every second one
  bool has_twins = false;   ///< rows may be twice there: it must not be the same one of two always
  bool has_motion = false;  ///< motions are looked for
};

/// What the choice works with.
struct FrameChoice {
  ReadyPredictors ready;
  BlockCosts costs;
};

/// What linear predictors of a plane are made of: what is around a sample, and around the one that
/// lies `before` it, if that is not 0.
FrameFeatures linear_features(const FrameLayout& layout, size_t plane, size_t before);

/// The median of what samples differ from those that lie `before` them; 0: of samples.
FramePredictor median_predictor(const FrameLayout& layout, size_t plane, size_t before);

/// Predictors that may suit the plane. Those over time only if `has_before`.
void find_predictors(const FrameLayout& layout, size_t plane, const FrameBytes& bytes,
                     bool has_before, const FrameEffort& effort, FrameTrainer& trainer,
                     PlanePredictors& predictors);

/// Writes a mode for each block, and drops predictors that no block takes.
void choose_modes(const FrameLayout& layout, const FrameBytes& bytes, const FrameEffort& effort,
                  FrameChoice& choice, FramePredictors& predictors, MutableByteSpan modes);

}  // namespace sigma
