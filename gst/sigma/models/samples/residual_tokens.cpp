/* Residuals split, a few at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/residual_tokens.hpp"

#include <array>
#include <bit>
#include <type_traits>

#include "gst/sigma/base/cpu.hpp"

namespace sigma {
namespace {

constexpr size_t kStep = 32;

/// Values in the order of their samples, with what becomes of them.
struct Split {
  std::array<uint32_t, kStep> values;  ///< then their open bits
  std::array<uint32_t, kStep> tokens;
  std::array<uint32_t, kStep> counts;  ///< of open bits
};

/// Of values of 24 bits at most, which floating-point numbers hold: their exponent, with the two
/// bits that follow the first one, is a token but for a constant.
SIGMA_KERNEL void find_tokens(Split& split) {
  constexpr uint32_t kMantissaBits = 23;
  constexpr uint32_t kBias = 127;
  static_assert(kFirstOpenToken == 1U << 4);
  constexpr uint32_t kLess = ((kBias + 4) << 2) - kFirstOpenToken;
  for (size_t i = 0; i < kStep; i++) {
    const uint32_t value = split.values[i];
    const auto number = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(value)));
    const uint32_t is_open = value >= kFirstOpenToken ? ~uint32_t{0} : 0;
    const uint32_t count = ((number >> kMantissaBits) - kBias - 2) & is_open;
    split.tokens[i] = ((((number >> (kMantissaBits - 2)) - kLess) & is_open) | (value & ~is_open));
    split.counts[i] = count;
    split.values[i] = value & ((uint32_t{1} << count) - 1);
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void find_tokens_avx2(Split& split) {
  find_tokens(split);
}
#endif

void find_tokens_any(Split& split) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return find_tokens_avx2(split);
#endif
  find_tokens(split);
}

/// Reads residuals in the order of their samples.
template <typename T>
class InOrder {
 public:
  InOrder(const T* residuals, size_t channels, size_t count)
      : residuals_(residuals), channels_(channels), count_(count) {}
  std::make_unsigned_t<T> next() {
    const auto value = static_cast<std::make_unsigned_t<T>>(residuals_[channel_ * count_ + frame_]);
    if (++channel_ == channels_) {
      channel_ = 0;
      frame_++;
    }
    return value;
  }
  /// The next kStep of them.
  void take(std::array<uint32_t, kStep>& values) {
    if (channels_ == 1) {
      for (size_t i = 0; i < kStep; i++)
        values[i] = static_cast<uint32_t>(residuals_[frame_ + i]);
      frame_ += kStep;
      return;
    }
    if (channels_ == 2) {
      for (size_t i = 0; i < kStep / 2; i++) {
        values[2 * i] = static_cast<uint32_t>(residuals_[frame_ + i]);
        values[2 * i + 1] = static_cast<uint32_t>(residuals_[count_ + frame_ + i]);
      }
      frame_ += kStep / 2;
      return;
    }
    for (uint32_t& value : values)
      value = static_cast<uint32_t>(next());
  }

 private:
  const T* residuals_;
  size_t channels_;
  size_t count_;
  size_t channel_ = 0;
  size_t frame_ = 0;
};

}  // namespace

template <typename T>
void split_residuals(unsigned width, const T* residuals, size_t channels, size_t count,
                     uint8_t* tokens, TokenBits& bits) {
  const size_t all = channels * count;
  InOrder<T> in(residuals, channels, count);
  size_t i = 0;
  const bool is_short = width <= 4 && bits.begin_short(all);
  if (width <= 2 && is_short) {
    Split split;
    for (; i + kStep <= all; i += kStep) {
      in.take(split.values);
      find_tokens_any(split);
      for (size_t j = 0; j < kStep; j++)
        tokens[i + j] = static_cast<uint8_t>(split.tokens[j]);
      for (size_t j = 0; j < kStep; j += 4)
        bits.put_four(split.values.data() + j, split.counts.data() + j);
    }
  }
  if (is_short) {
    TokenBits here = bits;
    for (; i < all; i++) {
      const uint64_t value = in.next();
      // What is below the first open token has bits of its own, which are not written.
      const auto open = static_cast<uint32_t>(std::bit_width(value | kFirstOpenToken)) - 3;
      const bool is_open = value >= kFirstOpenToken;
      const uint32_t token =
          kFirstOpenToken + (open - 2) * 4 + static_cast<uint32_t>(value >> open & 3);
      tokens[i] = static_cast<uint8_t>(is_open ? token : value);
      here.put_short(value, is_open ? open : 0);
    }
    bits = here;
  }
  for (; i < all; i++) {
    const uint64_t value = in.next();
    const uint32_t token = token_of(value);
    tokens[i] = static_cast<uint8_t>(token);
    bits.put(value, token_bits(token));
  }
}

template void split_residuals(unsigned, const int32_t*, size_t, size_t, uint8_t*, TokenBits&);
template void split_residuals(unsigned, const int64_t*, size_t, size_t, uint8_t*, TokenBits&);

}  // namespace sigma
