/* Integers from tokens and bits. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/integers.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/array.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/stored_integer.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {
namespace {

bool parse_width(ByteSpan payload, unsigned& width) {
  VarintReader in(payload);
  uint64_t value = 0;
  if (!in.read(value) || !in.at_end()) return false;
  width = static_cast<unsigned>(value);
  return is_width(value);
}

struct TokenForm {
  uint64_t base;
  uint32_t bits;
};

constexpr auto kForms = [] {
  std::array<TokenForm, 256> forms{};
  for (uint32_t token = 0; token < forms.size(); token++)
    forms[token] = {token_base(token), token_bits(token)};
  return forms;
}();

/// Tokens of a word that are no integers by themselves have some of these bits.
constexpr uint64_t kOpenTokens = 0xF0F0F0F0F0F0F0F0;

/// 64 bits from a position on, zeros behind the end.
uint64_t bits_at(ByteSpan bits, uint64_t position) {
  const auto byte = static_cast<size_t>(position / 8);
  const auto shift = static_cast<unsigned>(position % 8);
  uint64_t word = 0;
  for (size_t i = 0; i < 9 && byte + i < bits.size(); i++) {
    const uint64_t next = bits[byte + i];
    if (i == 0)
      word = next >> shift;
    else if (8 * i - shift < 64)
      word |= next << (8 * i - shift);
  }
  return word;
}

/// Puts integers together from tokens of one word of bits; gives how many of them they took.
template <unsigned Width>
SIGMA_KERNEL uint64_t join_some(const uint8_t* tokens, size_t count, uint64_t word, uint8_t* out) {
  using Integer = StoredInteger<Width, false>;
  uint64_t taken = 0;
  for (size_t i = 0; i < count; i++, out += Width) {
    const TokenForm& form = kForms[tokens[i]];
    Integer::store(out, static_cast<typename Integer::Value>(
                            form.base + (word & ((uint64_t{1} << form.bits) - 1))));
    word >>= form.bits;
    taken += form.bits;
  }
  return taken;
}

/// Puts integers together; gives how many bits they took.
template <unsigned Width>
SIGMA_KERNEL uint64_t join_tokens(ByteSpan tokens, ByteSpan bits, uint8_t* out) {
  // A word from a byte on has 57 bits that are sure to be there.
  constexpr size_t kSureBits = 57;
  constexpr size_t kWord = 8;
  constexpr size_t kMost = kSureBits / token_bits(token_count(Width) - 1);
  constexpr size_t kTogether = std::min(kMost, kWord);
  uint64_t position = 0;
  for (size_t i = 0; i < tokens.size();) {
    const uint8_t* const from = tokens.data() + i;
    uint8_t* const to = out + i * Width;
    const size_t left = tokens.size() - i;
    if (Width == 1 && left >= kWord && (load_le<uint64_t>(from) & kOpenTokens) == 0) {
      std::memcpy(to, from, kWord);
      i += kWord;
    } else if (kTogether > 0 && left >= kTogether && position / 8 + 8 <= bits.size()) {
      const uint8_t* const at = bits.data() + static_cast<size_t>(position / 8);
      position += join_some<Width>(from, kTogether, load_le<uint64_t>(at) >> (position % 8), to);
      i += kTogether;
    } else {
      const uint64_t word = kForms[*from].bits == 0 ? 0 : bits_at(bits, position);
      position += join_some<Width>(from, 1, word, to);
      i++;
    }
  }
  return position;
}

SIGMA_KERNEL uint64_t join_by_width(unsigned width, ByteSpan tokens, ByteSpan bits,
                                    MutableByteSpan out) {
  switch (width) {
    case 1:
      return join_tokens<1>(tokens, bits, out.data());
    case 2:
      return join_tokens<2>(tokens, bits, out.data());
    case 3:
      return join_tokens<3>(tokens, bits, out.data());
    case 4:
      return join_tokens<4>(tokens, bits, out.data());
    default:
      return join_tokens<8>(tokens, bits, out.data());
  }
}

uint64_t join_plain(unsigned width, ByteSpan tokens, ByteSpan bits, MutableByteSpan out) {
  return join_by_width(width, tokens, bits, out);
}
#if defined(SIGMA_AVX2)
SIGMA_AVX2 uint64_t join_avx2(unsigned width, ByteSpan tokens, ByteSpan bits, MutableByteSpan out) {
  return join_by_width(width, tokens, bits, out);
}
const auto kJoin = kHasAvx2 ? join_avx2 : join_plain;
#else
constexpr auto kJoin = join_plain;
#endif

/// Tokens come last in the tree, as an encoder makes the bits on its way to them.
Result<uint64_t> measure_integers(Operands& operands, const Node& node) {
  unsigned width = 0;
  if (!parse_width(node.payload, width)) return malformed("integers are malformed");
  if (const Result<size_t> bits = operands.measure(); !bits.ok()) return bits.status;
  const Result<size_t> tokens = operands.measure();
  if (!tokens.ok()) return tokens.status;
  return uint64_t{tokens.value} * width;
}

Status write_integers(Operands& operands, const Node& node, MutableByteSpan out) {
  unsigned width = 0;
  if (!parse_width(node.payload, width)) return malformed("integers are malformed");
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> bits = operands.view();
  if (!bits.ok()) return bits.status;
  const Result<ByteSpan> tokens = operands.view();
  if (!tokens.ok()) return tokens.status;
  uint8_t most = 0;
  for (const uint8_t token : tokens.value)
    most = most < token ? token : most;
  if (most >= token_count(width)) return malformed("a token is too large for its integer");
  const uint64_t taken = kJoin(width, tokens.value, bits.value, out);
  if ((taken + 7) / 8 != bits.value.size() ||
      (taken % 8 != 0 && bits.value.back() >> (taken % 8) != 0))
    return malformed("the bits of integers are not those that their tokens leave open");
  return {};
}

}  // namespace

constinit const OperatorEntry kIntegers = {
    .name = "integers",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::QUANTITY,
    .last = Primitive::QUANTITY,
    .since_minor = 4,
    .has_payload = true,
    .measure = measure_integers,
    .write = write_integers,
};

}  // namespace sigma
