/* XXH3-64, compiled in, so that no other library need be found at run time or be linked statically.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/base/hash_vectors.hpp"

namespace sigma {

uint64_t hash_bytes(ByteSpan bytes) {
#if defined(SIGMA_AVX2)
  // Below that size XXH3 uses no vectors.
  const bool is_long = bytes.size() > XXH3_MIDSIZE_MAX;
  if (is_long && kHasAvx512) return hash_bytes_avx512(bytes);
  if (is_long && kHasAvx2) return hash_bytes_avx2(bytes);
#endif
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace sigma
