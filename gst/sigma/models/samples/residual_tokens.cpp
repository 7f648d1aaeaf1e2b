/* Residuals split, a few at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/residual_tokens.hpp"

#include <bit>
#include <type_traits>

#include "gst/sigma/operators/token_step.hpp"

namespace sigma {
namespace {

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
  /// The next TokenStep::kCount of them.
  void take(std::array<uint32_t, TokenStep::kCount>& values) {
    if (channels_ == 1) {
      for (size_t i = 0; i < TokenStep::kCount; i++)
        values[i] = static_cast<uint32_t>(residuals_[frame_ + i]);
      frame_ += TokenStep::kCount;
      return;
    }
    if (channels_ == 2) {
      for (size_t i = 0; i < TokenStep::kCount / 2; i++) {
        values[2 * i] = static_cast<uint32_t>(residuals_[frame_ + i]);
        values[2 * i + 1] = static_cast<uint32_t>(residuals_[count_ + frame_ + i]);
      }
      frame_ += TokenStep::kCount / 2;
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
    TokenStep step;
    for (; i + TokenStep::kCount <= all; i += TokenStep::kCount) {
      in.take(step.values);
      step.put(tokens + i, bits);
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
