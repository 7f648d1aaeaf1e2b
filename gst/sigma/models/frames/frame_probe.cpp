/* Rows and frames, by how much samples differ from those some distance before.
 *
 * A picture is smooth: neighbours in a row differ little, and so do those in a column. The distance
 * at which that is so, again, is a row; a frame before, it is so once more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_probe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <span>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {
namespace {

// Distances and lengths are samples.
constexpr size_t kMinRow = 48;
constexpr size_t kMaxRow = 16384;
constexpr size_t kRows = kMaxRow - kMinRow + 1;
/// The longest row is such a part of the samples, so that the search takes time in proportion.
constexpr size_t kRowsPart = 64;
constexpr size_t kMaxPeriod = 4;
/// Without so many bytes nothing is looked for.
constexpr size_t kMinBytes = 128 * 1024;

/// Pieces that are compared with what lies before them.
constexpr size_t kPiece = 64;
constexpr size_t kPieces = 16;
constexpr size_t kLooked = 128;  ///< pieces out of which these are taken
constexpr size_t kFar = 4;       ///< distances at which nothing is alike

/// Stretches of samples whose cost is compared: 16 to 64, one for so many samples.
constexpr size_t kStretch = 256;
constexpr size_t kStretchPart = 16384;
constexpr size_t kCandidates = 4;  ///< rows for which it is

/// Distances at which frames are looked for: rows, and so many samples more, as of a header.
constexpr size_t kMaxHeader = 16;
constexpr size_t kMinRows = 16;    ///< of a frame
constexpr size_t kMaxRows = 6480;  ///< with those of other planes
constexpr size_t kMaxFrames = 4;   ///< that may stand still

/// Roughness of pictures, at most.
constexpr uint64_t kMostRough = 4096 / 3 * 2;
constexpr uint64_t kMostRoughPairs = 4096 / 8;

using Piece = const uint8_t*;
using Pieces = std::array<Piece, kPieces>;

/// Rows of a plane behind the first one, whose samples are nearer to each other.
struct Chroma {
  size_t first;  ///< rows of the first plane: so many
  size_t of;     ///< of so many
  size_t planes;
  size_t divisor;  ///< of the first plane's row
  size_t period;
};
constexpr Chroma kChromas[] = {
    {2, 3, 2, 2, 1},  // I420, YV12
    {2, 3, 1, 1, 2},  // NV12, NV21
    {1, 2, 2, 2, 1},  // Y42B
};

/// The median that the operator has.
int median_of(int left, int above, int corner) {
  const auto [least, most] = std::minmax(left, above);
  return std::clamp(left + above - corner, least, most);
}

/// Pairs of bytes may have a sign, so that 65535 and 0 are neighbours.
template <typename Sample>
SIGMA_KERNEL int wrapped(int difference) {
  return Sample::kWidth == 2 ? static_cast<int16_t>(difference) : difference;
}

/// About the bits that a residual takes.
template <typename Sample>
uint32_t cost_of(int residual) {
  const auto size = static_cast<unsigned>(std::abs(wrapped<Sample>(residual)));
  return 2 * static_cast<uint32_t>(std::bit_width(size)) + 1;
}

template <typename Sample>
SIGMA_KERNEL uint32_t difference_of(Piece a, Piece b) {
  uint32_t sum = 0;
  for (size_t i = 0; i < kPiece; i++) {
    const int first = Sample::load(a + i * Sample::kWidth);
    const int second = Sample::load(b + i * Sample::kWidth);
    sum += static_cast<uint32_t>(std::abs(wrapped<Sample>(first - second)));
  }
  return sum;
}

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

/// What can be told of bytes if they are samples of this kind.
template <typename Sample>
class Probe {
 public:
  explicit Probe(ByteSpan bytes)
      : bytes_(bytes),
        count_(bytes.size() / Sample::kWidth),
        max_row_(std::min(count_ / kRowsPart, kMaxRow)),
        stretches_(std::clamp<size_t>(count_ / kStretchPart, 16, 64)) {
    measure_period();
  }

  /// How much neighbours differ, in 1/4096 of what others do; UINT64_MAX: it can't be told.
  uint64_t roughness() const { return roughness_; }
  FrameFormat find(uint64_t offset) const;

 private:
  void measure_period();
  bool take_pieces(size_t begin, Pieces& pieces) const;
  void compare(const Pieces& pieces, size_t first, size_t count, uint32_t* sums) const;
  uint32_t difference_at(const Pieces& pieces, size_t distance) const;
  uint64_t cost_beside() const;
  uint64_t cost_below(size_t row) const;
  size_t find_row() const;
  size_t find_frame(size_t row) const;
  int64_t saved_by(const Chroma& chroma, uint64_t offset, const FramePlane& plane) const;
  void part_planes(uint64_t offset, FrameFormat& format) const;

  /// The sample `distance` before that one.
  static int sample_before(const uint8_t* at, size_t distance) {
    return Sample::load(at - distance * Sample::kWidth);
  }
  /// What lies before all that is compared.
  size_t before() const { return max_row_ + kMaxPeriod; }
  const uint8_t* at(size_t sample) const { return bytes_.data() + sample * Sample::kWidth; }
  template <typename Use>
  void for_each_sample(Use use) const {
    const size_t step = (count_ - before() - kStretch) / stretches_;
    for (size_t i = 0; i < stretches_; i++)
      for (size_t k = 0; k < kStretch; k++)
        use(at(before() + i * step + k));
  }

  ByteSpan bytes_;
  size_t count_;
  size_t max_row_;
  size_t stretches_;
  size_t period_ = 1;  ///< the distance of neighbours of one kind
  uint64_t roughness_ = UINT64_MAX;
};

template <typename Sample>
void Probe<Sample>::compare(const Pieces& pieces, size_t first, size_t count,
                            uint32_t* sums) const {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return add_differences_avx2<Sample>(pieces, first, count, sums);
#endif
  add_differences<Sample>(pieces, first, count, sums);
}

template <typename Sample>
uint32_t Probe<Sample>::difference_at(const Pieces& pieces, size_t distance) const {
  uint32_t sum;
  compare(pieces, distance, 1, &sum);
  return sum;
}

template <typename Sample>
void Probe<Sample>::measure_period() {
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
bool Probe<Sample>::take_pieces(size_t begin, Pieces& pieces) const {
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
uint64_t Probe<Sample>::cost_beside() const {
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
uint64_t Probe<Sample>::cost_below(size_t row) const {
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

/// The row whose samples are predicted best from the one above; 0 if none helps.
template <typename Sample>
size_t Probe<Sample>::find_row() const {
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
  const bool is_clear = uint64_t{3} * best[0].difference < typical;
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

/// The distance of a frame before, where samples differ little from those; or 0.
template <typename Sample>
size_t Probe<Sample>::find_frame(size_t row) const {
  const size_t longest = std::min(count_ - count_ / 4, kMaxRows * row);
  const size_t shortest = kMinRows * row;
  Pieces pieces;
  if (longest < shortest + kMaxHeader || !take_pieces(longest, pieces)) return 0;
  // Of pictures that move, a frame is further away than a row.
  uint32_t least = 4 * difference_at(pieces, row);
  size_t frame = 0;
  uint64_t total = 0;
  uint64_t compared = 0;
  // In some formats half a row is a row of another plane.
  const size_t step = row % 2 == 0 ? row / 2 : row;
  for (size_t at = shortest; at + kMaxHeader <= longest; at += step) {
    std::array<uint32_t, kMaxHeader> differences;
    compare(pieces, at, kMaxHeader, differences.data());
    const auto* const best = std::min_element(differences.begin(), differences.end());
    total += differences[0];
    compared++;
    if (*best >= least) continue;
    least = *best;
    frame = at + static_cast<size_t>(best - differences.begin());
  }
  // In a single picture, a row less far away is nearer.
  if (frame == 0 || 2 * compared * least >= total || least >= difference_at(pieces, frame - row))
    return 0;
  // Of pictures that stand still, two frames differ as little as one.
  for (size_t count = kMaxFrames; count > 1; count--)
    if (frame % count == 0 && frame / count >= shortest &&
        difference_at(pieces, frame / count) <= least / 8 * 9 + kPieces * kPiece / 8)
      return frame / count;
  return frame;
}

/// How much less samples behind the first plane cost if they are in planes of this kind.
template <typename Sample>
int64_t Probe<Sample>::saved_by(const Chroma& chroma, uint64_t offset,
                                const FramePlane& plane) const {
  const size_t frame = plane.row * plane.rows;
  const size_t first = frame / chroma.of * chroma.first;
  int64_t saved = 0;
  for_each_sample([&](const uint8_t* at) {
    const auto sample = static_cast<uint64_t>(at - bytes_.data()) / Sample::kWidth;
    if ((offset + sample) % frame < first + plane.row) return;
    const auto cost = [&](size_t period, size_t row) {
      return cost_of<Sample>(Sample::load(at) - median_of(sample_before(at, period),
                                                          sample_before(at, row),
                                                          sample_before(at, row + period)));
    };
    saved += int64_t{cost(1, plane.row)} - cost(chroma.period, plane.row / chroma.divisor);
  });
  return saved;
}

/// Parts the plane where colours are behind it, as in usual formats.
template <typename Sample>
void Probe<Sample>::part_planes(uint64_t offset, FrameFormat& format) const {
  const FramePlane all = format.planes[0];
  auto most = static_cast<int64_t>(stretches_ * kStretch / 16);  // bits
  for (const Chroma& chroma : kChromas) {
    if (all.rows % chroma.of != 0 || all.row % (2 * chroma.divisor) != 0) continue;
    const int64_t saved = saved_by(chroma, offset, all);
    if (saved <= most) continue;
    most = saved;
    const size_t rows = all.rows / chroma.of * chroma.first;
    const FramePlane plane = {all.row / chroma.divisor,
                              (all.rows - rows) * chroma.divisor / chroma.planes, chroma.period,
                              false};
    format.planes = {{{all.row, rows, 1, false}, plane, plane}};
    format.plane_count = 1 + chroma.planes;
  }
}

/// `offset`: samples of the stream before these.
template <typename Sample>
FrameFormat Probe<Sample>::find(uint64_t offset) const {
  FrameFormat format;
  const size_t row = find_row();
  if (row == 0) return format;
  format.width = Sample::kWidth;
  format.big_endian = Sample::kBig && Sample::kWidth > 1;
  format.planes[0] = {row, count_ / row, period_, false};
  format.plane_count = 1;
  const size_t frame = find_frame(row);
  if (frame == 0) return format;
  format.planes[0].rows = frame / row;
  if (frame % row != 0)
    format.planes[format.plane_count++] = {frame % row, 1, 1, false};
  else if (period_ == 1)
    part_planes(offset, format);
  return format;
}

/// Whether nearly all bytes are such as texts in English have: pictures have others, too.
bool is_ascii(ByteSpan bytes) {
  const size_t step = (bytes.size() - kPiece) / kLooked;
  size_t count = 0;
  for (size_t i = 0; i < kLooked; i++)
    for (const uint8_t byte : bytes.subspan(i * step, kPiece))
      count += (byte >= ' ' && byte < 127) || byte == '\n';
  return count > kLooked * kPiece / 8 * 7;
}

}  // namespace

FrameFormat find_frames(ByteSpan bytes, uint64_t offset) {
  if (bytes.size() < kMinBytes || is_ascii(bytes)) return {};
  const Probe<StoredInteger<1, false>> single(bytes);
  uint64_t pairs = UINT64_MAX;
  FrameFormat (*find_pairs)(ByteSpan, uint64_t) = nullptr;
  for (const size_t skipped : {0, 1}) {
    const ByteSpan rest = bytes.subspan(skipped);
    const bool is_even = (offset + skipped) % 2 == 0;
    const auto consider = [&]<bool kBig>() {
      using Sample = StoredInteger<2, kBig>;
      const uint64_t roughness = Probe<Sample>(rest).roughness();
      if (roughness >= pairs) return;
      pairs = roughness;
      // Where samples lie follows from the stream's beginning.
      find_pairs = nullptr;
      if (is_even)
        find_pairs = [](ByteSpan from, uint64_t at) {
          return Probe<Sample>(from.subspan(at % 2)).find((at + 1) / 2);
        };
    };
    consider.template operator()<false>();
    consider.template operator()<true>();
  }
  if (single.roughness() <= kMostRough && 2 * single.roughness() <= 3 * pairs)
    return single.find(offset);
  return pairs <= kMostRoughPairs && find_pairs != nullptr ? find_pairs(bytes, offset)
                                                           : FrameFormat{};
}

}  // namespace sigma
