/* Which of the next bytes are of a kind, as bits: 16 bytes at once where the processor can.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstring>

#include "gst/sigma/base/bytes.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sigma {

/// Sixteen bytes. Comparisons give 255 for each byte that they hold for.
using Bytes16 = uint8_t __attribute__((vector_size(16)));

inline Bytes16 load_bytes16(const uint8_t* from) {
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

inline void store_bytes16(uint8_t* to, Bytes16 bytes) {
  std::memcpy(to, &bytes, sizeof bytes);
}

/// A bit for each byte, the first byte's the lowest, of bytes that are 0 or 255.
inline uint32_t bits_of(Bytes16 bytes) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#elif defined(__aarch64__)
  constexpr Bytes16 kBits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const auto bits = reinterpret_cast<uint8x16_t>(bytes & kBits);
  return vaddv_u8(vget_low_u8(bits)) | uint32_t{vaddv_u8(vget_high_u8(bits))} << 8;
#else
  uint32_t bits = 0;
  for (unsigned i = 0; i < sizeof bytes; i++)
    bits |= (bytes[i] & 1U) << i;
  return bits;
#endif
}

inline Bytes16 equal_bytes(Bytes16 bytes, uint8_t byte) {
  return reinterpret_cast<Bytes16>(bytes == byte);
}
/// Bytes from `first` to `last`.
inline Bytes16 bytes_between(Bytes16 bytes, uint8_t first, uint8_t last) {
  return reinterpret_cast<Bytes16>(static_cast<Bytes16>(bytes - first) <=
                                   static_cast<uint8_t>(last - first));
}
inline Bytes16 digit_bytes(Bytes16 bytes) {
  return bytes_between(bytes, '0', '9');
}
/// ASCII letters.
inline Bytes16 letter_bytes(Bytes16 bytes) {
  return bytes_between(bytes | 0x20, 'a', 'z');
}

inline bool is_digit(uint8_t byte) {
  return byte >= '0' && byte <= '9';
}
/// Whether the byte is a digit or an ASCII letter.
inline bool is_word(uint8_t byte) {
  return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

}  // namespace sigma
