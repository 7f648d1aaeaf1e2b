/* Rows and frames in samples of one kind, by how much they differ from those some distance before.
 *
 * A picture is smooth: neighbours in a row differ little, and so do those in a column. The distance
 * at which that is so, again, is a row; a frame before, it is so once more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {

// Distances and lengths are samples.
using Piece = const uint8_t*;

constexpr size_t kMaxPeriod = 4;
/// The longest row is such a part of the samples, so that the search takes time in proportion.
constexpr size_t kRowsPart = 64;
constexpr size_t kMinRow = 48;
constexpr size_t kMaxRow = 16384;

/// Pieces that are compared with what lies before them.
constexpr size_t kPiece = 64;
constexpr size_t kPieces = 16;
constexpr size_t kLooked = 128;  ///< pieces out of which these are taken
using Pieces = std::array<Piece, kPieces>;

/// Stretches of samples whose cost is compared: 16 to 64, one for so many samples.
constexpr size_t kStretch = 256;
constexpr size_t kStretchPart = 16384;

/// The median that the operator has.
inline int median_of(int left, int above, int corner) {
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

struct FrameChroma;

/// Samples of a pixel, and those of the stream before one begins.
struct FramePixel {
  size_t period = 1;
  size_t phase = 0;
};

/// What can be told of bytes if they are samples of this kind.
template <typename Sample>
class FrameSearch {
 public:
  explicit FrameSearch(ByteSpan bytes)
      : bytes_(bytes),
        count_(bytes.size() / Sample::kWidth),
        max_row_(std::min(count_ / kRowsPart, kMaxRow)),
        stretches_(std::clamp<size_t>(count_ / kStretchPart, 16, 64)) {
    measure_period();
  }

  /// How much neighbours differ, in 1/4096 of what others do; UINT64_MAX: it can't be told.
  uint64_t roughness() const { return roughness_; }
  /// A format in which these are frames, of no planes if they are none. `offset`: samples of the
  /// stream before them, of which the first frame begins behind `shift`.
  FrameFormat find(uint64_t offset, size_t& shift) const;

 private:
  void measure_period();
  bool take_pieces(size_t begin, Pieces& pieces) const;
  void compare(const Pieces& pieces, size_t first, size_t count, uint32_t* sums) const;
  uint32_t difference_at(const Pieces& pieces, size_t distance) const;
  uint64_t cost_beside() const;
  uint64_t cost_below(size_t row) const;
  size_t find_row() const;
  uint64_t cost_of_pixels(size_t row, size_t period, uint64_t offset) const;
  FramePixel find_pixel(size_t row, uint64_t offset) const;
  size_t find_frame(size_t row) const;
  int64_t saved_by(const FrameChroma& chroma, uint64_t offset, const FramePlane& plane) const;
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

}  // namespace sigma
