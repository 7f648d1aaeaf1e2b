/* Predictors from where blocks were in the frame before, for those that moved.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/frames/frame_costs.hpp"
#include "gst/sigma/models/frames/frame_trainer.hpp"
#include "gst/sigma/models/frames/motion_search.hpp"

namespace sigma {

/// What some blocks of a plane cost with more candidates than blocks can choose among.
class CandidateCosts {
 public:
  static constexpr size_t kMost = kMaxFramePredictors + 2 * MotionSearch::kMost;

  /// Chooses some rows of blocks of a plane.
  void begin(const FrameLayout& layout, size_t plane, size_t samples);
  /// Measures more candidates. What blocks cost at least is told to `search`, if there is one.
  void measure(const FrameLayout& layout, const FrameBytes& bytes,
               std::span<const FramePredictor> candidates, MotionSearch* search);
  /// Which candidates blocks can choose among, as bits: without those that are needed least. 0 if
  /// these save too little on the first `known` ones.
  uint32_t choose(size_t known, size_t period) const;

 private:
  static constexpr size_t kBlocks = 2048;
  static constexpr size_t kRoom = kBlocks + kMaxBlocksInRow;

  void keep_row(size_t count, size_t blocks, size_t& filled);
  uint64_t total(uint32_t alive, std::array<uint64_t, kMost>& losses) const;

  size_t plane_ = 0;
  size_t step_ = 1;    ///< of so many rows of blocks one is looked at
  size_t count_ = 0;   ///< of candidates
  size_t filled_ = 0;  ///< blocks
  BlockCosts row_;
  std::array<ReadyPredictor, kMaxFramePredictors> ready_;
  std::array<std::array<uint16_t, kRoom>, kMost> costs_;
};

/// What the search for motions works with.
struct MotionRoom {
  MotionSearch search;
  CandidateCosts costs;
  FrameTrainer trainer;
};

/// Puts predictors that follow motions in the place of those that fewest blocks take, where this
/// makes differences less.
void add_moved(const FrameLayout& layout, const FrameBytes& bytes, MotionRoom& room,
               FramePredictors& predictors);

}  // namespace sigma
