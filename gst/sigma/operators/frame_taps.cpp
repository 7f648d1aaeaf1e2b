/* Predictors made ready for kernels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/frame_taps.hpp"

#include <algorithm>

#include "gst/sigma/operators/frame_sums.hpp"

namespace sigma {

void ReadyPredictor::prepare(const FramePredictor& predictor, size_t plane_period,
                             unsigned sample_width, unsigned unused_bits, bool is_known) {
  source = predictor;
  period = plane_period;
  reach = FrameRun::kMost;
  shift = predictor.shift + unused_bits;
  pair_count = 0;
  near_count = 0;
  has_last = false;
  if (predictor.is_median) return prepare_median();
  std::fill_n(first, kPattern, (uint32_t{1} << shift) / 2);
  std::fill_n(last_factors, kMaxFramePeriod, 0);
  size_t far = 0;
  for (size_t k = 0; k < predictor.tap_count; k++) {
    const FrameTap& tap = predictor.taps[k];
    if (is_known || tap.offset > kMaxNearOffset)
      add_far(tap, far++, sample_width);
    else
      add_near(tap);
    if (!is_known && tap.offset > kMaxNearOffset) reach = std::min<size_t>(reach, tap.offset);
  }
  if (far % 2 != 0) offsets[far] = offsets[far - 1];  // of a factor that is 0
  pair_count = (far + 1) / 2;
}

void ReadyPredictors::prepare(const FrameLayout& layout, const FramePredictors& predictors,
                              bool is_known) {
  for (size_t i = 0; i < layout.plane_count; i++)
    for (size_t k = 0; k < predictors.planes[i].count; k++)
      planes[i][k].prepare(predictors.planes[i].all[k], layout.planes[i].period, layout.width,
                           layout.unused, is_known);
}

void ReadyPredictor::prepare_median() {
  const size_t reference = source.references[0];
  is_plain = period == 1 && source.left == 1 && source.above > kMaxNearOffset &&
             (reference == 0 || reference > kMaxNearOffset);
  if (!is_plain) return;
  reach = std::min(reach, source.above);
  if (reference != 0) reach = std::min(reach, reference);
}

void ReadyPredictor::add_far(const FrameTap& tap, size_t place, unsigned sample_width) {
  offsets[place] = tap.offset;
  for (size_t lane = 0; lane < kPattern; lane++) {
    const auto factor = static_cast<uint32_t>(int32_t{tap.factors[lane % period]});
    uint32_t& pair = factors[place / 2][lane];
    pair = place % 2 == 0 ? factor & 0xFFFF : pair | factor << 16;
    if (sample_width == 2) first[lane] += factor * kSampleBias;
  }
}

void ReadyPredictor::add_near(const FrameTap& tap) {
  if (tap.offset == 1) {
    has_last = true;
    for (size_t kind = 0; kind < period; kind++)
      last_factors[kind] += tap.factors[kind];
    return;
  }
  near_offsets[near_count] = static_cast<uint8_t>(tap.offset);
  std::copy_n(tap.factors.begin(), kMaxFramePeriod, near_factors[near_count++]);
}

}  // namespace sigma
