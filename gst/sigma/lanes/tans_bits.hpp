/* Bits of lanes: read and written from the lowest of each byte on, or written from the last one to
 * the first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/cpu.hpp"

namespace sigma {

/// Bits from the lowest of each byte on. Behind the end there are zeros.
class BitReader {
 public:
  explicit BitReader(ByteSpan in, size_t position = 0) : in_(in), position_(position) {}
  /// 57 bits at least.
  SIGMA_KERNEL uint64_t peek() const {
    const size_t byte = position_ / 8;
    if (byte + 8 <= in_.size()) [[likely]]
      return load_le<uint64_t>(in_.data() + byte) >> (position_ % 8);
    uint64_t bits = 0;
    for (size_t i = byte; i < in_.size(); i++)
      bits |= uint64_t{in_[i]} << (8 * (i - byte));
    return bits >> (position_ % 8);
  }
  SIGMA_KERNEL void skip(size_t count) { position_ += count; }
  uint32_t read(unsigned count) {
    const auto bits = static_cast<uint32_t>(peek() & ((uint64_t{1} << count) - 1));
    skip(count);
    return bits;
  }
  size_t position() const { return position_; }

 private:
  ByteSpan in_;
  size_t position_;
};

/// Bits from the lowest of each byte on, into memory that may be too small.
class BitWriter {
 public:
  explicit BitWriter(MutableByteSpan out) : out_(out) {}
  void put(uint32_t value, unsigned count) {
    bits_ |= uint64_t{value} << filled_;
    for (filled_ += count; filled_ >= 8; filled_ -= 8, bits_ >>= 8)
      push();
  }
  /// Gives the whole bytes, or 0 if there was no room.
  size_t finish() {
    if (filled_ > 0) push();
    return size_ <= out_.size() ? size_ : 0;
  }

 private:
  void push() {
    if (size_ < out_.size()) out_[size_] = static_cast<uint8_t>(bits_);
    size_++;
  }
  MutableByteSpan out_;
  size_t size_ = 0;
  uint64_t bits_ = 0;
  unsigned filled_ = 0;
};

/// Writes bits in front of those before.
class FrontWriter {
 public:
  explicit FrontWriter(MutableByteSpan out) : begin_(out.data()), at_(out.data() + out.size()) {}
  SIGMA_KERNEL void put(uint32_t value, unsigned count) {
    bits_ = bits_ << count | value;
    filled_ += count;
  }
  /// Once for 56 bits or fewer; false if there is no room.
  SIGMA_KERNEL bool flush() {
    const unsigned bytes = filled_ / 8;
    if (at_ - begin_ < 8) return flush_bytes();
    // The first bits of all are the highest of the last byte.
    store_le<uint64_t>(at_ - 8, bits_ << 1 << (63 - filled_));
    at_ -= bytes;
    filled_ %= 8;
    return true;
  }
  /// Marks where the bits begin; gives the first byte, or null if there is no room.
  SIGMA_KERNEL uint8_t* finish() {
    put(1, 1);
    filled_ += 7;
    bits_ <<= 7;
    if (!flush_bytes()) return nullptr;
    return at_;
  }

 private:
  /// Where there is little room.
  bool flush_bytes() {
    for (; filled_ >= 8; filled_ -= 8) {
      if (at_ == begin_) return false;
      *--at_ = static_cast<uint8_t>(bits_ >> (filled_ - 8));
    }
    return true;
  }
  uint8_t* begin_;
  uint8_t* at_;
  uint64_t bits_ = 0;  ///< the last `filled_` of them are not written
  unsigned filled_ = 0;
};

}  // namespace sigma
