/* What is missing from a stream that was decoded in spite of damage.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
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
