/* Linear predictors that fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_trainer.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {
namespace {

constexpr unsigned kWeightBits = 8;
constexpr unsigned kSolverBits = 16;
constexpr int32_t kMostWeight = 8 << kSolverBits;

/// Sums of products of features and target, and what solves them.
struct Equations {
  static constexpr size_t kSize = kMaxFrameFeatures + 1;
  int64_t sums[kSize][kSize] = {};
  size_t samples = 0;

  void add(const int32_t* values, size_t count) {
    for (size_t i = 0; i <= count; i++)
      for (size_t k = 0; k <= i; k++)
        sums[i][k] += int64_t{values[i]} * values[k];
    samples++;
  }

  /// Makes all sums less than 2^30, and none of the features useless.
  void prepare(size_t count) {
    int64_t most = 1;
    for (size_t i = 0; i <= count; i++)
      most = std::max(most, sums[i][i]);
    const auto bits = static_cast<unsigned>(std::bit_width(static_cast<uint64_t>(most)));
    for (size_t i = 0; i <= count; i++)
      for (size_t k = 0; k <= i; k++) {
        int64_t& sum = sums[i][k];
        sum = bits > 30 ? sum / (int64_t{1} << (bits - 30)) : sum * (int64_t{1} << (30 - bits));
        sums[k][i] = sum;
      }
    for (size_t i = 0; i < count; i++)
      sums[i][i] += (int64_t{1} << 12) + sums[i][i] / 4096;
  }

  /// Weights of `count` features, in 1 / 2^kSolverBits. What is in sums is less than 2^30, and so
  /// is, by the inequality of Cauchy and Schwarz, the product of a factor and a row.
  void solve(size_t count, int32_t* weights) {
    constexpr unsigned kFactorBits = 24;
    prepare(count);
    for (size_t i = 0; i < count; i++) {
      const int64_t pivot = std::max<int64_t>(sums[i][i], 256);
      for (size_t k = i + 1; k < count; k++) {
        const int64_t factor = sums[k][i] * (int64_t{1} << kFactorBits) / pivot;
        for (size_t j = i; j <= count; j++)
          sums[k][j] -= factor * sums[i][j] / (int64_t{1} << kFactorBits);
      }
    }
    for (size_t i = count; i-- > 0;) {
      int64_t rest = sums[i][count] * (int64_t{1} << kSolverBits);
      for (size_t k = i + 1; k < count; k++)
        rest -= sums[i][k] * weights[k];
      const int64_t pivot = std::max<int64_t>(sums[i][i], 256);
      weights[i] = static_cast<int32_t>(
          std::clamp<int64_t>(rest / pivot, -int64_t{kMostWeight}, kMostWeight));
    }
  }
};

/// A sample of the value or its reference, 0 before.
struct AnySample {
  int32_t operator()(size_t i, size_t offset) const {
    const uint8_t* at = bytes.value.data() + i * width;
    if (i >= offset) {
      at -= offset * width;
    } else {
      const size_t back = offset - i;
      if (back > bytes.reference.size() / width) return 0;
      at = bytes.reference.data() + bytes.reference.size() - back * width;
    }
    if (width == 1) return *at;
    return big_endian ? StoredInteger<2, true>::load(at) : StoredInteger<2, false>::load(at);
  }
  const FrameBytes& bytes;
  unsigned width;
  bool big_endian;
};

}  // namespace

void FrameTrainer::gather(const FrameLayout& layout, size_t plane, size_t left,
                          const FrameFeatures& features, const FrameBytes& bytes, size_t before,
                          size_t most) {
  const FramePlane& of = layout.planes[plane];
  period_ = of.period;
  left_ = left;
  features_ = features;
  pieces_ = 0;
  const size_t samples = bytes.value.size() / layout.width;
  const size_t known = bytes.reference.size() / layout.width;
  const size_t least = before > known ? before - known : 0;
  const auto belongs = [&](const FrameRow& row) {
    return row.plane == plane && row.begin >= least;
  };
  size_t total = 0;
  FrameRow row;
  for (FrameRows rows(layout, samples); rows.next(row);)
    if (belongs(row)) total += row.count;
  const size_t length = kPiece * period_;
  const size_t pieces = std::min(most, kMost) / length;
  const size_t step = total / (pieces + 1) + 1;
  const AnySample at = {bytes, layout.width, layout.big_endian};
  size_t passed = 0;
  size_t next = step / 2;
  for (FrameRows rows(layout, samples); rows.next(row) && pieces_ < pieces;) {
    if (!belongs(row)) continue;
    for (; next < passed + row.count && pieces_ < pieces; next += step) {
      size_t x = next - passed;
      if (x + length > row.count) x = row.count >= length ? row.count - length : 0;
      if (x + length > row.count) continue;
      int64_t busy = 0;
      for (size_t i = 0; i < length; i++) {
        const size_t place = row.begin + x + i;
        Values& values = values_[pieces_ * length + i];
        const int32_t base = at(place, left);
        for (size_t k = 0; k < features.count; k++)
          values[k] = at(place, features.all[k].first) - at(place, features.all[k].second);
        values[features.count] = at(place, 0) - base;
        busy += std::abs(values[features.count]);
        kinds_[pieces_ * length + i] =
            static_cast<uint8_t>((row.x + x + i + (of.is_skewed ? row.y : 0)) % period_);
      }
      scales_[pieces_++] =
          static_cast<int32_t>((64 << 8) / (busy / static_cast<int64_t>(length) + 2));
    }
    passed += row.count;
  }
}

template <typename Belongs>
void FrameTrainer::fit(size_t count, Belongs belongs, Weights& weights) {
  std::array<Equations, kMaxFramePeriod> equations;
  const size_t length = kPiece * period_;
  for (size_t piece = 0; piece < pieces_; piece++) {
    if (!belongs(piece)) continue;
    for (size_t i = piece * length; i < (piece + 1) * length; i++) {
      int32_t scaled[kMaxFrameFeatures + 1];
      const auto scale = [&](int32_t value) {
        return static_cast<int32_t>(
            std::clamp<int64_t>(int64_t{value} * scales_[piece] / 256, -2047, 2047));
      };
      for (size_t k = 0; k < count; k++)
        scaled[k] = scale(values_[i][k]);
      scaled[count] = scale(values_[i][features_.count]);
      equations[kinds_[i]].add(scaled, count);
    }
  }
  // With too few samples the weights that are there are better.
  for (size_t kind = 0; kind < period_; kind++) {
    if (equations[kind].samples < 4 * count) continue;
    weights[kind].fill(0);
    equations[kind].solve(count, weights[kind].data());
  }
}

void FrameTrainer::make_predictor(size_t count, const Weights& weights,
                                  FramePredictor& predictor) const {
  predictor = {};
  predictor.shift = kWeightBits;
  const auto add = [&](size_t offset, size_t kind, int32_t weight) {
    size_t k = 0;
    while (k < predictor.tap_count && predictor.taps[k].offset != offset)
      k++;
    if (k == predictor.tap_count)
      predictor.taps[predictor.tap_count++].offset = static_cast<uint32_t>(offset);
    int16_t& factor = predictor.taps[k].factors[kind];
    factor = static_cast<int16_t>(factor + weight);
  };
  for (size_t kind = 0; kind < period_; kind++) {
    add(left_, kind, 1 << kWeightBits);
    for (size_t k = 0; k < count; k++) {
      constexpr int32_t kUnit = 1 << (kSolverBits - kWeightBits);
      const int32_t weight = (weights[kind][k] + kUnit / 2) >> (kSolverBits - kWeightBits);
      add(features_.all[k].first, kind, weight);
      add(features_.all[k].second, kind, -weight);
    }
  }
}

uint64_t FrameTrainer::error_of(size_t piece, const Weights& weights) const {
  const size_t length = kPiece * period_;
  uint64_t error = 0;
  for (size_t i = piece * length; i < (piece + 1) * length; i++) {
    const Values& values = values_[i];
    const auto& of_kind = weights[kinds_[i]];
    int64_t sum = 0;
    for (size_t k = 0; k < features_.count; k++)
      sum += int64_t{of_kind[k]} * values[k];
    error += static_cast<uint64_t>(std::abs(values[features_.count] - (sum >> kSolverBits)));
  }
  return error;
}

void FrameTrainer::fit_all(size_t count, FramePredictor& predictor) {
  Weights weights{};
  fit(
      count, [](size_t) { return true; }, weights);
  make_predictor(count, weights, predictor);
}

void FrameTrainer::fit_groups(std::span<FramePredictor> predictors, unsigned rounds) {
  constexpr size_t kMostGroups = 4;
  std::array<Weights, kMostGroups> weights{};
  std::array<uint8_t, kMost / kPiece> group{};
  const size_t groups = std::min(predictors.size(), kMostGroups);
  // At first by how busy pieces are.
  std::array<int32_t, kMost / kPiece> sorted = scales_;
  std::sort(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(pieces_));
  for (size_t piece = 0; piece < pieces_; piece++)
    for (size_t k = 1; k < groups; k++)
      if (scales_[piece] >= sorted[k * pieces_ / groups]) group[piece] = static_cast<uint8_t>(k);
  for (unsigned round = 0; round <= rounds; round++) {
    for (size_t k = 0; k < groups; k++)
      fit(
          features_.count, [&](size_t piece) { return group[piece] == k; }, weights[k]);
    if (round == rounds) break;
    for (size_t piece = 0; piece < pieces_; piece++) {
      uint64_t least = UINT64_MAX;
      for (size_t k = 0; k < groups; k++) {
        const uint64_t error = error_of(piece, weights[k]);
        if (error >= least) continue;
        least = error;
        group[piece] = static_cast<uint8_t>(k);
      }
    }
  }
  for (size_t k = 0; k < groups; k++)
    make_predictor(features_.count, weights[k], predictors[k]);
}

}  // namespace sigma
