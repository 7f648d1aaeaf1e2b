/* The codec's memory: buffers that are counted, bounded and reused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

class GlyphBufferPool;

/// A block of memory from a pool, with a filled part somewhere inside. Move-only; a buffer that is
/// dropped goes back to the system, if it was not told otherwise. It may outlive its pool.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { *this = static_cast<Buffer&&>(other); }
  SIGMA_API Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  SIGMA_API ~Buffer();

  explicit operator bool() const { return block_ != nullptr; }
  uint8_t* block() { return block_; }
  const uint8_t* block() const { return block_; }
  size_t capacity() const { return capacity_; }

  /// The filled part.
  ByteSpan bytes() const { return {block_ + begin_, size_}; }
  size_t begin() const { return begin_; }
  size_t size() const { return size_; }
  void set_filled(size_t begin, size_t size) {
    begin_ = begin;
    size_ = size;
  }
  SIGMA_API void append(ByteSpan bytes);  ///< as much as there is room for

  /// Gives what lies behind the filled part back to the system.
  SIGMA_API void shrink_to_fit();

  /// The pool no longer counts the block: it has another owner now, in any thread.
  SIGMA_API void disown();

  /// When the buffer is dropped, its block goes back to the pool, which makes a large one of it
  /// again: of fresh memory, the system would have to clear every page first.
  void recycle_when_dropped() { recycles_ = true; }

 private:
  friend class GlyphBufferPool;
  struct Account;
  void free_block();

  uint8_t* block_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t size_ = 0;
  bool counted_ = false;
  bool recycles_ = false;
  Account* account_ = nullptr;
};

/// Hands out buffers, keeps a few that come back, and counts every byte the codec owns, also what
/// its libraries allocate on their own (`recharge`). Any thread may use it, each its own buffers.
class GlyphBufferPool {
 public:
  /// `limit`: bytes that may be owned at once, 0 for no bound.
  SIGMA_API explicit GlyphBufferPool(size_t limit = 0);
  /// Without bound; what it owns counts in `whole`, too, whose bound it may go beyond.
  SIGMA_API explicit GlyphBufferPool(GlyphBufferPool& whole);
  SIGMA_API ~GlyphBufferPool();
  GlyphBufferPool(const GlyphBufferPool&) = delete;
  GlyphBufferPool& operator=(const GlyphBufferPool&) = delete;

  enum class Fit : uint8_t {
    ANY,    ///< for a short time: any that is large enough
    CLOSE,  ///< to be held: of less than twice the size, so that no large one is wasted
  };

  /// An empty buffer of at least `capacity` bytes, from those returned if one fits; NO_MEMORY when
  /// the system or the limit refuses.
  SIGMA_API Result<Buffer> acquire(size_t capacity, Fit fit = Fit::ANY);

  /// Makes `buffer`, empty or from this pool, hold at least `capacity` bytes; keeps what is filled.
  /// Grows by at least a quarter, so that repeated appending copies each byte a few times at most.
  SIGMA_API Status reserve(Buffer& buffer, size_t capacity, Fit fit = Fit::ANY);

  /// Takes a buffer back for reuse. The smallest ones kept make way for larger ones.
  SIGMA_API void release(Buffer&& buffer);

  /// Of buffers that are recycled, keeps so many, at most kMaxRecycled, while no more than `owned`
  /// bytes are owned in all.
  SIGMA_API void set_recycled(size_t count, size_t owned = SIZE_MAX);
  static constexpr size_t kMaxRecycled = 64;

  /// Frees all that is kept for reuse.
  SIGMA_API void trim();

  /// Memory for libraries, as blocks get it: large ones are mapped, so that they leave no holes in
  /// the heap. It is not counted. Null if the system refuses.
  static uint8_t* allocate_uncounted(size_t size);
  static void free_uncounted(uint8_t* block, size_t size);

  /// Counts `size` bytes that a library will allocate for the codec; what is kept makes room for
  /// them. NO_MEMORY if they would break the limit.
  Status charge(size_t size);

  /// Counts `now` instead of `before` bytes that a library allocated for the codec.
  void recharge(size_t before, size_t now);

  SIGMA_API size_t owned() const;
  SIGMA_API size_t peak() const;

 private:
  Buffer pop_kept(size_t capacity, Fit fit, Buffer& superseded);
  Buffer pop_recycled(size_t capacity);
  Result<Buffer> make(size_t capacity);
  Buffer adopt(uint8_t* block, size_t capacity);
  Buffer* largest_kept();

  Buffer::Account* account_;  ///< shared with all buffers; null: out of memory from the start
  std::mutex lock_;           ///< for kept_; nothing is freed under it
  std::array<Buffer, 2> kept_;
};

}  // namespace sigma
