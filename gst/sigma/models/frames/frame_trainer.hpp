/* Linear predictors of a plane that fit samples of it, in whole numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/operators/frames.hpp"

namespace sigma {

/// The sample `first` before, less the one `second` before.
struct FrameFeature {
  uint32_t first = 0;
  uint32_t second = 0;
};

constexpr size_t kMaxFrameFeatures = 14;

struct FrameFeatures {
  size_t count = 0;
  std::array<FrameFeature, kMaxFrameFeatures> all;
  void add(size_t first, size_t second) {
    if (count < all.size())
      all[count++] = {static_cast<uint32_t>(first), static_cast<uint32_t>(second)};
  }
};

/// Learns from pieces of a plane. Weights are those of least squares, by kind.
class FrameTrainer {
 public:
  static constexpr size_t kMost = 2304;  ///< samples
  static constexpr size_t kPiece = 16;   ///< samples of one kind

  /// Looks at pieces all over the plane's samples of the value, at most `most` samples, that have
  /// at least `before` samples before them. `left`: offset of the sample that features are added
  /// to.
  void gather(const FrameLayout& layout, size_t plane, size_t left, const FrameFeatures& features,
              const FrameBytes& bytes, size_t before, size_t most);

  /// Looks at pieces that lie at some places, at most kMost samples.
  void gather(const FrameLayout& layout, size_t plane, size_t left, const FrameFeatures& features,
              const FrameBytes& bytes, std::span<const FrameRow> places);

  /// Fits a predictor to all pieces, by the first `count` features.
  void fit_all(size_t count, FramePredictor& predictor);
  /// Fits each of some predictors to the pieces that it suits best, again and again.
  void fit_groups(std::span<FramePredictor> predictors, unsigned rounds);

 private:
  static constexpr size_t kMaxColumns = kMost / kPiece;
  static constexpr size_t kValues = kMaxFrameFeatures + 1;  ///< features, then the target
  /// Samples of one kind in a piece.
  using Column = std::array<std::array<int32_t, kPiece>, kValues>;
  /// Sums of products of two values of a column that were scaled, the second one not behind the
  /// first.
  using Products = std::array<int32_t, kValues*(kValues + 1) / 2>;
  using Weights = std::array<std::array<int32_t, kMaxFrameFeatures>, kMaxFramePeriod>;

  template <typename At>
  void gather_piece(const FrameRow& row, size_t x, bool is_skewed, At at);
  template <typename Belongs>
  void fit(size_t count, Belongs belongs, Weights& weights);
  uint64_t error_of(size_t piece, const Weights& weights) const;
  void make_predictor(size_t count, const Weights& weights, FramePredictor& predictor) const;

  size_t period_ = 1;
  size_t left_ = 1;
  size_t pieces_ = 0;
  FrameFeatures features_;
  std::array<Column, kMaxColumns> columns_;  ///< of each piece, by kind
  std::array<Products, kMaxColumns> products_;
  std::array<int32_t, kMaxColumns> scales_;  ///< by piece: busy ones count no more than others
  friend struct TrainerKernels;
};

}  // namespace sigma
