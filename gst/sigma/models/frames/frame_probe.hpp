/* Rows and frames in bytes of which nothing is said: a file of raw video, a picture without
 * compression.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/settings.hpp"

namespace sigma {

/// A format in which bytes are likely frames that are smaller as such.
struct FoundFrames {
  FrameFormat format;  ///< no planes: there is none
  size_t shift = 0;    ///< bytes of the stream before its first frame, less than a frame
};

/// `offset`: of the bytes in the stream.
FoundFrames find_frames(ByteSpan bytes, uint64_t offset);

/// Whether the bytes, of which nothing is said, are worth a look for drawings.
bool may_be_drawing(ByteSpan bytes);

}  // namespace sigma
