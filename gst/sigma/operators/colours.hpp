/* Colours: pixels that were made of luma and two differences of colours, and these planes again.
 * docs/format.md, "Colours", is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/cpu.hpp"

namespace sigma {

constexpr size_t kMinPixel = 3;  ///< bytes
constexpr size_t kMaxPixel = 4;
constexpr unsigned kColourBits = 16;
constexpr int32_t kMaxColourSlope = 1 << 18;
constexpr int32_t kMaxColourOffset = 1 << 26;
/// No luma marks an exception.
constexpr unsigned kNoColourMark = 256;
constexpr uint8_t kColoursMinor = 12;
/// The difference to red before the first pixel.
constexpr uint8_t kFirstRed = 128;

/// Distances in the order in which they are tried.
constexpr int8_t kColoursTried[] = {0, -1, 1, -2, 2};

/// What a plane's sample adds to a colour, in 1 / 2^kColourBits, by its distance to 128.
struct ColourCurve {
  int32_t slope = 0;
  int32_t step = 0;  ///< of samples below 128
  int32_t offset = 0;

  int32_t at(int32_t sample) const {
    return slope * (sample - 128) + offset + (sample < 128 ? step : 0);
  }
};

/// About what a plane's sample was, by the colours.
struct ColourEstimate {
  int32_t red = 0;
  int32_t green = 0;
  int32_t blue = 0;
  int32_t offset = 0;
};

/// How pixels are made: red of luma and the difference to red, blue of luma and that to blue, green
/// of all three.
struct ColourForm {
  size_t unit = kMinPixel;   ///< bytes of a pixel
  size_t first = 0;          ///< of these, the one with which the three colours begin
  bool blue_first = false;   ///< else red
  bool green_joint = false;  ///< both parts of green are added before they are rounded
  ColourCurve luma;
  ColourCurve red;
  ColourCurve blue;
  ColourCurve green_by_blue;  ///< by the difference to blue
  ColourCurve green_by_red;
  std::array<ColourEstimate, 3> estimates;  ///< luma, difference to blue, difference to red
};

/// Samples of a pixel's planes.
struct ColourSamples {
  uint8_t luma = 0;
  uint8_t blue = 0;
  uint8_t red = 0;
};

struct Colours {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};

struct FoundSamples {
  ColourSamples samples;
  bool is_exact = true;  ///< they make the pixel
};

/// Remembers what was found for some pixels.
class ColourCache {
 public:
  ColourCache() { keys_.fill(UINT32_MAX); }
  template <typename Find>
  const FoundSamples& find(const Colours& pixel, Find find) {
    const uint32_t key = uint32_t{pixel.red} << 16 | uint32_t{pixel.green} << 8 | pixel.blue;
    const size_t place = key * 0x9E3779B1U >> (32 - kPlaces);
    if (keys_[place] != key) {
      find(known_[place]);
      keys_[place] = key;
    }
    return known_[place];
  }

 private:
  static constexpr unsigned kPlaces = 10;
  std::array<uint32_t, size_t{1} << kPlaces> keys_;
  std::array<FoundSamples, size_t{1} << kPlaces> known_;
};

/// A form made ready.
class ColourTables {
 public:
  /// What a sample adds to each of three, and to nothing; or three sums.
  using Lanes [[gnu::vector_size(16)]] = int32_t;

  explicit ColourTables(const ColourForm& form);

  /// The colours of a pixel, in the order in which they lie there.
  SIGMA_KERNEL Lanes sum(const ColourSamples& samples) const {
    return clamped(by_luma_[samples.luma] + by_blue_[samples.blue] + by_red_[samples.red]);
  }
  /// Samples that make a pixel: with the difference to red of the pixel before, if that does, else
  /// the first that do of a few near the estimate, else the estimate.
  SIGMA_KERNEL FoundSamples samples_of(const Colours& pixel, uint8_t red, ColourCache& ends) const {
    if (!is_whole(pixel))
      return ends.find(pixel, [&](FoundSamples& found) { found = search_ends(pixel); });
    FoundSamples found;
    found.samples.red = red;
    return solve(pixel, found.samples) ? found : search_whole(pixel);
  }
  /// The same of samples further away, for an encoder.
  bool find_far(const Colours& pixel, ColourSamples& samples) const;
  /// None of the colours is the least or the greatest, which others may have become.
  static bool is_whole(const Colours& pixel) {
    return is_whole(pixel.red) && is_whole(pixel.green) && is_whole(pixel.blue);
  }

  SIGMA_KERNEL Colours load(const uint8_t* pixel) const {
    const uint8_t* const p = pixel + form_.first;
    return {p[form_.blue_first ? 2 : 0], p[1], p[form_.blue_first ? 0 : 2]};
  }
  /// Which byte of a pixel of four is no colour.
  size_t other() const { return form_.first == 0 ? kMinPixel : 0; }

 private:
  static constexpr int32_t kReach = 4096;  ///< more than any sum

  static int32_t clamped(int32_t colour) { return std::clamp<int32_t>(colour, 0, 255); }
  static bool is_whole(uint8_t colour) { return colour != 0 && colour != 255; }
  SIGMA_KERNEL static Lanes clamped(Lanes sums) {
    sums >>= static_cast<int32_t>(kColourBits);
    sums = sums < 0 ? Lanes{} : sums;
    return sums > 255 ? Lanes{255, 255, 255, 255} : sums;
  }
  int32_t green(uint8_t blue, uint8_t red) const {
    return (green_by_blue_[blue] + green_by_red_[red]) >> kColourBits;
  }
  SIGMA_KERNEL ColourSamples estimate(const Colours& pixel) const {
    const Lanes sums = clamped(of_red_[pixel.red] + of_green_[pixel.green] + of_blue_[pixel.blue]);
    return {static_cast<uint8_t>(sums[0]), static_cast<uint8_t>(sums[1]),
            static_cast<uint8_t>(sums[2])};
  }
  /// By the difference to red: red tells the luma, this the difference to blue, and green whether
  /// it is right.
  SIGMA_KERNEL bool solve(const Colours& pixel, ColourSamples& samples) const {
    const int32_t luma = pixel.red - red_[samples.red];
    const int16_t found = luma_of_[static_cast<size_t>(luma + kReach)];
    const int16_t blue = blue_of_[static_cast<size_t>(pixel.blue - luma + kReach)];
    samples.luma = static_cast<uint8_t>(found);
    samples.blue = static_cast<uint8_t>(blue);
    return found >= 0 && blue >= 0 && luma + green(samples.blue, samples.red) == pixel.green;
  }
  SIGMA_KERNEL FoundSamples search_whole(const Colours& pixel) const {
    const ColourSamples about = estimate(pixel);
    for (const int distance : kColoursTried) {
      const int red = about.red + distance;
      if (red < 0 || red > 255) continue;
      ColourSamples samples = about;
      samples.red = static_cast<uint8_t>(red);
      if (solve(pixel, samples)) return {samples, true};
    }
    return {about, false};
  }
  bool makes(const ColourSamples& samples, const Colours& pixel) const;
  ColourSamples estimate_ends(const Colours& pixel) const;
  FoundSamples search_ends(const Colours& pixel) const;
  bool find_luma(const Colours& pixel, ColourSamples& samples) const;

  ColourForm form_;
  std::array<Lanes, 256> by_luma_;
  std::array<Lanes, 256> by_blue_;
  std::array<Lanes, 256> by_red_;
  std::array<Lanes, 256> of_red_;
  std::array<Lanes, 256> of_green_;
  std::array<Lanes, 256> of_blue_;
  std::array<int32_t, 256> luma_;
  std::array<int32_t, 256> red_;
  std::array<int32_t, 256> blue_;
  std::array<int32_t, 256> green_by_blue_;  ///< not rounded
  std::array<int32_t, 256> green_by_red_;
  std::array<int16_t, 2 * kReach> luma_of_;  ///< the least one; -1: none
  std::array<int16_t, 2 * kReach> blue_of_;  ///< likewise
};

/// Writes the planes of pixels one behind the other: luma, both differences, and what else a pixel
/// has. The pixels are those of `begin`, of which bytes at the front that are no whole pixel are
/// passed over, followed by `rest`, fewer bytes than a pixel has.
void separate_colours(const ColourForm& form, ByteSpan begin, ByteSpan rest,
                      MutableByteSpan planes);

/// Pixels that are not made of their samples.
struct ColourMisses {
  std::span<uint32_t> places;  ///< room for their numbers
  size_t count = 0;            ///< of all of them
};

/// The same of whole pixels, for an encoder.
void separate_colours(const ColourForm& form, ByteSpan pixels, MutableByteSpan planes,
                      ColourMisses& misses);

/// Puts pixels together of their planes. Those whose luma is `mark` have their colours from
/// `exceptions`, of which none is left then; false if there are others.
bool combine_colours(const ColourForm& form, unsigned mark, ByteSpan planes, ByteSpan exceptions,
                     MutableByteSpan pixels);

/// Write the payloads of both operators; give their sizes, or 0 if there is no room.
size_t write_separated(const ColourForm& form, ByteSpan rest, MutableByteSpan out);
size_t write_combined(const ColourForm& form, unsigned mark, MutableByteSpan out);

struct OperatorEntry;
extern const OperatorEntry kSeparated;
extern const OperatorEntry kCombined;

}  // namespace sigma
