/* What the processor can do beyond what the library is built for.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#pragma once

// Kernels are written once, as functions that are always inlined, and compiled twice: as they are,
// and for AVX2 where SIGMA_AVX2 is defined. Which one runs is asked for once.
#if defined(__x86_64__) && defined(__GNUC__)
#define SIGMA_AVX2 [[gnu::target("avx2")]]
#endif
#define SIGMA_KERNEL [[gnu::always_inline]] inline

namespace sigma {

#if defined(SIGMA_AVX2)
inline const bool kHasAvx2 = __builtin_cpu_supports("avx2");
#endif

}  // namespace sigma
