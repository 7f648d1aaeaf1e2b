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

/// Bits of samples whose magnitudes, of a block, can be added; and those of which more than
/// differences are worth trying.
constexpr unsigned kMaxSummed = 44;
constexpr unsigned kMaxPredicted = 40;

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
  for (ptrdiff_t i = 0; i < static_cast<ptrdiff_t>(kStep); i++) {
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
Magnitudes measure_differences(const T* samples, unsigned down, size_t count) {
  const size_t whole = count / kStep * kStep;
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return add_magnitudes_avx2(samples, down, whole);
#endif
  return add_magnitudes(samples, down, whole);
}

/// Means and differences of `count` samples, a multiple of kStep.
template <typename T>
SIGMA_KERNEL void make_pair_all(const T* first, const T* second, unsigned bits, size_t count,
                                T* means, T* differences) {
  using U = std::make_unsigned_t<T>;
  const unsigned up = 8 * static_cast<unsigned>(sizeof(T)) - bits;
  const auto wrap = [up](U value) { return static_cast<T>(static_cast<T>(value << up) >> up); };
  for (size_t begin = 0; begin < count; begin += kStep)
    for (size_t i = begin; i < begin + kStep; i++) {
      const T difference = wrap(static_cast<U>(first[i]) - static_cast<U>(second[i]));
      differences[i] = difference;
      means[i] = wrap(static_cast<U>(second[i]) + static_cast<U>(difference >> 1));
    }
}

#if defined(SIGMA_AVX2)
template <typename T>
SIGMA_AVX2 void make_pair_avx2(const T* first, const T* second, unsigned bits, size_t count,
                               T* means, T* differences) {
  make_pair_all(first, second, bits, count, means, differences);
}
#endif

template <typename T>
void make_pair(const T* first, const T* second, unsigned bits, size_t count, T* means,
               T* differences) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return make_pair_avx2(first, second, bits, count, means, differences);
#endif
  make_pair_all(first, second, bits, count, means, differences);
}

/// Bits of the largest of some samples.
template <typename T>
unsigned signed_bits(const T* samples, size_t count) {
  using U = std::make_unsigned_t<T>;
  const auto without_sign = [](T sample) {
    return static_cast<U>(sample ^ (sample >> (8 * sizeof(T) - 1)));
  };
  U any[kStep] = {};
  size_t i = 0;
  for (; i + kStep <= count; i += kStep)
    for (size_t j = 0; j < kStep; j++)
      any[j] |= without_sign(samples[i + j]);
  U all = 0;
  for (const U bits : any)
    all |= bits;
  for (; i < count; i++)
    all |= without_sign(samples[i]);
  return static_cast<unsigned>(std::bit_width(all)) + 1;
}

template <typename T>
void shift_step(const T* samples, int shift, int32_t* out) {
  int32_t shifted[kStep];
  for (size_t i = 0; i < kStep; i++)
    shifted[i] = static_cast<int32_t>(samples[i] >> shift);
  std::copy_n(shifted, kStep, out);
}

/// All bits that are set in `count` samples, a multiple of kStep.
template <typename T>
SIGMA_KERNEL std::make_unsigned_t<T> any_bits(const T* samples, size_t count) {
  std::make_unsigned_t<T> any[kStep] = {};
  for (size_t begin = 0; begin < count; begin += kStep)
    for (size_t i = 0; i < kStep; i++)
      any[i] |= static_cast<std::make_unsigned_t<T>>(samples[begin + i]);
  std::make_unsigned_t<T> all = 0;
  for (const auto bits : any)
    all |= bits;
  return all;
}

/// Sums of the halves of folded residuals, whose count is a multiple of kStep.
SIGMA_KERNEL uint64_t add_halves(const int32_t* residuals, size_t count) {
  uint64_t sum = 0;
  for (size_t begin = 0; begin < count; begin += kStep) {
    uint32_t part = 0;
    for (size_t i = 0; i < kStep; i++)
      part += static_cast<uint32_t>(residuals[begin + i]) / 2;
    sum += part;
  }
  return sum;
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 uint64_t add_halves_avx2(const int32_t* residuals, size_t count) {
  return add_halves(residuals, count);
}
#endif

Predictor fixed_predictor(unsigned order) {
  constexpr int16_t kCoefficients[kFixedOrders][3] = {{}, {1}, {2, -1}, {3, -3, 1}};
  Predictor predictor;
  predictor.order = order;
  std::copy_n(kCoefficients[order], 3, predictor.coefficients.begin());
  return predictor;
}

/// Bits, in 1/256, that values take of which there are `count` and the magnitudes add up to `sum`.
uint64_t bits_of_sum(uint64_t sum, size_t count) {
  // 2.44 more than the mean magnitude's logarithm, if those are frequent that are small.
  constexpr uint32_t kScale = 16;
  constexpr uint32_t kLess = 400;
  const uint32_t bits = log2_fixed_wide(sum * kScale / count + 3);
  return uint64_t{count} * (bits > kLess ? bits - kLess : 0);
}

/// The same of folded values.
template <typename T>
uint64_t residual_bits(const T* residuals, size_t count) {
  using U = std::make_unsigned_t<T>;
  if constexpr (sizeof(T) == 4) {
    const size_t whole = count / kStep * kStep;
    uint64_t sum = 0;
#if defined(SIGMA_AVX2)
    sum = kHasAvx2 ? add_halves_avx2(residuals, whole) : add_halves(residuals, whole);
#else
    sum = add_halves(residuals, whole);
#endif
    return bits_of_sum(sum, count);
  }
  uint64_t bits = 0;
  for (size_t i = 0; i < count; i++)
    bits += static_cast<uint64_t>(std::bit_width(static_cast<U>(residuals[i])));
  return (bits + count) << 8;
}

}  // namespace

uint64_t PredictorSearch::find(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                               size_t count, BlockPredictors& block) {
  return layout.width <= 2 && layout.row == 0
             ? find_in<int32_t>(layout, bytes, frame, count, block)
             : find_in<int64_t>(layout, bytes, frame, count, block);
}

template <typename T>
uint64_t PredictorSearch::find_in(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                                  size_t count, BlockPredictors& block) {
  constexpr size_t kBefore = kMaxPredictorOrder;
  const auto gather = [&](size_t channel, size_t place) {
    T* const samples = line<T>(place);
    gather_samples(layout, bytes, channel, ChannelPart::SAMPLE,
                   static_cast<ptrdiff_t>(frame) - static_cast<ptrdiff_t>(kBefore), count + kBefore,
                   samples);
    return samples + kBefore;
  };
  uint64_t bits = 0;
  block.pairs = 0;
  for (size_t i = 0; i < layout.channels; i++) {
    if (i + 1 == layout.channels || layout.row != 0) {
      const uint64_t least = find_channel(layout, gather(i, 0), count, block.channels[i]);
      bits += try_median(layout, bytes, i, frame, count, least, block.channels[i]);
      continue;
    }
    T* first = gather(i, 0);
    T* second = gather(i + 1, 1);
    if (is_pair_better(layout, first, second, count)) {
      block.pairs |= uint64_t{1} << (i / 2);
      first = line<T>(2) + kBefore;
      second = line<T>(3) + kBefore;
    }
    bits += find_channel(layout, first, count, block.channels[i]);
    bits += find_channel(layout, second, count, block.channels[++i]);
  }
  return bits;
}

/// Whether mean and difference of a pair of channels promise to be smaller than both of them; these
/// are in the third and the fourth line then.
template <typename T>
bool PredictorSearch::is_pair_better(const SampleLayout& layout, const T* first, const T* second,
                                     size_t count) {
  constexpr size_t kBefore = kMaxPredictorOrder;
  if (count < kStep || layout.is_float) return false;
  const size_t whole = (count + kBefore + kStep - 1) / kStep * kStep;
  make_pair(first - kBefore, second - kBefore, layout.bits(), whole, line<T>(2), line<T>(3));
  // The difference has one bit more.
  const unsigned size =
      layout.width < 8 ? 0 : std::max(signed_bits(first, count), signed_bits(second, count)) + 1;
  const unsigned down = size <= kMaxSummed ? 0 : size - kMaxSummed;
  const auto bits_of = [&](const T* samples) {
    const Magnitudes magnitudes = measure_differences(samples, down, count);
    return bits_of_sum(*std::min_element(magnitudes.begin(), magnitudes.end()), count);
  };
  return bits_of(line<T>(2) + kBefore) + bits_of(line<T>(3) + kBefore) <
         bits_of(first) + bits_of(second);
}

/// `samples` has kMaxPredictorOrder of them before its first one.
template <typename T>
uint64_t PredictorSearch::find_channel(const SampleLayout& layout, T* samples, size_t count,
                                       Predictor& best) {
  using U = std::make_unsigned_t<T>;
  const size_t whole = count / kStep * kStep;
  U any = any_bits(samples, whole);
  for (size_t i = whole; i < count; i++)
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
  const unsigned size = layout.width < 8 ? layout.bits() : signed_bits(samples, count);
  const unsigned down = size <= kMaxSummed ? 0 : size - kMaxSummed;
  const Magnitudes magnitudes = measure_differences(samples, down, count);
  const auto least = std::min_element(magnitudes.begin(), magnitudes.end());
  best = fixed_predictor(static_cast<unsigned>(least - magnitudes.begin()));
  uint64_t bits = sizeof(T) == 4 ? bits_of_sum(*least, count) : bits_with(best);
  if (count >= kWindowTail && *least > count && size <= kMaxPredicted &&
      (layout.row == 0 || layout.row == kMaxPredictorRow || max_order_ > kQuickOrder)) {
    const Predictor linear = find_linear(layout, samples, count);
    const uint64_t linear_bits = bits_with(linear) + linear.order * (uint64_t{20} << 8);
    if (linear.order != 0 && linear_bits < bits) {
      bits = linear_bits;
      best = linear;
    }
  }
  best.unused = unused;
  return bits;
}

/// A median, if there are rows and it takes less than `least`; gives what the best one takes.
uint64_t PredictorSearch::try_median(const SampleLayout& layout, ByteSpan bytes, size_t channel,
                                     size_t frame, size_t count, uint64_t least, Predictor& best) {
  if (layout.row == 0) return least;
  auto* const residuals = reinterpret_cast<int64_t*>(residuals_.data());
  subtract_median(layout, bytes, channel, frame, count, residuals);
  const uint64_t bits = residual_bits(residuals, count);
  if (bits >= least) return least;
  best = Predictor();
  best.is_median = true;
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
  constexpr int kWindowBits = 24;
  make_window(count);
  const int shift = std::max(static_cast<int>(signed_bits(samples, count)) - 1 - kWindowBits, 0);
  // Whole steps: what is behind is overwritten.
  for (size_t begin = 0; begin < count; begin += kStep)
    shift_step(samples + begin, shift, faded_.data() + begin);
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
