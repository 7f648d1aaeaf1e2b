/* XXH3-64, compiled once more for AVX-512.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/hash_vectors.hpp"

#include "gst/sigma/base/cpu.hpp"

#if defined(SIGMA_AVX512)

#include <immintrin.h>

#include <cstdlib>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
// GCC takes what its own header leaves undefined on purpose for a fault.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f")
#endif

#define XXH_INLINE_ALL
#define XXH_VECTOR 3  // XXH_AVX512
#include <xxhash.h>

namespace sigma {

uint64_t hash_bytes_avx512(ByteSpan bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace sigma

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
