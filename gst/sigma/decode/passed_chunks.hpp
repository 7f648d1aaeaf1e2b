/* Chunks that nobody wanted the bytes of, until it is known that no other refers to them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

struct PassedChunk {
  PacketHeader packet;
  Buffer tree;
};

/// The last of them in a row, as many as chunks behind them may refer to.
class PassedChunks {
 public:
  explicit PassedChunks(GlyphBufferPool& pool) : pool_(pool) {}

  bool is_empty() const { return count_ == 0; }
  std::span<const PassedChunk> all() const { return std::span(chunks_).first(count_); }
  void clear() { count_ = 0; }

  /// Whether another one can be added, whose tree has that size.
  bool has_room(size_t size);
  /// Adds one, for which there is room. True: what came before those that are kept is no longer
  /// referred to, as chunks refer to `history` bytes at most.
  bool add(const PacketHeader& packet, ByteSpan tree, uint64_t history);

 private:
  static constexpr size_t kMost = 4;

  GlyphBufferPool& pool_;
  std::array<PassedChunk, kMost> chunks_;
  size_t count_ = 0;
};

}  // namespace sigma
