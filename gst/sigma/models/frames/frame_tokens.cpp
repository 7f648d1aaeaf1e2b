/* Residuals of frames, split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_tokens.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "gst/sigma/operators/stored_integer.hpp"

namespace sigma {
namespace {

/// Folded residuals of a run.
template <typename Sample>
SIGMA_KERNEL void fold_run(const uint8_t* samples, const int32_t* predictions, size_t count,
                           unsigned unused, typename Sample::Value* folded) {
  const unsigned above = 32 - (Sample::kBits - unused);
  for (size_t i = 0; i < count; i++) {
    const int32_t sample = Sample::load(samples + i * Sample::kWidth) >> unused;
    const auto difference = static_cast<uint32_t>(sample - predictions[i]);
    const int32_t residual = static_cast<int32_t>(difference << above) >> above;
    folded[i] = static_cast<typename Sample::Value>(residual << 1 ^ residual >> 31);
  }
}

#if defined(SIGMA_AVX2)
template <typename Sample>
SIGMA_AVX2 void fold_run_avx2(const uint8_t* samples, const int32_t* predictions, size_t count,
                              unsigned unused, typename Sample::Value* folded) {
  fold_run<Sample>(samples, predictions, count, unused, folded);
}
#endif

/// A token and how many bits it leaves open, of residuals of one byte.
struct TokenForm {
  uint8_t token;
  uint8_t bits;
};
constexpr auto kTokenForms = [] {
  std::array<TokenForm, 256> forms{};
  for (uint32_t value = 0; value < forms.size(); value++)
    forms[value] = {static_cast<uint8_t>(token_of(value)),
                    static_cast<uint8_t>(token_bits(token_of(value)))};
  return forms;
}();

SIGMA_KERNEL TokenForm form_of(uint8_t value) {
  return kTokenForms[value];
}
SIGMA_KERNEL TokenForm form_of(uint16_t value) {
  const uint32_t token = token_of(value);
  return {static_cast<uint8_t>(token), static_cast<uint8_t>(token_bits(token))};
}

/// Splits as many residuals as eight bytes have. Their open bits are 52 at most.
template <typename Value>
void split_open(const Value* folded, size_t count, bool is_short, uint8_t* tokens,
                TokenBits& bits) {
  uint64_t open = 0;
  unsigned filled = 0;
  for (size_t i = 0; i < count; i++) {
    const Value value = folded[i];
    const TokenForm form = form_of(value);
    tokens[i] = form.token;
    open |= uint64_t{value & ((1U << form.bits) - 1)} << filled;
    filled += form.bits;
  }
  if (is_short)
    bits.put_short(open, filled);
  else
    bits.put(open, filled);
}

/// Splits folded residuals into tokens and bits. They may be the tokens' own place, and there are
/// some behind them that are read, but not used.
template <typename Value>
void split_folded(const Value* folded, size_t count, uint8_t* tokens, TokenBits& bits) {
  constexpr size_t kTogether = 8 / sizeof(Value);
  // None of a word's values is that of an open token.
  constexpr uint64_t kOpen = UINT64_MAX / std::numeric_limits<Value>::max() *
                             (std::numeric_limits<Value>::max() - (kFirstOpenToken - 1));
  const bool is_short = bits.begin_short(count);
  for (size_t begin = 0; begin < count; begin += kTogether) {
    const size_t size = std::min(kTogether, count - begin);
    uint64_t word;
    std::memcpy(&word, folded + begin, sizeof(word));
    if (size < kTogether) word &= (uint64_t{1} << (64 / kTogether * size)) - 1;
    if ((word & kOpen) == 0) [[likely]]
      std::copy_n(folded + begin, size, tokens + begin);
    else
      split_open(folded + begin, size, is_short, tokens + begin, bits);
  }
}

/// Splits what a run's samples differ from their predictions into tokens and bits.
template <typename Sample>
void split_run(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
               const int32_t* predictions, uint8_t* tokens, TokenBits& bits) {
  using Value = typename Sample::Value;
  Value folded[FrameRun::kMost + 8 / sizeof(Value)];
  const uint8_t* const samples = bytes.value.data() + run.begin * Sample::kWidth;
#if defined(SIGMA_AVX2)
  if (kHasAvx2)
    fold_run_avx2<Sample>(samples, predictions, run.count, layout.unused, folded);
  else
#endif
    fold_run<Sample>(samples, predictions, run.count, layout.unused, folded);
  split_folded(folded, run.count, tokens, bits);
}

}  // namespace

void split_byte_tokens(MutableByteSpan tokens, TokenBits& bits) {
  for (size_t begin = 0; begin < tokens.size(); begin += FrameRun::kMost) {
    uint8_t* const piece = tokens.data() + begin;
    split_folded(piece, std::min(FrameRun::kMost, tokens.size() - begin), piece, bits);
  }
}

void split_frame_run(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
                     const int32_t* predictions, uint8_t* tokens, TokenBits& bits) {
  if (layout.width == 1)
    split_run<StoredInteger<1, false>>(layout, bytes, run, predictions, tokens, bits);
  else if (layout.big_endian)
    split_run<StoredInteger<2, true>>(layout, bytes, run, predictions, tokens, bits);
  else
    split_run<StoredInteger<2, false>>(layout, bytes, run, predictions, tokens, bits);
}

}  // namespace sigma
