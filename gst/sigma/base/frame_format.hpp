/* How bytes are frames of samples: planes, their rows, and what takes turns in a row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstddef>

namespace sigma {

constexpr size_t kMaxFramePlanes = 4;

struct FramePlane {
  size_t row = 1;  ///< samples
  size_t rows = 1;
  size_t period = 1;       ///< kinds of samples, which take turns in a row: at most 4
  bool is_skewed = false;  ///< each row begins with the kind after that of the row before: a mosaic

  bool operator==(const FramePlane&) const = default;
};

/// Frames lie one behind the other, and so do the planes of a frame.
struct FrameFormat {
  unsigned width = 1;  ///< bytes of a sample: 1 or 2
  bool big_endian = false;
  unsigned unused = 0;     ///< low bits, which are 0
  size_t plane_count = 0;  ///< 0: it is not known
  std::array<FramePlane, kMaxFramePlanes> planes;

  /// Samples of all planes.
  constexpr size_t frame_size() const {
    size_t size = 0;
    for (size_t i = 0; i < plane_count; i++)
      size += planes[i].row * planes[i].rows;
    return size;
  }
  bool operator==(const FrameFormat&) const = default;
};

}  // namespace sigma
