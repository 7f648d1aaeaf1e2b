/* Samples of one byte, sixteen at once, and medians of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>

#include "gst/sigma/operators/frame_sums.hpp"

namespace sigma {

/// Whether a predictor is one sample as it is.
inline bool is_copy(const FramePredictor& predictor) {
  return !predictor.is_median && predictor.tap_count == 1 && predictor.shift == 0 &&
         std::ranges::all_of(predictor.taps[0].factors, [](int16_t factor) { return factor == 1; });
}

/// What a median subtracts: the sample some offset before, of those kinds that have a reference.
struct MedianReference {
  MedianReference() = default;
  MedianReference(const FramePredictor& median, size_t period) : offset(median.references[0]) {
    masks.fill(offset != 0 ? UINT16_MAX : 0);
    if (period > 1) add_kinds(median, period);
  }
  size_t offset = 0;
  bool is_single = true;  ///< no kinds have different ones
  std::array<uint16_t, kFrameLanes + kMaxFramePeriod> masks;

 private:
  void add_kinds(const FramePredictor& median, size_t period) {
    for (size_t kind = 1; kind < period; kind++)
      offset = std::max(offset, median.references[kind]);
    for (size_t i = 0; i < masks.size(); i++) {
      const size_t reference = median.references[i % period];
      masks[i] = reference != 0 ? UINT16_MAX : 0;
      is_single = is_single && (reference == 0 || reference == offset);
    }
  }
};

#if defined(SIGMA_AVX2)
using Byte = StoredInteger<1, false>;

SIGMA_AVX2 inline __m128i load_bytes(const uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

SIGMA_AVX2 inline __m256i load_words(const uint8_t* from) {
  return _mm256_cvtepu8_epi16(load_bytes(from));
}

/// The median of two samples and their sum less a corner is the least and the greatest of them,
/// less what the corner is between these.
SIGMA_AVX2 inline __m128i median_bytes(__m128i a, __m128i b, __m128i corner) {
  const __m128i least = _mm_min_epu8(a, b);
  const __m128i most = _mm_max_epu8(a, b);
  const __m128i between = _mm_min_epu8(_mm_max_epu8(corner, least), most);
  return _mm_sub_epi8(_mm_add_epi8(least, most), between);
}

/// The same of differences.
SIGMA_AVX2 inline __m256i median_words(__m256i a, __m256i b, __m256i corner) {
  const __m256i least = _mm256_min_epi16(a, b);
  const __m256i most = _mm256_max_epi16(a, b);
  const __m256i between = _mm256_min_epi16(_mm256_max_epi16(corner, least), most);
  return _mm256_sub_epi16(_mm256_add_epi16(least, most), between);
}
#endif

}  // namespace sigma
