/* Predictors, chosen by what is left.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/predictor_search.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/logarithm.hpp"

namespace sigma {
namespace {

constexpr unsigned kFixedOrders = 4;  ///< 0 to 3: differences of differences
constexpr size_t kStep = 32;

/// Sums of magnitudes of a block's differences, by order.
using Magnitudes = std::array<uint64_t, kFixedOrders>;

template <typename T>
SIGMA_KERNEL std::make_unsigned_t<T> magnitude(T value, unsigned down) {
  using U = std::make_unsigned_t<T>;
  const U sign = static_cast<U>(value >> (8 * sizeof(T) - 1));
  return static_cast<U>((static_cast<U>(value) ^ sign) - sign) >> down;
}

template <typename T>
SIGMA_KERNEL void add_step(const T* p, unsigned down, std::make_unsigned_t<T>* sums) {
  using U = std::make_unsigned_t<T>;
  const auto minus = [](T a, T b) { return static_cast<T>(static_cast<U>(a) - static_cast<U>(b)); };
  for (size_t i = 0; i < kStep; i++) {
    const T first = minus(p[i], p[i - 1]);
    const T first_before = minus(p[i - 1], p[i - 2]);
    const T second = minus(first, first_before);
    const T second_before = minus(first_before, minus(p[i - 2], p[i - 3]));
    sums[0] += magnitude(p[i], down);
    sums[1] += magnitude(first, down);
    sums[2] += magnitude(second, down);
    sums[3] += magnitude(minus(second, second_before), down);
  }
}

/// Of `count` samples, a multiple of kStep, with three before them.
template <typename T>
SIGMA_KERNEL Magnitudes add_magnitudes(const T* samples, unsigned down, size_t count) {
  Magnitudes all{};
  for (size_t begin = 0; begin < count; begin += kStep) {
    std::make_unsigned_t<T> sums[kFixedOrders] = {};
    add_step(samples + begin, down, sums);
    for (unsigned i = 0; i < kFixedOrders; i++)
      all[i] += sums[i];
  }
  return all;
}

#if defined(SIGMA_AVX2)
template <typename T>
SIGMA_AVX2 Magnitudes add_magnitudes_avx2(const T* samples, unsigned down, size_t count) {
  return add_magnitudes(samples, down, count);
}
#endif

/// The same of any count, by what is a multiple.
template <typename T>
Magnitudes measure_differences(const T* samples, unsigned width, size_t count) {
  // Sums of 64 bits would not fit.
  const unsigned down = width > 4 ? 20 : 0;
  const size_t whole = count / kStep * kStep;
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return add_magnitudes_avx2(samples, down, whole);
#endif
  return add_magnitudes(samples, down, whole);
}

Predictor fixed_predictor(unsigned order) {
  constexpr int16_t kCoefficients[kFixedOrders][3] = {{}, {1}, {2, -1}, {3, -3, 1}};
  Predictor predictor;
  predictor.order = order;
  std::copy_n(kCoefficients[order], 3, predictor.coefficients.begin());
  return predictor;
}

/// Bits, in 1/256, that values take of which there are `count` and the magnitudes add up to `sum`.
uint64_t bits_of_sum(uint64_t sum, size_t count) {
  return uint64_t{count} * (log2_fixed_wide(sum * 16 / count + 2));
}

/// The same of folded values.
template <typename T>
uint64_t residual_bits(const T* residuals, size_t count) {
  using U = std::make_unsigned_t<T>;
  if (sizeof(T) == 4) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
      sum += static_cast<U>(residuals[i]) / 2;
    return bits_of_sum(sum, count);
  }
  uint64_t bits = 0;
  for (size_t i = 0; i < count; i++)
    bits += static_cast<uint64_t>(std::bit_width(static_cast<U>(residuals[i])));
  return (bits + 2 * count) << 8;
}

}  // namespace

uint64_t PredictorSearch::find(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                               size_t count, BlockPredictors& block) {
  return layout.width <= 2 ? find_in<int32_t>(layout, bytes, frame, count, block)
                           : find_in<int64_t>(layout, bytes, frame, count, block);
}

template <typename T>
uint64_t PredictorSearch::find_in(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                                  size_t count, BlockPredictors& block) {
  T* const samples = reinterpret_cast<T*>(samples_.data());
  uint64_t bits = 0;
  block.pairs = 0;
  for (size_t i = 0; i < layout.channels; i++) {
    if (i % 2 == 0 && i + 1 < layout.channels && is_pair_better<T>(layout, bytes, i, frame, count))
      block.pairs |= uint64_t{1} << (i / 2);
    const bool is_paired = (i | 1) < layout.channels && block.is_paired(i);
    const ChannelPart part = !is_paired   ? ChannelPart::SAMPLE
                             : i % 2 == 0 ? ChannelPart::MEAN
                                          : ChannelPart::DIFFERENCE;
    gather_samples(layout, bytes, i, part,
                   static_cast<ptrdiff_t>(frame) - static_cast<ptrdiff_t>(kMaxPredictorOrder),
                   count + kMaxPredictorOrder, samples);
    bits += find_channel(layout, samples + kMaxPredictorOrder, count, block.channels[i]);
  }
  return bits;
}

/// Whether mean and difference of a pair of channels promise to be smaller than both of them.
template <typename T>
bool PredictorSearch::is_pair_better(const SampleLayout& layout, ByteSpan bytes, size_t channel,
                                     size_t frame, size_t count) {
  constexpr size_t kBefore = 3;
  if (count < kStep || layout.is_float) return false;
  T* const samples = reinterpret_cast<T*>(samples_.data());
  const auto bits_as = [&](size_t at, ChannelPart part) {
    gather_samples(layout, bytes, at, part,
                   static_cast<ptrdiff_t>(frame) - static_cast<ptrdiff_t>(kBefore), count + kBefore,
                   samples);
    const Magnitudes magnitudes = measure_differences(samples + kBefore, layout.width, count);
    return bits_of_sum(*std::min_element(magnitudes.begin(), magnitudes.end()), count);
  };
  const uint64_t plain =
      bits_as(channel, ChannelPart::SAMPLE) + bits_as(channel + 1, ChannelPart::SAMPLE);
  const uint64_t paired =
      bits_as(channel, ChannelPart::MEAN) + bits_as(channel + 1, ChannelPart::DIFFERENCE);
  return paired < plain;
}

/// `samples` has kMaxPredictorOrder of them before its first one.
template <typename T>
uint64_t PredictorSearch::find_channel(const SampleLayout& layout, T* samples, size_t count,
                                       Predictor& best) {
  using U = std::make_unsigned_t<T>;
  U any = 0;
  for (size_t i = 0; i < count; i++)
    any |= static_cast<U>(samples[i]);
  best = Predictor();
  if (any == 0) return 0;
  const auto unused = static_cast<unsigned>(std::countr_zero(any));
  for (size_t i = 0; unused != 0 && i < count + kMaxPredictorOrder; i++)
    (samples - kMaxPredictorOrder)[i] >>= unused;
  T* const residuals = reinterpret_cast<T*>(residuals_.data());
  const auto bits_with = [&](const Predictor& predictor) {
    subtract_linear(predictor, layout.bits(), samples, count, residuals);
    return residual_bits(residuals, count);
  };
  const Magnitudes magnitudes = measure_differences(samples, layout.width, count);
  const auto least = std::min_element(magnitudes.begin(), magnitudes.end());
  best = fixed_predictor(static_cast<unsigned>(least - magnitudes.begin()));
  uint64_t bits = bits_with(best);
  if (count >= kWindowTail && *least > count && layout.width < 8) {
    const Predictor linear = find_linear(layout, samples, count);
    const uint64_t linear_bits = bits_with(linear) + linear.order * (uint64_t{14} << 8);
    if (linear.order != 0 && linear_bits < bits) {
      bits = linear_bits;
      best = linear;
    }
  }
  best.unused = unused;
  return bits;
}

/// A quarter of the signal fades in, and one out, without a corner.
void PredictorSearch::make_window(size_t count) {
  if (count == window_size_) return;
  window_size_ = count;
  const size_t fade = count / 4;
  for (size_t i = 0; i < fade; i++) {
    const uint64_t x = ((2 * i + 1) << 15) / (2 * fade);
    window_[i] = static_cast<int16_t>((x * x >> 15) * (3 * 32768 - 2 * x) >> 15 > 32767
                                          ? 32767
                                          : (x * x >> 15) * (3 * 32768 - 2 * x) >> 15);
  }
}

template <typename T>
Predictor PredictorSearch::find_linear(const SampleLayout&, const T* samples, size_t count) {
  using U = std::make_unsigned_t<T>;
  constexpr int kWindowBits = 24;
  make_window(count);
  U any = 0;
  for (size_t i = 0; i < count; i++)
    any |= static_cast<U>(samples[i] ^ (samples[i] >> (8 * sizeof(T) - 1)));
  const int shift = std::max(static_cast<int>(std::bit_width(any)) - kWindowBits, 0);
  for (size_t i = 0; i < count; i++)
    faded_[i] = static_cast<int32_t>(samples[i] >> shift);
  const size_t fade = count / 4;
  for (size_t i = 0; i < fade; i++) {
    faded_[i] = static_cast<int32_t>(int64_t{faded_[i]} * window_[i] >> 15);
    int32_t& last = faded_[count - 1 - i];
    last = static_cast<int32_t>(int64_t{last} * window_[i] >> 15);
  }
  std::fill_n(faded_.begin() + static_cast<ptrdiff_t>(count), kWindowTail + kMaxPredictorOrder, 0);
  LinearPrediction prediction;
  if (!prediction.solve(correlate({faded_.data(), count}, max_order_), max_order_))
    return Predictor();
  return prediction.predictor(prediction.best_order(count));
}

}  // namespace sigma
