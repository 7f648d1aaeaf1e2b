/* Coefficients that predict a signal from its latest samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/operators/predicted.hpp"

namespace sigma {

/// Sums over products of samples that are `lag` apart, for lags from 0 on.
using Autocorrelation = std::array<int64_t, kMaxPredictorOrder + 1>;

/// Samples of a window, at most 2^24 and not less than −2^24; behind them there are kWindowTail
/// zeros. `order` lags.
constexpr size_t kWindowTail = 64;
Autocorrelation correlate(std::span<const int32_t> window, unsigned order);

/// Linear predictors of all orders for one signal, by Schur's recursion in whole numbers.
class LinearPrediction {
 public:
  /// False if there is no signal.
  bool solve(const Autocorrelation& correlation, unsigned order);
  /// The order with which `count` samples take least, and their bits in 1/256, about, coefficients
  /// included.
  unsigned best_order(size_t count) const;
  /// The predictor of an order; its order may be less, if coefficients get too large.
  Predictor predictor(unsigned order) const;

 private:
  unsigned order_ = 0;
  std::array<int64_t, kMaxPredictorOrder> reflections_{};
  std::array<uint32_t, kMaxPredictorOrder + 1> errors_{};  ///< log2, in 1/256
};

}  // namespace sigma
