/* Quick work with short texts in memory: hashes for tables that compare what they find.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstring>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/text_masks.hpp"

namespace sigma {

/// The lowest bytes of a word, by how many they are.
inline constexpr uint64_t kLowBytes[] = {0,
                                         0xff,
                                         0xffff,
                                         0xffffff,
                                         0xffffffff,
                                         0xffffffffff,
                                         0xffffffffffff,
                                         0xffffffffffffff,
                                         0xffffffffffffffff};

/// The first bytes of a text, 8 at most, the first one lowest; `end`: of the memory that it is in.
inline uint64_t load_text(const uint8_t* text, size_t size, const uint8_t* end) {
  if (size >= 8) return load_le<uint64_t>(text);
  if (end - text >= 8) return load_le<uint64_t>(text) & kLowBytes[size];
  uint64_t word = 0;
  for (size_t i = 0; i < size; i++)
    word |= uint64_t{text[i]} << 8 * i;
  return word;
}

/// Depends on the bytes, their number and `seed`. Not for the wire.
inline uint64_t mix_text(uint64_t seed, const uint8_t* text, size_t size, const uint8_t* end) {
  constexpr uint64_t kFactor = 0x9FB21C651E98DF25;
  uint64_t h = (seed + size) * kFactor;
  for (; size > 8; text += 8, size -= 8)
    h = ((h ^ h >> 32) ^ load_le<uint64_t>(text)) * kFactor;
  return ((h ^ h >> 32) ^ load_text(text, size, end)) * kFactor;
}

/// The same of a text that two words and its size tell from others.
inline uint64_t mix_words(size_t size, uint64_t first, uint64_t second) {
  constexpr uint64_t kFactor = 0x9FB21C651E98DF25;
  const uint64_t h = (size * kFactor ^ first) * kFactor;
  return ((h ^ h >> 32) ^ second) * kFactor;
}

/// The bits of a hash that are good for an index.
inline uint32_t fold_hash(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32 ^ hash >> 15);
}

/// Whether sixteen bytes are the same.
inline bool same_bytes16(const uint8_t* a, const uint8_t* b) {
  return bits_of(reinterpret_cast<Bytes16>(load_bytes16(a) == load_bytes16(b))) == 0xffff;
}

/// Whether two texts of `size` bytes are the same.
inline bool same_text(const uint8_t* a, const uint8_t* a_end, const uint8_t* b,
                      const uint8_t* b_end, size_t size) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr size_t kWide = sizeof(Bytes16);
  if (size < kWord) {
    if (a_end - a >= 8 && b_end - b >= 8)
      return ((load_le<uint64_t>(a) ^ load_le<uint64_t>(b)) & kLowBytes[size]) == 0;
    return load_text(a, size, a_end) == load_text(b, size, b_end);
  }
  // What is left behind whole words is compared with bytes before it.
  if (size < kWide)
    return load_le<uint64_t>(a) == load_le<uint64_t>(b) &&
           load_le<uint64_t>(a + size - kWord) == load_le<uint64_t>(b + size - kWord);
  for (size_t i = 0; i < size - kWide; i += kWide)
    if (!same_bytes16(a + i, b + i)) return false;
  return same_bytes16(a + size - kWide, b + size - kWide);
}

}  // namespace sigma
