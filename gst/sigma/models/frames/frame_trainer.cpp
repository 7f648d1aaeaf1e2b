/* Linear predictors that fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_trainer.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "gst/sigma/base/cpu.hpp"
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

/// Where the product of two values is, the second one not behind the first.
constexpr size_t product_of(size_t first, size_t second) {
  return first * (first + 1) / 2 + second;
}

}  // namespace

/// What is done to all samples of a column at once.
struct TrainerKernels {
  using Column = FrameTrainer::Column;
  using Products = FrameTrainer::Products;
  static constexpr size_t kPiece = FrameTrainer::kPiece;

  /// Scaled values are less than 2^11, so that their products add up to less than 2^26.
  SIGMA_KERNEL static void multiply(const Column& column, size_t count, int32_t scale,
                                    Products& products) {
    int16_t scaled[FrameTrainer::kValues][kPiece];
    for (size_t k = 0; k < count; k++)
      for (size_t i = 0; i < kPiece; i++)
        scaled[k][i] =
            static_cast<int16_t>(std::clamp<int32_t>(column[k][i] * scale / 256, -2047, 2047));
    for (size_t k = 0; k < count; k++)
      for (size_t other = 0; other <= k; other++) {
        int32_t sum = 0;
        for (size_t i = 0; i < kPiece; i++)
          sum += int32_t{scaled[k][i]} * int32_t{scaled[other][i]};
        products[product_of(k, other)] = sum;
      }
  }

  /// What a predictor leaves of the targets, which are behind `count` features.
  SIGMA_KERNEL static uint64_t find_error(const Column& column, size_t count,
                                          const int32_t* weights) {
    int64_t sums[kPiece] = {};
    for (size_t k = 0; k < count; k++)
      for (size_t i = 0; i < kPiece; i++)
        sums[i] += int64_t{weights[k]} * column[k][i];
    uint64_t error = 0;
    for (size_t i = 0; i < kPiece; i++)
      error += static_cast<uint64_t>(std::abs(column[count][i] - (sums[i] >> kSolverBits)));
    return error;
  }
#if defined(SIGMA_AVX2)
  SIGMA_AVX2 static void multiply_avx2(const Column& column, size_t count, int32_t scale,
                                       Products& products) {
    multiply(column, count, scale, products);
  }
  SIGMA_AVX2 static uint64_t find_error_avx2(const Column& column, size_t count,
                                             const int32_t* weights) {
    return find_error(column, count, weights);
  }
#endif
};

template <typename At>
void FrameTrainer::gather_piece(const FrameRow& row, size_t x, bool is_skewed, At at) {
  const size_t length = kPiece * period_;
  const size_t target = features_.count;
  Column* const columns = columns_.data() + pieces_ * period_;
  int64_t busy = 0;
  for (size_t i = 0; i < length; i++) {
    const size_t place = row.begin + x + i;
    Column& column = columns[(row.x + x + i + (is_skewed ? row.y : 0)) % period_];
    const size_t number = i / period_;
    for (size_t k = 0; k < target; k++)
      column[k][number] = at(place, features_.all[k].first) - at(place, features_.all[k].second);
    column[target][number] = at(place, 0) - at(place, left_);
    busy += std::abs(column[target][number]);
  }
  const auto scale = static_cast<int32_t>((64 << 8) / (busy / static_cast<int64_t>(length) + 2));
  for (size_t kind = 0; kind < period_; kind++) {
    Products& products = products_[pieces_ * period_ + kind];
#if defined(SIGMA_AVX2)
    if (kHasAvx2)
      TrainerKernels::multiply_avx2(columns[kind], target + 1, scale, products);
    else
#endif
      TrainerKernels::multiply(columns[kind], target + 1, scale, products);
  }
  scales_[pieces_++] = scale;
}

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
      gather_piece(row, x, of.is_skewed, at);
    }
    passed += row.count;
  }
}

void FrameTrainer::gather(const FrameLayout& layout, size_t plane, size_t left,
                          const FrameFeatures& features, const FrameBytes& bytes,
                          std::span<const FrameRow> places) {
  const FramePlane& of = layout.planes[plane];
  period_ = of.period;
  left_ = left;
  features_ = features;
  pieces_ = 0;
  const AnySample at = {bytes, layout.width, layout.big_endian};
  for (const FrameRow& place : places.first(std::min(places.size(), kMaxColumns / period_)))
    gather_piece(place, 0, of.is_skewed, at);
}

template <typename Belongs>
void FrameTrainer::fit(size_t count, Belongs belongs, Weights& weights) {
  const size_t used = product_of(features_.count + 1, 0);
  const auto number_of = [&](size_t i) { return i < count ? i : features_.count; };
  for (size_t kind = 0; kind < period_; kind++) {
    std::array<int64_t, std::tuple_size_v<Products>> sums{};
    size_t samples = 0;
    for (size_t piece = 0; piece < pieces_; piece++) {
      if (!belongs(piece)) continue;
      const Products& products = products_[piece * period_ + kind];
      for (size_t i = 0; i < used; i++)
        sums[i] += products[i];
      samples += kPiece;
    }
    // With too few samples the weights that are there are better.
    if (samples < 4 * count) continue;
    Equations equations;
    for (size_t i = 0; i <= count; i++)
      for (size_t k = 0; k <= i; k++)
        equations.sums[i][k] = sums[product_of(number_of(i), number_of(k))];
    weights[kind].fill(0);
    equations.solve(count, weights[kind].data());
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
  uint64_t error = 0;
  for (size_t kind = 0; kind < period_; kind++) {
    const Column& column = columns_[piece * period_ + kind];
    const int32_t* const of_kind = weights[kind].data();
#if defined(SIGMA_AVX2)
    if (kHasAvx2)
      error += TrainerKernels::find_error_avx2(column, features_.count, of_kind);
    else
#endif
      error += TrainerKernels::find_error(column, features_.count, of_kind);
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
