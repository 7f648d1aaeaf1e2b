/* An array that grows in memory of a pool.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

/// Of plain values; growing can be refused. It must not outlive its pool.
template <typename T>
class PooledArray {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));

 public:
  explicit PooledArray(GlyphBufferPool& pool) : pool_(pool) {}

  Status push_back(const T& value) {
    if (const Status status = pool_.reserve(buffer_, (size() + 1) * sizeof(T)); !status.ok())
      return status;
    buffer_.append({reinterpret_cast<const uint8_t*>(&value), sizeof(T)});
    return {};
  }
  void resize_down(size_t count) { buffer_.set_filled(0, count * sizeof(T)); }
  void clear() { resize_down(0); }

  size_t size() const { return buffer_.size() / sizeof(T); }
  bool empty() const { return size() == 0; }
  T& operator[](size_t i) { return begin()[i]; }
  const T& operator[](size_t i) const { return begin()[i]; }
  T& back() { return begin()[size() - 1]; }
  T* begin() { return reinterpret_cast<T*>(buffer_.block()); }
  T* end() { return begin() + size(); }
  const T* begin() const { return reinterpret_cast<const T*>(buffer_.block()); }
  const T* end() const { return begin() + size(); }

 private:
  GlyphBufferPool& pool_;
  Buffer buffer_;
};

}  // namespace sigma
