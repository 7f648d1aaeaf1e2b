/* The predictors of a block of samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/models/samples/linear_prediction.hpp"

namespace sigma {

/// Most coefficients of levels that have no time for more than medians where there are rows.
constexpr unsigned kQuickOrder = 12;

/// Finds what predicts a block's channels best, within a level's time.
class PredictorSearch {
 public:
  static constexpr size_t kMaxBlock = 4096;  ///< frames

  /// Before all else: linear predictors have at most so many coefficients.
  void start(unsigned max_order) {
    max_order_ = max_order;
    window_size_ = 0;
  }

  /// Predictors of `count` frames from `frame` on, at most kMaxBlock. Gives their bits, in 1/256,
  /// about.
  uint64_t find(const SampleLayout& layout, ByteSpan bytes, size_t frame, size_t count,
                BlockPredictors& block);

 private:
  template <typename T>
  uint64_t find_in(const SampleLayout& layout, ByteSpan bytes, size_t frame, size_t count,
                   BlockPredictors& block);
  template <typename T>
  bool is_pair_better(const SampleLayout& layout, const T* first, const T* second, size_t count);
  template <typename T>
  uint64_t find_channel(const SampleLayout& layout, T* samples, size_t count, Predictor& best);
  uint64_t try_median(const SampleLayout& layout, ByteSpan bytes, size_t channel, size_t frame,
                      size_t count, uint64_t least, Predictor& best);
  template <typename T>
  Predictor find_linear(const SampleLayout& layout, const T* samples, size_t count);
  void make_window(size_t count);

  static constexpr size_t kRoom = 2 * kMaxPredictorOrder + kMaxBlock + 2 * kWindowTail;

  unsigned max_order_;
  size_t window_size_;
  std::array<int16_t, kMaxBlock / 4> window_;  ///< how the signal fades in
  std::array<int32_t, kRoom> faded_;
  // Of 32 or 64 bits each.
  template <typename T>
  T* line(size_t number) {
    return reinterpret_cast<T*>(samples_.data() + number * kRoom * sizeof(int64_t));
  }

  alignas(8) std::array<uint8_t, 4 * kRoom * sizeof(int64_t)> samples_;
  alignas(8) std::array<uint8_t, kRoom * sizeof(int64_t)> residuals_;
};

}  // namespace sigma
