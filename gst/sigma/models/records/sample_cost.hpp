/* What values would cost, estimated from a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sigma {

constexpr size_t kSample = 256;        ///< values that a form is chosen by, at most
constexpr size_t kLargeSample = 2048;  ///< where that leaves it open
constexpr unsigned kCostPerBit = 64;   ///< costs are whole numbers, the same on every machine

/// n × log2 n, as a cost.
constexpr uint32_t make_weight(uint32_t n) {
  if (n < 2) return 0;
  const int exponent = std::bit_width(n) - 1;
  double fraction = static_cast<double>(n) / static_cast<double>(1U << exponent);
  double log = exponent;
  double bit = 0.5;
  for (int i = 0; i < 20; i++, bit /= 2) {
    fraction *= fraction;
    if (fraction < 2) continue;
    fraction /= 2;
    log += bit;
  }
  return static_cast<uint32_t>(n * log * kCostPerBit + 0.5);
}
constexpr std::array<uint32_t, kLargeSample + 1> make_weights() {
  std::array<uint32_t, kLargeSample + 1> weights = {};
  for (uint32_t n = 0; n <= kLargeSample; n++)
    weights[n] = make_weight(n);
  return weights;
}
inline constexpr std::array<uint32_t, kLargeSample + 1> kWeights = make_weights();

/// Counts codes, kLargeSample at most, and gives what their entropy costs.
class Histogram {
 public:
  void add(uint8_t code) {
    const uint16_t count = counts_[code]++;
    sum_ += kWeights[count + 1U] - kWeights[count];
    total_++;
  }
  uint32_t cost() const { return kWeights[total_] - sum_; }

 private:
  std::array<uint16_t, 256> counts_ = {};
  uint32_t sum_ = 0;
  uint32_t total_ = 0;
};

}  // namespace sigma
