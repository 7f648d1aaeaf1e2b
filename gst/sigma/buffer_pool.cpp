/* Counted, bounded, reused memory.
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
#include "gst/sigma/buffer_pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sigma {
namespace {

// Blocks of this size and more are mapped, not taken from the heap. A packet takes a new block of
// the chunk's size, is shrunk and goes to somebody who keeps it for a while: on a heap that leaves
// holes, which cost 1 to 1.5 MiB of resident memory on a tar of shared objects.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIGMA_HEAP_ONLY
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SIGMA_HEAP_ONLY
#endif
#if defined(SIGMA_HEAP_ONLY)
constexpr size_t kMapFrom = SIZE_MAX;  // so that the sanitizer sees the ends of all blocks
#else
constexpr size_t kMapFrom = 128 * 1024;
#endif

size_t whole_pages(size_t size) {
  static const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

uint8_t* allocate(size_t size) {
  if (size < kMapFrom) return static_cast<uint8_t*>(std::malloc(size != 0 ? size : 1));
  void* block =
      mmap(nullptr, whole_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? nullptr : static_cast<uint8_t*>(block);
}

void deallocate(uint8_t* block, size_t size) {
  if (size < kMapFrom)
    std::free(block);
  else
    munmap(block, whole_pages(size));
}

/// Gives a block's end back. Nullptr, and the block as it was, if that is not possible.
uint8_t* cut(uint8_t* block, size_t size, size_t smaller) {
  if (size < kMapFrom) return static_cast<uint8_t*>(std::realloc(block, smaller));
  if (smaller >= kMapFrom) {
    const size_t kept = whole_pages(smaller);
    const size_t freed = whole_pages(size) - kept;
    return freed == 0 || munmap(block + kept, freed) == 0 ? block : nullptr;
  }
  uint8_t* copy = allocate(smaller);
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, block, smaller);
  deallocate(block, size);
  return copy;
}

}  // namespace

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  free_block();
  block_ = std::exchange(other.block_, nullptr);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  size_ = std::exchange(other.size_, 0);
  pool_ = std::exchange(other.pool_, nullptr);
  return *this;
}

Buffer::~Buffer() {
  free_block();
}

void Buffer::free_block() {
  if (block_ == nullptr) return;
  if (pool_ != nullptr) pool_->count(capacity_, 0);
  deallocate(block_, capacity_);
}

void Buffer::append(ByteSpan bytes) {
  if (bytes.empty()) return;
  std::memcpy(block_ + begin_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Buffer::shrink_to_fit() {
  const size_t wanted = begin_ + size_;
  if (block_ == nullptr || wanted == 0 || wanted >= capacity_) return;
  uint8_t* smaller = cut(block_, capacity_, wanted);
  if (smaller == nullptr) return;
  block_ = smaller;
  pool_->count(capacity_, wanted);
  capacity_ = wanted;
}

void Buffer::disown() {
  if (pool_ != nullptr) pool_->count(capacity_, 0);
  pool_ = nullptr;
}

/// A kept buffer that fits, or none; then `superseded` is the one that a larger one will replace.
Buffer GlyphBufferPool::take_kept(size_t capacity, Fit fit, Buffer& superseded) {
  const std::lock_guard guard(lock_);
  const auto fits = [&](const Buffer& kept) {
    return kept && kept.capacity() >= capacity &&
           (fit == Fit::ANY || kept.capacity() / 2 <= capacity);
  };
  Buffer* best = nullptr;
  for (Buffer& kept : kept_)
    if (fits(kept) && (!best || kept.capacity() < best->capacity())) best = &kept;
  if (best != nullptr) return std::move(*best);
  if (Buffer* largest = largest_kept();
      largest != nullptr && largest->capacity() < capacity && capacity / 2 <= largest->capacity())
    superseded = std::move(*largest);
  return {};
}

Result<Buffer> GlyphBufferPool::acquire(size_t capacity, Fit fit) {
  Buffer superseded;
  if (Buffer found = take_kept(capacity, fit, superseded)) {
    found.set_filled(0, 0);
    return found;
  }
  // If all that is kept is too small, the largest one would be superseded by the one made now:
  // freed first, the two never count at once.
  superseded = Buffer();
  if (!admit(capacity))
    return Status::error(ErrorCode::NO_MEMORY, "the codec's memory bound is reached", 0, capacity);
  Buffer fresh;
  fresh.block_ = allocate(capacity);
  if (fresh.block_ == nullptr) {
    count(capacity, 0);
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, capacity);
  }
  fresh.capacity_ = capacity;
  fresh.pool_ = this;
  return fresh;
}

Status GlyphBufferPool::reserve(Buffer& buffer, size_t capacity, Fit fit) {
  if (buffer && buffer.capacity() >= capacity) return {};
  if (buffer) capacity = std::max(capacity, buffer.capacity() + buffer.capacity() / 4);
  Result<Buffer> larger = acquire(capacity, fit);
  if (!larger.ok()) return larger.status;
  larger.value.append(buffer.bytes());
  release(std::exchange(buffer, std::move(larger.value)));
  return {};
}

Buffer* GlyphBufferPool::largest_kept() {
  Buffer* largest = nullptr;
  for (Buffer& kept : kept_)
    if (kept && (largest == nullptr || kept.capacity() > largest->capacity())) largest = &kept;
  return largest;
}

/// Counts `more` bytes, unless they would break the bound even after giving up what is kept for
/// reuse.
bool GlyphBufferPool::admit(size_t more) {
  const auto count_if_allowed = [&] {
    const std::lock_guard guard(lock_);
    if (limit_ != 0 && (more > limit_ || owned_ > limit_ - more)) return false;
    owned_ += more;
    peak_ = std::max(peak_, owned_);
    return true;
  };
  if (count_if_allowed()) return true;
  trim();
  return count_if_allowed();
}

void GlyphBufferPool::release(Buffer&& buffer) {
  Buffer dropped = std::move(buffer);
  if (!dropped) return;
  const std::lock_guard guard(lock_);  // `dropped` goes behind it
  Buffer* smallest = &kept_[0];
  for (Buffer& kept : kept_)
    if (!kept || (*smallest && kept.capacity() < smallest->capacity())) smallest = &kept;
  if (!*smallest || smallest->capacity() < dropped.capacity()) std::swap(*smallest, dropped);
}

void GlyphBufferPool::trim() {
  std::array<Buffer, 2> dropped;
  const std::lock_guard guard(lock_);
  std::swap(kept_, dropped);
}

void GlyphBufferPool::count(size_t before, size_t now) {
  const std::lock_guard guard(lock_);
  owned_ = owned_ - before + now;
  peak_ = std::max(peak_, owned_);
}

size_t GlyphBufferPool::owned() const {
  const std::lock_guard guard(lock_);
  return owned_;
}

size_t GlyphBufferPool::peak() const {
  const std::lock_guard guard(lock_);
  return peak_;
}

void GlyphBufferPool::set_limit(size_t limit) {
  const std::lock_guard guard(lock_);
  limit_ = limit;
}

}  // namespace sigma
