/* XXH3-64 by the vectors of newer processors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// The same as hash_bytes(), where the processor has them and SIGMA_AVX2 or SIGMA_AVX512 is
/// defined.
uint64_t hash_bytes_avx2(ByteSpan bytes);
uint64_t hash_bytes_avx512(ByteSpan bytes);

}  // namespace sigma
