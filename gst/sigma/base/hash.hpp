/* XXH3-64, the check of everything in a stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

uint64_t hash_bytes(ByteSpan bytes);

}  // namespace sigma
