/* Conversions of colours: those that are in use, and which of them gives a chunk's pixels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/colour_search.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "gst/sigma/memory/arena.hpp"

namespace sigma {
namespace {

constexpr int32_t kOne = 1 << kColourBits;

/// Pixels that are looked at; of so many one may be no pixel of the conversion.
constexpr size_t kSample = 1024;
constexpr size_t kFewWrong = 24;

/// Factors of a conversion in 1/256: luma, red, blue, green by the differences to blue and red.
struct Factors {
  int32_t luma;
  int32_t red;
  int32_t blue;
  int32_t green_by_blue;
  int32_t green_by_red;
};

/// BT.601 and BT.709 of 16 to 235, BT.601 of 0 to 255.
constexpr Factors kFactors[] = {
    {298, 409, 516, -100, -208}, {298, 459, 541, -55, -136}, {256, 359, 454, -88, -183}};

/// As GStreamer converts with its vector code: samples less 128, each the high and the low byte of
/// a number of 16 bits, are multiplied, of which the high 16 bits are added.
ColourForm doubled_form(const Factors& factors) {
  const auto curve = [](int32_t factor, int32_t offset) {
    return ColourCurve{257 * factor, 256 * factor, offset};
  };
  ColourForm form;
  form.luma = curve(factors.luma, 128 * kOne);
  form.red = curve(factors.red, 0);
  form.blue = curve(factors.blue, 0);
  form.green_by_blue = curve(factors.green_by_blue, 0);
  form.green_by_red = curve(factors.green_by_red, 0);
  return form;
}

/// As libjpeg converts.
ColourForm jpeg_form() {
  ColourForm form;
  form.green_joint = true;
  form.luma = {kOne, 0, 128 * kOne};
  form.red = {91881, 0, kOne / 2};
  form.blue = {116130, 0, kOne / 2};
  form.green_by_blue = {-22554, 0, kOne / 2};
  form.green_by_red = {-46802, 0, 0};
  return form;
}

/// Green, and what red and blue differ from it.
ColourForm difference_form() {
  ColourForm form;
  form.luma = {kOne, 0, 128 * kOne};
  form.red = {kOne, 0, 0};
  form.blue = {kOne, 0, 0};
  return form;
}

/// What a curve is at 128 on average, if it is straight. Rounding takes half a step, unless there
/// is nothing to round.
int64_t middle_of(const ColourCurve& curve) {
  const bool is_whole = (curve.slope | curve.step | curve.offset) % kOne == 0;
  return int64_t{curve.offset} + curve.step / 2 - (is_whole ? 0 : kOne / 2);
}

/// Solves the sums for the samples, without rounding.
void add_estimates(ColourForm& form) {
  const auto part = [](int64_t of, int64_t by) { return of * kOne / by; };
  const int64_t luma = form.luma.slope;
  // Of luma: so much of red and of blue that their differences go away.
  const int64_t red = -part(form.green_by_red.slope, form.red.slope);
  const int64_t blue = -part(form.green_by_blue.slope, form.blue.slope);
  const int64_t all = (red + kOne + blue) * luma / kOne;
  const auto weight = [&](int64_t of) { return static_cast<int32_t>(part(of, all)); };
  ColourEstimate& first = form.estimates[0];
  first = {weight(red), weight(kOne), weight(blue), 0};
  const int64_t of_luma = middle_of(form.luma);
  const int64_t of_green = form.green_joint
                               ? form.green_by_blue.offset + form.green_by_red.offset - kOne / 2
                               : middle_of(form.green_by_blue) + middle_of(form.green_by_red);
  const int64_t at_red = of_luma + middle_of(form.red);
  const int64_t at_green = of_luma + of_green;
  const int64_t at_blue = of_luma + middle_of(form.blue);
  const auto sum = [&](const ColourEstimate& of) {
    return (of.red * at_red + of.green * at_green + of.blue * at_blue) / kOne;
  };
  first.offset = static_cast<int32_t>(128 * kOne + kOne / 2 - sum(first));
  const auto difference = [&](const ColourCurve& curve, bool is_red) {
    const auto less = [&](int32_t of, bool is_own) {
      return static_cast<int32_t>(part((is_own ? kOne : 0) - of * luma / kOne, curve.slope));
    };
    ColourEstimate of = {less(first.red, is_red), less(first.green, false),
                         less(first.blue, !is_red), 0};
    of.offset = static_cast<int32_t>(128 * kOne + kOne / 2 - sum(of));
    return of;
  };
  form.estimates[1] = difference(form.blue, false);
  form.estimates[2] = difference(form.red, true);
}

/// Whether nearly all of some pixels, all over the chunk, can have been made so.
bool makes(const ColourForm& form, ByteSpan pixels) {
  const ColourTables tables(form);
  const size_t count = pixels.size() / form.unit;
  const size_t step = std::max<size_t>(count / kSample, 1);
  size_t seen = 0;
  size_t wrong = 0;
  for (size_t i = step / 2; i < count; i += step, seen++) {
    ColourSamples samples;
    const Colours pixel = tables.load(pixels.data() + i * form.unit);
    wrong += tables.find_far(pixel, samples) ? 0 : 1;
    if (wrong * kFewWrong > kSample) return false;
  }
  return wrong * kFewWrong <= seen;
}

/// Where the colours of pixels of four bytes begin: where they differ less from the one between.
size_t find_first(ByteSpan pixels, size_t unit) {
  if (unit == kMinPixel) return 0;
  uint64_t sums[2] = {};
  const size_t step = std::max<size_t>(pixels.size() / unit / kSample, 1) * unit;
  for (size_t at = 0; at + unit <= pixels.size(); at += step)
    for (size_t first = 0; first < 2; first++) {
      const uint8_t* const p = pixels.data() + at + first;
      sums[first] += static_cast<uint64_t>(std::abs(p[0] - p[1]) + std::abs(p[2] - p[1]));
    }
  return sums[0] <= sums[1] ? 0 : 1;
}

}  // namespace

ColourForms find_colours(ByteSpan pixels, size_t unit) {
  ColourForms found;
  const auto complete = [&](ColourForm form, size_t first, bool blue_first) {
    form.unit = unit;
    form.first = first;
    form.blue_first = blue_first;
    add_estimates(form);
    return form;
  };
  const auto try_form = [&](const ColourForm& of) {
    for (size_t first = 0; first + kMinPixel <= unit; first++)
      for (const bool blue_first : {false, true}) {
        const ColourForm form = complete(of, first, blue_first);
        if (found.count == 0 && makes(form, pixels)) found.all[found.count++] = form;
      }
  };
  try_form(jpeg_form());
  for (const Factors& factors : kFactors)
    try_form(doubled_form(factors));
  found.all[found.count++] = complete(difference_form(), find_first(pixels, unit), false);
  return found;
}

namespace {

/// A luma that no pixel has but those of some places, near theirs; kNoColourMark: there is none.
unsigned find_mark(ByteSpan lumas, std::span<const uint32_t> places) {
  std::array<uint32_t, 256> users{};
  for (const uint8_t luma : lumas)
    users[luma]++;
  for (const uint32_t place : places)
    users[lumas[place]]--;
  const int wanted = lumas[places[places.size() / 2]];
  int best = -1;
  for (int luma = 0; luma < 256; luma++)
    if (users[static_cast<size_t>(luma)] == 0 &&
        (best < 0 || std::abs(luma - wanted) < std::abs(best - wanted)))
      best = luma;
  return best < 0 ? kNoColourMark : static_cast<unsigned>(best);
}

}  // namespace

bool separate_chunk(const ColourForm& form, ByteSpan pixels, MutableByteSpan planes,
                    MutableByteSpan memory, ColourExceptions& exceptions) {
  const size_t count = pixels.size() / form.unit;
  Arena arena(memory);
  const size_t most = ColourExceptions::most(count);
  ColourMisses misses = {{arena.take<uint32_t>(most), most}};
  uint8_t* const colours = arena.take<uint8_t>(most * kMinPixel);
  exceptions = {};
  if (colours == nullptr) return false;
  separate_colours(form, pixels, planes, misses);
  if (misses.count > most) return false;
  const ColourTables tables(form);
  ColourCache known;
  size_t kept = 0;
  for (const uint32_t place : misses.places.first(misses.count)) {
    const Colours pixel = tables.load(pixels.data() + place * form.unit);
    const FoundSamples& of = known.find(pixel, [&](FoundSamples& found) {
      found.is_exact = tables.find_far(pixel, found.samples);
    });
    planes[place] = of.samples.luma;
    planes[count + place] = of.samples.blue;
    planes[2 * count + place] = of.samples.red;
    if (of.is_exact) continue;
    misses.places[kept] = place;
    // As they lie in the pixel, blue or red first.
    std::copy_n(pixels.data() + place * form.unit + form.first, kMinPixel,
                colours + kMinPixel * kept++);
  }
  if (kept == 0) return true;
  const auto places = misses.places.first(kept);
  exceptions.mark = find_mark(planes.first(count), places);
  exceptions.colours = {colours, kMinPixel * kept};
  for (const uint32_t place : places)
    planes[place] = static_cast<uint8_t>(exceptions.mark);
  return exceptions.mark != kNoColourMark;
}

}  // namespace sigma
