/* Frames of which nothing is said, found in bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/frame_format.hpp"

namespace sigma {

/// What frames the chunk most likely has, of no planes if it has none. `offset`: of its first byte
/// in the stream. `origin`: byte of the stream at which some frame begins, if that can be told.
FrameFormat find_frames(ByteSpan chunk, uint64_t offset, uint64_t& origin);

}  // namespace sigma
