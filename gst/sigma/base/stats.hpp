/* What an encoder or decoder has done so far.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>

#include "gst/sigma/base/export.hpp"

namespace sigma {

constexpr uint64_t kNoTime = UINT64_MAX;  ///< of a time or an offset that is not known

struct StreamStats {
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t chunks = 0;
  uint64_t glyphs = 0;              ///< packets and the glyphs of their trees
  uint64_t boundary_crossings = 0;  ///< encoder: chunks, decoder: packets that span inputs
  uint64_t codec_time_ns = 0;       ///< inside the codec: encode-time or decode-time
  uint64_t peak_memory = 0;         ///< bytes the codec owned at most
  uint64_t chunks_stored = 0;
  uint64_t chunks_bytes = 0;    ///< chunks coded by the model `bytes`
  uint64_t chunks_records = 0;  ///< chunks coded by the model `records`
  uint64_t chunks_samples = 0;  ///< chunks coded by the model `samples`
  uint64_t chunks_frames = 0;   ///< chunks coded by the model `frames`
  uint64_t chunks_text = 0;     ///< chunks coded by the model `text`
  uint64_t chunks_lost = 0;     ///< decoder: known to be missing
  uint64_t bytes_lost = 0;      ///< decoder: decoded bytes known to be missing
  uint64_t started_ns = 0;      ///< monotonic clock, 0 before start()
  uint64_t last_ns = 0;         ///< monotonic clock at the latest progress

  /// Sets all counts to zero and starts the wall clock.
  SIGMA_API void start();
  /// Notes that something was just done.
  SIGMA_API void touch();

  uint64_t wall_time_ns() const { return last_ns - started_ns; }
  /// Wall-clock speed in MB/s (10^6) of the decoded side, `raw_bytes` of it; 0 before any time
  /// passed.
  SIGMA_API double throughput(uint64_t raw_bytes) const;
  /// Bytes in by bytes out; 0 before anything came out.
  SIGMA_API double ratio() const;
};

/// Nanoseconds of a clock that only goes forward.
SIGMA_API uint64_t monotonic_ns();

}  // namespace sigma
