/* A run's samples and those around it, wherever they lie: in the value or in its reference.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {

/// Samples that are summed at once. Kernels may read, but not use, as many behind a run.
constexpr size_t kFrameLanes = 16;
static_assert(FrameRun::kMost % kFrameLanes == 0);

template <typename Sample>
struct RunSamples {
  static constexpr size_t kWidth = Sample::kWidth;
  using Room = std::array<uint8_t, FrameRun::kMost * kWidth>;

  RunSamples(const FrameRun& run, const FrameBytes& bytes)
      : value(bytes.value.data()),
        value_count(bytes.value.size() / kWidth),
        before(bytes.reference.data() + bytes.reference.size()),
        count_before(bytes.reference.size() / kWidth),
        begin(run.begin),
        count(run.count),
        padded((run.count + kFrameLanes - 1) / kFrameLanes * kFrameLanes) {}

  /// The sample `offset` before number `i` of the run.
  SIGMA_KERNEL uint32_t at(size_t i, size_t offset) const {
    const size_t place = begin + i;
    if (place >= offset) return Sample::load(value + (place - offset) * kWidth);
    const size_t back = offset - place;
    return back <= count_before ? Sample::load(before - back * kWidth) : 0;
  }

  /// Where the samples `offset` before the run lie, with some behind that may be anything. They are
  /// copied to `room` if they do not lie in one piece.
  SIGMA_KERNEL const uint8_t* all(size_t offset, Room& room) const {
    if (begin >= offset) {
      if (begin - offset + padded <= value_count) return value + (begin - offset) * kWidth;
    } else if (const size_t back = offset - begin; back >= padded) {
      if (back <= count_before) return before - back * kWidth;
      if (back >= count_before + padded) return kNothing.data();
    }
    return copied(offset, room);
  }

  /// The same for samples that become known one by one; null if they do not lie in one piece.
  SIGMA_KERNEL const uint8_t* growing(size_t offset, Room& room) const {
    if (begin >= offset) return value + (begin - offset) * kWidth;
    return offset >= count ? all(offset, room) : nullptr;
  }

  /// Samples before all others.
  static constexpr Room kNothing{};

  uint8_t* value;
  size_t value_count;
  const uint8_t* before;
  size_t count_before;
  size_t begin;
  size_t count;
  size_t padded;

 private:
  [[gnu::noinline]] const uint8_t* copied(size_t offset, Room& room) const {
    for (size_t i = 0; i < padded; i++)
      Sample::store(room.data() + i * kWidth,
                    static_cast<typename Sample::Value>(i < count ? at(i, offset) : 0));
    return room.data();
  }
};

}  // namespace sigma
