/* Frames: samples in rows of planes, each block of which has a predictor of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/settings.hpp"

namespace sigma {

constexpr size_t kMaxFramePeriod = 4;
constexpr size_t kMaxFrameRow = size_t{1} << 20;     ///< samples; and rows of a plane
constexpr size_t kMaxFrameSize = size_t{1} << 27;    ///< samples
constexpr size_t kMaxFrameOffset = size_t{1} << 27;  ///< samples
constexpr size_t kMaxFrameBlock = 64;
constexpr size_t kMaxFramePredictors = 8;  ///< of a plane
constexpr size_t kMaxFrameTaps = 20;
constexpr unsigned kMaxFrameShift = 15;

/// How bytes are read as frames.
struct FrameLayout : FrameFormat {
  size_t position = 0;     ///< samples of the first frame that come before
  size_t block_width = 8;  ///< periods
  size_t block_height = 8;
  /// Planes do not take turns: each has all its samples of the value behind those of the one
  /// before, as many, and `position` is in a plane. The reference has as many parts.
  bool is_apart = false;

  /// That of one plane that is apart.
  FrameLayout of_plane(size_t plane) const;
  size_t blocks_in_row(size_t plane) const;  ///< side by side
  /// Blocks of which some row has some of `samples` samples.
  size_t count_blocks(size_t samples) const;
};

/// One that a sum is made of: the sample so far before, times a factor for each kind.
struct FrameTap {
  uint32_t offset = 1;
  std::array<int16_t, kMaxFramePeriod> factors{};
};

/// From what the samples of a block are predicted.
struct FramePredictor {
  bool is_median = false;
  unsigned shift = 0;  ///< the sum of the taps is divided by 2^shift
  size_t tap_count = 0;
  std::array<FrameTap, kMaxFrameTaps> taps;
  size_t left = 1;  ///< of a median: offsets
  size_t above = 1;
  std::array<size_t, kMaxFramePeriod> references{};  ///< offset of what is subtracted; 0: nothing
};

struct PlanePredictors {
  size_t count = 0;
  std::array<FramePredictor, kMaxFramePredictors> all;
};

struct FramePredictors {
  std::array<PlanePredictors, kMaxFramePlanes> planes;
};

/// Whether all of it is in range. What has no planes is not.
bool is_frame_format(const FrameFormat& format);

/// Whether frames are whole pixels of three or four bytes.
bool is_frame_of_pixels(const FrameFormat& format);
/// Whether samples have two bytes.
inline bool is_frame_of_words(const FrameFormat& format) {
  return format.plane_count != 0 && format.width == 2;
}

/// What lies in one row of a plane, or a part of it.
struct FrameRow {
  size_t begin = 0;  ///< samples of the value before it
  size_t count = 0;
  size_t plane = 0;
  size_t y = 0;
  size_t x = 0;            ///< of its first sample in the plane's row
  size_t first_block = 0;  ///< number of the block that has sample 0 of the plane's row
};

/// Goes through the rows of a value, in order.
class FrameRows {
 public:
  FrameRows(const FrameLayout& layout, size_t samples);
  bool next(FrameRow& row);

 private:
  const FrameLayout& layout_;
  size_t samples_;
  FrameRow next_;
};

/// A few samples of a row that have the same predictor.
struct FrameRun {
  static constexpr size_t kMost = 256;
  size_t begin = 0;
  size_t count = 0;  ///< at most kMost
  size_t period = 1;
  size_t kind = 0;  ///< of the first one
};

/// Cuts a row into runs: calls `use(run, mode)` for each.
template <typename Use>
void for_each_run(const FrameLayout& layout, const FrameRow& row, ByteSpan modes, Use use) {
  const FramePlane& plane = layout.planes[row.plane];
  const size_t width = layout.block_width * plane.period;
  const uint8_t* const blocks = modes.data() + row.first_block;
  for (size_t x = row.x; x < row.x + row.count;) {
    size_t block = x / width;
    const uint8_t mode = blocks[block];
    size_t end = x;
    do
      end = ++block * width;
    while (end < row.x + row.count && end - x < FrameRun::kMost && blocks[block] == mode);
    end = end < row.x + row.count ? end : row.x + row.count;
    end = end - x < FrameRun::kMost ? end : x + FrameRun::kMost;
    const size_t skew = plane.is_skewed ? row.y : 0;
    use(FrameRun{row.begin + x - row.x, end - x, plane.period, (x + skew) % plane.period}, mode);
    x = end;
  }
}

/// The samples of a value and those before it, in a reference that ends where it begins. What is
/// before that is 0.
struct FrameBytes {
  ByteSpan reference;
  MutableByteSpan value;

  /// Those of one of some planes that are apart.
  FrameBytes of_plane(size_t plane, size_t planes) const {
    const size_t known = reference.size() / planes;
    const size_t size = value.size() / planes;
    return {reference.subspan(plane * known, known), value.subspan(plane * size, size)};
  }
};

struct ReadyPredictor;

/// Turns residuals into samples, in place. The predictor was prepared for samples that are not
/// known.
void restore_run(const FrameLayout& layout, const ReadyPredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes);

/// Predictions of samples that are all there, without unused bits. `predictions` has room for
/// FrameRun::kMost.
void predict_run(const FrameLayout& layout, const ReadyPredictor& predictor, const FrameRun& run,
                 const FrameBytes& bytes, int32_t* predictions);

/// Writes an operator's payload; gives its size, or 0 if there is no room.
size_t write_frames(const FrameLayout& layout, const FramePredictors& predictors,
                    MutableByteSpan out);

/// Reads it. False if it breaks a rule. Null `predictors`: only the layout is of interest.
bool read_frames(ByteSpan payload, FrameLayout& layout, FramePredictors* predictors);

struct OperatorEntry;
extern const OperatorEntry kFrames;

}  // namespace sigma
