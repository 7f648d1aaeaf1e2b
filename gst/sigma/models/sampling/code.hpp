/* Whether a chunk holds machine code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/branches.hpp"

namespace sigma {

/// Whose machine code the chunk holds, if a filter would make branches to the same place equal:
/// in a sample of 64 KiB, more than `least` of those that the filter does not make unequal.
Architecture find_machine_code(ByteSpan chunk, uint32_t position, uint32_t least);

/// Whether most of the chunk is machine code, in less time: three of four pieces of 4 KiB are.
bool is_machine_code(ByteSpan chunk, uint32_t position);

}  // namespace sigma
