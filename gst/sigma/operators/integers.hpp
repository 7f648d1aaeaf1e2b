/* Integers from tokens, which say how large they are, and the bits that tokens leave open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <bit>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kIntegers;

/// Values below it are their own tokens.
constexpr uint32_t kFirstOpenToken = 16;

/// Bits that a token leaves open.
constexpr unsigned token_bits(uint32_t token) {
  return token < kFirstOpenToken ? 0 : 2 + (token - kFirstOpenToken) / 4;
}
/// The least value of a token.
constexpr uint64_t token_base(uint32_t token) {
  return token < kFirstOpenToken ? token
                                 : uint64_t{4 + (token - kFirstOpenToken) % 4} << token_bits(token);
}
constexpr uint32_t token_of(uint64_t value) {
  if (value < kFirstOpenToken) return static_cast<uint32_t>(value);
  const auto open = static_cast<uint32_t>(std::bit_width(value)) - 3;
  return kFirstOpenToken + (open - 2) * 4 + static_cast<uint32_t>(value >> open & 3);
}
/// Tokens that integers of `width` bytes can have.
constexpr uint32_t token_count(unsigned width) {
  return kFirstOpenToken + (8 * width - 3 - 1) * 4;
}

/// Writes bits from the lowest of each byte on.
class TokenBits {
 public:
  explicit TokenBits(MutableByteSpan out) : out_(out) {}
  /// The open bits of a value.
  void put(uint64_t value, unsigned count) {
    value &= (uint64_t{1} << count) - 1;
    bits_ |= value << filled_;
    if (filled_ + count >= 64) {
      push(8);
      bits_ = filled_ == 0 ? 0 : value >> (64 - filled_);
      filled_ += count - 64;
    } else {
      filled_ += count;
    }
  }
  /// The same for at most 56 bits, which does not depend on what is there, after begin_short().
  void put_short(uint64_t value, unsigned count) {
    bits_ |= (value & ((uint64_t{1} << count) - 1)) << filled_;
    filled_ += count;
    store_le<uint64_t>(out_.data() + size_, bits_);
    const unsigned bytes = filled_ / 8;
    size_ += bytes;
    bits_ = bytes == 8 ? 0 : bits_ >> (8 * bytes);
    filled_ %= 8;
  }
  /// The same for four values of at most 14 bits each, which have no others.
  void put_four(const uint32_t* values, const uint32_t* counts) {
    uint64_t bits = bits_;
    unsigned filled = filled_;
    for (size_t i = 0; i < 4; i++) {
      bits |= uint64_t{values[i]} << filled;
      filled += counts[i];
    }
    store_le<uint64_t>(out_.data() + size_, bits);
    const unsigned bytes = filled / 8;
    size_ += bytes;
    bits_ = bits >> (8 * bytes);
    filled_ = filled % 8;
  }
  /// Whether so many values, of 32 bits each, can be put so. Then there is less than a byte that is
  /// not written.
  bool begin_short(size_t count) {
    if (out_.size() < size_ || out_.size() - size_ < 4 * count + 24) return false;
    const unsigned bytes = filled_ / 8;
    push(bytes);
    bits_ >>= 8 * bytes;
    filled_ %= 8;
    return true;
  }
  /// Bytes in all, more than there is room for if that was too small.
  size_t finish() {
    push((filled_ + 7) / 8);
    return size_;
  }

 private:
  void push(size_t count) {
    if (size_ + 8 <= out_.size()) [[likely]] {
      store_le<uint64_t>(out_.data() + size_, bits_);
    } else {
      for (size_t i = 0; i < count && size_ + i < out_.size(); i++)
        out_[size_ + i] = static_cast<uint8_t>(bits_ >> (8 * i));
    }
    size_ += count;
  }
  MutableByteSpan out_;
  size_t size_ = 0;
  uint64_t bits_ = 0;
  unsigned filled_ = 0;
};

}  // namespace sigma
