/* Counted, bounded, reused memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/memory/buffer_pool.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "gst/sigma/memory/pages.hpp"

namespace sigma {
namespace {

// Blocks of this size and more are mapped, not taken from the heap. A packet takes a new block of
// the chunk's size, is shrunk and is kept downstream for a while: on a heap that leaves
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
constexpr size_t kMapFrom = 32 * 1024;
#endif

uint8_t* allocate(size_t size) {
  if (size < kMapFrom) return static_cast<uint8_t*>(std::malloc(size != 0 ? size : 1));
  return pages::map(size);
}

void deallocate(uint8_t* block, size_t size) {
  if (size < kMapFrom)
    std::free(block);
  else
    pages::unmap(block, size);
}

/// Gives a block's end back. Nullptr, and the block as it was, if that is not possible.
uint8_t* cut(uint8_t* block, size_t size, size_t smaller) {
  if (size < kMapFrom) return static_cast<uint8_t*>(std::realloc(block, smaller));
  if (smaller >= kMapFrom) return pages::cut(block, size, smaller);
  uint8_t* copy = allocate(smaller);
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, block, smaller);
  deallocate(block, size);
  return copy;
}

}  // namespace

/// What all buffers of a pool have in common, as long as there is one.
struct Buffer::Account {
  struct Block {
    uint8_t* start = nullptr;
    size_t size = 0;
  };

  std::atomic<size_t> users = 1;  ///< the pool, and each buffer
  std::mutex lock;
  size_t limit = 0;
  size_t owned = 0;
  size_t peak = 0;
  std::array<Block, GlyphBufferPool::kMaxRecycled> recycled;
  size_t recycled_max = 0;
  size_t recycled_owned_max = 0;

  Account* whole = nullptr;  ///< counts the same bytes

  void leave() {
    if (users.fetch_sub(1) != 1) return;
    if (whole != nullptr) whole->leave();
    delete this;
  }

  void count(size_t before, size_t now) {
    const std::lock_guard guard(lock);
    recount(before, now);
  }

  /// Counts `more` bytes, unless they would break the bound.
  bool admit(size_t more) {
    const std::lock_guard guard(lock);
    if (limit != 0 && (more > limit || owned > limit - more)) return false;
    recount(0, more);
    return true;
  }

  /// Keeps a block that is not counted, if there is a place for it.
  bool recycle(uint8_t* start, size_t size) {
    const std::lock_guard guard(lock);
    if (size > recycled_owned_max - std::min(recycled_owned_max, owned)) return false;
    for (size_t i = 0; i < recycled_max; i++)
      if (recycled[i].start == nullptr) {
        recycled[i] = {start, size};
        recount(0, size);
        return true;
      }
    return false;
  }

  /// The longest of the blocks kept, which stays counted; empty if there is none.
  Block pop_recycled() {
    const std::lock_guard guard(lock);
    Block* longest = &recycled[0];
    for (Block& block : recycled)
      if (block.size > longest->size) longest = &block;
    return std::exchange(*longest, {});
  }

  /// With the lock held.
  void recount(size_t before, size_t now) {
    owned = owned - before + now;
    peak = std::max(peak, owned);
    if (whole != nullptr) whole->count(before, now);
  }
};

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  free_block();
  block_ = std::exchange(other.block_, nullptr);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  size_ = std::exchange(other.size_, 0);
  counted_ = std::exchange(other.counted_, false);
  recycles_ = std::exchange(other.recycles_, false);
  account_ = std::exchange(other.account_, nullptr);
  return *this;
}

Buffer::~Buffer() {
  free_block();
}

void Buffer::free_block() {
  if (block_ == nullptr) return;
  disown();
  const bool kept = recycles_ && capacity_ >= kMapFrom && account_->recycle(block_, capacity_);
  if (!kept) deallocate(block_, capacity_);
  block_ = nullptr;
  std::exchange(account_, nullptr)->leave();
}

void Buffer::append(ByteSpan bytes) {
  const size_t count = std::min(bytes.size(), capacity_ - begin_ - size_);
  if (count == 0) return;
  std::memcpy(block_ + begin_ + size_, bytes.data(), count);
  size_ += count;
}

void Buffer::shrink_to_fit() {
  const size_t wanted = begin_ + size_;
  if (block_ == nullptr || wanted == 0 || wanted >= capacity_) return;
  uint8_t* smaller = cut(block_, capacity_, wanted);
  if (smaller == nullptr) return;
  block_ = smaller;
  if (counted_) account_->count(capacity_, wanted);
  capacity_ = wanted;
}

void Buffer::disown() {
  if (std::exchange(counted_, false)) account_->count(capacity_, 0);
}

GlyphBufferPool::GlyphBufferPool(size_t limit) : account_(new (std::nothrow) Buffer::Account()) {
  if (account_ != nullptr) account_->limit = limit;
}

GlyphBufferPool::GlyphBufferPool(GlyphBufferPool& whole) : GlyphBufferPool() {
  if (account_ == nullptr || whole.account_ == nullptr) return;
  account_->whole = whole.account_;
  whole.account_->users.fetch_add(1);
}

GlyphBufferPool::~GlyphBufferPool() {
  set_recycled(0);
  if (account_ != nullptr) account_->leave();
}

/// A buffer of a block that is counted.
Buffer GlyphBufferPool::adopt(uint8_t* block, size_t capacity) {
  Buffer buffer;
  buffer.block_ = block;
  buffer.capacity_ = capacity;
  buffer.counted_ = true;
  buffer.account_ = account_;
  account_->users.fetch_add(1);
  return buffer;
}

/// A kept buffer that fits, or none; then `superseded` is the one that a larger one will replace.
Buffer GlyphBufferPool::pop_kept(size_t capacity, Fit fit, Buffer& superseded) {
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

/// A recycled block, made long enough.
Buffer GlyphBufferPool::pop_recycled(size_t capacity) {
  if (capacity < kMapFrom || account_ == nullptr) return {};
  const Buffer::Account::Block block = account_->pop_recycled();
  if (block.start == nullptr) return {};
  Buffer buffer = adopt(block.start, block.size);
  if (block.size >= capacity) return buffer;
  if (!account_->admit(capacity - block.size)) return {};
  uint8_t* longer = pages::lengthen(block.start, block.size, capacity);
  if (longer == nullptr) {
    account_->count(capacity - block.size, 0);
    return {};
  }
  buffer.block_ = longer;
  buffer.capacity_ = capacity;
  return buffer;
}

Status GlyphBufferPool::charge(size_t size) {
  if (account_ == nullptr) return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, size);
  if (account_->admit(size)) return {};
  trim();
  if (account_->admit(size)) return {};
  return Status::error(ErrorCode::NO_MEMORY, "the codec's memory bound is reached", 0, size);
}

Result<Buffer> GlyphBufferPool::make(size_t capacity) {
  if (const Status status = charge(capacity); !status.ok()) return status;
  uint8_t* block = allocate(capacity);
  if (block == nullptr) {
    account_->count(capacity, 0);
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, capacity);
  }
  return adopt(block, capacity);
}

Result<Buffer> GlyphBufferPool::acquire(size_t capacity, Fit fit) {
  Buffer superseded;
  Buffer found = pop_kept(capacity, fit, superseded);
  if (!found && fit == Fit::ANY) found = pop_recycled(capacity);
  if (found) {
    found.set_filled(0, 0);
    return found;
  }
  // If all that is kept is too small, the largest one would be superseded by the one made now:
  // freed first, the two never count at once.
  superseded = Buffer();
  return make(capacity);
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

void GlyphBufferPool::release(Buffer&& buffer) {
  Buffer dropped = std::move(buffer);
  if (!dropped) return;
  const std::lock_guard guard(lock_);  // `dropped` goes behind it
  Buffer* smallest = &kept_[0];
  for (Buffer& kept : kept_)
    if (!kept || (*smallest && kept.capacity() < smallest->capacity())) smallest = &kept;
  if (!*smallest || smallest->capacity() < dropped.capacity()) std::swap(*smallest, dropped);
}

void GlyphBufferPool::set_recycled(size_t count, size_t owned) {
  if (account_ == nullptr) return;
  {
    const std::lock_guard guard(account_->lock);
    account_->recycled_max = std::min(count, kMaxRecycled);
    account_->recycled_owned_max = owned;
  }
  for (;;) {
    const Buffer::Account::Block block = account_->pop_recycled();
    if (block.start == nullptr) return;
    account_->count(block.size, 0);
    deallocate(block.start, block.size);
  }
}

void GlyphBufferPool::trim() {
  std::array<Buffer, 2> dropped;
  const std::lock_guard guard(lock_);
  std::swap(kept_, dropped);
}

uint8_t* GlyphBufferPool::allocate_uncounted(size_t size) {
  return allocate(size);
}

void GlyphBufferPool::free_uncounted(uint8_t* block, size_t size) {
  deallocate(block, size);
}

void GlyphBufferPool::recharge(size_t before, size_t now) {
  if (account_ != nullptr) account_->count(before, now);
}

size_t GlyphBufferPool::owned() const {
  if (account_ == nullptr) return 0;
  const std::lock_guard guard(account_->lock);
  return account_->owned;
}

size_t GlyphBufferPool::peak() const {
  if (account_ == nullptr) return 0;
  const std::lock_guard guard(account_->lock);
  return account_->peak;
}

}  // namespace sigma
