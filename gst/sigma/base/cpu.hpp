/* What the processor can do beyond what the library is built for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

// Kernels are written once, as functions that are always inlined, and compiled twice: as they are,
// and for AVX2, with BMI2, which no processor has without the other, where SIGMA_AVX2 is defined.
// Which one runs is asked for once. Not on Windows, where GCC aligns the stack too little for what
// it keeps there of such registers.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(_WIN32)
#define SIGMA_AVX2 [[gnu::target("avx2,bmi2")]]
#define SIGMA_AVX512 [[gnu::target("avx512f")]]
#endif
#define SIGMA_KERNEL [[gnu::always_inline]] inline

namespace sigma {

#if defined(SIGMA_AVX2)
inline const bool kHasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
inline const bool kHasAvx512 = __builtin_cpu_supports("avx512f");
#endif

}  // namespace sigma
