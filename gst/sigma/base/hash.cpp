/* XXH3-64.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/hash.hpp"

#if defined(SIGMA_XXHASH_DISPATCH)
#include <xxh_x86dispatch.h>  // the same functions, with the vectors that the processor has
#else
#include <xxhash.h>
#endif

namespace sigma {

uint64_t hash_bytes(ByteSpan bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace sigma
