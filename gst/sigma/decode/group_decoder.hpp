/* Chunks of a group, decoded ahead of their turn.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include "gst/sigma/base/task.hpp"
#include "gst/sigma/decode/chunk_decoder.hpp"
#include "gst/sigma/decode/packet_rules.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// What came of a chunk that was decoded ahead.
struct AheadChunk {
  Status status;  ///< its offset is the caller's to set
  ByteSpan bytes;
  uint64_t glyphs = 0;
  bool has_passed = false;  ///< there are no bytes, as nothing is in them that is sought,
  uint64_t lines = 0;       ///< but so many lines
  const ChunkFinding* finding = nullptr;  ///< in the bytes; null: nobody looked
};

/// A key chunk and those after it, decoded one after the other, each to a block of its own. run()
/// may be called in any thread; nothing but wait_for(), block(), done(), header() and body() may be
/// called before it has come back.
class GroupDecoder : private ChunkMemory {
 public:
  explicit GroupDecoder(GlyphBufferPool& pool) : pool_(pool), decoder_(pool) {
    decoder_.set_memory(this);
  }

  static constexpr size_t kMaxChunks = 256;

  /// Whether groups of such streams can be decoded by this.
  static bool can_decode(const Head& head) {
    return head.key_interval <= kMaxChunks && needs(head) <= SIZE_MAX / 2;
  }
  /// Bytes that all chunks of a group can have.
  static uint64_t bytes_for(const Head& head) {
    return uint64_t{head.key_interval} * head.chunk_max;
  }
  /// Bytes that decoding a group takes. With a window for short chunks, one chunk at least is
  /// short.
  static uint64_t needs(const Head& head) {
    return bytes_for(head) + ChunkDecoder::window_needs(head) + 2 * uint64_t{head.slots_max} +
           head.workspace_max + kLaneDecoderMemory;
  }

  const Head& head() const { return head_; }

  /// Begins a group of this stream. Memory is taken when the first chunk is decoded. `sought`: what
  /// chunks are passed without; `examiner`: gets the bytes of others. Both may be null.
  void start(const Head& head, const SoughtTexts* sought, ChunkExaminer* examiner);

  /// Adds a chunk whose header was checked, and whose body stays where it is until it was taken.
  /// False if it is not the one that comes next in a group of such a stream; then no other can be
  /// added, as nobody knows what the one that was not is good for.
  bool add(const PacketHeader& header, ByteSpan body);

  /// Gives its memory back: the bytes of its chunks are gone, but for those of blocks taken.
  void release();

  /// Decodes what was added and is not decoded yet, up to the first chunk that fails.
  void run();

  /// Decodes a chunk in its turn, now, instead of those that were added behind the first `asked`
  /// ones. `goes_on`: it comes right behind the last of these, else others are missing between
  /// them. Nothing can be added any more. Null if more was decoded already.
  const AheadChunk* resume(size_t asked, const PacketHeader& header, ByteSpan body, bool goes_on);
  bool is_resumed() const { return is_resumed_; }

  /// Chunks that were added, and of how many it is known what they gave.
  size_t size() const { return size_; }
  size_t done() const { return done_.load(std::memory_order_acquire); }

  /// What chunk i gave, as soon as it is known, while run() goes on elsewhere. Null if it never
  /// will be, because one before it failed or the group was released.
  const AheadChunk* wait_for(size_t i);
  bool has_failed() const { return failed_; }
  const PacketHeader& header(size_t i) const { return entries_[i].header; }
  ByteSpan body(size_t i) const { return entries_[i].body; }

  /// That which has the bytes of chunk i, which is known. It may be taken, but the chunk after it
  /// refers to its bytes; empty if they lie elsewhere.
  Buffer& block(size_t i) { return blocks_[i]; }

  /// Whether this group's key, decoded already, comes right behind the other's last chunk.
  bool follows(const GroupDecoder& before) const {
    return done() > 0 && chunks_[0].status.ok() &&
           comes_next(before.entries_[before.size_ - 1].header, entries_[0].header);
  }

  /// Time in run(), in ns.
  uint64_t time() const { return time_ns_; }

  /// run() in a thread of the pool, and until that is done.
  void run_in(TaskPool* tasks) { task_.start(tasks, run_group, this); }
  void wait() { task_.wait(); }

 private:
  struct Entry {
    PacketHeader header;
    ByteSpan body;
  };

  static void run_group(void* group) { static_cast<GroupDecoder*>(group)->run(); }
  void drop_from(size_t i);
  void forget_from(size_t i);
  Status decode(size_t i);
  Result<MutableByteSpan> reserve(size_t size) override;
  Result<Buffer> new_block(size_t size);

  GlyphBufferPool& pool_;
  ChunkDecoder decoder_;
  Head head_;
  const SoughtTexts* sought_ = nullptr;
  ChunkExaminer* examiner_ = nullptr;
  std::array<Entry, kMaxChunks> entries_;
  std::array<Buffer, kMaxChunks> blocks_;
  std::array<AheadChunk, kMaxChunks> chunks_;
  std::array<std::unique_ptr<ChunkFinding>, kMaxChunks> findings_;
  size_t size_ = 0;
  std::atomic<size_t> done_ = 0;
  std::atomic<bool> failed_ = false;
  bool is_closed_ = false;  ///< no more can be added
  bool is_resumed_ = false;
  uint64_t time_ns_ = 0;  ///< since start()
  Task task_;             ///< the last member: it is done before the others go
};

}  // namespace sigma
