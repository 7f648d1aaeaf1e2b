/* Runs of samples with one predictor: predicted, and put together from what that left.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/operators/frame_sums.hpp"

namespace sigma {
namespace {

SIGMA_KERNEL int32_t median(int32_t a, int32_t b, int32_t c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

/// Puts samples in the place of their residuals.
template <typename Sample>
struct Restorer {
  using Residual = StoredInteger<Sample::kWidth, false>;
  SIGMA_KERNEL int32_t residual(size_t i) const {
    return static_cast<int32_t>(unzigzag(Residual::load(out + i * Sample::kWidth)));
  }
  /// `sum`: a prediction and a residual, without unused bits.
  SIGMA_KERNEL uint32_t put(size_t i, uint32_t sum) const {
    const auto sample = static_cast<typename Sample::Value>(sum << unused);
    Sample::store(out + i * Sample::kWidth, sample);
    return sample;
  }
  SIGMA_KERNEL uint32_t operator()(size_t i, int32_t prediction) const {
    return put(i, static_cast<uint32_t>(prediction) + static_cast<uint32_t>(residual(i)));
  }
  uint8_t* out;
  unsigned unused;
};

/// Samples of a run one by one, as each needs those before it. `sums` has all else, residuals too.
template <typename Sample>
SIGMA_KERNEL void restore_near(const RunSamples<Sample>& samples, const ReadyPredictor& predictor,
                               size_t kind, const uint32_t* sums,
                               const Restorer<Sample>& restorer) {
  const unsigned shift = predictor.shift;
  const auto last_factor = [&](size_t of) {
    return static_cast<uint32_t>(predictor.last_factors[of]);
  };
  uint32_t last = samples.at(0, 1);
  if (predictor.period == 1 && predictor.near_count == 0) {
    for (size_t i = 0; i < samples.count; i++)
      last = restorer.put(i, (sums[i] + last_factor(0) * last) >> shift);
    return;
  }
  if (predictor.period == 1 && predictor.near_count == 1 && predictor.near_offsets[0] == 2) {
    const auto factor = static_cast<uint32_t>(predictor.near_factors[0][0]);
    uint32_t second = samples.at(0, 2);
    for (size_t i = 0; i < samples.count; i++) {
      const uint32_t sum = sums[i] + factor * second;
      second = last;
      last = restorer.put(i, (sum + last_factor(0) * last) >> shift);
    }
    return;
  }
  uint32_t all[kMaxNearOffset + FrameRun::kMost];
  uint32_t* const run = all + kMaxNearOffset;
  for (size_t back = 1; back <= kMaxNearOffset; back++)
    *(run - back) = samples.at(0, back);
  for (size_t i = 0; i < samples.count; i++) {
    uint32_t sum = sums[i];
    for (size_t k = 0; k < predictor.near_count; k++)
      sum += static_cast<uint32_t>(predictor.near_factors[k][kind]) *
             *(run + i - predictor.near_offsets[k]);
    last = restorer.put(i, (sum + last_factor(kind) * last) >> shift);
    run[i] = last;
    if (++kind == predictor.period) kind = 0;
  }
}

/// Adding a residual before the sum is divided gives the same bits of a sample, of which there are
/// at most 16, and which unused ones are not of: the shift leaves 17.
template <bool Avx2, typename Sample>
SIGMA_KERNEL void restore_linear(const RunSamples<Sample>& samples, const ReadyPredictor& predictor,
                                 size_t kind, const Restorer<Sample>& restorer) {
  uint32_t sums[FrameRun::kMost];
  sum_taps<Avx2>(samples, predictor, kind, sums);
  for (size_t i = 0; i < samples.count; i++)
    sums[i] += static_cast<uint32_t>(restorer.residual(i)) << predictor.shift;
  if (predictor.has_last || predictor.near_count != 0)
    return restore_near(samples, predictor, kind, sums, restorer);
  for (size_t i = 0; i < samples.count; i++)
    restorer.put(i, sums[i] >> predictor.shift);
}

template <bool Avx2, typename Sample>
SIGMA_KERNEL void predict_linear(const RunSamples<Sample>& samples, const ReadyPredictor& predictor,
                                 size_t kind, int32_t* out) {
  uint32_t sums[FrameRun::kMost];
  sum_taps<Avx2>(samples, predictor, kind, sums);
  for (size_t i = 0; i < samples.count; i++)
    out[i] = static_cast<int32_t>(sums[i]) >> predictor.shift;
}

/// Differences to a reference, if there is one: of the samples above a run's, and of how those
/// differ from the ones left of them.
template <typename Sample>
struct PlainMedian {
  using Room = typename RunSamples<Sample>::Room;
  SIGMA_KERNEL PlainMedian(const RunSamples<Sample>& samples, const FramePredictor& predictor) {
    const size_t reference = predictor.references[0];
    const size_t offsets[] = {predictor.above, predictor.above + 1};
    Room room;
    for (size_t k = 0; k < 2; k++) {
      add(samples.all(offsets[k], room), samples.count, k == 0, 1);
      if (reference != 0) add(samples.all(offsets[k] + reference, room), samples.count, k == 0, -1);
    }
    for (size_t i = 0; i < samples.count; i++)
      slope[i] = above[i] - slope[i];
    if (reference == 0) return;
    const uint8_t* const from = samples.all(reference, room);
    for (size_t i = 0; i < samples.count; i++)
      base[i] = Sample::load(from + i * Sample::kWidth);
    first = static_cast<int32_t>(samples.at(0, reference + 1));
  }
  SIGMA_KERNEL void add(const uint8_t* from, size_t count, bool is_above, int32_t sign) {
    int32_t* const to = is_above ? above : slope;
    for (size_t i = 0; i < count; i++)
      to[i] = (sign > 0 ? 0 : to[i]) + sign * int32_t{Sample::load(from + i * Sample::kWidth)};
  }
  int32_t above[FrameRun::kMost];
  int32_t slope[FrameRun::kMost];
  int32_t base[FrameRun::kMost];
  int32_t first = 0;  ///< what is subtracted from the sample before the run
};

template <typename Sample>
SIGMA_KERNEL void restore_plain_median(const RunSamples<Sample>& samples,
                                       const FramePredictor& predictor,
                                       const Restorer<Sample>& restorer) {
  const PlainMedian<Sample> sources(samples, predictor);
  auto last = static_cast<int32_t>(samples.at(0, 1));
  if (predictor.references[0] == 0) {
    for (size_t i = 0; i < samples.count; i++) {
      const int32_t guess = median(last, sources.above[i], last + sources.slope[i]);
      last = static_cast<int32_t>(restorer(i, guess >> restorer.unused));
    }
    return;
  }
  int32_t last_base = sources.first;
  for (size_t i = 0; i < samples.count; i++) {
    const int32_t left = last - last_base;
    last_base = sources.base[i];
    const int32_t guess = last_base + median(left, sources.above[i], left + sources.slope[i]);
    last = static_cast<int32_t>(restorer(i, guess >> restorer.unused));
  }
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
template <typename Sample>
SIGMA_AVX2 inline __m256i load_lanes(const uint8_t* from) {
  if constexpr (Sample::kWidth == 1)
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  if constexpr (Sample::kBig)
    words = _mm_or_si128(_mm_slli_epi16(words, 8), _mm_srli_epi16(words, 8));
  return _mm256_cvtepu16_epi32(words);
}

SIGMA_AVX2 inline __m256i median_avx2(__m256i a, __m256i b, __m256i c) {
  return _mm256_max_epi32(_mm256_min_epi32(a, b), _mm256_min_epi32(_mm256_max_epi32(a, b), c));
}

/// Medians of samples that are all there.
template <typename Sample>
SIGMA_AVX2 void predict_medians_avx2(const MedianSources<Sample>& sources, size_t count,
                                     unsigned unused, int32_t* out) {
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(unused));
  for (size_t i = 0; i < count; i += 8) {
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
SIGMA_KERNEL void restore(const FrameLayout& layout, const ReadyPredictor& predictor,
                          const FrameRun& run, const FrameBytes& bytes) {
  const bool is_linear = !predictor.source.is_median;
  for (size_t done = 0; done < run.count;) {
    const FrameRun piece = {run.begin + done, std::min(run.count - done, predictor.reach),
                            run.period, (run.kind + done) % run.period};
    done += piece.count;
    const RunSamples<Sample> samples(piece, bytes);
    const Restorer<Sample> restorer = {bytes.value.data() + piece.begin * Sample::kWidth,
                                       layout.unused};
    if (is_linear)
      restore_linear<Avx2>(samples, predictor, piece.kind, restorer);
    else if (predictor.is_plain)
      restore_plain_median(samples, predictor.source, restorer);
    else
      run_median<false>(samples, predictor.source, piece, layout.unused, restorer);
  }
}

template <typename Sample, bool Avx2>
SIGMA_KERNEL void predict(const FrameLayout& layout, const ReadyPredictor& predictor,
                          const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  const RunSamples<Sample> samples(run, bytes);
  if (!predictor.source.is_median) return predict_linear<Avx2>(samples, predictor, run.kind, out);
#if defined(SIGMA_AVX2)
  if constexpr (Avx2)
    if (run.period == 1) {
      MedianSources<Sample> sources;
      std::array<typename RunSamples<Sample>::Room, 7> rooms;
      sources.template find<true>(samples, predictor.source, predictor.source.references[0], rooms);
      return predict_medians_avx2(sources, samples.count, layout.unused, out);
    }
#endif
  run_median<true>(samples, predictor.source, run, layout.unused, Predictions{out});
}

using Byte = StoredInteger<1, false>;
using Word = StoredInteger<2, false>;
using BigWord = StoredInteger<2, true>;

template <bool Avx2>
SIGMA_KERNEL void restore_any(const FrameLayout& layout, const ReadyPredictor& predictor,
                              const FrameRun& run, const FrameBytes& bytes) {
  if (layout.width == 1)
    restore<Byte, Avx2>(layout, predictor, run, bytes);
  else if (layout.big_endian)
    restore<BigWord, Avx2>(layout, predictor, run, bytes);
  else
    restore<Word, Avx2>(layout, predictor, run, bytes);
}

template <bool Avx2>
SIGMA_KERNEL void predict_any(const FrameLayout& layout, const ReadyPredictor& predictor,
                              const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  if (layout.width == 1)
    predict<Byte, Avx2>(layout, predictor, run, bytes, out);
  else if (layout.big_endian)
    predict<BigWord, Avx2>(layout, predictor, run, bytes, out);
  else
    predict<Word, Avx2>(layout, predictor, run, bytes, out);
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void restore_avx2(const FrameLayout& layout, const ReadyPredictor& predictor,
                             const FrameRun& run, const FrameBytes& bytes) {
  restore_any<true>(layout, predictor, run, bytes);
}
SIGMA_AVX2 void predict_avx2(const FrameLayout& layout, const ReadyPredictor& predictor,
                             const FrameRun& run, const FrameBytes& bytes, int32_t* out) {
  predict_any<true>(layout, predictor, run, bytes, out);
}
#endif

}  // namespace

void restore_run(const FrameLayout& layout, const ReadyPredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return restore_avx2(layout, predictor, run, bytes);
#endif
  restore_any<false>(layout, predictor, run, bytes);
}

void predict_run(const FrameLayout& layout, const ReadyPredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes, int32_t* predictions) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return predict_avx2(layout, predictor, run, bytes, predictions);
#endif
  predict_any<false>(layout, predictor, run, bytes, predictions);
}

}  // namespace sigma
