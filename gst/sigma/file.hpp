/* Whole files, without a pipeline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"

namespace sigma {

/// Encodes the file `input` into `output`, which is replaced as soon as there is something to
/// write. IO errors carry errno. On an error `output` is left as far as it was written.
SIGMA_API Result<StreamStats> encode_file(const char* input, const char* output,
                                          const EncoderSettings& settings = {});

/// Decodes the stream or joined streams in `input` into `output`, which is replaced as soon as a
/// chunk is there. Every chunk before an error is in `output`. With OnError::SKIP damage is no
/// error: what is lost is left out of `output`, and `listener`, if there is one, is told.
SIGMA_API Result<StreamStats> decode_file(const char* input, const char* output,
                                          uint64_t max_memory = kDefaultDecoderMemory,
                                          OnError on_error = OnError::FAIL,
                                          DamageListener* listener = nullptr);

}  // namespace sigma
