/* Chunks of a group, decoded ahead of their turn.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/group_decoder.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/base/stats.hpp"

namespace sigma {

void GroupDecoder::start(const Head& head, const SoughtTexts* sought, ChunkExaminer* examiner) {
  head_ = head;
  sought_ = sought;
  examiner_ = examiner;
  size_ = 0;
  done_ = 0;
  time_ns_ = 0;
  failed_ = is_closed_ = is_resumed_ = false;
}

/// What chunks from there on have.
void GroupDecoder::drop_from(size_t i) {
  for (; i < size_; i++) {
    blocks_[i] = Buffer();
    findings_[i].reset();
  }
}

void GroupDecoder::release() {
  drop_from(0);
  size_ = 0;
  done_ = 0;
  decoder_.give_back();
}

bool GroupDecoder::add(const PacketHeader& header, ByteSpan body) {
  const bool is_due = size_ == 0 || comes_next(entries_[size_ - 1].header, header);
  if (is_closed_ || size_ == head_.key_interval || header.is_key() != (size_ == 0) || !is_due ||
      !check_chunk(head_, header, 0, 0).ok()) {
    is_closed_ = true;
    return false;
  }
  entries_[size_++] = {header, body};
  return true;
}

void GroupDecoder::run() {
  const uint64_t began = monotonic_ns();
  for (size_t i = done_; i < size_ && !failed_; i++) {
    const uint64_t glyphs_before = i == 0 ? 0 : decoder_.glyphs();
    chunks_[i] = {};
    chunks_[i].status = decode(i);
    chunks_[i].glyphs = decoder_.glyphs() - glyphs_before;
    if (!chunks_[i].status.ok()) failed_ = true;
    if (!failed_ && examiner_ != nullptr && !chunks_[i].has_passed) {
      findings_[i] = examiner_->examine(chunks_[i].bytes);
      chunks_[i].finding = findings_[i].get();
    }
    done_.store(i + 1, std::memory_order_release);
    done_.notify_all();
  }
  time_ns_ += monotonic_ns() - began;
}

const AheadChunk* GroupDecoder::resume(size_t asked, const PacketHeader& header, ByteSpan body,
                                       bool goes_on) {
  task_.wait();
  is_closed_ = is_resumed_ = true;
  forget_from(failed_ ? done_ - 1 : done_.load());
  failed_ = false;
  if (size_ > asked || size_ == kMaxChunks) return nullptr;
  if (!goes_on) decoder_.pass_chunk();
  entries_[size_++] = {header, body};
  run();
  return &chunks_[size_ - 1];
}

/// Chunks from there on are none.
void GroupDecoder::forget_from(size_t i) {
  drop_from(i);
  size_ = done_ = i;
}

const AheadChunk* GroupDecoder::wait_for(size_t i) {
  if (i >= size_) return nullptr;
  task_.help();
  for (size_t seen = done(); seen <= i; seen = done()) {
    if (failed_) return nullptr;
    done_.wait(seen, std::memory_order_acquire);
  }
  return &chunks_[i];
}

Status GroupDecoder::decode(size_t i) {
  const Entry& entry = entries_[i];
  if (i == 0) {
    Status status = decoder_.start_stream(head_, ChunkDecoder::needs(head_), false);
    if (status.ok()) status = decoder_.set_sought(sought_);
    if (!status.ok()) return status;
  }
  if (hash_bytes(entry.body) != entry.header.body_hash) return unsound_body(0);
  const ByteSpan data = entry.body.first(entry.body.size() - entry.header.framing_size);
  const Result<ByteSpan> bytes = decoder_.decode(entry.header, data, 0);
  if (!bytes.ok()) return bytes.status;
  chunks_[i].bytes = bytes.value;
  chunks_[i].has_passed = decoder_.has_passed();
  chunks_[i].lines = decoder_.lines();
  if (decoder_.has_passed()) return {};
  const bool is_ours = blocks_[i] && bytes.value.data() == blocks_[i].block();
  if (is_ours || bytes.value.data() == data.data()) return {};
  // In the window, where the next chunk moves it.
  Result<Buffer> block = new_block(bytes.value.size());
  if (!block.ok()) return block.status;
  blocks_[i] = std::move(block.value);
  std::memcpy(blocks_[i].block(), bytes.value.data(), bytes.value.size());
  chunks_[i].bytes = blocks_[i].bytes();
  return {};
}

Result<MutableByteSpan> GroupDecoder::reserve(size_t size) {
  Result<Buffer> block = new_block(size);
  if (!block.ok()) return block.status;
  Buffer& kept = blocks_[done_] = std::move(block.value);
  return MutableByteSpan(kept.block(), size);
}

Result<Buffer> GroupDecoder::new_block(size_t size) {
  Result<Buffer> block = pool_.acquire(size);
  if (!block.ok()) return block;
  block.value.set_filled(0, size);
  block.value.shrink_to_fit();
  block.value.recycle_when_dropped();
  return block;
}

}  // namespace sigma
