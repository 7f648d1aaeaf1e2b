/* Predictors that follow motions: fitted to blocks that moved, and kept if blocks need them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/moved_predictors.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/models/frames/frame_modes.hpp"

namespace sigma {
namespace {

/// Differences have to shrink by such a part: there is always some predictor more that fits noise
/// better, and modes take more then. Pixels of three colours, which were YUV as a rule, need more:
/// sums a tenth smaller were coded in up to 3 % more.
constexpr uint64_t least_part(size_t period) {
  return period > 2 ? 4 : 64;
}

/// Pieces from which a predictor can be learned.
constexpr size_t kFewPieces = 12;

/// Some rows of blocks of a plane.
template <typename Use>
void for_sampled_rows(const FrameLayout& layout, size_t plane, size_t samples, size_t step,
                      Use use) {
  size_t number = 0;
  size_t last = SIZE_MAX;
  FrameRow row;
  for (FrameRows rows(layout, samples); rows.next(row);) {
    if (row.plane != plane) continue;
    const bool is_first = row.first_block != last;
    last = row.first_block;
    if (is_first) number++;
    if (number % step == step / 2) use(row, is_first);
  }
}

}  // namespace

void CandidateCosts::begin(const FrameLayout& layout, size_t plane, size_t samples) {
  plane_ = plane;
  count_ = 0;
  filled_ = 0;
  size_t rows = 0;
  for_sampled_rows(layout, plane, samples, 1,
                   [&](const FrameRow&, bool is_first) { rows += is_first ? 1 : 0; });
  step_ = rows * layout.blocks_in_row(plane) / kBlocks + 1;
}

/// Of candidates that are measured: those of a row of blocks.
void CandidateCosts::keep_row(size_t count, size_t blocks, size_t& filled) {
  if (blocks == 0 || filled + blocks > kRoom) return;
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < blocks; i++)
      costs_[count_ + k][filled + i] =
          static_cast<uint16_t>(std::min<uint32_t>(row_[k][i], UINT16_MAX));
  filled += blocks;
}

void CandidateCosts::measure(const FrameLayout& layout, const FrameBytes& bytes,
                             std::span<const FramePredictor> candidates, MotionSearch* search) {
  const size_t blocks = layout.blocks_in_row(plane_);
  for (size_t k = 0; k < candidates.size(); k++)
    ready_[k].prepare(candidates[k], layout.planes[plane_].period, layout.width, layout.unused,
                      true);
  size_t filled = 0;
  FrameRow first;
  const auto settle = [&] {
    if (first.count == 0) return;
    keep_row(candidates.size(), blocks, filled);
    if (search == nullptr) return;
    std::array<uint32_t, kMaxBlocksInRow> least = row_[0];
    for (size_t k = 1; k < candidates.size(); k++)
      for (size_t i = 0; i < blocks; i++)
        least[i] = std::min(least[i], row_[k][i]);
    search->add(first, least);
  };
  for_sampled_rows(layout, plane_, bytes.value.size() / layout.width, step_,
                   [&](const FrameRow& row, bool is_first) {
                     if (is_first) {
                       settle();
                       first = row;
                       for (auto& costs : row_)
                         std::fill_n(costs.begin(), blocks, 0);
                     }
                     add_costs(layout, bytes, row, std::span(ready_).first(candidates.size()),
                               row_);
                   });
  settle();
  count_ += candidates.size();
  filled_ = filled;
}

/// What all blocks cost with some candidates, and how much more without each of them.
uint64_t CandidateCosts::total(uint32_t alive, std::array<uint64_t, kMost>& losses) const {
  uint64_t total = 0;
  losses.fill(0);
  for (size_t i = 0; i < filled_; i++) {
    uint32_t least = UINT16_MAX + 1;
    uint32_t second = least;
    size_t best = 0;
    for (size_t k = 0; k < count_; k++) {
      if ((alive >> k & 1) == 0) continue;
      const uint32_t cost = costs_[k][i];
      second = std::min(second, std::max(cost, least));
      if (cost >= least) continue;
      least = cost;
      best = k;
    }
    total += least;
    losses[best] += second - least;
  }
  return total;
}

uint32_t CandidateCosts::choose(size_t known, size_t period) const {
  std::array<uint64_t, kMost> losses;
  const uint64_t before = total((1U << known) - 1, losses);
  uint32_t alive = (1U << count_) - 1;
  uint64_t now = total(alive, losses);
  while (static_cast<size_t>(std::popcount(alive)) > kMaxFramePredictors) {
    size_t needless = kMost;
    for (size_t k = 0; k < count_; k++)
      if ((alive >> k & 1) != 0 && (needless == kMost || losses[k] < losses[needless]))
        needless = k;
    alive &= ~(1U << needless);
    now = total(alive, losses);
  }
  return before - std::min(before, now) > before / least_part(period) ? alive : 0;
}

namespace {

/// A distance of the first plane in another one, to the nearest.
int64_t scaled(int distance, size_t size, size_t of_first) {
  const auto whole = static_cast<int64_t>(2 * of_first);
  const int64_t sum = int64_t{2} * distance * static_cast<int64_t>(size) + whole / 2;
  return sum / whole - (sum % whole < 0 ? 1 : 0);
}

/// How far before a sample lies what moved to it.
size_t moved_offset(const FrameLayout& layout, size_t plane, Motion motion) {
  const FramePlane& of = layout.planes[plane];
  const FramePlane& first = layout.planes[0];
  const int64_t y = scaled(motion.y, of.rows, first.rows);
  const int64_t x = scaled(motion.x, of.row / of.period, first.row / first.period);
  const int64_t moved = y * static_cast<int64_t>(of.row) + x * static_cast<int64_t>(of.period);
  return static_cast<size_t>(static_cast<int64_t>(layout.frame_size()) - moved);
}

/// Pieces of a plane that lie in blocks of a motion.
class MovedPieces {
 public:
  MovedPieces(const FrameLayout& layout, size_t plane, size_t samples)
      : layout_(layout), of_(layout.planes[plane]), plane_(plane), samples_(samples) {
    for (size_t k = 0; k < plane; k++)
      before_ += layout.planes[k].row * layout.planes[k].rows;
  }
  void find(const MotionSearch& search, size_t motion);
  std::span<const FrameRow> all() const { return {all_.data(), count_}; }

 private:
  void add(const MovingBlock& block, size_t y);

  const FrameLayout& layout_;
  const FramePlane& of_;
  size_t plane_;
  size_t samples_;
  size_t before_ = 0;  ///< samples of planes before, in a frame
  std::array<FrameRow, FrameTrainer::kMost / FrameTrainer::kPiece> all_;
  size_t count_ = 0;
};

/// Rows of all blocks, or so many of them that there is room.
void MovedPieces::find(const MotionSearch& search, size_t motion) {
  const size_t height =
      std::max<size_t>(layout_.block_height * of_.rows / layout_.planes[0].rows, 1);
  const auto belongs = [&](const MovingBlock& block) { return block.motion == motion; };
  const auto blocks = static_cast<size_t>(std::ranges::count_if(search.blocks(), belongs));
  const size_t step = blocks * height / (all_.size() / of_.period) + 1;
  size_t number = 0;
  count_ = 0;
  for (const MovingBlock& block : search.blocks())
    for (size_t y = 0; belongs(block) && y < height; y++)
      if (number++ % step == 0) add(block, y);
}

/// Row `y` of a block, unless it is not in the value.
void MovedPieces::add(const MovingBlock& block, size_t y) {
  const FramePlane& first = layout_.planes[0];
  const size_t width = of_.row / of_.period;
  const size_t x = block.x * width / (first.row / first.period);
  FrameRow row;
  row.plane = plane_;
  row.y = std::min(block.y * of_.rows / first.rows + y, of_.rows - 1);
  row.x = std::min(x, width - FrameTrainer::kPiece) * of_.period;
  row.count = FrameTrainer::kPiece * of_.period;
  const size_t place = block.frame * layout_.frame_size() + before_ + row.y * of_.row + row.x;
  if (place < layout_.position || place - layout_.position + row.count > samples_) return;
  row.begin = place - layout_.position;
  all_[count_++] = row;
}

/// For each motion one that is fitted, and the median of differences, which leaves nothing of what
/// merely moved.
using MovedPredictors = std::array<FramePredictor, 2 * MotionSearch::kMost>;
static_assert(std::tuple_size_v<MovedPredictors> <= kMaxFramePredictors);

/// Those for motions of which there are enough blocks in a plane.
size_t fit_moved(const FrameLayout& layout, size_t plane, const FrameBytes& bytes,
                 const MotionSearch& search, FrameTrainer& trainer, MovedPredictors& predictors) {
  const FramePlane& of = layout.planes[plane];
  if (of.is_skewed || of.row < FrameTrainer::kPiece * of.period || of.rows < 3) return 0;
  MovedPieces pieces(layout, plane, bytes.value.size() / layout.width);
  size_t count = 0;
  std::array<size_t, MotionSearch::kMost> offsets{};
  for (size_t k = 0; k < search.motions().size(); k++) {
    const size_t offset = moved_offset(layout, plane, search.motions()[k]);
    // Small motions may be the same in planes with fewer samples.
    if (std::find(offsets.begin(), offsets.end(), offset) != offsets.end()) continue;
    pieces.find(search, k);
    if (pieces.all().size() < kFewPieces) continue;
    const FrameFeatures features = linear_features(layout, plane, offset);
    trainer.gather(layout, plane, of.period, features, bytes, pieces.all());
    offsets[k] = offset;
    trainer.fit_all(features.count, predictors[count++]);
    predictors[count++] = median_predictor(layout, plane, offset);
  }
  return count;
}

}  // namespace

void add_moved(const FrameLayout& layout, const FrameBytes& bytes, MotionRoom& room,
               FramePredictors& predictors) {
  if (!room.search.begin(layout, bytes)) return;
  const auto measure_known = [&](size_t plane, MotionSearch* search) {
    const PlanePredictors& known = predictors.planes[plane];
    room.costs.begin(layout, plane, bytes.value.size() / layout.width);
    room.costs.measure(layout, bytes, std::span(known.all).first(known.count), search);
  };
  measure_known(0, &room.search);
  room.search.find();
  for (size_t plane = 0; plane < layout.plane_count; plane++) {
    MovedPredictors moved;
    const size_t count = fit_moved(layout, plane, bytes, room.search, room.trainer, moved);
    if (count == 0) continue;
    if (plane != 0) measure_known(plane, nullptr);
    room.costs.measure(layout, bytes, std::span(moved).first(count), nullptr);
    PlanePredictors& of_plane = predictors.planes[plane];
    const size_t known = of_plane.count;
    const uint32_t alive = room.costs.choose(known, layout.planes[plane].period);
    if (alive == 0) continue;
    of_plane.count = 0;
    for (size_t k = 0; k < known + count; k++)
      if ((alive >> k & 1) != 0)
        of_plane.all[of_plane.count++] = k < known ? of_plane.all[k] : moved[k - known];
  }
}

}  // namespace sigma
