/* Tokens of values that are all known.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/token_step.hpp"

#include "gst/sigma/base/cpu.hpp"

namespace sigma {
namespace {

/// Of values of 24 bits at most, which floating-point numbers hold: their exponent, with the two
/// bits that follow the first one, is a token but for a constant.
SIGMA_KERNEL void find_tokens(TokenStep& step) {
  constexpr uint32_t kMantissaBits = 23;
  constexpr uint32_t kBias = 127;
  static_assert(kFirstOpenToken == 1U << 4);
  constexpr uint32_t kLess = ((kBias + 4) << 2) - kFirstOpenToken;
  for (size_t i = 0; i < TokenStep::kCount; i++) {
    const uint32_t value = step.values[i];
    const auto number = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(value)));
    const uint32_t is_open = value >= kFirstOpenToken ? ~uint32_t{0} : 0;
    const uint32_t count = ((number >> kMantissaBits) - kBias - 2) & is_open;
    step.tokens[i] = ((((number >> (kMantissaBits - 2)) - kLess) & is_open) | (value & ~is_open));
    step.counts[i] = count;
    step.values[i] = value & ((uint32_t{1} << count) - 1);
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void find_tokens_avx2(TokenStep& step) {
  find_tokens(step);
}
#endif

void find_tokens_any(TokenStep& step) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return find_tokens_avx2(step);
#endif
  find_tokens(step);
}

}  // namespace

void TokenStep::put(uint8_t* out, TokenBits& bits) {
  find_tokens_any(*this);
  for (size_t i = 0; i < kCount; i++)
    out[i] = static_cast<uint8_t>(tokens[i]);
  for (size_t i = 0; i < kCount; i += 4)
    bits.put_four(values.data() + i, counts.data() + i);
}

}  // namespace sigma
