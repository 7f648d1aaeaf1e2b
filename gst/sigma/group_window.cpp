/* History and chunk in one buffer.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/group_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sigma {

Status GroupWindow::configure(size_t chunk_max, size_t history_max) {
  start_group();
  if (buffer_.capacity() != chunk_max + history_max) {
    buffer_ = Buffer();
    Result<Buffer> fresh = pool_.acquire(chunk_max + history_max, GlyphBufferPool::Fit::CLOSE);
    if (!fresh.ok()) return fresh.status;
    buffer_ = std::move(fresh.value);
  }
  chunk_max_ = chunk_max;
  history_max_ = history_max;
  return {};
}

size_t GroupWindow::append(ByteSpan bytes) {
  const size_t count = std::min(bytes.size(), room());
  if (count != 0) std::memcpy(buffer_.block() + history_size_ + chunk_size_, bytes.data(), count);
  chunk_size_ += count;
  return count;
}

void GroupWindow::advance() {
  const size_t total = history_size_ + chunk_size_;
  const size_t kept = std::min(total, history_max_);
  if (kept != total) std::memmove(buffer_.block(), buffer_.block() + (total - kept), kept);
  history_size_ = kept;
  chunk_size_ = 0;
}

void GroupWindow::start_group() {
  history_size_ = 0;
  chunk_size_ = 0;
}

}  // namespace sigma
