/* Sums of taps, sixteen samples at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>

#include "gst/sigma/operators/frame_taps.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {

/// Samples of two bytes are factors of 16 bits with a sign when this is subtracted, which what sums
/// begin with adds again.
constexpr uint32_t kSampleBias = 0x8000;

/// The samples of a predictor's taps.
template <typename Sample>
struct TapSources {
  SIGMA_KERNEL TapSources(const RunSamples<Sample>& samples, const ReadyPredictor& predictor) {
    for (size_t k = 0; k < 2 * predictor.pair_count; k++)
      from[k] = samples.all(predictor.offsets[k], rooms[k]);
  }
  const uint8_t* from[2 * ReadyPredictor::kMaxPairs];
  typename RunSamples<Sample>::Room rooms[2 * ReadyPredictor::kMaxPairs];
};

template <typename Sample>
SIGMA_KERNEL void sum_pairs(const TapSources<Sample>& sources, const ReadyPredictor& predictor,
                            size_t kind, size_t padded, uint32_t* sums) {
  constexpr auto kBias = static_cast<int32_t>(Sample::kWidth == 1 ? 0 : kSampleBias);
  for (size_t begin = 0; begin < padded; begin += kFrameLanes) {
    uint32_t sum[kFrameLanes];
    std::copy_n(predictor.first + kind, kFrameLanes, sum);
    for (size_t k = 0; k < predictor.pair_count; k++) {
      const uint8_t* const a = sources.from[2 * k] + begin * Sample::kWidth;
      const uint8_t* const b = sources.from[2 * k + 1] + begin * Sample::kWidth;
      const uint32_t* const factors = predictor.factors[k] + kind;
      for (size_t i = 0; i < kFrameLanes; i++) {
        const int32_t first = int32_t{Sample::load(a + i * Sample::kWidth)} - kBias;
        const int32_t second = int32_t{Sample::load(b + i * Sample::kWidth)} - kBias;
        sum[i] += static_cast<uint32_t>(static_cast<int16_t>(factors[i]) * first) +
                  static_cast<uint32_t>(static_cast<int16_t>(factors[i] >> 16) * second);
      }
    }
    std::copy_n(sum, kFrameLanes, sums + begin);
    kind = (kind + kFrameLanes) % predictor.period;
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 inline __m256i load_vector(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// Two taps of sixteen samples: each two samples of 16 bits that belong together.
template <typename Sample>
struct TapPair {
  SIGMA_AVX2 SIGMA_KERNEL TapPair(const uint8_t* a, const uint8_t* b) {
    if constexpr (Sample::kWidth == 1) {
      const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
      const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
      low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second));
      high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(first, second));
    } else {
      const __m256i first = words(a);
      const __m256i second = words(b);
      const __m256i inner = _mm256_unpacklo_epi16(first, second);
      const __m256i outer = _mm256_unpackhi_epi16(first, second);
      low = _mm256_permute2x128_si256(inner, outer, 0x20);
      high = _mm256_permute2x128_si256(inner, outer, 0x31);
    }
  }
  SIGMA_AVX2 SIGMA_KERNEL static __m256i words(const uint8_t* from) {
    __m256i read = load_vector(from);
    if constexpr (Sample::kBig)
      read = _mm256_or_si256(_mm256_slli_epi16(read, 8), _mm256_srli_epi16(read, 8));
    return _mm256_xor_si256(read, _mm256_set1_epi16(static_cast<int16_t>(kSampleBias)));
  }
  __m256i low;
  __m256i high;
};

template <typename Sample, bool Single>
SIGMA_AVX2 void sum_pairs_avx2(const TapSources<Sample>& sources, const ReadyPredictor& predictor,
                               size_t kind, size_t padded, uint32_t* sums) {
  for (size_t i = 0; i < padded; i += kFrameLanes) {
    __m256i low = load_vector(predictor.first + kind);
    __m256i high = load_vector(predictor.first + kind + 8);
    for (size_t k = 0; k < predictor.pair_count; k++) {
      const TapPair<Sample> pair(sources.from[2 * k] + i * Sample::kWidth,
                                 sources.from[2 * k + 1] + i * Sample::kWidth);
      const uint32_t* const factors = predictor.factors[k] + kind;
      const __m256i first = load_vector(factors);
      const __m256i second = Single ? first : load_vector(factors + 8);
      low = _mm256_add_epi32(low, _mm256_madd_epi16(pair.low, first));
      high = _mm256_add_epi32(high, _mm256_madd_epi16(pair.high, second));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + i), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + i + 8), high);
    if constexpr (!Single) kind = (kind + kFrameLanes) % predictor.period;
  }
}
#endif

template <bool Avx2, typename Sample>
SIGMA_KERNEL void sum_taps(const RunSamples<Sample>& samples, const ReadyPredictor& predictor,
                           size_t kind, uint32_t* sums) {
  const TapSources<Sample> sources(samples, predictor);
#if defined(SIGMA_AVX2)
  if constexpr (Avx2) {
    if (predictor.period == 1)
      sum_pairs_avx2<Sample, true>(sources, predictor, kind, samples.padded, sums);
    else
      sum_pairs_avx2<Sample, false>(sources, predictor, kind, samples.padded, sums);
    return;
  }
#endif
  sum_pairs(sources, predictor, kind, samples.padded, sums);
}

}  // namespace sigma
