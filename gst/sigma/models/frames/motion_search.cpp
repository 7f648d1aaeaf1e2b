/* Motions by sums of differences: all that are near are tried.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/motion_search.hpp"

#include <algorithm>
#include <cstdlib>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

constexpr size_t kBlock = 8;
/// Motions are told from every second row of a block.
constexpr uint32_t kRowStep = 2;

constexpr size_t kLeastSide = 32;  ///< of a picture in which motions are looked for

/// Blocks whose samples differ by half a step on average are predicted well enough.
constexpr uint32_t kGoodCost = kBlock * kBlock / 2;

/// What samples of a block differ from others; rows lie `row` samples apart.
template <typename Sample>
uint32_t sum_differences(const uint8_t* a, const uint8_t* b, size_t width, size_t row) {
  uint32_t sum = 0;
  for (size_t y = 0; y < kBlock; y += kRowStep) {
    for (size_t x = 0; x < width * Sample::kWidth; x += Sample::kWidth)
      sum += static_cast<uint32_t>(
          std::abs(int32_t{Sample::load(a + x)} - int32_t{Sample::load(b + x)}));
    a += kRowStep * row * Sample::kWidth;
    b += kRowStep * row * Sample::kWidth;
  }
  return sum;
}

#if defined(SIGMA_AVX2)
/// Eight samples of two bytes.
template <typename Sample>
SIGMA_AVX2 inline __m256i load_eight(const uint8_t* from) {
  __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  if constexpr (Sample::kBig)
    words = _mm_or_si128(_mm_slli_epi16(words, 8), _mm_srli_epi16(words, 8));
  return _mm256_cvtepu16_epi32(words);
}

template <typename Sample>
SIGMA_AVX2 uint32_t sum_differences_avx2(const uint8_t* a, const uint8_t* b, size_t width,
                                         size_t row) {
  __m256i sum = _mm256_setzero_si256();
  for (size_t y = 0; y < kBlock; y += kRowStep) {
    for (size_t x = 0; x < width * Sample::kWidth; x += kBlock * Sample::kWidth) {
      if constexpr (Sample::kWidth == 1) {
        const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(a + x));
        const __m128i second = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(b + x));
        sum = _mm256_add_epi32(sum, _mm256_zextsi128_si256(_mm_sad_epu8(first, second)));
      } else {
        const __m256i difference =
            _mm256_sub_epi32(load_eight<Sample>(a + x), load_eight<Sample>(b + x));
        sum = _mm256_add_epi32(sum, _mm256_abs_epi32(difference));
      }
    }
    a += kRowStep * row * Sample::kWidth;
    b += kRowStep * row * Sample::kWidth;
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(half));
}
#endif

template <typename Sample>
uint32_t difference_of(const uint8_t* a, const uint8_t* b, size_t width, size_t row) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return sum_differences_avx2<Sample>(a, b, width, row);
#endif
  return sum_differences<Sample>(a, b, width, row);
}

/// A predictor saves something on a mere copy of what moved.
uint32_t with_predictor(uint32_t cost) {
  return cost / 3 * 2;
}

/// A sample of the value, or of the reference if `place` is negative.
const uint8_t* sample_at(const FrameBytes& bytes, ptrdiff_t place, unsigned width) {
  const uint8_t* const begin =
      place >= 0 ? bytes.value.data() : bytes.reference.data() + bytes.reference.size();
  return begin + place * static_cast<ptrdiff_t>(width);
}

}  // namespace

bool MotionSearch::begin(const FrameLayout& layout, const FrameBytes& bytes) {
  const FramePlane& plane = layout.planes[0];
  layout_ = layout;
  bytes_ = bytes;
  frame_ = layout.frame_size();
  row_ = plane.row;
  period_ = plane.period;
  step_ = 1;
  seen_ = filled_ = count_ = 0;
  return !plane.is_skewed && row_ / period_ >= kLeastSide && plane.rows >= kLeastSide &&
         layout.block_width == kBlock && layout.block_height == kBlock;
}

/// Whether all of the frame before in which a block is looked for lies in one piece.
bool MotionSearch::has_window(size_t begin) const {
  const auto at = static_cast<ptrdiff_t>(begin) - static_cast<ptrdiff_t>(frame_);
  const auto reach = static_cast<ptrdiff_t>(kDown * row_ + kAcross * period_);
  const auto size = static_cast<ptrdiff_t>((kBlock - 1) * row_ + kBlock * period_);
  const auto known = static_cast<ptrdiff_t>(bytes_.reference.size() / layout_.width);
  const auto samples = static_cast<ptrdiff_t>(bytes_.value.size() / layout_.width);
  return static_cast<ptrdiff_t>(begin) + size <= samples && at - reach >= -known &&
         at + reach + size <= samples && (at - reach >= 0 || at + reach + size <= 0);
}

void MotionSearch::add(const FrameRow& row, std::span<const uint32_t> costs) {
  if (row.x != 0 || row.y % kBlock != 0 || row.y + kBlock > layout_.planes[0].rows) return;
  for (size_t i = 0; i < row_ / period_ / kBlock; i++) {
    const size_t begin = row.begin + i * kBlock * period_;
    if (costs[i] < kGoodCost * period_ || !has_window(begin) || seen_++ % step_ != 0) continue;
    if (filled_ == kBlocks) {
      // Every second one of those that are there.
      for (size_t k = 0; k < kBlocks / 2; k++)
        blocks_[k] = blocks_[2 * k];
      filled_ /= 2;
      step_ *= 2;
      if ((seen_ - 1) % step_ != 0) continue;
    }
    const size_t frame = (row.begin + layout_.position) / frame_;
    blocks_[filled_++] = {frame, i * kBlock, row.y, begin, costs[i], MovingBlock::kStill};
  }
}

uint32_t MotionSearch::difference(const MovingBlock& block, Motion motion) const {
  const auto begin = static_cast<ptrdiff_t>(block.begin);
  const ptrdiff_t from = begin - static_cast<ptrdiff_t>(frame_) +
                         motion.y * static_cast<ptrdiff_t>(row_) +
                         motion.x * static_cast<ptrdiff_t>(period_);
  const uint8_t* const a = sample_at(bytes_, begin, layout_.width);
  const uint8_t* const b = sample_at(bytes_, from, layout_.width);
  const size_t width = kBlock * period_;
  if (layout_.width == 1)
    return kRowStep * difference_of<StoredInteger<1, false>>(a, b, width, row_);
  const uint32_t sum = layout_.big_endian
                           ? difference_of<StoredInteger<2, true>>(a, b, width, row_)
                           : difference_of<StoredInteger<2, false>>(a, b, width, row_);
  return kRowStep * sum >> layout_.unused;
}

Motion MotionSearch::tried(size_t number) {
  constexpr size_t kRow = 2 * kAcross + 1;
  return {static_cast<int>(number % kRow) - kAcross, static_cast<int>(number / kRow) - kDown};
}

/// From which most is saved, by blocks that have no better one yet.
size_t MotionSearch::best_motion() const {
  std::array<uint64_t, kTried> saved{};
  for (size_t i = 0; i < filled_; i++)
    for (size_t k = 0; k < kTried; k++)
      saved[k] += least_[i] - std::min<uint32_t>(least_[i], costs_[i][k]);
  saved[kTried / 2] = 0;  // none
  const auto best = std::max_element(saved.begin(), saved.end());
  return *best == 0 ? kTried : static_cast<size_t>(best - saved.begin());
}

void MotionSearch::take(size_t number) {
  for (size_t i = 0; i < filled_; i++)
    least_[i] = std::min<uint32_t>(least_[i], costs_[i][number]);
  motions_[count_++] = tried(number);
}

/// Blocks take the motion that suits them best, if one does.
void MotionSearch::settle() {
  for (size_t i = 0; i < filled_; i++) {
    MovingBlock& block = blocks_[i];
    uint32_t least = block.cost;
    block.motion = MovingBlock::kStill;
    for (size_t k = 0; k < count_; k++) {
      const uint32_t cost = with_predictor(difference(block, motions_[k]));
      if (cost >= least) continue;
      least = cost;
      block.motion = static_cast<uint8_t>(k);
    }
  }
}

void MotionSearch::find() {
  for (size_t i = 0; i < filled_; i++) {
    least_[i] = blocks_[i].cost;
    for (size_t k = 0; k < kTried; k++)
      costs_[i][k] = static_cast<uint16_t>(
          std::min<uint32_t>(with_predictor(difference(blocks_[i], tried(k))), UINT16_MAX));
  }
  while (count_ < kMost) {
    const size_t number = best_motion();
    if (number == kTried) break;
    take(number);
  }
  settle();
}

}  // namespace sigma
