/* Runs of samples with one predictor: predicted, and put together from what that left.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <bit>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

/// Samples that are summed at once.
constexpr size_t kLanes = 8;
constexpr size_t kMostPadded = FrameRun::kMost;
static_assert(kMostPadded % kLanes == 0);

SIGMA_KERNEL int32_t median(int32_t a, int32_t b, int32_t c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

/// A run's samples, those before it, and, for an encoder, those behind.
template <typename Sample>
struct RunSamples {
  static constexpr size_t kWidth = Sample::kWidth;
  using Room = std::array<uint8_t, kMostPadded * 2>;

  /// `known`: samples of the value that are there.
  RunSamples(const FrameRun& run, const FrameBytes& bytes, size_t known_count)
      : value(bytes.value.data()),
        before(bytes.reference.data() + bytes.reference.size()),
        count_before(bytes.reference.size() / kWidth),
        known(known_count),
        begin(run.begin),
        count(run.count),
        padded((run.count + kLanes - 1) / kLanes * kLanes) {}

  /// The sample `offset` before number `i` of the run, which must be known.
  SIGMA_KERNEL uint32_t at(size_t i, size_t offset) const {
    const size_t place = begin + i;
    if (place >= offset) return Sample::load(value + (place - offset) * kWidth);
    const size_t back = offset - place;
    return back <= count_before ? Sample::load(before - back * kWidth) : 0;
  }

  /// Where the samples `offset` before the run lie, or a copy, with some behind that may be
  /// anything. Only if they are known.
  SIGMA_KERNEL const uint8_t* all(size_t offset, Room& room) const {
    if (begin >= offset) {
      if (begin - offset + padded <= known) return value + (begin - offset) * kWidth;
    } else if (const size_t back = offset - begin; back <= count_before && back >= padded) {
      return before - back * kWidth;
    }
    for (size_t i = 0; i < padded; i++)
      Sample::store(room.data() + i * kWidth,
                    static_cast<typename Sample::Value>(i < count ? at(i, offset) : 0));
    return room.data();
  }

  /// The same for samples that become known one by one; null if they do not lie in one piece.
  SIGMA_KERNEL const uint8_t* growing(size_t offset, Room& room) const {
    if (begin >= offset) return value + (begin - offset) * kWidth;
    return offset >= count ? all(offset, room) : nullptr;
  }

  uint8_t* value;
  const uint8_t* before;
  size_t count_before;
  size_t known;
  size_t begin;
  size_t count;
  size_t padded;
};

/// Taps whose samples are all known, and their factors: a multiple of all periods, and of lanes; or
/// one, if there is one kind.
struct FarTaps {
  static constexpr size_t kFactors = 24;
  size_t count = 0;
  size_t period = 1;
  const uint8_t* from[kMaxFrameTaps];
  uint32_t factors[kMaxFrameTaps][kFactors];

  SIGMA_KERNEL void add(const FrameTap& tap, const FrameRun& run, const uint8_t* samples) {
    from[count] = samples;
    uint32_t* const to = factors[count++];
    size_t kind = run.kind;
    for (size_t i = 0; i < (period == 1 ? 1 : kFactors); i++) {
      to[i] = static_cast<uint32_t>(int32_t{tap.factors[kind]});
      if (++kind == period) kind = 0;
    }
  }
};

/// Their sums, and `half`, divided by 2^shift.
template <typename Sample>
void sum_far(const FarTaps& taps, size_t padded, uint32_t half, unsigned shift, int32_t* out) {
  for (size_t i = 0; i < padded; i++) {
    const size_t place = taps.period == 1 ? 0 : i % FarTaps::kFactors;
    uint32_t sum = half;
    for (size_t k = 0; k < taps.count; k++)
      sum += Sample::load(taps.from[k] + i * Sample::kWidth) * taps.factors[k][place];
    out[i] = static_cast<int32_t>(sum) >> shift;
  }
}

#if defined(SIGMA_AVX2)
template <typename Sample>
SIGMA_AVX2 inline __m256i load_lanes(const uint8_t* from) {
  if constexpr (Sample::kWidth == 1)
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  if constexpr (Sample::kBig)
    words = _mm_or_si128(_mm_slli_epi16(words, 8), _mm_srli_epi16(words, 8));
  return _mm256_cvtepu16_epi32(words);
}

template <typename Sample, bool Single>
SIGMA_AVX2 void sum_far_avx2(const FarTaps& taps, size_t padded, uint32_t half, unsigned shift,
                             int32_t* out) {
  const __m128i shift_count = _mm_cvtsi32_si128(static_cast<int>(shift));
  size_t place = 0;
  for (size_t i = 0; i < padded; i += kLanes) {
    __m256i sum = _mm256_set1_epi32(static_cast<int>(half));
    for (size_t k = 0; k < taps.count; k++) {
      const uint32_t* const factors = taps.factors[k];
      const __m256i factor =
          Single ? _mm256_set1_epi32(static_cast<int>(factors[0]))
                 : _mm256_loadu_si256(reinterpret_cast<const __m256i*>(factors + place));
      const __m256i lanes = load_lanes<Sample>(taps.from[k] + i * Sample::kWidth);
      sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(lanes, factor));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_sra_epi32(sum, shift_count));
    place = place + kLanes == FarTaps::kFactors ? 0 : place + kLanes;
  }
}
#endif

/// Puts samples in the place of their residuals.
template <typename Sample>
struct Restorer {
  SIGMA_KERNEL uint32_t operator()(size_t i, int32_t prediction) const {
    using Value = typename Sample::Value;
    uint8_t* const at = out + i * Sample::kWidth;
    const auto residual = static_cast<uint32_t>(unzigzag(Residual::load(at)));
    const auto sample =
        static_cast<Value>((static_cast<uint32_t>(prediction) + residual) << unused);
    Sample::store(at, sample);
    return sample;
  }
  using Residual = StoredInteger<Sample::kWidth, false>;
  uint8_t* out;
  unsigned unused;
};

/// Sums of taps, sample by sample, of which those near need the samples before. `emit` is given
/// each prediction, in order, and gives the sample.
template <typename Sample, typename Emit>
SIGMA_KERNEL void sum_near(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                           const FrameRun& run, const uint8_t* near, size_t near_count,
                           const int32_t* sums, unsigned shift, Emit emit) {
  const auto factor = [&](size_t k, size_t kind) {
    return static_cast<uint32_t>(int32_t{predictor.taps[near[k]].factors[kind]});
  };
  const auto offset = [&](size_t k) -> size_t { return predictor.taps[near[k]].offset; };
  if (run.period == 1 && near_count == 1 && offset(0) == 1) {
    const uint32_t first = factor(0, 0);
    uint32_t a = samples.at(0, 1);
    for (size_t i = 0; i < samples.count; i++)
      a = emit(i, static_cast<int32_t>(static_cast<uint32_t>(sums[i]) + first * a) >> shift);
    return;
  }
  if (run.period == 1 && near_count == 2 && offset(0) == 1 && offset(1) == 2) {
    const uint32_t first = factor(0, 0);
    const uint32_t second = factor(1, 0);
    uint32_t a = samples.at(0, 1);
    uint32_t b = samples.at(0, 2);
    for (size_t i = 0; i < samples.count; i++) {
      const uint32_t sum = static_cast<uint32_t>(sums[i]) + second * b + first * a;
      b = a;
      a = emit(i, static_cast<int32_t>(sum) >> shift);
    }
    return;
  }
  size_t kind = run.kind;
  for (size_t i = 0; i < samples.count; i++) {
    auto sum = static_cast<uint32_t>(sums[i]);
    for (size_t k = 0; k < near_count; k++) {
      const size_t back = offset(k);
      const uint32_t sample =
          samples.begin + i >= back
              ? Sample::load(samples.value + (samples.begin + i - back) * Sample::kWidth)
              : samples.at(i, back);
      sum += factor(k, kind) * sample;
    }
    emit(i, static_cast<int32_t>(sum) >> shift);
    if (++kind == run.period) kind = 0;
  }
}

template <bool Avx2, typename Sample>
SIGMA_KERNEL void sum_any_far(const FarTaps& taps, size_t padded, uint32_t half, unsigned shift,
                              int32_t* out) {
#if defined(SIGMA_AVX2)
  if constexpr (Avx2) {
    if (taps.period == 1)
      sum_far_avx2<Sample, true>(taps, padded, half, shift, out);
    else
      sum_far_avx2<Sample, false>(taps, padded, half, shift, out);
    return;
  }
#endif
  sum_far<Sample>(taps, padded, half, shift, out);
}

/// Taps whose samples are there, all of them if `Known`, and the numbers of the others.
template <bool Known, typename Sample>
SIGMA_KERNEL size_t sort_taps(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                              const FrameRun& run, typename RunSamples<Sample>::Room* rooms,
                              FarTaps& far, uint8_t* near) {
  size_t near_count = 0;
  far.period = run.period;
  for (size_t k = 0; k < predictor.tap_count; k++) {
    const FrameTap& tap = predictor.taps[k];
    if (!Known && tap.offset < samples.count)
      near[near_count++] = static_cast<uint8_t>(k);
    else
      far.add(tap, run, samples.all(tap.offset, rooms[k]));
  }
  return near_count;
}

template <bool Avx2, typename Sample>
SIGMA_KERNEL void restore_linear(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                                 const FrameRun& run, const Restorer<Sample>& restorer) {
  const unsigned shift = predictor.shift + restorer.unused;
  const uint32_t half = (uint32_t{1} << shift) / 2;
  FarTaps far;
  uint8_t near[kMaxFrameTaps];
  typename RunSamples<Sample>::Room rooms[kMaxFrameTaps];
  const size_t near_count = sort_taps<false>(samples, predictor, run, rooms, far, near);
  int32_t sums[kMostPadded];
  sum_any_far<Avx2, Sample>(far, samples.padded, half, near_count != 0 ? 0 : shift, sums);
  if (near_count != 0)
    return sum_near(samples, predictor, run, near, near_count, sums, shift, restorer);
  for (size_t i = 0; i < samples.count; i++)
    restorer(i, sums[i]);
}

template <bool Avx2, typename Sample>
SIGMA_KERNEL void predict_linear(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                                 const FrameRun& run, unsigned unused, int32_t* out) {
  const unsigned shift = predictor.shift + unused;
  FarTaps far;
  typename RunSamples<Sample>::Room rooms[kMaxFrameTaps];
  sort_taps<true>(samples, predictor, run, rooms, far, nullptr);
  sum_any_far<Avx2, Sample>(far, samples.padded, (uint32_t{1} << shift) / 2, shift, out);
}

/// The median of one sample, wherever what it needs lies.
template <typename Sample>
int32_t slow_median(const RunSamples<Sample>& samples, const FramePredictor& predictor, size_t i,
                    size_t reference) {
  const auto at = [&](size_t offset) {
    int32_t sample = static_cast<int32_t>(samples.at(i, offset));
    if (reference != 0) sample -= static_cast<int32_t>(samples.at(i, offset + reference));
    return sample;
  };
  const int32_t a = at(predictor.left);
  const int32_t b = at(predictor.above);
  const int32_t c = at(predictor.left + predictor.above);
  const int32_t base = reference != 0 ? static_cast<int32_t>(samples.at(i, reference)) : 0;
  return base + median(a, b, a + b - c);
}

/// Where a median's samples lie, for one kind.
template <typename Sample>
struct MedianSources {
  using Room = typename RunSamples<Sample>::Room;
  /// False if not all lie in one piece. `Known`: all samples are there, and some behind them that
  /// may be anything.
  template <bool Known>
  SIGMA_KERNEL bool find(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                         size_t offset, std::array<Room, 7>& rooms) {
    const size_t above = predictor.above;
    const size_t corner = above + predictor.left;
    reference = offset != 0;
    const size_t offsets[7] = {predictor.left,          above,          corner,         offset,
                               offset + predictor.left, offset + above, offset + corner};
    for (size_t k = 0; k < (reference ? 7 : 3); k++) {
      from[k] = Known ? samples.all(offsets[k], rooms[k]) : samples.growing(offsets[k], rooms[k]);
      if (from[k] == nullptr) return false;
    }
    return true;
  }
  SIGMA_KERNEL int32_t predict(size_t i) const {
    const auto at = [&](size_t k) {
      return static_cast<int32_t>(Sample::load(from[k] + i * Sample::kWidth));
    };
    if (!reference) return median(at(0), at(1), at(0) + at(1) - at(2));
    const int32_t a = at(0) - at(4);
    const int32_t b = at(1) - at(5);
    return at(3) + median(a, b, a + b - (at(2) - at(6)));
  }
  bool reference = false;
  const uint8_t* from[7] = {};
};

#if defined(SIGMA_AVX2)
SIGMA_AVX2 inline __m256i median_avx2(__m256i a, __m256i b, __m256i c) {
  return _mm256_max_epi32(_mm256_min_epi32(a, b), _mm256_min_epi32(_mm256_max_epi32(a, b), c));
}

/// Medians of samples that are all there.
template <typename Sample>
SIGMA_AVX2 void predict_medians_avx2(const MedianSources<Sample>& sources, size_t count,
                                     unsigned unused, int32_t* out) {
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(unused));
  for (size_t i = 0; i < count; i += kLanes) {
    __m256i lanes[7];
    for (size_t k = 0; k < (sources.reference ? 7 : 3); k++)
      lanes[k] = load_lanes<Sample>(sources.from[k] + i * Sample::kWidth);
    __m256i base = _mm256_setzero_si256();
    if (sources.reference) {
      base = lanes[3];
      for (size_t k = 0; k < 3; k++)
        lanes[k] = _mm256_sub_epi32(lanes[k], lanes[4 + k]);
    }
    const __m256i plane = _mm256_sub_epi32(_mm256_add_epi32(lanes[0], lanes[1]), lanes[2]);
    const __m256i sum = _mm256_add_epi32(base, median_avx2(lanes[0], lanes[1], plane));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_sra_epi32(sum, shift));
  }
}
#endif

template <bool Known, typename Sample, typename Emit>
SIGMA_KERNEL void run_median(const RunSamples<Sample>& samples, const FramePredictor& predictor,
                             const FrameRun& run, unsigned unused, Emit emit) {
  MedianSources<Sample> sources[kMaxFramePeriod];
  std::array<typename RunSamples<Sample>::Room, 7> rooms;
  bool is_quick =
      sources[0].template find<Known>(samples, predictor, predictor.references[0], rooms);
  for (size_t k = 1; k < run.period && is_quick; k++) {
    const size_t reference = predictor.references[k];
    sources[k] = sources[0];
    if (reference == predictor.references[0]) continue;
    // What is copied takes the rooms of one kind.
    is_quick = samples.begin >= predictor.left + predictor.above +
                                    std::max(reference, predictor.references[0]) &&
               sources[k].template find<false>(samples, predictor, reference, rooms);
  }
  size_t kind = run.kind;
  for (size_t i = 0; i < samples.count; i++) {
    const int32_t prediction = is_quick
                                   ? sources[kind].predict(i)
                                   : slow_median(samples, predictor, i, predictor.references[kind]);
    emit(i, prediction >> unused);
    if (++kind == run.period) kind = 0;
  }
}

/// Keeps predictions.
struct Predictions {
  SIGMA_KERNEL void operator()(size_t i, int32_t prediction) const { out[i] = prediction; }
  int32_t* out;
};

template <typename Sample, bool Avx2>
SIGMA_KERNEL void restore(const FrameLayout& layout, const FramePredictor& predictor,
                          const FrameRun& run, const FrameBytes& bytes) {
  const RunSamples<Sample> samples(run, bytes, run.begin);
  const Restorer<Sample> restorer = {bytes.value.data() + run.begin * Sample::kWidth,
                                     layout.unused};
  if (predictor.is_median)
    run_median<false>(samples, predictor, run, layout.unused, restorer);
  else
    restore_linear<Avx2>(samples, predictor, run, restorer);
}

template <typename Sample, bool Avx2>
SIGMA_KERNEL void predict(const FrameLayout& layout, const FramePredictor& predictor,
                          const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  const RunSamples<Sample> samples(run, bytes, bytes.value.size() / Sample::kWidth);
  if (!predictor.is_median)
    return predict_linear<Avx2>(samples, predictor, run, layout.unused, out);
#if defined(SIGMA_AVX2)
  if constexpr (Avx2)
    if (run.period == 1) {
      MedianSources<Sample> sources;
      std::array<typename RunSamples<Sample>::Room, 7> rooms;
      sources.template find<true>(samples, predictor, predictor.references[0], rooms);
      return predict_medians_avx2(sources, samples.count, layout.unused, out);
    }
#endif
  run_median<true>(samples, predictor, run, layout.unused, Predictions{out});
}

using Byte = StoredInteger<1, false>;
using Word = StoredInteger<2, false>;
using BigWord = StoredInteger<2, true>;

template <bool Avx2>
SIGMA_KERNEL void restore_any(const FrameLayout& layout, const FramePredictor& predictor,
                              const FrameRun& run, const FrameBytes& bytes) {
  if (layout.width == 1)
    restore<Byte, Avx2>(layout, predictor, run, bytes);
  else if (layout.big_endian)
    restore<BigWord, Avx2>(layout, predictor, run, bytes);
  else
    restore<Word, Avx2>(layout, predictor, run, bytes);
}

template <bool Avx2>
SIGMA_KERNEL void predict_any(const FrameLayout& layout, const FramePredictor& predictor,
                              const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  if (layout.width == 1)
    predict<Byte, Avx2>(layout, predictor, run, bytes, out);
  else if (layout.big_endian)
    predict<BigWord, Avx2>(layout, predictor, run, bytes, out);
  else
    predict<Word, Avx2>(layout, predictor, run, bytes, out);
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void restore_avx2(const FrameLayout& layout, const FramePredictor& predictor,
                             const FrameRun& run, const FrameBytes& bytes) {
  restore_any<true>(layout, predictor, run, bytes);
}
SIGMA_AVX2 void predict_avx2(const FrameLayout& layout, const FramePredictor& predictor,
                             const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  predict_any<true>(layout, predictor, run, bytes, out);
}
#endif

}  // namespace

void restore_run(const FrameLayout& layout, const FramePredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return restore_avx2(layout, predictor, run, bytes);
#endif
  restore_any<false>(layout, predictor, run, bytes);
}

void predict_run(const FrameLayout& layout, const FramePredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes, int32_t* predictions) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return predict_avx2(layout, predictor, run, bytes, predictions);
#endif
  predict_any<false>(layout, predictor, run, bytes, predictions);
}

}  // namespace sigma
