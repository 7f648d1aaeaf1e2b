/* Rows and frames in bytes of which nothing is said: a file of raw video, a picture without
 * compression.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/settings.hpp"

namespace sigma {

/// A format in which the bytes are likely frames that are smaller as such. Planes: none if there
/// is no such format. `offset`: of the bytes in the stream, which a frame begins.
FrameFormat find_frames(ByteSpan bytes, uint64_t offset);

}  // namespace sigma
