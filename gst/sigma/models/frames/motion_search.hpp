/* How blocks of a picture moved since the frame before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/operators/frames.hpp"

namespace sigma {

/// Where a block was in the frame before: so many pixels to the right and down.
struct Motion {
  int x = 0;
  int y = 0;
};

/// A block of the first plane.
struct MovingBlock {
  static constexpr uint8_t kStill = UINT8_MAX;
  size_t frame = 0;  ///< from that of the value's first sample on
  size_t x = 0;      ///< in pixels
  size_t y = 0;
  size_t begin = 0;         ///< number of its first sample in the value
  uint32_t cost = 0;        ///< with the best of the predictors that there are
  uint8_t motion = kStill;  ///< number of the one that suits it
};

/// Finds the few motions from which most is saved, by some blocks that are predicted badly.
class MotionSearch {
 public:
  static constexpr size_t kMost = 4;
  static constexpr int kAcross = 16;  ///< pixels; cameras turn from side to side
  static constexpr int kDown = 8;

  /// Forgets all. False: this is no picture in which to look for motions.
  bool begin(const FrameLayout& layout, const FrameBytes& bytes);
  /// Takes blocks of a whole row of blocks that begins with `row`, by what they cost.
  void add(const FrameRow& row, std::span<const uint32_t> costs);
  void find();

  std::span<const Motion> motions() const { return {motions_.data(), count_}; }
  std::span<const MovingBlock> blocks() const { return {blocks_.data(), filled_}; }

 private:
  static constexpr size_t kBlocks = 384;
  static constexpr size_t kTried = (2 * kAcross + 1) * (2 * kDown + 1);

  static Motion tried(size_t number);
  bool has_window(size_t begin) const;
  uint32_t difference(const MovingBlock& block, Motion motion) const;
  size_t best_motion() const;
  void take(size_t number);
  void settle();

  FrameLayout layout_;
  FrameBytes bytes_;
  size_t frame_ = 0;
  size_t row_ = 0;
  size_t period_ = 1;
  size_t step_ = 1;  ///< of so many blocks one is taken
  size_t seen_ = 0;
  size_t filled_ = 0;
  size_t count_ = 0;
  std::array<Motion, kMost> motions_;
  std::array<MovingBlock, kBlocks> blocks_;
  std::array<uint32_t, kBlocks> least_;
  std::array<std::array<uint16_t, kTried>, kBlocks> costs_;
};

}  // namespace sigma
