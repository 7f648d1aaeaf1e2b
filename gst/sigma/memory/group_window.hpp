/* One contiguous buffer that holds a chunk and, right before it, the history that it may refer to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <utility>

#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

/// Contiguous, because a prefix that ends where its chunk begins is matched fastest by zstd.
class GroupWindow {
 public:
  explicit GroupWindow(GlyphBufferPool& pool) : pool_(pool) {}

  /// Empties the window. It has `size` bytes: enough for the longest history with the longest chunk
  /// that has one. Bytes are moved to its front each time that the end is reached.
  void configure(size_t chunk_max, size_t history_max, size_t size);
  /// Reserves the bytes, if that was not done yet.
  Status reserve();
  /// Empties the window and gives its memory back to the pool, until the next reserve().
  void give_back() {
    start_group();
    begin_ = 0;
    pool_.release(std::move(buffer_));
  }

  /// The group's bytes before the chunk, at most history_max of them.
  ByteSpan history() const { return {front(), history_size_}; }
  ByteSpan chunk() const { return {front() + history_size_, chunk_size_}; }
  /// Both, which lie one behind the other.
  ByteSpan recent() const { return {front(), history_size_ + chunk_size_}; }
  size_t room() const { return chunk_max_ - chunk_size_; }

  /// Whether append() of so many bytes moves what is before them.
  bool moves_with(size_t size) const {
    return buffer_.capacity() - begin_ - history_size_ < chunk_size_ + std::min(size, room());
  }

  /// Copies as much of `bytes` as there is room for to the end of the chunk; gives that count.
  size_t append(ByteSpan bytes);

  /// The next chunk's memory, `size` bytes at most chunk_max, for the caller to fill; commit() then
  /// makes it the chunk.
  MutableByteSpan prepare(size_t size);
  void commit(size_t size) { chunk_size_ = size; }

  /// Makes the chunk part of the history, and begins an empty one.
  void advance();
  /// Begins an empty chunk of a new group: there is no history. The bytes of the chunks before stay
  /// where they are until the window comes to its end, as at advance().
  void start_group();

  /// The chunk goes on without history.
  void drop_history() { begin_ += std::exchange(history_size_, 0); }

  /// Ends the chunk after its first `size` bytes: the others begin the next one.
  void cut(size_t size);

 private:
  const uint8_t* front() const { return buffer_.block() + begin_; }
  void make_room(size_t chunk_size);

  GlyphBufferPool& pool_;
  Buffer buffer_;
  size_t needed_ = 0;  ///< bytes of the buffer
  size_t begin_ = 0;   ///< of the history in the buffer
  size_t chunk_max_ = 0;
  size_t history_max_ = 0;
  size_t history_size_ = 0;
  size_t chunk_size_ = 0;
  size_t cut_size_ = 0;  ///< bytes behind the chunk that were cut off
};

}  // namespace sigma
