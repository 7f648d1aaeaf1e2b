/* Lines of a chunk, as a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// `size` bytes from the middle, or fewer, that begin behind a line feed if there is one.
ByteSpan middle_lines(ByteSpan bytes, size_t size);

/// Lines from places all over `bytes`, one behind the other in `room`; or middle_lines(), if that
/// would be half of them or more.
ByteSpan spread_lines(ByteSpan bytes, MutableByteSpan room);

}  // namespace sigma
