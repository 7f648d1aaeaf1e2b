/* One of the streams of an input, as its end packet or a walk through it tells.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstdint>

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {

struct JoinedStream {
  uint64_t begin = 0;     ///< offset of the head
  uint64_t end = 0;       ///< offset behind the end packet
  uint64_t base = 0;      ///< decoded bytes of the streams before
  uint64_t raw_size = 0;  ///< decoded bytes
  uint64_t id = 0;
  bool is_ended = false;        ///< by an end packet that was found from the input's end,
  uint64_t chunks = 0;          ///< which says how many there are
  uint64_t last_index = 0;      ///< offset of the last index packet, 0: none that could be used
  uint64_t origin = 0;          ///< the stream's own time where it begins, ns, by the index
  uint64_t duration = kNoTime;  ///< ns, by the index; kNoTime if it does not tell
  bool is_timed = false;        ///< that was found out
  std::array<uint8_t, kHeadBodySize> head{};
};

/// Trouble that says nothing about the stream.
inline bool is_trouble(const Status& status) {
  return !status.ok() && !is_damage(status);
}

}  // namespace sigma
