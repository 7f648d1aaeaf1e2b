/* Chunks of a group, decoded ahead of their turn.
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
#pragma once

#include <array>
#include <atomic>
#include <utility>

#include "gst/sigma/evaluator.hpp"
#include "gst/sigma/packet.hpp"
#include "gst/sigma/task.hpp"

namespace sigma {

/// What came of a chunk that was decoded ahead.
struct AheadChunk {
  Status status;  ///< its offset is the caller's to set
  ByteSpan bytes;
  uint64_t glyphs = 0;
};

/// A key chunk and those after it, decoded one after the other into memory for the whole group, in
/// which the history of each lies right before it. run() may be called in any thread; nothing but
/// wait_for(), done() and body() may be called before it has come back.
class SIGMA_API GroupDecoder {
 public:
  explicit GroupDecoder(GlyphBufferPool& pool) : pool_(pool), evaluator_(pool) {}

  static constexpr size_t kMaxChunks = 256;

  /// Whether groups of such streams can be decoded by this.
  static bool can_decode(const Head& head) {
    return head.key_interval <= kMaxChunks && needs(head) <= SIZE_MAX / 2;
  }
  /// Bytes that all chunks of a group can have.
  static uint64_t bytes_for(const Head& head) {
    return uint64_t{head.key_interval} * head.chunk_max;
  }
  /// Bytes that decoding a group takes.
  static uint64_t needs(const Head& head) {
    return bytes_for(head) + 2 * uint64_t{head.slots_max} + head.workspace_max + kLaneDecoderMemory;
  }

  /// Begins a group of this stream.
  void start(const Head& head);

  /// Adds a chunk whose header was checked, and whose body stays where it is until it was taken.
  /// False if it is not the one that comes next in a group of such a stream.
  bool add(const PacketHeader& header, ByteSpan body);

  /// Gives its memory back: the bytes of its chunks are gone.
  void release() { pool_.release(std::move(bytes_)); }

  /// Decodes what was added and is not decoded yet. After an error nothing more is decoded.
  void run();

  /// Chunks that were added, and of how many it is known what they gave.
  size_t size() const { return size_; }
  size_t done() const { return done_.load(std::memory_order_acquire); }

  /// What chunk i gave, as soon as it is known, while run() goes on elsewhere. Null if it never
  /// will be, because one before it failed.
  const AheadChunk* wait_for(size_t i);
  bool has_failed() const { return failed_; }
  ByteSpan body(size_t i) const { return entries_[i].body; }

  /// Whether this group's key comes right behind the other's last chunk.
  bool follows(const GroupDecoder& before) const {
    const PacketHeader& key = entries_[0].header;
    const PacketHeader& last = before.entries_[before.size_ - 1].header;
    return key.stream_id == last.stream_id && key.sequence == last.sequence + 1;
  }

  /// Time in run(), in ns.
  uint64_t time() const { return time_ns_; }

  Task task;  ///< for who has run() done elsewhere

 private:
  struct Entry {
    PacketHeader header;
    ByteSpan body;
  };

  Status decode(const Entry& entry, AheadChunk& chunk);

  GlyphBufferPool& pool_;
  Evaluator evaluator_;
  Head head_;
  Buffer bytes_;
  size_t filled_ = 0;  ///< of bytes_
  std::array<Entry, kMaxChunks> entries_;
  std::array<AheadChunk, kMaxChunks> chunks_;
  size_t size_ = 0;
  std::atomic<size_t> done_ = 0;
  std::atomic<bool> failed_ = false;
  uint64_t time_ns_ = 0;  ///< since start()
};

}  // namespace sigma
