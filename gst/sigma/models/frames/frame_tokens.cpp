/* Residuals of frames, split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_tokens.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "gst/sigma/operators/stored_integer.hpp"
#include "gst/sigma/operators/token_step.hpp"

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
SIGMA_KERNEL void split_open(const Value* folded, size_t count, bool is_short, uint8_t* tokens,
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

template <typename Value>
constexpr size_t kTogether = 8 / sizeof(Value);

/// Whether one of a word's values has an open token.
template <typename Value>
SIGMA_KERNEL bool has_open(const Value* folded) {
  constexpr uint64_t kMost = std::numeric_limits<Value>::max();
  uint64_t word;
  std::memcpy(&word, folded, sizeof(word));
  return (word & UINT64_MAX / kMost * (kMost - (kFirstOpenToken - 1))) != 0;
}

/// Splits folded residuals word by word: mostly they are their own tokens.
template <typename Value>
SIGMA_KERNEL void split_words(const Value* folded, size_t count, bool is_short, uint8_t* tokens,
                              TokenBits& bits) {
  size_t begin = 0;
  for (; begin + kTogether<Value> <= count; begin += kTogether<Value>)
    if (!has_open(folded + begin)) [[likely]]
      std::copy_n(folded + begin, kTogether<Value>, tokens + begin);
    else
      split_open(folded + begin, kTogether<Value>, is_short, tokens + begin, bits);
  split_open(folded + begin, count - begin, is_short, tokens + begin, bits);
}

/// Splits folded residuals into tokens and bits. They may be the tokens' own place.
template <typename Value>
void split_folded(const Value* folded, size_t count, uint8_t* tokens, TokenBits& bits) {
  constexpr size_t kFewOpen = 2;  // words of a step
  const bool is_short = bits.begin_short(count);
  size_t begin = 0;
  for (; is_short && begin + TokenStep::kCount <= count; begin += TokenStep::kCount) {
    size_t open = 0;
    for (size_t i = 0; i < TokenStep::kCount; i += kTogether<Value>)
      open += has_open(folded + begin + i) ? 1 : 0;
    if (open > kFewOpen) {
      TokenStep step;
      std::copy_n(folded + begin, TokenStep::kCount, step.values.data());
      step.put(tokens + begin, bits);
    } else {
      split_words(folded + begin, TokenStep::kCount, true, tokens + begin, bits);
    }
  }
  split_words(folded + begin, count - begin, is_short, tokens + begin, bits);
}

/// Splits what a run's samples differ from their predictions into tokens and bits.
template <typename Sample>
void split_run(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
               const int32_t* predictions, uint8_t* tokens, TokenBits& bits) {
  using Value = typename Sample::Value;
  Value folded[FrameRun::kMost];
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
