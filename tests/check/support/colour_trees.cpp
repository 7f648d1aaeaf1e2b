/* Trees of colours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "colour_trees.hpp"

#include <algorithm>

#include "frame_trees.hpp"

namespace forge {

using sigma::ColourForm;
using testdata::Bytes;

namespace {

constexpr int32_t kOne = 1 << sigma::kColourBits;

int32_t near_number(int32_t number, int32_t reach, testdata::Random& random) {
  return number - reach + static_cast<int32_t>(random.below(2 * static_cast<size_t>(reach) + 1));
}

}  // namespace

ColourForm colour_differences(size_t unit) {
  ColourForm form;
  form.unit = unit;
  form.luma = {kOne, 0, 128 * kOne};
  form.red = {kOne, 0, 0};
  form.blue = {kOne, 0, 0};
  form.estimates[0] = {0, kOne, 0, 0};
  form.estimates[1] = {0, -kOne, kOne, 128 * kOne};
  form.estimates[2] = {kOne, -kOne, 0, 128 * kOne};
  return form;
}

ColourForm random_colours(testdata::Random& random) {
  ColourForm form;
  form.unit = 3 + random.below(2);
  form.first = form.unit == 4 ? random.below(2) : 0;
  form.blue_first = random.below(2) != 0;
  form.green_joint = random.below(2) != 0;
  const auto curve = [&](int32_t slope, int32_t offset) {
    const int32_t step = random.below(2) != 0 ? slope : 0;
    return sigma::ColourCurve{near_number(slope, 2000, random), step,
                              near_number(offset, 30000, random)};
  };
  form.luma = curve(76000, 128 * kOne);
  form.red = curve(104000, 0);
  form.blue = curve(132000, 0);
  form.green_by_blue = curve(-25000, 0);
  form.green_by_red = curve(-53000, 0);
  form.estimates[0] = {17000, 33000, 6000, near_number(16 * kOne, kOne, random)};
  form.estimates[1] = {-9700, -19000, 28700, near_number(128 * kOne, kOne, random)};
  form.estimates[2] = {28700, -24000, -4700, near_number(128 * kOne, kOne, random)};
  return form;
}

Bytes colour_planes(size_t pixels, size_t unit, testdata::Random& random) {
  Bytes planes;
  for (size_t plane = 0; plane < unit; plane++) {
    int32_t sample = 128;
    for (size_t i = 0; i < pixels; i++) {
      const auto reach = static_cast<int32_t>(random.below(30) == 0 ? 120 : plane == 0 ? 9 : 2);
      sample = std::clamp(near_number(sample, reach, random), 0, 255);
      planes.push_back(static_cast<uint8_t>(sample));
    }
  }
  return planes;
}

Bytes colour_pixels(const ColourForm& form, const Bytes& planes) {
  Bytes pixels(planes.size());
  sigma::combine_colours(form, sigma::kNoColourMark, planes, {}, pixels);
  return pixels;
}

Bytes moving_pixels(size_t width, size_t height, size_t unit, size_t frames) {
  const auto curve = [](int32_t factor, int32_t offset) {
    return sigma::ColourCurve{257 * factor, 256 * factor, offset};
  };
  ColourForm form;
  form.unit = unit;
  form.luma = curve(298, 128 * kOne);
  form.red = curve(409, 0);
  form.blue = curve(516, 0);
  form.green_by_blue = curve(-100, 0);
  form.green_by_red = curve(-208, 0);
  sigma::FrameFormat format;
  for (size_t i = 0; i < unit; i++)
    format.planes[format.plane_count++] = {width, height};
  Bytes planes = moving_picture(format, frames);
  Bytes pixels;
  const size_t size = width * height * unit;
  // Differences of colours are less than luma.
  for (size_t i = 0; i < planes.size(); i++)
    if (const size_t plane = i / (width * height) % unit; plane == 1 || plane == 2)
      planes[i] = static_cast<uint8_t>(96 + planes[i] / 3);
  for (size_t at = 0; at < planes.size(); at += size)
    testdata::append(pixels, colour_pixels(form, testdata::part_of(planes, at, at + size)));
  return pixels;
}

void combined(sigma::TreeWriter& t, const ColourForm& form, unsigned mark) {
  const size_t size = sigma::write_combined(form, mark, t.payload_room());
  t.payload_made(sigma::GlyphType::COMPOSITE, sigma::Primitive::COMBINE, size);
}

void separated(sigma::TreeWriter& t, const ColourForm& form, const Bytes& rest) {
  const size_t size = sigma::write_separated(form, rest, t.payload_room());
  t.payload_made(sigma::GlyphType::DELTA, sigma::Primitive::SEPARATE, size);
}

}  // namespace forge
