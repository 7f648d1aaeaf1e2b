/* What is missing from a stream that was decoded in spite of damage.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>

#include "gst/sigma/base/status.hpp"

namespace sigma {

/// What a decoder does at damage.
enum class OnError : uint8_t {
  FAIL,  ///< stops with an error
  SKIP,  ///< leaves out what is damaged, reports it, and goes on
};

constexpr uint64_t kUnknownPosition = UINT64_MAX;

/// One stretch of the input that could not be used, and the decoded bytes that are missing for it.
/// Ranges are half-open. Positions count decoded bytes over all joined streams.
struct Damage {
  Status cause;               ///< what was found first
  uint64_t stream_begin = 0;  ///< bytes of the input
  uint64_t stream_end = 0;
  uint64_t position_begin = 0;  ///< equal to position_end if no decoded byte is missing
  uint64_t position_end = 0;    ///< kUnknownPosition: the stream has no end that would tell
  uint64_t chunks = 0;          ///< that are missing for sure

  uint64_t bytes() const {
    return position_end == kUnknownPosition ? 0 : position_end - position_begin;
  }
};

/// One sentence for a user. Ranges are given as begin and end, the end not being part of them.
SIGMA_API StatusText describe(const Damage& damage);

/// Hears of damage in the order of the stream, each time before the chunk behind it is given.
class DamageListener {
 public:
  virtual ~DamageListener() = default;
  virtual void on_damage(const Damage& damage) = 0;
};

}  // namespace sigma
