/* Candidates for the predictors of a plane, and the one that each block takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_modes.hpp"

#include <algorithm>
#include <cstdlib>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

/// What a block must save to be of another mode than its neighbours, for each of them, in sums of
/// differences.
constexpr uint32_t kSwitch = 2;

/// Offsets of a plane's samples.
struct PlaneOffsets {
  PlaneOffsets(const FrameLayout& layout, size_t plane)
      : left(layout.planes[plane].period),
        above(layout.planes[plane].row * (layout.planes[plane].is_skewed ? 2 : 1)),
        before(layout.frame_size()) {}
  size_t left;
  size_t above;
  size_t before;
};

/// The plane before, if it is of the same shape.
size_t like_plane(const FrameLayout& layout, size_t plane) {
  const bool is_like = plane >= 2 && layout.planes[plane] == layout.planes[plane - 1];
  return is_like ? layout.planes[plane].row * layout.planes[plane].rows : 0;
}

void add_neighbours(const FrameLayout& layout, size_t plane, FrameFeatures& features) {
  const PlaneOffsets at(layout, plane);
  const FramePlane& of = layout.planes[plane];
  for (const size_t offset :
       {at.above, at.above + at.left, at.above - at.left, 2 * at.left, 2 * at.above})
    features.add(offset, at.left);
  if (of.is_skewed) {
    features.add(of.row + 1, at.left);
    features.add(of.row - 1, at.left);
    features.add(1, 3);
    features.add(of.row, of.row + 2);
  } else {
    // Other kinds at the same place.
    for (size_t k = 1; k < std::min<size_t>(of.period, 3); k++) {
      features.add(k, k + at.left);
      features.add(k, k + at.above);
    }
  }
  if (const size_t like = like_plane(layout, plane); like != 0) {
    features.add(like, like + at.left);
    features.add(like, like + at.above);
  }
}

void add_before(const FrameLayout& layout, size_t plane, FrameFeatures& features) {
  const PlaneOffsets at(layout, plane);
  for (const size_t offset : {at.before, at.before + at.left, at.before - at.left,
                              at.before + at.above, at.before - at.above})
    features.add(offset, at.left);
}

FramePredictor single_tap(size_t offset) {
  FramePredictor predictor;
  predictor.tap_count = 1;
  predictor.taps[0].offset = static_cast<uint32_t>(offset);
  predictor.taps[0].factors.fill(1);
  return predictor;
}

FramePredictor median_of(const PlaneOffsets& at) {
  FramePredictor predictor;
  predictor.is_median = true;
  predictor.left = at.left;
  predictor.above = at.above;
  return predictor;
}

}  // namespace

void find_predictors(const FrameLayout& layout, size_t plane, const FrameBytes& bytes,
                     bool has_before, const FrameEffort& effort, FrameTrainer& trainer,
                     PlanePredictors& predictors) {
  const PlaneOffsets at(layout, plane);
  const FramePlane& of = layout.planes[plane];
  const auto add = [&predictors](const FramePredictor& predictor) {
    predictors.all[predictors.count++] = predictor;
  };
  predictors.count = 0;
  FramePredictor median = median_of(at);
  // Of pixels, what is left of the sample before in the same pixel.
  for (size_t kind = 1; !of.is_skewed && kind < std::min<size_t>(of.period, 3) && of.period > 2;
       kind++)
    median.references[kind] = 1;
  add(median);
  add(single_tap(at.left));
  if (has_before) {
    median = median_of(at);
    median.references.fill(at.before);
    add(single_tap(at.before));
    add(median);
  }
  // Taps of these must not be of the same sample or later.
  if (of.row < 4 * of.period || of.rows < 3) return;
  FrameFeatures features;
  add_neighbours(layout, plane, features);
  const size_t around = features.count;
  if (has_before) add_before(layout, plane, features);
  trainer.gather(layout, plane, at.left, features, bytes, has_before ? at.before : 0,
                 effort.samples);
  trainer.fit_all(around, predictors.all[predictors.count++]);
  const size_t groups = std::min(effort.groups, kMaxFramePredictors - predictors.count);
  trainer.fit_groups({predictors.all.data() + predictors.count, groups}, effort.rounds);
  predictors.count += groups;
}

namespace {

/// Adds, block by block, what samples differ from their predictions.
template <typename Sample>
void add_costs(const uint8_t* samples, const int32_t* predictions, size_t count, size_t first,
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
SIGMA_AVX2 void add_costs_avx2(const uint8_t* samples, const int32_t* predictions, size_t blocks,
                               size_t width, unsigned unused, uint32_t* costs) {
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
void add_row_costs(const uint8_t* samples, const int32_t* predictions, size_t count, size_t first,
                   size_t width, unsigned unused, uint32_t* costs) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2 && first == 0 && width % 8 == 0) {
    const size_t blocks = count / width;
    add_costs_avx2<Sample>(samples, predictions, blocks, width, unused, costs);
    samples += blocks * width * Sample::kWidth;
    predictions += blocks * width;
    costs += blocks;
    count -= blocks * width;
  }
#endif
  add_costs<Sample>(samples, predictions, count, first, width, unused, costs);
}

void add_any_costs(const FrameLayout& layout, const uint8_t* samples, const int32_t* predictions,
                   size_t count, size_t first, size_t width, uint32_t* costs) {
  if (layout.width == 1)
    add_row_costs<StoredInteger<1, false>>(samples, predictions, count, first, width, layout.unused,
                                           costs);
  else if (layout.big_endian)
    add_row_costs<StoredInteger<2, true>>(samples, predictions, count, first, width, layout.unused,
                                          costs);
  else
    add_row_costs<StoredInteger<2, false>>(samples, predictions, count, first, width, layout.unused,
                                           costs);
}

/// The costs of a row for one predictor.
void measure_row(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
                 const ReadyPredictor& predictor, uint32_t* costs) {
  const FramePlane& plane = layout.planes[row.plane];
  const size_t width = layout.block_width * plane.period;
  const size_t most = FrameRun::kMost / width * width;
  const size_t skew = plane.is_skewed ? row.y : 0;
  int32_t predictions[FrameRun::kMost];
  for (size_t x = row.x; x < row.x + row.count;) {
    const size_t end = std::min(row.x + row.count, (x / width * width) + most);
    const FrameRun run = {row.begin + x - row.x, end - x, plane.period, (x + skew) % plane.period};
    predict_run(layout, predictor, run, bytes, predictions);
    const uint8_t* const samples = bytes.value.data() + run.begin * layout.width;
    add_any_costs(layout, samples, predictions, run.count, x % width, width, costs + x / width);
    x = end;
  }
}

}  // namespace

void choose_modes(const FrameLayout& layout, const FrameBytes& bytes, const FrameEffort& effort,
                  FrameChoice& choice, FramePredictors& predictors, MutableByteSpan modes) {
  choice.ready.prepare(layout, predictors, true);
  std::array<std::array<uint32_t, kMaxFramePredictors>, kMaxFramePlanes> users{};
  const auto settle = [&](const FrameRow& row) {
    const size_t count = layout.blocks_in_row(row.plane);
    const size_t most = predictors.planes[row.plane].count;
    uint8_t* const chosen = modes.data() + row.first_block;
    const bool has_above = row.y >= layout.block_height && row.first_block >= count;
    for (size_t i = 0; i < count; i++) {
      uint32_t least = UINT32_MAX;
      for (size_t mode = 0; mode < most; mode++) {
        uint32_t cost = choice.costs[mode][i];
        if (i > 0 && chosen[i - 1] != mode) cost += kSwitch;
        if (has_above && chosen[static_cast<ptrdiff_t>(i) - static_cast<ptrdiff_t>(count)] != mode)
          cost += kSwitch;
        if (cost >= least) continue;
        least = cost;
        chosen[i] = static_cast<uint8_t>(mode);
      }
      users[row.plane][chosen[i]]++;
    }
  };
  FrameRow row;
  FrameRow last;
  bool has_last = false;
  for (FrameRows rows(layout, bytes.value.size() / layout.width); rows.next(row);) {
    if (!has_last || row.first_block != last.first_block) {
      if (has_last) settle(last);
      for (auto& costs : choice.costs)
        std::fill_n(costs.begin(), layout.blocks_in_row(row.plane), 0);
    }
    last = row;
    has_last = true;
    if (!effort.every_row && row.y % 2 == 0 && layout.planes[row.plane].rows > 1) continue;
    for (size_t mode = 0; mode < predictors.planes[row.plane].count; mode++)
      measure_row(layout, bytes, row, choice.ready.planes[row.plane][mode],
                  choice.costs[mode].data());
  }
  if (has_last) settle(last);
  std::array<std::array<uint8_t, kMaxFramePredictors>, kMaxFramePlanes> renamed{};
  for (size_t i = 0; i < layout.plane_count; i++) {
    PlanePredictors& plane = predictors.planes[i];
    size_t kept = 0;
    for (size_t mode = 0; mode < plane.count; mode++) {
      if (users[i][mode] == 0) continue;
      plane.all[kept] = plane.all[mode];
      renamed[i][mode] = static_cast<uint8_t>(kept++);
    }
    plane.count = kept;
  }
  size_t done = 0;
  for (FrameRows rows(layout, bytes.value.size() / layout.width); rows.next(row);)
    for (; done < row.first_block + layout.blocks_in_row(row.plane); done++)
      modes[done] = renamed[row.plane][modes[done]];
}

}  // namespace sigma
