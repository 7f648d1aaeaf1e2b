/* History and chunk in one buffer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/memory/group_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sigma {

void GroupWindow::configure(size_t chunk_max, size_t history_max, size_t size) {
  cut_size_ = 0;
  start_group();
  begin_ = 0;
  needed_ = size;
  if (buffer_.capacity() < needed_ || buffer_.capacity() / 2 > needed_) buffer_ = Buffer();
  chunk_max_ = chunk_max;
  history_max_ = history_max;
}

Status GroupWindow::reserve() {
  if (buffer_) return {};
  Result<Buffer> fresh = pool_.acquire(needed_, GlyphBufferPool::Fit::CLOSE);
  if (fresh.ok()) buffer_ = std::move(fresh.value);
  return fresh.status;
}

/// Makes the chunk's memory `chunk_size` bytes long, keeping what is in it. What lies before is
/// moved only when the end of the buffer is reached: chunks may be tiny, and the history long.
void GroupWindow::make_room(size_t chunk_size) {
  if (buffer_.capacity() - begin_ - history_size_ >= chunk_size) return;
  std::memmove(buffer_.block(), front(), history_size_ + chunk_size_);
  begin_ = 0;
}

size_t GroupWindow::append(ByteSpan bytes) {
  const size_t count = std::min(bytes.size(), room());
  make_room(chunk_size_ + count);
  if (count != 0)
    std::memcpy(buffer_.block() + begin_ + history_size_ + chunk_size_, bytes.data(), count);
  chunk_size_ += count;
  return count;
}

MutableByteSpan GroupWindow::prepare(size_t size) {
  make_room(size);
  return {buffer_.block() + begin_ + history_size_, size};
}

void GroupWindow::advance() {
  const size_t total = history_size_ + chunk_size_;
  history_size_ = std::min(total, history_max_);
  begin_ += total - history_size_;
  chunk_size_ = std::exchange(cut_size_, 0);
}

void GroupWindow::start_group() {
  begin_ += history_size_ + chunk_size_;
  history_size_ = 0;
  chunk_size_ = std::exchange(cut_size_, 0);
}

void GroupWindow::cut(size_t size) {
  cut_size_ = chunk_size_ - size;
  chunk_size_ = size;
}

}  // namespace sigma
