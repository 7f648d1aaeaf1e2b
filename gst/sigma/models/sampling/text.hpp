/* Whether bytes are text, from how often each comes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

using ByteCounts = std::array<uint32_t, 256>;

/// How often each byte comes.
ByteCounts count_bytes(ByteSpan bytes);

/// Whether there are no more control characters among `size` bytes than text has, but for zeros
/// that may end lines.
bool is_text(const ByteCounts& counts, size_t size);

/// The same of a few pieces of a chunk.
bool looks_like_text(ByteSpan chunk);

}  // namespace sigma
