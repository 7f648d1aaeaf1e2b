/* Frames, found.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_probe.hpp"

namespace sigma {

FrameFormat find_frames(ByteSpan chunk, uint64_t offset, uint64_t& origin) {
  (void)chunk;
  origin = offset;
  return {};
}

}  // namespace sigma
