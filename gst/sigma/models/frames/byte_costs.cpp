/* Costs of samples of one byte: several predictions are made at once, and not kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/byte_costs.hpp"

#include <numeric>

#include "gst/sigma/models/frames/byte_lanes.hpp"

namespace sigma {

#if defined(SIGMA_AVX2)
namespace {

using ByteRun = RunSamples<Byte>;

/// Predictors that are measured at once.
constexpr size_t kMostAlike = 4;
constexpr size_t kSteps = FrameRun::kMost / kFrameLanes;

/// Sums of eight differences side by side.
using EighthSums = std::array<uint32_t, FrameRun::kMost / 8>;
/// Of sixteen samples each: sums of pairs of differences.
struct PairSums {
  __m256i steps[kSteps] = {};
};

SIGMA_AVX2 inline __m256i pair_sums(__m256i samples, __m256i predictions) {
  const __m256i differences = _mm256_abs_epi16(_mm256_sub_epi16(samples, predictions));
  return _mm256_madd_epi16(differences, _mm256_set1_epi16(1));
}

SIGMA_AVX2 void add_pairs(const PairSums& pairs, EighthSums& sums) {
  for (size_t i = 0; i < kSteps; i += 4) {
    const __m256i first = _mm256_hadd_epi32(pairs.steps[i], pairs.steps[i + 1]);
    const __m256i second = _mm256_hadd_epi32(pairs.steps[i + 2], pairs.steps[i + 3]);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i all = _mm256_permutevar8x32_epi32(_mm256_hadd_epi32(first, second), order);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums.data() + 2 * i), all);
  }
}

/// Of sixteen samples of one byte: both sums of differences to predictions.
SIGMA_AVX2 inline void put_sums(__m128i samples, __m128i predictions, uint32_t* sums) {
  const __m128i both = _mm_sad_epu8(samples, predictions);
  sums[0] = static_cast<uint32_t>(_mm_cvtsi128_si32(both));
  sums[1] = static_cast<uint32_t>(_mm_extract_epi32(both, 2));
}

/// One sample is the prediction.
SIGMA_AVX2 void measure_copy(const ByteRun& run, size_t offset, EighthSums& sums) {
  ByteRun::Room rooms[2];
  const uint8_t* const samples = run.all(0, rooms[0]);
  const uint8_t* const from = run.all(offset, rooms[1]);
  for (size_t i = 0; i < run.padded; i += kFrameLanes)
    put_sums(load_bytes(samples + i), load_bytes(from + i), sums.data() + i / 8);
}

SIGMA_AVX2 void measure_median(const ByteRun& run, const FramePredictor& predictor,
                               EighthSums& sums) {
  ByteRun::Room rooms[4];
  const uint8_t* const samples = run.all(0, rooms[0]);
  const uint8_t* const left = run.all(predictor.left, rooms[1]);
  const uint8_t* const above = run.all(predictor.above, rooms[2]);
  const uint8_t* const corner = run.all(predictor.left + predictor.above, rooms[3]);
  for (size_t i = 0; i < run.padded; i += kFrameLanes) {
    const __m128i median =
        median_bytes(load_bytes(left + i), load_bytes(above + i), load_bytes(corner + i));
    put_sums(load_bytes(samples + i), median, sums.data() + i / 8);
  }
}

/// A median of differences to a reference.
SIGMA_AVX2 void measure_difference(const ByteRun& run, const FramePredictor& predictor,
                                   const MedianReference& reference, size_t kind, size_t period,
                                   EighthSums& sums) {
  const size_t offsets[] = {0, predictor.left, predictor.above, predictor.left + predictor.above};
  ByteRun::Room rooms[8];
  const uint8_t* from[4];
  const uint8_t* before[4];
  for (size_t k = 0; k < 4; k++) {
    from[k] = run.all(offsets[k], rooms[2 * k]);
    before[k] = run.all(offsets[k] + reference.offset, rooms[2 * k + 1]);
  }
  PairSums pairs;
  for (size_t i = 0; i < run.padded; i += kFrameLanes) {
    const __m256i mask = load_vector(reference.masks.data() + kind);
    __m256i differences[4];
    for (size_t k = 0; k < 4; k++)
      differences[k] = _mm256_sub_epi16(load_words(from[k] + i),
                                        _mm256_and_si256(load_words(before[k] + i), mask));
    const __m256i median = median_words(differences[1], differences[2], differences[3]);
    pairs.steps[i / kFrameLanes] = pair_sums(differences[0], median);
    kind = (kind + kFrameLanes) % period;
  }
  add_pairs(pairs, sums);
}

/// What is at the same samples for several linear predictors is read once. Predictions fit 16 bits,
/// as weights are at most 8 and are those of differences.
template <size_t Count, bool Single>
SIGMA_AVX2 void measure_linear(const ByteRun& run, const ReadyPredictor* predictors, size_t kind,
                               EighthSums* sums) {
  const TapSources<Byte> sources(run, predictors[0]);
  ByteRun::Room room;
  const uint8_t* const samples = run.all(0, room);
  PairSums pairs[Count];
  for (size_t i = 0; i < run.padded; i += kFrameLanes) {
    __m256i low[Count];
    __m256i high[Count];
    for (size_t n = 0; n < Count; n++) {
      low[n] = load_vector(predictors[n].first + kind);
      high[n] = load_vector(predictors[n].first + kind + 8);
    }
    for (size_t k = 0; k < predictors[0].pair_count; k++) {
      const TapPair<Byte> pair(sources.from[2 * k] + i, sources.from[2 * k + 1] + i);
      for (size_t n = 0; n < Count; n++) {
        const uint32_t* const factors = predictors[n].factors[k] + kind;
        const __m256i first = load_vector(factors);
        const __m256i second = Single ? first : load_vector(factors + 8);
        low[n] = _mm256_add_epi32(low[n], _mm256_madd_epi16(pair.low, first));
        high[n] = _mm256_add_epi32(high[n], _mm256_madd_epi16(pair.high, second));
      }
    }
    const __m256i words = load_words(samples + i);
    for (size_t n = 0; n < Count; n++) {
      const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(predictors[n].shift));
      const __m256i packed =
          _mm256_packs_epi32(_mm256_sra_epi32(low[n], shift), _mm256_sra_epi32(high[n], shift));
      const __m256i predictions = _mm256_permute4x64_epi64(packed, 0xD8);
      pairs[n].steps[i / kFrameLanes] = pair_sums(words, predictions);
    }
    if constexpr (!Single) kind = (kind + kFrameLanes) % predictors[0].period;
  }
  for (size_t n = 0; n < Count; n++)
    add_pairs(pairs[n], sums[n]);
}

template <bool Single>
void measure_linear_any(const ByteRun& run, std::span<const ReadyPredictor> predictors, size_t kind,
                        EighthSums* sums) {
  switch (predictors.size()) {
    case 1:
      return measure_linear<1, Single>(run, predictors.data(), kind, sums);
    case 2:
      return measure_linear<2, Single>(run, predictors.data(), kind, sums);
    case 3:
      return measure_linear<3, Single>(run, predictors.data(), kind, sums);
    default:
      return measure_linear<4, Single>(run, predictors.data(), kind, sums);
  }
}

/// How many of the first predictors, at most four, are sums of the same samples; 0: the first one
/// is no sum.
size_t count_alike(std::span<const ReadyPredictor> predictors) {
  size_t count = 0;
  for (; count < std::min(kMostAlike, predictors.size()); count++) {
    const ReadyPredictor& next = predictors[count];
    if (next.source.is_median || next.pair_count != predictors[0].pair_count ||
        !std::equal(next.offsets, next.offsets + 2 * next.pair_count, predictors[0].offsets))
      break;
  }
  return count;
}

/// Measures whole blocks of a run with the first of some predictors; gives how many of these, of
/// which there are sums then. 0: it is none of the usual ones.
size_t measure_first(const ByteRun& samples, const FrameRun& run,
                     std::span<const ReadyPredictor> predictors, EighthSums* sums) {
  const FramePredictor& first = predictors[0].source;
  if (is_copy(first)) {
    measure_copy(samples, first.taps[0].offset, sums[0]);
    return 1;
  }
  if (const size_t alike = count_alike(predictors); alike != 0) {
    if (run.period == 1)
      measure_linear_any<true>(samples, predictors.first(alike), run.kind, sums);
    else
      measure_linear_any<false>(samples, predictors.first(alike), run.kind, sums);
    return alike;
  }
  const MedianReference reference(first, run.period);
  if (!reference.is_single) return 0;
  if (reference.offset == 0)
    measure_median(samples, first, sums[0]);
  else
    measure_difference(samples, first, reference, run.kind, run.period, sums[0]);
  return 1;
}

/// A block has as many sums as samples of one pixel.
void add_sums(const EighthSums& sums, const FrameRun& run, uint32_t* costs) {
  if (run.period == 1) {
    for (size_t i = 0; i < run.count / 8; i++)
      costs[i] += sums[i];
    return;
  }
  const uint32_t* of_block = sums.data();
  for (size_t left = run.count / 8 / run.period; left > 0; left--, of_block += run.period)
    *costs++ += std::accumulate(of_block, of_block + run.period, uint32_t{0});
}

}  // namespace

bool has_byte_costs(const FrameLayout& layout) {
  return kHasAvx2 && layout.width == 1 && layout.unused == 0 && layout.block_width == 8;
}

size_t add_byte_costs(const FrameBytes& bytes, const FrameRun& run,
                      std::span<const ReadyPredictor> predictors, const CostPlace& place) {
  EighthSums sums[kMostAlike];
  const size_t done = measure_first(ByteRun(run, bytes), run, predictors, sums);
  for (size_t k = 0; k < done; k++)
    add_sums(sums[k], run, &place.costs[place.predictor + k][place.block]);
  return done;
}
#else
bool has_byte_costs(const FrameLayout&) {
  return false;
}

size_t add_byte_costs(const FrameBytes&, const FrameRun&, std::span<const ReadyPredictor>,
                      const CostPlace&) {
  return 0;
}
#endif

}  // namespace sigma
