/* Spans of bytes, little-endian loads and stores, canonical LEB128.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace sigma {

using ByteSpan = std::span<const uint8_t>;
using MutableByteSpan = std::span<uint8_t>;

// Compilers leave the loops below as they are at -O2, which costs ten times a load.
template <typename T>
constexpr T load_le(const uint8_t* p) {
  T v = 0;
  if (std::endian::native == std::endian::little && !std::is_constant_evaluated()) {
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  for (size_t i = 0; i < sizeof(T); i++)
    v = static_cast<T>(v | static_cast<T>(p[i]) << (8 * i));
  return v;
}

template <typename T>
constexpr void store_le(uint8_t* p, T v) {
  if (std::endian::native == std::endian::little && !std::is_constant_evaluated()) {
    std::memcpy(p, &v, sizeof v);
    return;
  }
  for (size_t i = 0; i < sizeof(T); i++)
    p[i] = static_cast<uint8_t>(v >> (8 * i));
}

constexpr size_t kMaxVarintSize = 10;  ///< LEB128 of the largest uint64_t, in bytes

constexpr size_t varint_size(uint64_t v) {
  size_t n = 1;
  for (; v >= 0x80; v >>= 7)
    n++;
  return n;
}

/// Writes the canonical (shortest) LEB128 of `v`; `p` has room for varint_size(v). Returns its
/// size.
constexpr size_t write_varint(uint8_t* p, uint64_t v) {
  size_t n = 0;
  for (; v >= 0x80; v >>= 7)
    p[n++] = static_cast<uint8_t>(v | 0x80);
  p[n++] = static_cast<uint8_t>(v);
  return n;
}

enum class VarintState : uint8_t { COMPLETE, INCOMPLETE, INVALID };

/// Reads a canonical LEB128 of at most `max_bytes` bytes. A longer, overlong (last byte zero) or
/// overflowing one is INVALID.
constexpr VarintState read_varint(ByteSpan in, size_t max_bytes, uint64_t& value, size_t& size) {
  uint64_t v = 0;
  for (size_t i = 0; i < max_bytes; i++) {
    if (i == in.size()) return VarintState::INCOMPLETE;
    const uint8_t byte = in[i];
    if (i == 9 && byte > 1) return VarintState::INVALID;
    v |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      if (byte == 0 && i > 0) return VarintState::INVALID;
      value = v;
      size = i + 1;
      return VarintState::COMPLETE;
    }
  }
  return VarintState::INVALID;
}

/// 0, -1, 1, -2, … as 0, 1, 2, 3, …
constexpr uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
constexpr uint64_t unzigzag(uint64_t code) {
  return code >> 1 ^ (0 - (code & 1));
}

/// Takes a varint of at most 32 bits that is known to be whole.
inline uint32_t read_known_varint(const uint8_t*& at) {
  uint32_t value = *at++;
  if (value < 0x80) return value;
  value &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const uint8_t byte = *at++;
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

/// To memory that does not overlap; of no bytes neither need lie anywhere.
inline void copy_bytes(ByteSpan from, MutableByteSpan to) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

/// Zero bytes at the front.
inline size_t count_zeros(ByteSpan bytes) {
  size_t count = 0;
  while (bytes.size() - count >= 8 && load_le<uint64_t>(bytes.data() + count) == 0)
    count += 8;
  while (count < bytes.size() && bytes[count] == 0)
    count++;
  return count;
}

/// Reads varints, glyph after glyph payload, from a span that shrinks; false when malformed.
class VarintReader {
 public:
  explicit VarintReader(ByteSpan in) : in_(in) {}

  bool read(uint64_t& value) {
    size_t size = 0;
    if (read_varint(in_, kMaxVarintSize, value, size) != VarintState::COMPLETE) return false;
    in_ = in_.subspan(size);
    return true;
  }
  ByteSpan rest() const { return in_; }
  bool at_end() const { return in_.empty(); }

 private:
  ByteSpan in_;
};

}  // namespace sigma
