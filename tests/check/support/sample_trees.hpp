/* Trees of samples with predictors of any kind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/operators/predicted.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "testdata.hpp"

namespace forge {

/// The payload of symbols.
testdata::Bytes symbols(const testdata::Bytes& bytes, const sigma::SymbolContext& context);

/// Writes `raw`, whole frames, with predictors by chance; `narrow`: with small coefficients.
void write_predicted(sigma::TreeWriter& t, const testdata::Bytes& raw,
                     const sigma::SampleLayout& layout, bool narrow, testdata::Random& random);

/// What filters leave of residuals, little-endian and folded, which are whole frames.
testdata::Bytes filtered(const testdata::Bytes& residuals, const sigma::AdaptiveForm& form);

}  // namespace forge
