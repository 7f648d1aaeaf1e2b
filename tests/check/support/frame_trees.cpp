/* Trees of frames. Residuals are found sample by sample, as docs/format.md says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame_trees.hpp"

#include <algorithm>
#include <vector>

namespace forge {

using sigma::FrameLayout;
using sigma::FramePredictor;
using sigma::FramePredictors;
using testdata::Bytes;

FramePredictors random_frame_predictors(const FrameLayout& layout, size_t reach,
                                        testdata::Random& random) {
  FramePredictors predictors;
  const auto offset = [&]() -> size_t {
    return 1 + random.below(random.below(3) == 0 ? reach : std::min<size_t>(reach, 4));
  };
  for (size_t i = 0; i < layout.plane_count; i++) {
    predictors.planes[i].count = 1 + random.below(sigma::kMaxFramePredictors);
    for (size_t m = 0; m < predictors.planes[i].count; m++) {
      FramePredictor& predictor = predictors.planes[i].all[m];
      predictor.is_median = random.below(3) == 0;
      predictor.left = random.below(2) != 0 ? layout.planes[i].period : offset();
      predictor.above = random.below(2) != 0 ? layout.planes[i].row : offset();
      const size_t reference = random.below(2) != 0 ? 0 : offset();
      for (size_t& of_kind : predictor.references)
        of_kind = random.below(3) == 0 ? offset() : reference;
      predictor.shift = static_cast<unsigned>(random.below(16));
      predictor.tap_count = 1 + random.below(random.below(2) != 0 ? 2 : sigma::kMaxFrameTaps);
      for (size_t k = 0; k < predictor.tap_count; k++) {
        predictor.taps[k].offset = static_cast<uint32_t>(k < 2 && m < 4 ? k + 1 : offset());
        for (int16_t& factor : predictor.taps[k].factors)
          factor = static_cast<int16_t>(static_cast<int>(random.below(65536)) - 32768);
      }
    }
  }
  return predictors;
}

namespace {

/// All samples, those of the reference first.
std::vector<int64_t> read_samples(const Bytes& bytes, const FrameLayout& layout) {
  std::vector<int64_t> samples;
  for (size_t i = bytes.size() % layout.width; i < bytes.size(); i += layout.width)
    if (layout.width == 1)
      samples.push_back(bytes[i]);
    else
      samples.push_back(layout.big_endian ? bytes[i] << 8 | bytes[i + 1]
                                          : bytes[i + 1] << 8 | bytes[i]);
  return samples;
}

int64_t predict(const std::vector<int64_t>& samples, size_t i, const FramePredictor& predictor,
                size_t kind, unsigned unused) {
  const auto at = [&](size_t offset) { return offset <= i ? samples[i - offset] : 0; };
  if (predictor.is_median) {
    const size_t reference = predictor.references[kind];
    const auto left_over = [&](size_t offset) {
      return at(offset) - (reference != 0 ? at(offset + reference) : 0);
    };
    const int64_t a = left_over(predictor.left);
    const int64_t b = left_over(predictor.above);
    int64_t three[] = {a, b, a + b - left_over(predictor.left + predictor.above)};
    std::sort(std::begin(three), std::end(three));
    return (three[1] + (reference != 0 ? at(reference) : 0)) >> unused;
  }
  const unsigned shift = predictor.shift + unused;
  auto sum = static_cast<uint32_t>((uint64_t{1} << shift) / 2);
  for (size_t k = 0; k < predictor.tap_count; k++)
    sum += static_cast<uint32_t>(predictor.taps[k].factors[kind] * at(predictor.taps[k].offset));
  return static_cast<int32_t>(sum) >> shift;
}

}  // namespace

namespace {

/// Adds modes by chance, and the residuals that they leave.
void add_residuals(const Bytes& reference, const Bytes& raw, const FrameLayout& layout,
                   const FramePredictors& predictors, testdata::Random& random, Bytes& modes,
                   Bytes& residuals) {
  Bytes all = reference;
  all.insert(all.end(), raw.begin(), raw.end());
  const std::vector<int64_t> samples = read_samples(all, layout);
  const size_t before = samples.size() - raw.size() / layout.width;
  const unsigned bits = 8 * layout.width - layout.unused;
  size_t plane = 0;
  size_t y = 0;
  size_t x = 0;
  const auto go_on = [&] {
    if (++x < layout.planes[plane].row) return;
    x = 0;
    if (++y < layout.planes[plane].rows) return;
    y = 0;
    plane = (plane + 1) % layout.plane_count;
  };
  for (size_t i = 0; i < layout.position; i++)
    go_on();
  size_t first_mode = 0;
  for (size_t i = before; i < samples.size(); i++, go_on()) {
    const sigma::FramePlane& at = layout.planes[plane];
    if (i == before || (x == 0 && y % layout.block_height == 0)) {
      first_mode = modes.size();
      for (size_t left = 0; left < at.row; left += layout.block_width * at.period)
        modes.push_back(static_cast<uint8_t>(random.below(predictors.planes[plane].count)));
    }
    const uint8_t mode = modes[first_mode + x / (layout.block_width * at.period)];
    const size_t kind = (x + (at.is_skewed ? y : 0)) % at.period;
    const int64_t difference =
        (samples[i] >> layout.unused) -
        predict(samples, i, predictors.planes[plane].all[mode], kind, layout.unused);
    const int64_t half = int64_t{1} << (bits - 1);
    const int64_t residual = ((difference + half) & (2 * half - 1)) - half;
    const auto folded = static_cast<uint64_t>(residual < 0 ? -2 * residual - 1 : 2 * residual);
    for (unsigned k = 0; k < layout.width; k++)
      residuals.push_back(static_cast<uint8_t>(folded >> (8 * k)));
  }
}

}  // namespace

void write_frames(sigma::TreeWriter& t, const Bytes& reference, const Bytes& raw,
                  const FrameLayout& layout, const FramePredictors& predictors,
                  testdata::Random& random) {
  Bytes modes;
  Bytes residuals;
  if (!layout.is_apart) add_residuals(reference, raw, layout, predictors, random, modes, residuals);
  for (size_t i = 0; layout.is_apart && i < layout.plane_count; i++) {
    FramePredictors own;
    own.planes[0] = predictors.planes[i];
    const size_t known = reference.size() / layout.plane_count;
    const size_t size = raw.size() / layout.plane_count;
    add_residuals(testdata::part_of(reference, i * known, (i + 1) * known),
                  testdata::part_of(raw, i * size, (i + 1) * size), layout.of_plane(i), own, random,
                  modes, residuals);
  }
  Bytes payload(100000);
  payload.resize(sigma::write_frames(layout, predictors, payload));
  t.frames(payload), t.literal(reference), t.literal(modes), t.literal(residuals);
}

Bytes moving_picture(const sigma::FrameFormat& format, size_t frames, unsigned noise) {
  testdata::Random random(frames);
  Bytes out;
  for (size_t frame = 0; frame < frames; frame++)
    for (size_t p = 0; p < format.plane_count; p++) {
      const sigma::FramePlane& plane = format.planes[p];
      for (size_t y = 0; y < plane.rows; y++)
        for (size_t x = 0; x < plane.row; x++) {
          const size_t kind = (x + (plane.is_skewed ? y : 0)) % plane.period;
          const size_t across = x / plane.period + (y > plane.rows / 2 ? frame : 0);
          const bool is_box = across % 50 < 20 && y % 40 < 15;
          size_t sample = 60 + 20 * kind + across / 4 + y / 3 + (is_box ? 50 : 0);
          sample += random.below(noise);
          if (format.width == 2) sample = (sample * 13 + random.below(noise)) << format.unused;
          for (unsigned k = 0; k < format.width; k++)
            out.push_back(static_cast<uint8_t>(
                sample >> (8 * (format.big_endian ? format.width - 1 - k : k))));
        }
    }
  return out;
}

}  // namespace forge
