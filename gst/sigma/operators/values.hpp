/* Values that are not written out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// RUN's payload: the size of its value, then a pattern of 1 to 255 bytes.
bool parse_run(ByteSpan payload, uint64_t& size, ByteSpan& pattern);

/// Fills `out` with the pattern, from its front on.
void write_run(ByteSpan pattern, MutableByteSpan out);

}  // namespace sigma
