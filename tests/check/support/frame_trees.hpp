/* Trees of frames with predictors of any kind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "testdata.hpp"

namespace forge {

/// Predictors by chance for every plane; `reach`: how far back they look at most, in samples.
sigma::FramePredictors random_frame_predictors(const sigma::FrameLayout& layout, size_t reach,
                                               testdata::Random& random);

/// Writes `raw`, whole samples, with modes by chance. `reference`, a literal, comes before it.
void write_frames(sigma::TreeWriter& t, const testdata::Bytes& reference,
                  const testdata::Bytes& raw, const sigma::FrameLayout& layout,
                  const sigma::FramePredictors& predictors, testdata::Random& random);

/// Whole frames of a picture with edges and slopes, which moves slowly, with a little noise.
testdata::Bytes moving_picture(const sigma::FrameFormat& format, size_t frames, unsigned noise = 3);

}  // namespace forge
