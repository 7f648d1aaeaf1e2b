/* Linear prediction in whole numbers, so that all machines find the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/linear_prediction.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/logarithm.hpp"

namespace sigma {
namespace {

constexpr unsigned kReflectionBits = 30;
constexpr unsigned kCoefficientBits = 22;
constexpr int64_t kMaxCoefficient = int64_t{1} << (kCoefficientBits + 8);
constexpr int64_t kLargest = 8191;  ///< of a predictor's coefficients: two bytes each
constexpr uint32_t kCoefficientCost = 20 << 8;

constexpr size_t kStep = 64;

SIGMA_KERNEL int64_t sum_of_products(const int32_t* a, const int32_t* b) {
  int64_t sum = 0;
  for (size_t i = 0; i < kStep; i++)
    sum += int64_t{a[i]} * b[i];
  return sum;
}

SIGMA_KERNEL void correlate_all(std::span<const int32_t> window, unsigned order,
                                Autocorrelation& sums) {
  // Behind the window there are zeros.
  for (size_t begin = 0; begin < window.size(); begin += kStep)
    for (unsigned lag = 0; lag <= order; lag++)
      sums[lag] += sum_of_products(window.data() + begin, window.data() + begin + lag);
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void correlate_avx2(std::span<const int32_t> window, unsigned order,
                               Autocorrelation& sums) {
  correlate_all(window, order, sums);
}
#endif

}  // namespace

Autocorrelation correlate(std::span<const int32_t> window, unsigned order) {
  Autocorrelation sums{};
#if defined(SIGMA_AVX2)
  if (kHasAvx2) {
    correlate_avx2(window, order, sums);
    return sums;
  }
#endif
  correlate_all(window, order, sums);
  return sums;
}

bool LinearPrediction::solve(const Autocorrelation& correlation, unsigned order) {
  order_ = 0;
  if (correlation[0] <= 0) return false;
  // A little noise, so that no error becomes 0.
  const int64_t power = correlation[0] + (correlation[0] >> 29) + 1;
  const int shift = static_cast<int>(std::bit_width(static_cast<uint64_t>(power))) -
                    static_cast<int>(kReflectionBits);
  const auto scaled = [&](int64_t value) { return shift > 0 ? value >> shift : value << -shift; };
  std::array<int64_t, kMaxPredictorOrder + 1> ahead;
  std::array<int64_t, kMaxPredictorOrder + 1> behind;
  for (unsigned i = 0; i <= order; i++)
    ahead[i] = behind[i] = scaled(i == 0 ? power : correlation[i]);
  const auto logarithm = [](int64_t error) {
    return log2_fixed(static_cast<uint32_t>(std::max<int64_t>(error, 1)));
  };
  errors_[0] = logarithm(behind[0]);
  for (unsigned k = 0; k < order; k++) {
    if (behind[0] <= 0 || std::abs(ahead[k + 1]) >= behind[0]) break;
    const int64_t reflection = -(ahead[k + 1] << kReflectionBits) / behind[0];
    for (unsigned i = 0; i < order - k; i++) {
      const int64_t a = ahead[i + k + 1];
      const int64_t b = behind[i];
      ahead[i + k + 1] = a + (b * reflection >> kReflectionBits);
      behind[i] = b + (a * reflection >> kReflectionBits);
    }
    reflections_[k] = reflection;
    order_ = k + 1;
    errors_[order_] = logarithm(behind[0]);
  }
  return true;
}

unsigned LinearPrediction::best_order(size_t count) const {
  unsigned best = 0;
  int64_t least = INT64_MAX;
  for (unsigned i = 0; i <= order_; i++) {
    const int64_t bits =
        static_cast<int64_t>(count) * errors_[i] / 2 + int64_t{i} * kCoefficientCost;
    if (bits >= least) continue;
    least = bits;
    best = i;
  }
  return best;
}

Predictor LinearPrediction::predictor(unsigned order) const {
  std::array<int64_t, kMaxPredictorOrder> exact{};
  Predictor found;
  for (unsigned k = 0; k < order; k++) {
    std::array<int64_t, kMaxPredictorOrder> next = exact;
    for (unsigned i = 0; i < k; i++)
      next[i] += exact[k - 1 - i] * reflections_[k] >> kReflectionBits;
    next[k] = -reflections_[k] >> (kReflectionBits - kCoefficientBits);
    if (std::any_of(next.begin(), next.begin() + k + 1,
                    [](int64_t value) { return std::abs(value) >= kMaxCoefficient; }))
      break;
    exact = next;
    found.order = k + 1;
  }
  int64_t largest = 1;
  for (const int64_t value : exact)
    largest = std::max(largest, std::abs(value));
  unsigned shift = kMaxPredictorShift;
  while (shift > 0 && largest >> (kCoefficientBits - shift) > kLargest - 1)
    shift--;
  for (;; shift--) {
    // What rounding leaves goes to the next coefficient.
    int64_t error = 0;
    const unsigned down = kCoefficientBits - shift;
    for (unsigned i = 0; i < found.order; i++) {
      error += exact[i];
      const int64_t rounded =
          std::clamp<int64_t>((error + (int64_t{1} << (down - 1))) >> down, -kLargest, kLargest);
      found.coefficients[i] = static_cast<int16_t>(rounded);
      error -= rounded << down;
    }
    if (found.is_narrow() || shift == 0) break;
  }
  found.shift = shift;
  while (found.order > 0 && found.coefficients[found.order - 1] == 0)
    found.order--;
  if (found.order == 0) found.shift = 0;
  return found;
}

}  // namespace sigma
