/* Costs of blocks of any samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_costs.hpp"

#include <algorithm>
#include <cstdlib>

#include "gst/sigma/models/frames/byte_costs.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

/// Adds, block by block, what samples differ from their predictions.
template <typename Sample>
void add_block_costs(const uint8_t* samples, const int32_t* predictions, size_t count, size_t first,
                     size_t width, unsigned unused, uint32_t* costs) {
  // `first`: samples of the first block that come before.
  for (size_t i = 0; i < count; first = 0, costs++) {
    const size_t end = std::min(count, i + width - first);
    uint32_t cost = 0;
    for (; i < end; i++) {
      const int32_t sample = Sample::load(samples + i * Sample::kWidth) >> unused;
      cost += static_cast<uint32_t>(std::abs(sample - predictions[i]));
    }
    *costs += cost;
  }
}

#if defined(SIGMA_AVX2)
/// The same for whole blocks of eight samples, or a few times as many.
template <typename Sample>
SIGMA_AVX2 void add_block_costs_avx2(const uint8_t* samples, const int32_t* predictions,
                                     size_t blocks, size_t width, unsigned unused,
                                     uint32_t* costs) {
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(unused));
  for (size_t block = 0; block < blocks; block++) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < width; i += 8, samples += 8 * Sample::kWidth, predictions += 8) {
      __m256i lanes;
      if constexpr (Sample::kWidth == 1) {
        lanes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(samples)));
      } else {
        __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(samples));
        if constexpr (Sample::kBig)
          words = _mm_or_si128(_mm_slli_epi16(words, 8), _mm_srli_epi16(words, 8));
        lanes = _mm256_cvtepu16_epi32(words);
      }
      lanes = _mm256_srl_epi32(lanes, shift);
      const __m256i predicted = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(predictions));
      sum = _mm256_add_epi32(sum, _mm256_abs_epi32(_mm256_sub_epi32(lanes, predicted)));
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
    costs[block] += static_cast<uint32_t>(_mm_cvtsi128_si32(half));
  }
}
#endif

template <typename Sample>
void add_run_costs(const uint8_t* samples, const int32_t* predictions, size_t count, size_t first,
                   size_t width, unsigned unused, uint32_t* costs) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2 && first == 0 && width % 8 == 0) {
    const size_t blocks = count / width;
    add_block_costs_avx2<Sample>(samples, predictions, blocks, width, unused, costs);
    samples += blocks * width * Sample::kWidth;
    predictions += blocks * width;
    costs += blocks;
    count -= blocks * width;
  }
#endif
  add_block_costs<Sample>(samples, predictions, count, first, width, unused, costs);
}

void add_any_costs(const FrameLayout& layout, const uint8_t* samples, const int32_t* predictions,
                   size_t count, size_t first, size_t width, uint32_t* costs) {
  if (layout.width == 1)
    add_run_costs<StoredInteger<1, false>>(samples, predictions, count, first, width, layout.unused,
                                           costs);
  else if (layout.big_endian)
    add_run_costs<StoredInteger<2, true>>(samples, predictions, count, first, width, layout.unused,
                                          costs);
  else
    add_run_costs<StoredInteger<2, false>>(samples, predictions, count, first, width, layout.unused,
                                           costs);
}

/// The costs of a run for one predictor. `first`: samples of its first block that come before.
void measure_run(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
                 const ReadyPredictor& predictor, size_t first, uint32_t* costs) {
  int32_t predictions[FrameRun::kMost];
  predict_run(layout, predictor, run, bytes, predictions);
  const uint8_t* const samples = bytes.value.data() + run.begin * layout.width;
  add_any_costs(layout, samples, predictions, run.count, first, layout.block_width * run.period,
                costs);
}

}  // namespace

void add_costs(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
               std::span<const ReadyPredictor> predictors, BlockCosts& costs) {
  const FramePlane& plane = layout.planes[row.plane];
  const size_t width = layout.block_width * plane.period;
  const size_t most = FrameRun::kMost / width * width;
  const size_t skew = plane.is_skewed ? row.y : 0;
  for (size_t x = row.x; x < row.x + row.count;) {
    const size_t end = std::min(row.x + row.count, x / width * width + most);
    FrameRun run = {row.begin + x - row.x, end - x, plane.period, (x + skew) % plane.period};
    const size_t block = x / width;
    const bool is_quick = has_byte_costs(layout) && x % width == 0 && run.count >= width;
    if (is_quick) run.count -= run.count % width;
    for (size_t k = 0; k < predictors.size();) {
      const size_t done =
          is_quick ? add_byte_costs(bytes, run, predictors.subspan(k), {costs, k, block}) : 0;
      if (done == 0) measure_run(layout, bytes, run, predictors[k], x % width, &costs[k][block]);
      k += std::max<size_t>(done, 1);
    }
    x += run.count;
  }
}

}  // namespace sigma
