/* Planes of colours and the pixels that are made of them: what payloads say, tables, the operators.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/colours.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/payload_numbers.hpp"

namespace sigma {
namespace {

constexpr int32_t kColourOne = 1 << kColourBits;
/// How far an encoder looks.
constexpr int kFar = 8;
/// How much further to the end the luma of a pixel is whose colours are all at their ends.
constexpr int kEndLuma = 4;

/// A number with a sign, at most so far from 0.
bool read_signed(VarintReader& in, int32_t most, int32_t& number) {
  uint64_t code = 0;
  if (!read_number(in, 0, 2 * uint64_t{static_cast<uint32_t>(most)}, code)) return false;
  number = static_cast<int32_t>(static_cast<int64_t>(unzigzag(code)));
  return true;
}

void put_signed(int32_t number, NumberWriter& out) {
  out.put(zigzag(static_cast<uint64_t>(int64_t{number})));
}

std::array<ColourCurve*, 5> curves_of(ColourForm& form) {
  return {&form.luma, &form.red, &form.blue, &form.green_by_blue, &form.green_by_red};
}

bool read_form(VarintReader& in, ColourForm& form) {
  if (!read_number(in, kMinPixel, kMaxPixel, form.unit) ||
      !read_number(in, 0, form.unit - kMinPixel, form.first) ||
      !read_number(in, 0, 1, form.blue_first) || !read_number(in, 0, 1, form.green_joint))
    return false;
  for (ColourCurve* const curve : curves_of(form))
    if (!read_signed(in, kMaxColourSlope, curve->slope) ||
        !read_signed(in, kMaxColourSlope, curve->step) ||
        !read_signed(in, kMaxColourOffset, curve->offset))
      return false;
  for (ColourEstimate& estimate : form.estimates)
    if (!read_signed(in, kMaxColourSlope, estimate.red) ||
        !read_signed(in, kMaxColourSlope, estimate.green) ||
        !read_signed(in, kMaxColourSlope, estimate.blue) ||
        !read_signed(in, kMaxColourOffset, estimate.offset))
      return false;
  return true;
}

void put_form(ColourForm form, NumberWriter& out) {
  for (const size_t number :
       {form.unit, form.first, size_t{form.blue_first}, size_t{form.green_joint}})
    out.put(number);
  for (const ColourCurve* const curve : curves_of(form))
    for (const int32_t number : {curve->slope, curve->step, curve->offset})
      put_signed(number, out);
  for (const ColourEstimate& estimate : form.estimates)
    for (const int32_t number : {estimate.red, estimate.green, estimate.blue, estimate.offset})
      put_signed(number, out);
}

}  // namespace

ColourTables::ColourTables(const ColourForm& form) : form_(form) {
  luma_of_.fill(-1);
  blue_of_.fill(-1);
  const size_t first = form.blue_first ? 2 : 0;
  for (int32_t sample = 255; sample >= 0; sample--) {
    const auto i = static_cast<size_t>(sample);
    const auto whole = [&](const ColourCurve& curve) { return curve.at(sample) >> kColourBits; };
    const auto part = [&](const ColourCurve& curve) {
      return form.green_joint ? curve.at(sample) : whole(curve) * kColourOne;
    };
    const int32_t luma = whole(form.luma);
    luma_[i] = luma;
    red_[i] = whole(form.red);
    blue_[i] = whole(form.blue);
    green_by_blue_[i] = part(form.green_by_blue);
    green_by_red_[i] = part(form.green_by_red);
    luma_of_[static_cast<size_t>(luma + kReach)] = static_cast<int16_t>(sample);
    blue_of_[static_cast<size_t>(blue_[i] + kReach)] = static_cast<int16_t>(sample);
    by_luma_[i] = Lanes{luma, luma, luma, 0} * kColourOne;
    by_blue_[i] = Lanes{0, green_by_blue_[i], 0, 0};
    by_blue_[i][2 - first] = blue_[i] * kColourOne;
    by_red_[i] = Lanes{0, green_by_red_[i], 0, 0};
    by_red_[i][first] = red_[i] * kColourOne;
    const auto& of = form.estimates;
    of_red_[i] = Lanes{of[0].red, of[1].red, of[2].red, 0} * sample;
    of_green_[i] = Lanes{of[0].green, of[1].green, of[2].green, 0} * sample;
    of_blue_[i] = Lanes{of[0].blue, of[1].blue, of[2].blue, 0} * sample +
                  Lanes{of[0].offset, of[1].offset, of[2].offset, 0};
  }
}

/// Whether samples make a pixel.
bool ColourTables::makes(const ColourSamples& samples, const Colours& pixel) const {
  const int32_t luma = luma_[samples.luma];
  return clamped(luma + blue_[samples.blue]) == pixel.blue &&
         clamped(luma + green(samples.blue, samples.red)) == pixel.green &&
         clamped(luma + red_[samples.red]) == pixel.red;
}

/// The luma of which a colour that is whole tells, if there is one; if there is none, it stays.
bool ColourTables::find_luma(const Colours& pixel, ColourSamples& samples) const {
  int32_t luma = 0;
  if (is_whole(pixel.red))
    luma = pixel.red - red_[samples.red];
  else if (is_whole(pixel.green))
    luma = pixel.green - green(samples.blue, samples.red);
  else if (is_whole(pixel.blue))
    luma = pixel.blue - blue_[samples.blue];
  else
    return true;
  const int16_t found = luma_of_[static_cast<size_t>(luma + kReach)];
  samples.luma = static_cast<uint8_t>(found);
  return found >= 0;
}

/// Where no colour tells the luma, it is further to the end than it seems.
ColourSamples ColourTables::estimate_ends(const Colours& pixel) const {
  ColourSamples about = estimate(pixel);
  if (is_whole(pixel.red) || is_whole(pixel.green) || is_whole(pixel.blue)) return about;
  const int moved = about.luma + (pixel.green == 0 ? -kEndLuma : kEndLuma);
  about.luma = static_cast<uint8_t>(std::clamp(moved, 0, 255));
  return about;
}

FoundSamples ColourTables::search_ends(const Colours& pixel) const {
  const ColourSamples about = estimate_ends(pixel);
  for (const int red : kColoursTried)
    for (const int blue : kColoursTried) {
      const int moved[] = {about.blue + blue, about.red + red};
      if (std::min(moved[0], moved[1]) < 0 || std::max(moved[0], moved[1]) > 255) continue;
      ColourSamples samples = {about.luma, static_cast<uint8_t>(moved[0]),
                               static_cast<uint8_t>(moved[1])};
      if (find_luma(pixel, samples) && makes(samples, pixel)) return {samples, true};
    }
  return {about, false};
}

bool ColourTables::find_far(const Colours& pixel, ColourSamples& samples) const {
  const ColourSamples about = estimate_ends(pixel);
  // From the middle on: 0, -1, 1, -2 and so on.
  const auto moved = [](uint8_t sample, int step) {
    return sample + (step % 2 != 0 ? -(step + 1) / 2 : step / 2);
  };
  for (int red = 0; red <= 2 * kFar; red++)
    for (int blue = 0; blue <= (is_whole(pixel) ? 0 : 2 * kFar); blue++) {
      const int tried[] = {moved(about.blue, blue), moved(about.red, red)};
      if (std::min(tried[0], tried[1]) < 0 || std::max(tried[0], tried[1]) > 255) continue;
      samples = {about.luma, static_cast<uint8_t>(tried[0]), static_cast<uint8_t>(tried[1])};
      if (is_whole(pixel) ? solve(pixel, samples)
                          : find_luma(pixel, samples) && makes(samples, pixel))
        return true;
    }
  samples = about;
  return false;
}

namespace {

/// Where the planes of pixels lie.
struct ColourPlanes {
  ColourPlanes(uint8_t* planes, size_t count)
      : luma(planes), blue(planes + count), red(blue + count), other(red + count) {}
  uint8_t* luma;
  uint8_t* blue;
  uint8_t* red;
  uint8_t* other;
};

/// The same for reading.
ColourPlanes planes_of(ByteSpan planes, size_t unit) {
  return {const_cast<uint8_t*>(planes.data()), planes.size() / unit};
}

/// `red`: the difference of the pixel before.
template <size_t Unit>
SIGMA_KERNEL void separate_pixels(const ColourTables& tables, const uint8_t* pixel, size_t count,
                                  uint8_t& red, const ColourPlanes& planes, ColourMisses& misses) {
  ColourCache ends;
  uint8_t last_red = red;
  for (size_t i = 0; i < count; i++, pixel += Unit) {
    const FoundSamples found = tables.samples_of(tables.load(pixel), last_red, ends);
    last_red = found.samples.red;
    planes.luma[i] = found.samples.luma;
    planes.blue[i] = found.samples.blue;
    planes.red[i] = found.samples.red;
    if (Unit == kMaxPixel) planes.other[i] = pixel[tables.other()];
    if (found.is_exact) [[likely]]
      continue;
    if (misses.count < misses.places.size()) misses.places[misses.count] = static_cast<uint32_t>(i);
    misses.count++;
  }
  red = last_red;
}

/// Three colours as bytes, and one byte more.
SIGMA_KERNEL uint32_t packed(ColourTables::Lanes colours) {
  using Bytes [[gnu::vector_size(4)]] = uint8_t;
  return std::bit_cast<uint32_t>(__builtin_convertvector(colours, Bytes));
}

template <size_t Unit>
SIGMA_KERNEL bool combine_pixels(const ColourTables& tables, size_t first, unsigned mark,
                                 const ColourPlanes& planes, ByteSpan exceptions,
                                 MutableByteSpan pixels) {
  const uint8_t* next = exceptions.data();
  const uint8_t* const end = next + exceptions.size();
  const size_t count = pixels.size() / Unit;
  uint8_t* pixel = pixels.data();
  for (size_t i = 0; i < count; i++, pixel += Unit) {
    const ColourSamples samples = {planes.luma[i], planes.blue[i], planes.red[i]};
    uint8_t bytes[sizeof(uint32_t)];
    const uint32_t colours = packed(tables.sum(samples));
    std::memcpy(bytes, &colours, sizeof(colours));
    if (samples.luma == mark) [[unlikely]] {
      if (next == end) return false;
      std::copy_n(next, kMinPixel, bytes);
      next += kMinPixel;
    }
    std::memcpy(pixel + first, bytes, kMinPixel);
    if (Unit == kMaxPixel) pixel[tables.other()] = planes.other[i];
  }
  return next == end;
}

SIGMA_KERNEL void separate_any(const ColourTables& tables, size_t unit, const uint8_t* pixel,
                               size_t count, uint8_t& red, const ColourPlanes& planes,
                               ColourMisses& misses) {
  if (unit == kMinPixel)
    separate_pixels<kMinPixel>(tables, pixel, count, red, planes, misses);
  else
    separate_pixels<kMaxPixel>(tables, pixel, count, red, planes, misses);
}

SIGMA_KERNEL bool combine_any(const ColourTables& tables, const ColourForm& form, unsigned mark,
                              const ColourPlanes& planes, ByteSpan exceptions,
                              MutableByteSpan pixels) {
  return form.unit == kMinPixel
             ? combine_pixels<kMinPixel>(tables, form.first, mark, planes, exceptions, pixels)
             : combine_pixels<kMaxPixel>(tables, form.first, mark, planes, exceptions, pixels);
}

void separate_plain(const ColourTables& tables, size_t unit, const uint8_t* pixel, size_t count,
                    uint8_t& red, const ColourPlanes& planes, ColourMisses& misses) {
  separate_any(tables, unit, pixel, count, red, planes, misses);
}
bool combine_plain(const ColourTables& tables, const ColourForm& form, unsigned mark,
                   const ColourPlanes& planes, ByteSpan exceptions, MutableByteSpan pixels) {
  return combine_any(tables, form, mark, planes, exceptions, pixels);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 void separate_avx2(const ColourTables& tables, size_t unit, const uint8_t* pixel,
                              size_t count, uint8_t& red, const ColourPlanes& planes,
                              ColourMisses& misses) {
  separate_any(tables, unit, pixel, count, red, planes, misses);
}
SIGMA_AVX2 bool combine_avx2(const ColourTables& tables, const ColourForm& form, unsigned mark,
                             const ColourPlanes& planes, ByteSpan exceptions,
                             MutableByteSpan pixels) {
  return combine_any(tables, form, mark, planes, exceptions, pixels);
}
const auto kSeparate = kHasAvx2 ? separate_avx2 : separate_plain;
const auto kCombine = kHasAvx2 ? combine_avx2 : combine_plain;
#else
constexpr auto kSeparate = separate_plain;
constexpr auto kCombine = combine_plain;
#endif

}  // namespace

void separate_colours(const ColourForm& form, ByteSpan begin, ByteSpan rest,
                      MutableByteSpan planes) {
  const ColourTables tables(form);
  const size_t unit = form.unit;
  const size_t count = planes.size() / unit;
  const size_t whole = count - (rest.empty() ? 0 : 1);
  ColourPlanes at(planes.data(), count);
  const uint8_t* pixel = begin.data() + (begin.size() + rest.size()) % unit;
  uint8_t red = kFirstRed;
  ColourMisses misses;
  kSeparate(tables, unit, pixel, whole, red, at, misses);
  if (rest.empty()) return;
  uint8_t last[kMaxPixel];
  std::copy_n(pixel + whole * unit, unit - rest.size(), last);
  std::copy_n(rest.data(), rest.size(), last + unit - rest.size());
  for (uint8_t** const plane : {&at.luma, &at.blue, &at.red, &at.other})
    *plane += whole;
  kSeparate(tables, unit, last, 1, red, at, misses);
}

void separate_colours(const ColourForm& form, ByteSpan pixels, MutableByteSpan planes,
                      ColourMisses& misses) {
  uint8_t red = kFirstRed;
  const size_t count = pixels.size() / form.unit;
  kSeparate(ColourTables(form), form.unit, pixels.data(), count, red, {planes.data(), count},
            misses);
}

bool combine_colours(const ColourForm& form, unsigned mark, ByteSpan planes, ByteSpan exceptions,
                     MutableByteSpan pixels) {
  return kCombine(ColourTables(form), form, mark, planes_of(planes, form.unit), exceptions, pixels);
}

size_t write_separated(const ColourForm& form, ByteSpan rest, MutableByteSpan out) {
  NumberWriter writer(out);
  put_form(form, writer);
  writer.put(rest.size());
  for (const uint8_t byte : rest)
    writer.put(byte);
  return writer.size();
}

size_t write_combined(const ColourForm& form, unsigned mark, MutableByteSpan out) {
  NumberWriter writer(out);
  put_form(form, writer);
  writer.put(mark);
  return writer.size();
}

namespace {

/// The bytes that a pixel at the end has more, of fewer than a pixel has.
struct PixelRest {
  size_t size = 0;
  uint8_t bytes[kMaxPixel];
};

bool read_separated(ByteSpan payload, ColourForm& form, PixelRest& rest) {
  VarintReader in(payload);
  if (!read_form(in, form) || !read_number(in, 0, form.unit - 1, rest.size)) return false;
  for (size_t i = 0; i < rest.size; i++)
    if (!read_number(in, 0, 255, rest.bytes[i])) return false;
  return in.at_end();
}

bool read_combined(ByteSpan payload, ColourForm& form, unsigned& mark) {
  VarintReader in(payload);
  return read_form(in, form) && read_number(in, 0, kNoColourMark, mark) && in.at_end();
}

Result<uint64_t> measure_separated(Operands& operands, const Node& node) {
  ColourForm form;
  PixelRest rest;
  if (!read_separated(node.payload, form, rest))
    return malformed("separated colours are malformed");
  const Result<size_t> pixels = operands.measure();
  if (!pixels.ok()) return pixels.status;
  if (pixels.value + rest.size < form.unit) return malformed("separated colours have no pixel");
  return uint64_t{(pixels.value + rest.size) / form.unit * form.unit};
}

Status write_separated_value(Operands& operands, const Node& node, MutableByteSpan out) {
  ColourForm form;
  PixelRest rest;
  if (!read_separated(node.payload, form, rest))
    return malformed("separated colours are malformed");
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> pixels = operands.view();
  if (!pixels.ok()) return pixels.status;
  separate_colours(form, pixels.value, {rest.bytes, rest.size}, out);
  return {};
}

Result<uint64_t> measure_combined(Operands& operands, const Node& node) {
  ColourForm form;
  unsigned mark = 0;
  if (!read_combined(node.payload, form, mark)) return malformed("combined colours are malformed");
  const Result<size_t> planes = operands.measure();
  if (!planes.ok()) return planes.status;
  const Result<size_t> exceptions = operands.measure();
  if (!exceptions.ok()) return exceptions.status;
  if (planes.value % form.unit != 0 || exceptions.value % kMinPixel != 0)
    return malformed("combined colours end within a pixel");
  if (exceptions.value / kMinPixel > planes.value / form.unit)
    return malformed("there are more exceptions than pixels");
  return uint64_t{planes.value};
}

Status write_combined_value(Operands& operands, const Node& node, MutableByteSpan out) {
  ColourForm form;
  unsigned mark = 0;
  if (!read_combined(node.payload, form, mark)) return malformed("combined colours are malformed");
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> planes = operands.view();
  if (!planes.ok()) return planes.status;
  const Result<ByteSpan> exceptions = operands.view();
  if (!exceptions.ok()) return exceptions.status;
  return combine_colours(form, mark, planes.value, exceptions.value, out)
             ? Status{}
             : malformed("there are not as many exceptions as marks");
}

}  // namespace

constinit const OperatorEntry kSeparated = {
    .name = "separated",
    .type = GlyphType::DELTA,
    .first = Primitive::SEPARATE,
    .last = Primitive::SEPARATE,
    .since_minor = kColoursMinor,
    .has_payload = true,
    .measure = measure_separated,
    .write = write_separated_value,
};

constinit const OperatorEntry kCombined = {
    .name = "combined",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::COMBINE,
    .last = Primitive::COMBINE,
    .since_minor = kColoursMinor,
    .has_payload = true,
    .measure = measure_combined,
    .write = write_combined_value,
};

}  // namespace sigma
