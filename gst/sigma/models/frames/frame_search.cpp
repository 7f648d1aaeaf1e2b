/* The frame at which samples are alike again, and its planes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_search.hpp"

#include "gst/sigma/operators/frames.hpp"

namespace sigma {

/// Rows of a plane behind the first one, whose samples are nearer to each other.
struct FrameChroma {
  size_t first;  ///< rows of the first plane: so many
  size_t of;     ///< of so many
  size_t planes;
  size_t divisor;  ///< of the first plane's row
  size_t period;
};

namespace {

/// Distances at which frames are looked for: rows, and so many samples more, as of a header.
constexpr size_t kMaxHeader = 16;
constexpr size_t kMinRows = 16;    ///< of a frame
constexpr size_t kMaxRows = 6480;  ///< with those of other planes
constexpr size_t kMaxFrames = 4;   ///< that may stand still

constexpr FrameChroma kChromas[] = {
    {2, 3, 2, 2, 1},  // I420, YV12
    {2, 3, 1, 1, 2},  // NV12, NV21
    {1, 2, 2, 2, 1},  // Y42B
};

}  // namespace

/// The distance of a frame before, where samples differ little from those; or 0.
template <typename Sample>
size_t FrameSearch<Sample>::find_frame(size_t row) const {
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
  // Behind headers, chance has many places: there, frames before that one have to be near, too.
  for (size_t count = 2; frame % row != 0 && count <= kMaxFrames && count * frame + row <= longest;
       count++) {
    const uint32_t difference = difference_at(pieces, count * frame);
    if (difference >= difference_at(pieces, count * frame - row) ||
        difference >= difference_at(pieces, count * frame + row))
      return 0;
  }
  // Of pictures that stand still, two frames differ as little as one.
  for (size_t count = kMaxFrames; count > 1; count--)
    if (frame % count == 0 && frame / count >= shortest &&
        difference_at(pieces, frame / count) <= least / 8 * 9 + kPieces * kPiece / 8)
      return frame / count;
  return frame;
}

/// How much less samples behind the first plane cost if they are in planes of this kind.
template <typename Sample>
int64_t FrameSearch<Sample>::saved_by(const FrameChroma& chroma, uint64_t offset,
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
void FrameSearch<Sample>::part_planes(uint64_t offset, FrameFormat& format) const {
  const FramePlane all = format.planes[0];
  auto most = static_cast<int64_t>(stretches_ * kStretch / 16);  // bits
  for (const FrameChroma& chroma : kChromas) {
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

template <typename Sample>
FrameFormat FrameSearch<Sample>::find(uint64_t offset, size_t& shift) const {
  FrameFormat format;
  const size_t row = find_row();
  if (row == 0) return format;
  const FramePixel pixel = find_pixel(row, offset);
  shift = pixel.phase;
  format.width = Sample::kWidth;
  format.big_endian = Sample::kBig && Sample::kWidth > 1;
  // Without frames there is none before.
  format.planes[0] = {row, std::min(kMaxFrameSize / row, kMaxFrameRow), pixel.period, false};
  format.plane_count = 1;
  const size_t frame = find_frame(row);
  if (frame == 0) return format;
  format.planes[0].rows = frame / row;
  if (frame % row != 0)
    format.planes[format.plane_count++] = {frame % row, 1, 1, false};
  else if (pixel.period == 1)
    part_planes(offset, format);
  return format;
}

template class FrameSearch<StoredInteger<1, false>>;
template class FrameSearch<StoredInteger<2, false>>;
template class FrameSearch<StoredInteger<2, true>>;

}  // namespace sigma
