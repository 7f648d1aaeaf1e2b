/* A word where it stands: its letters, the space before it, and its capitals.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <bit>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/text_masks.hpp"
#include "gst/sigma/operators/text.hpp"

namespace sigma {

/// Bytes that are looked at together, as long as the longest word.
constexpr size_t kTokenReach = sizeof(Bytes16);
static_assert(kTokenReach == kMaxWord);

enum class WordForm : uint8_t { LOWER, CAPITAL, UPPER, MIXED };

/// What begins at a place: a word, or else bytes of which none is a letter.
struct WordToken {
  Bytes16 bytes;    ///< in lower case, zeros behind the last one
  size_t size = 0;  ///< with the space
  bool is_word = false;
  bool is_plain = true;  ///< no bytes that may be marks
  WordForm form = WordForm::LOWER;
};

/// The first `size` bytes, and zeros.
inline Bytes16 first_bytes(Bytes16 bytes, size_t size) {
  static constexpr uint8_t kKept[2 * kTokenReach] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                     255, 255, 255, 255, 255, 255, 255, 255};
  return bytes & load_bytes16(kKept + kTokenReach - size);
}

/// Reads kTokenReach bytes. Bytes from 128 on are letters: of UTF-8, or of an older code.
[[gnu::always_inline]] inline WordToken read_token(const uint8_t* from) {
  const Bytes16 bytes = load_bytes16(from);
  const uint32_t high = bits_of(bytes_between(bytes, 0x80, 0xFF));
  const uint32_t letters = bits_of(letter_bytes(bytes)) | high;
  const uint32_t space = from[0] == ' ' ? 1 : 0;
  const auto count = static_cast<uint32_t>(std::countr_one(letters >> space));
  WordToken token;
  token.is_word = count != 0;
  if (count == 0) {
    // Up to the next letter, and the space before it; a space at the end may have one behind it.
    const uint32_t spaces = bits_of(equal_bytes(bytes, ' '));
    const uint32_t begins = (letters | (spaces & (letters >> 1 | 0x8000))) & ~uint32_t{1};
    token.size = static_cast<size_t>(std::countr_zero(begins | uint32_t{1} << kTokenReach));
    const uint32_t lines = bits_of(equal_bytes(bytes, '\n') | bytes_between(bytes, ' ', '~'));
    token.is_plain = static_cast<size_t>(std::countr_one(lines)) >= token.size;
    return token;
  }
  token.size = std::min<size_t>(count + space, kTokenReach);
  const Bytes16 capitals = bytes_between(bytes, 'A', 'Z');
  token.bytes = first_bytes(bytes | (capitals & 0x20), token.size);
  const uint32_t all = (uint32_t{1} << (token.size - space)) - 1;
  const uint32_t upper = bits_of(capitals) >> space & all;
  token.is_plain = (high >> space & all) == 0;
  if (upper != 0)
    token.form = upper == 1 ? WordForm::CAPITAL : upper == all ? WordForm::UPPER : WordForm::MIXED;
  return token;
}

/// Not for the wire: it depends on the machine, but no choice depends on it.
inline uint32_t hash_word(Bytes16 word) {
  uint64_t halves[2];
  std::memcpy(halves, &word, sizeof halves);
  const uint64_t h =
      (halves[0] * 0x9E3779B97F4A7C15) ^ std::rotl(halves[1] * 0xC2B2AE3D27D4EB4F, 31);
  return static_cast<uint32_t>((h ^ h >> 29) * 0xBF58476D1CE4E5B9 >> 32);
}

inline bool same_word(Bytes16 a, Bytes16 b) {
  uint64_t x[2];
  uint64_t y[2];
  std::memcpy(x, &a, sizeof x);
  std::memcpy(y, &b, sizeof y);
  return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

}  // namespace sigma
