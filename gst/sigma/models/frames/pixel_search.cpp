/* Pixels of several samples: how many, and with which one they begin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_search.hpp"

namespace sigma {

/// Cost of stretches if each sample is predicted by the median, and colours of a pixel as their
/// differences to the one before. `offset`: samples before these since a pixel began.
template <typename Sample>
uint64_t FrameSearch<Sample>::cost_of_pixels(size_t row, size_t period, uint64_t offset) const {
  uint64_t cost = 0;
  for_each_sample([&](const uint8_t* at) {
    const auto sample = static_cast<uint64_t>(at - bytes_.data()) / Sample::kWidth;
    const size_t kind = static_cast<size_t>((offset + sample) % period);
    const bool is_joined = period > 2 && (kind == 1 || kind == 2);
    const auto value = [&](size_t distance) {
      const int own = sample_before(at, distance);
      return is_joined ? own - sample_before(at, distance + 1) : own;
    };
    cost += cost_of<Sample>(value(0) - median_of(value(period), value(row), value(row + period)));
  });
  return cost;
}

/// Where samples next to each other are alike, they may be of pixels all the same: grey pictures in
/// colours are as smooth from one colour to the next as from pixel to pixel. Of pixels that a row
/// has whole, those are taken whose samples cost least, if that is clear.
template <typename Sample>
FramePixel FrameSearch<Sample>::find_pixel(size_t row, uint64_t offset) const {
  FramePixel best = {period_, 0};
  uint64_t least = cost_of_pixels(row, period_, offset);
  for (const size_t period : {3, 4}) {
    if (row % period != 0 || (period_ != 1 && period != period_) || row + period + 1 > before())
      continue;
    for (size_t phase = 0; phase < period; phase++) {
      const uint64_t cost = cost_of_pixels(row, period, offset + period - phase);
      if (cost >= least - least / 64) continue;
      least = cost;
      best = {period, phase};
    }
  }
  return best;
}

template class FrameSearch<StoredInteger<1, false>>;
template class FrameSearch<StoredInteger<2, false>>;
template class FrameSearch<StoredInteger<2, true>>;

}  // namespace sigma
