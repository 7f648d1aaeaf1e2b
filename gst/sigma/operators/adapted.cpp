/* Filters that adapt, by the signs of their errors. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/adapted.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

constexpr uint64_t kTapsPerWork = 64;  ///< that count as a byte of work
constexpr int32_t kMaxInput = 32767;
constexpr uint32_t kMaxStep = 32;

#if defined(SIGMA_AVX2)
SIGMA_AVX2 inline __m256i load(const int16_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

SIGMA_AVX2 uint32_t adapt_avx2(int16_t* weights, const int16_t* steps, const int16_t* inputs,
                               int16_t sign, size_t taps) {
  const __m256i signs = _mm256_set1_epi16(sign);
  __m256i sums = _mm256_setzero_si256();
  for (size_t i = 0; i < taps; i += kTapStep) {
    const __m256i step = _mm256_sign_epi16(load(steps + i), signs);
    const __m256i weight = _mm256_add_epi16(load(weights + i), step);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + i), weight);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(weight, load(inputs + i)));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(half));
}
#endif

/// Moves the weights by steps, up, down or not at all, and adds up what they make of the inputs.
uint32_t adapt(int16_t* __restrict weights, const int16_t* __restrict steps,
               const int16_t* __restrict inputs, int16_t sign, size_t taps) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return adapt_avx2(weights, steps, inputs, sign, taps);
#endif
  uint32_t sum = 0;
  for (size_t begin = 0; begin < taps; begin += kTapStep) {
    for (size_t i = begin; i < begin + kTapStep; i++)
      weights[i] = static_cast<int16_t>(weights[i] + sign * steps[i]);
    for (size_t i = begin; i < begin + kTapStep; i++)
      sum += static_cast<uint32_t>(int32_t{weights[i]} * inputs[i]);
  }
  return sum;
}

int32_t unfolded(uint32_t folded) {
  return static_cast<int32_t>(folded >> 1 ^ (0 - (folded & 1)));
}

uint32_t folded(int32_t value) {
  return static_cast<uint32_t>(value) << 1 ^ static_cast<uint32_t>(value >> 31);
}

int32_t sum_of(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

int32_t difference_of(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

}  // namespace

size_t AdaptiveForm::taps() const {
  return std::accumulate(stages.begin(), stages.begin() + count, size_t{0},
                         [](size_t sum, const Stage& stage) { return sum + stage.taps; });
}

bool parse_adapted(ByteSpan payload, AdaptiveForm& form) {
  VarintReader in(payload);
  uint64_t width = 0;
  uint64_t channels = 0;
  uint64_t down = 0;
  if (!in.read(width) || !in.read(channels) || !in.read(down)) return false;
  if (width < 2 || width > 4 || channels == 0 || channels > kMaxAdaptiveChannels ||
      down > kMaxAdaptiveDown)
    return false;
  form = {static_cast<unsigned>(width),
          static_cast<size_t>(channels),
          static_cast<unsigned>(down),
          0,
          {}};
  while (!in.at_end()) {
    uint64_t steps = 0;
    uint64_t shift = 0;
    if (form.count == kMaxAdaptiveStages || !in.read(steps) || !in.read(shift) || steps == 0 ||
        steps > kMaxTaps / kTapStep || shift == 0 || shift > kMaxAdaptiveShift)
      return false;
    form.stages[form.count++] = {static_cast<size_t>(steps) * kTapStep,
                                 static_cast<unsigned>(shift)};
  }
  return form.count != 0 && form.taps() <= kMaxTaps;
}

void AdaptiveFilter::start(const AdaptiveForm& form) {
  up_ = 32 - 8 * form.width;
  down_ = form.down;
  count_ = form.count;
  size_t weights = 0;
  size_t history = 0;
  for (size_t k = 0; k < count_; k++) {
    const AdaptiveForm::Stage& stage = form.stages[k];
    stages_[k] = {stage.taps, stage.shift, weights, history, 1, 0, 0};
    weights += stage.taps;
    history += stage.taps + kSlide;
  }
  weights_.fill(0);
  inputs_.fill(0);
  steps_.fill(0);
}

/// The low bits that a residual has, as a signed number.
int32_t AdaptiveFilter::wrapped(int32_t value) const {
  return static_cast<int32_t>(static_cast<uint32_t>(value) << up_) >> up_;
}

int32_t AdaptiveFilter::predict(Stage& stage) {
  const size_t at = stage.history + stage.at;
  const auto sum =
      static_cast<int32_t>(adapt(weights_.data() + stage.weights, steps_.data() + at - 1,
                                 inputs_.data() + at, stage.sign, stage.taps));
  const int64_t rounded = int64_t{sum} + (int64_t{1} << (stage.shift - 1));
  return static_cast<int32_t>((rounded >> stage.shift) * (int64_t{1} << down_));
}

void AdaptiveFilter::learn(Stage& stage, int32_t input, int32_t left) {
  stage.sign = static_cast<int16_t>((left > 0) - (left < 0));
  const int32_t seen = std::clamp(input >> down_, -kMaxInput, kMaxInput);
  const auto size = static_cast<uint32_t>(std::abs(seen));
  const auto step = static_cast<int16_t>(std::min(128 * size / (stage.mean + 16), kMaxStep));
  stage.mean += size - stage.mean / 16;
  int16_t* const inputs = inputs_.data() + stage.history;
  int16_t* const steps = steps_.data() + stage.history;
  inputs[stage.at + stage.taps] = static_cast<int16_t>(seen);
  steps[stage.at + stage.taps] = static_cast<int16_t>(seen < 0 ? -step : step);
  if (++stage.at < kSlide) return;
  std::copy_n(inputs + stage.at - 1, stage.taps + 1, inputs);
  std::copy_n(steps + stage.at - 1, stage.taps + 1, steps);
  stage.at = 1;
}

template <typename T>
void AdaptiveFilter::subtract(T* residuals, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int32_t value = unfolded(static_cast<uint32_t>(residuals[i]));
    for (size_t k = 0; k < count_; k++) {
      const int32_t left = wrapped(difference_of(value, predict(stages_[k])));
      learn(stages_[k], value, left);
      value = left;
    }
    residuals[i] = static_cast<T>(folded(value));
  }
}

template void AdaptiveFilter::subtract(int32_t*, size_t);
template void AdaptiveFilter::subtract(int64_t*, size_t);

void AdaptiveFilter::restore(uint32_t* residuals, size_t count) {
  std::array<int32_t, kMaxAdaptiveStages> predictions{};
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < count_; k++)
      predictions[k] = predict(stages_[k]);
    int32_t left = wrapped(unfolded(residuals[i]));
    for (size_t k = count_; k > 0; k--) {
      const int32_t value = wrapped(sum_of(left, predictions[k - 1]));
      learn(stages_[k - 1], value, left);
      left = value;
    }
    residuals[i] = folded(left);
  }
}

namespace {

/// One channel, whose integers are `step` bytes from one another.
template <unsigned Width>
void restore_channel(AdaptiveFilter& filter, size_t step, uint8_t* p, size_t count) {
  using Integer = StoredInteger<Width, false>;
  constexpr size_t kPiece = 512;
  std::array<uint32_t, kPiece> piece;
  for (size_t begin = 0; begin < count; begin += kPiece) {
    const size_t size = std::min(kPiece, count - begin);
    for (size_t i = 0; i < size; i++)
      piece[i] = Integer::load(p + i * step);
    filter.restore(piece.data(), size);
    for (size_t i = 0; i < size; i++, p += step)
      Integer::store(p, static_cast<typename Integer::Value>(piece[i]));
  }
}

void restore_channel(AdaptiveFilter& filter, const AdaptiveForm& form, uint8_t* p, size_t count) {
  const size_t step = form.width * form.channels;
  if (form.width == 2) return restore_channel<2>(filter, step, p, count);
  if (form.width == 3) return restore_channel<3>(filter, step, p, count);
  restore_channel<4>(filter, step, p, count);
}

Result<uint64_t> measure_adapted(Operands& operands, const Node& node) {
  AdaptiveForm form;
  if (!parse_adapted(node.payload, form))
    return malformed("the filters of residuals are malformed");
  const Result<size_t> residuals = operands.measure();
  if (!residuals.ok()) return residuals.status;
  if (residuals.value % (form.width * form.channels) != 0)
    return malformed("residuals end in the middle of a frame");
  return uint64_t{residuals.value};
}

Status write_adapted(Operands& operands, const Node& node, MutableByteSpan out) {
  AdaptiveForm form;
  if (!parse_adapted(node.payload, form))
    return malformed("the filters of residuals are malformed");
  const uint64_t work = uint64_t{out.size() / form.width} * form.taps() / kTapsPerWork;
  if (const Status status = operands.admit_work(static_cast<size_t>(work)); !status.ok())
    return status;
  if (const Status status = operands.write(out); !status.ok() || out.empty()) return status;
  AdaptiveFilter filter;
  for (size_t i = 0; i < form.channels; i++) {
    filter.start(form);
    restore_channel(filter, form, out.data() + i * form.width,
                    out.size() / (form.width * form.channels));
  }
  return {};
}

}  // namespace

constinit const OperatorEntry kAdapted = {
    .name = "adapted",
    .type = GlyphType::DELTA,
    .first = Primitive::LIMIT,
    .last = Primitive::LIMIT,
    .since_minor = 5,
    .has_payload = true,
    .measure = measure_adapted,
    .write = write_adapted,
};

}  // namespace sigma
