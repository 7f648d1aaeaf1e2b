/* Numbers of an operator's payload, each in a range.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// A number in a range, out of a payload.
template <typename T>
bool read_number(VarintReader& in, uint64_t least, uint64_t most, T& number) {
  uint64_t value = 0;
  if (!in.read(value) || value < least || value > most) return false;
  number = static_cast<T>(value);
  return true;
}

/// Writes varints as long as there is room.
class NumberWriter {
 public:
  explicit NumberWriter(MutableByteSpan out) : out_(out) {}
  void put(uint64_t number) {
    if (overflowed_ || out_.size() - size_ < varint_size(number))
      overflowed_ = true;
    else
      size_ += write_varint(out_.data() + size_, number);
  }
  size_t size() const { return overflowed_ ? 0 : size_; }

 private:
  MutableByteSpan out_;
  size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace sigma
