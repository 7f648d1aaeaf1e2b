/* How smooth samples are, and the row at which they are so again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <numeric>
#include <span>

#include "gst/sigma/models/frames/frame_search.hpp"

namespace sigma {
namespace {

constexpr size_t kRows = kMaxRow - kMinRow + 1;
constexpr size_t kFar = 4;         ///< distances at which nothing is alike
constexpr size_t kCandidates = 4;  ///< rows whose cost is compared

/// Differences of all pieces from what lies `first` samples before them, and one, two … more.
template <typename Sample>
SIGMA_KERNEL void add_differences(const Pieces& pieces, size_t first, size_t count,
                                  uint32_t* sums) {
  for (size_t i = 0; i < count; i++) {
    uint32_t sum = 0;
    for (const Piece piece : pieces)
      sum += difference_of<Sample>(piece, piece - (first + i) * Sample::kWidth);
    sums[i] = sum;
  }
}

#if defined(SIGMA_AVX2)
template <typename Sample>
SIGMA_AVX2 void add_differences_avx2(const Pieces& pieces, size_t first, size_t count,
                                     uint32_t* sums) {
  add_differences<Sample>(pieces, first, count, sums);
}
#endif

struct FoundRow {
  uint32_t difference = UINT32_MAX;
  size_t row = 0;
};

/// Rows at which differences are least, among those nearby: the least first.
std::array<FoundRow, kCandidates> least_of(std::span<const uint32_t> differences, size_t period) {
  constexpr size_t kNear = 8;
  std::array<FoundRow, kCandidates> best;
  for (size_t i = kNear; i + kNear < differences.size(); i++) {
    if ((i + kMinRow) % period != 0 || differences[i] >= best.back().difference) continue;
    const uint32_t* const first = &differences[i - kNear];
    if (*std::min_element(first, first + 2 * kNear + 1) < differences[i]) continue;
    best.back() = {differences[i], i + kMinRow};
    for (size_t k = best.size() - 1; k > 0 && best[k].difference < best[k - 1].difference; k--)
      std::swap(best[k], best[k - 1]);
  }
  return best;
}

}  // namespace

template <typename Sample>
void FrameSearch<Sample>::compare(const Pieces& pieces, size_t first, size_t count,
                                  uint32_t* sums) const {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return add_differences_avx2<Sample>(pieces, first, count, sums);
#endif
  add_differences<Sample>(pieces, first, count, sums);
}

template <typename Sample>
uint32_t FrameSearch<Sample>::difference_at(const Pieces& pieces, size_t distance) const {
  uint32_t sum;
  compare(pieces, distance, 1, &sum);
  return sum;
}

template <typename Sample>
void FrameSearch<Sample>::measure_period() {
  const size_t step = (count_ - max_row_ - kPiece) / kLooked;
  std::array<uint64_t, kMaxPeriod + 1> near{};
  uint64_t far = 0;
  const auto difference = [](Piece piece, size_t distance) {
    return difference_of<Sample>(piece, piece - distance * Sample::kWidth);
  };
  for (size_t i = 0; i < kLooked; i++) {
    const Piece piece = at(max_row_ + i * step);
    for (size_t period = 1; period <= kMaxPeriod; period++)
      near[period] += difference(piece, period);
    // At odd distances, of which not all can be rows.
    for (size_t part = 1; part <= kFar; part++)
      far += difference(piece, max_row_ * part / kFar - 2 * part - 1);
  }
  for (size_t period = 2; period <= kMaxPeriod; period++)
    if (near[period] * 8 < near[period_] * 7) period_ = period;
  if (far > kFar * kLooked * kPiece) roughness_ = near[period_] * kFar * 4096 / far;
}

/// Pieces behind `begin` with edges, but not the busiest ones: nothing can be told in an even
/// surface, nor where all is new. False if there are too few.
template <typename Sample>
bool FrameSearch<Sample>::take_pieces(size_t begin, Pieces& pieces) const {
  struct Looked {
    uint32_t activity;
    Piece piece;
  };
  std::array<Looked, kLooked> all;
  const size_t step = (count_ - begin - kPiece) / kLooked;
  for (size_t i = 0; i < kLooked; i++) {
    const Piece piece = at(begin + i * step);
    all[i] = {difference_of<Sample>(piece, piece - period_ * Sample::kWidth), piece};
  }
  std::sort(all.begin(), all.end(), [](const Looked& a, const Looked& b) {
    return a.activity != b.activity ? a.activity < b.activity : a.piece < b.piece;
  });
  const auto* const live =
      std::find_if(all.begin(), all.end(), [](const Looked& one) { return one.activity != 0; });
  const auto count = static_cast<size_t>(all.end() - live);
  if (count < 2 * kPieces) return false;
  for (size_t i = 0; i < kPieces; i++)
    pieces[i] = live[count * (i + kPieces / 2) / (2 * kPieces)].piece;
  return true;
}

/// Cost of stretches if each sample is predicted from the one beside it, or from the line through
/// two.
template <typename Sample>
uint64_t FrameSearch<Sample>::cost_beside() const {
  uint64_t by_one = 0;
  uint64_t by_two = 0;
  for_each_sample([&](const uint8_t* at) {
    const int left = sample_before(at, period_);
    by_one += cost_of<Sample>(Sample::load(at) - left);
    by_two += cost_of<Sample>(Sample::load(at) - 2 * left + sample_before(at, 2 * period_));
  });
  return std::min(by_one, by_two);
}

/// The same if each is also predicted from the row above: by the median or, as suits noise, by the
/// mean.
template <typename Sample>
uint64_t FrameSearch<Sample>::cost_below(size_t row) const {
  uint64_t by_median = 0;
  uint64_t by_mean = 0;
  for_each_sample([&](const uint8_t* at) {
    const int left = sample_before(at, period_);
    const int above = sample_before(at, row);
    by_median += cost_of<Sample>(Sample::load(at) -
                                 median_of(left, above, sample_before(at, row + period_)));
    by_mean += cost_of<Sample>(Sample::load(at) - (left + above) / 2);
  });
  return std::min(by_median, by_mean);
}

/// The row whose samples are predicted best from the one above; 0 if none helps.
template <typename Sample>
size_t FrameSearch<Sample>::find_row() const {
  Pieces pieces;
  if (!take_pieces(before(), pieces)) return 0;
  std::array<uint32_t, kRows> room;
  const std::span<uint32_t> differences = std::span(room).first(max_row_ - kMinRow + 1);
  compare(pieces, kMinRow, differences.size(), differences.data());
  const auto best = least_of(differences, period_);
  const uint64_t typical =
      std::accumulate(differences.begin(), differences.end(), uint64_t{0}) / differences.size();
  uint64_t least = cost_beside();
  // Where rows are that much alike, what a few stretches gain is no matter.
  const bool is_clear = uint64_t{5} * best[0].difference < 2 * typical;
  least = is_clear ? least + least / 16 : least - least / 40;
  size_t row = 0;
  for (const FoundRow& one : best) {
    if (one.row == 0) continue;
    const uint64_t cost = cost_below(one.row);
    if (cost >= least) continue;
    least = cost;
    row = one.row;
  }
  if (row == 0) return 0;
  // Two rows may do as well as one.
  for (const FoundRow& one : best)
    if (one.row != 0 && one.row < row && row % one.row == 0 &&
        cost_below(one.row) < least + least / 64)
      row = one.row;
  // Where pictures move, what lies aside may differ less; two and three rows above tell better.
  const auto difference_of_rows = [&](size_t one) {
    uint64_t sum = 0;
    for (size_t count = 1; count <= 3 && count * one <= max_row_; count++)
      sum += differences[count * one - kMinRow];
    return sum;
  };
  const size_t found = row;
  for (size_t other = std::max(found - 2 * period_, kMinRow);
       other <= std::min(found + 2 * period_, max_row_); other += period_)
    if (difference_of_rows(other) < difference_of_rows(row) / 64 * 63 &&
        cost_below(other) < least + least / 64)
      row = other;
  return row;
}

template class FrameSearch<StoredInteger<1, false>>;
template class FrameSearch<StoredInteger<2, false>>;
template class FrameSearch<StoredInteger<2, true>>;

}  // namespace sigma
