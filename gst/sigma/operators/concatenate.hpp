/* Values, joined.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// CONCATENATE's payload. Each child takes at least a byte of the tree, which bounds the count.
bool parse_count(ByteSpan payload, ByteSpan tree, uint64_t& count);

}  // namespace sigma
