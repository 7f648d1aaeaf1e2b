/* What the next buffer is expected to be.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/framing/description.hpp"

namespace sigma {

/// Ticks of 1/rate seconds: `step` of them from one buffer to the next.
struct FramingClock {
  uint32_t step = 0;  ///< 0: there is no clock
  uint32_t rate = 0;
  uint32_t phase = 0;  ///< the part of a ns that times have lost so far, in 1/rate ns

  bool operator==(const FramingClock&) const = default;
};

/// What the next buffer is expected to be, by those before it in the group. Made and read by the
/// codec; an application hands it on.
class FramingState {
 public:
  /// The number of fields that a buffer has, all of them whole numbers.
  static constexpr size_t kFields = 7;

  /// How field `i` of `buffer` differs from what is expected, when the fields before it are known;
  /// 0 if it does not.
  uint64_t residual(const FramedBuffer& buffer, size_t i) const;
  /// Sets field `i`, when the fields before it are set, from its residual.
  void restore(FramedBuffer& buffer, size_t i, uint64_t residual) const;
  /// The next buffer is expected behind this one.
  void advance(const FramedBuffer& buffer);

  const FramingClock& clock() const { return clock_; }
  void set_clock(const FramingClock& clock) { clock_ = clock; }
  const FramedBuffer& last() const { return last_; }

 private:
  uint64_t expected(const FramedBuffer& buffer, size_t i) const;
  uint64_t next_step() const;

  FramedBuffer last_;
  uint64_t step_ = 0;  ///< ns from the last buffer to the next
  FramingClock clock_;
};

}  // namespace sigma
