/* Predictors of frames as kernels want them: taps in pairs, those nearby apart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/frame_samples.hpp"

namespace sigma {

/// Offsets up to it are near: samples there may be of the same run.
constexpr size_t kMaxNearOffset = 8;

/// A predictor for one plane, whose period it knows.
struct ReadyPredictor {
  /// Factors of a tap, from any kind on.
  static constexpr size_t kPattern = kFrameLanes + kMaxFramePeriod;
  static constexpr size_t kMaxPairs = kMaxFrameTaps / 2;

  /// `is_known`: all samples are there, also those of a run, and no tap is near.
  void prepare(const FramePredictor& predictor, size_t plane_period, unsigned sample_width,
               unsigned unused_bits, bool is_known);

  FramePredictor source;
  size_t period = 1;
  size_t reach = FrameRun::kMost;  ///< samples that can be predicted at once, but for near ones
  unsigned shift = 0;              ///< with unused bits
  size_t pair_count = 0;
  uint32_t offsets[2 * kMaxPairs];
  /// Two factors of 16 bits for each lane, the first one below.
  uint32_t factors[kMaxPairs][kPattern];
  uint32_t first[kPattern];  ///< what sums begin with
  bool is_plain = false;     ///< a median of which all but the sample before is far
  size_t near_count = 0;     ///< but for the sample before
  uint8_t near_offsets[kMaxFrameTaps];
  int32_t near_factors[kMaxFrameTaps][kMaxFramePeriod];
  int32_t last_factors[kMaxFramePeriod];  ///< of the sample before
  bool has_last = false;

 private:
  void prepare_median();
  void add_far(const FrameTap& tap, size_t place, unsigned sample_width);
  void add_near(const FrameTap& tap);
};

using ReadyPlane = std::array<ReadyPredictor, kMaxFramePredictors>;

/// Predictors of all planes.
struct ReadyPredictors {
  void prepare(const FrameLayout& layout, const FramePredictors& predictors, bool is_known);

  std::array<ReadyPlane, kMaxFramePlanes> planes;
};

}  // namespace sigma
