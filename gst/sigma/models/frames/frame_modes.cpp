/* Candidates for the predictors of a plane, and the one that each block takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_modes.hpp"

#include <algorithm>
#include <span>

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

void add_before(const FrameLayout& layout, size_t plane, size_t before, FrameFeatures& features) {
  const PlaneOffsets at(layout, plane);
  for (const size_t offset :
       {before, before + at.left, before - at.left, before + at.above, before - at.above})
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

FrameFeatures linear_features(const FrameLayout& layout, size_t plane, size_t before) {
  FrameFeatures features;
  add_neighbours(layout, plane, features);
  if (before != 0) add_before(layout, plane, before, features);
  return features;
}

FramePredictor median_predictor(const FrameLayout& layout, size_t plane, size_t before) {
  FramePredictor median = median_of(PlaneOffsets(layout, plane));
  median.references.fill(before);
  return median;
}

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
    add(single_tap(at.before));
    add(median_predictor(layout, plane, at.before));
  }
  // Taps of these must not be of the same sample or later.
  if (of.row < 4 * of.period || of.rows < 3) return;
  const size_t around = linear_features(layout, plane, 0).count;
  const FrameFeatures features = linear_features(layout, plane, has_before ? at.before : 0);
  trainer.gather(layout, plane, at.left, features, bytes, has_before ? at.before : 0,
                 effort.samples);
  trainer.fit_all(around, predictors.all[predictors.count++]);
  const size_t groups = std::min(effort.groups, kMaxFramePredictors - predictors.count);
  trainer.fit_groups({predictors.all.data() + predictors.count, groups}, effort.rounds);
  predictors.count += groups;
}

namespace {

/// Whether blocks choose by a row.
bool looks_at(const FrameEffort& effort, size_t y) {
  if (effort.every_row) return true;
  return effort.has_twins ? y % 4 == 1 || y % 4 == 2 : y % 2 == 1;
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
    if (!looks_at(effort, row.y) && layout.planes[row.plane].rows > 1) continue;
    add_costs(layout, bytes, row,
              std::span(choice.ready.planes[row.plane]).first(predictors.planes[row.plane].count),
              choice.costs);
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
