/* Whole files, without a pipeline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

/// Hears how far a call has come, and may end it.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  /// Called in the thread of the call, each time some of the input is done: `bytes_in` of it were
  /// read, `bytes_out` were written. False: the call is to end with CANCELLED.
  virtual bool on_progress(uint64_t bytes_in, uint64_t bytes_out) = 0;
};

/// Encodes the file `input` into `output`, which is replaced as soon as there is something to
/// write. Threads are the library's own. IO errors carry errno. On an error `output` is left as far
/// as it was written.
SIGMA_API Result<StreamStats> encode_file(const char* input, const char* output,
                                          const EncoderSettings& settings = {},
                                          ProgressListener* progress = nullptr);

/// Decodes the stream or joined streams in `input` into `output`, which is replaced as soon as a
/// chunk is there. Every chunk before an error is in `output`. With OnError::SKIP damage is no
/// error: what is lost is left out of `output`, and `listener`, if there is one, is told.
SIGMA_API Result<StreamStats> decode_file(const char* input, const char* output,
                                          const DecoderSettings& settings = {},
                                          DamageListener* listener = nullptr,
                                          ProgressListener* progress = nullptr);

}  // namespace sigma
