/* Packets of a stream, in their order: head and copies of it, chunks, index packets, end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <memory>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/encode/chunk_encoder.hpp"
#include "gst/sigma/encoded_packet.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/search_columns.hpp"

namespace sigma {

/// A coded or stored chunk, and what its packet and the index need to know of it.
struct EncodedChunk {
  PacketHeader header;
  ChunkBody body;
  unsigned level = 0;             ///< of the encoder
  uint64_t time = kNoTime;        ///< of the first buffer
  uint64_t entry_time = kNoTime;  ///< FramingWriter::entry_time()
  uint64_t end_time = kNoTime;    ///< FramingWriter::end_time()
  bool spans_inputs = false;
  bool is_short_end = false;       ///< the last chunk, and not full
  TextSummary* summary = nullptr;  ///< of its bytes; null: nobody asks for it
};

/// Puts chunks into packets, adds those that a stream needs beside them, and keeps them until they
/// are taken. A stream begins with the first call that writes, and ends with finish().
class PacketWriter {
 public:
  PacketWriter(GlyphBufferPool& pool, StreamStats& stats) : pool_(pool), stats_(stats) {}

  /// Of the streams that begin from now on.
  void set_head(const Head& head) { head_ = head; }
  void set_index(bool has_index) { has_index_ = has_index; }
  /// Whether the index has columns for searches. NO_MEMORY.
  Status set_search(bool has_search);
  const Head& head() const { return head_; }
  bool in_stream() const { return in_stream_; }

  /// Forgets the packets that wait.
  void drop_packets();
  /// The next call that writes begins another stream.
  void forget_stream();

  /// The next packet that waits, in stream order; false if there is none.
  bool take(Packet& packet);
  bool has_packets() const { return waiting_count_ != 0; }

  /// `lent`: the end of the chunk's body, if that is not in its block.
  Status write_chunk(EncodedChunk& chunk, ByteSpan lent = {});
  /// A framing tree between chunks. `level` is that of the encoder.
  Status write_framing(ByteSpan tree, unsigned level);
  /// Another copy of the head, if the stream has begun.
  Status repeat_head();
  /// The index of the last chunks, and the end packet.
  Status finish(unsigned level);

 private:
  // One packet of each kind, in this order, can be due at once for a chunk in the making: head,
  // head copy, index, chunk; and at the end index and end.
  static constexpr size_t kMaxWaiting = 4 * (kMaxThreads + 1) + 2;
  static constexpr uint32_t kHeadCopyInterval = 16;  ///< least chunks between heads

  Status start_stream(unsigned level, uint64_t hash, bool has_copy);
  Status emit_group_start();
  Status emit_head(bool copy);
  Status emit_index();
  Status emit_end();
  Status emit_small(PacketHeader header, ByteSpan body);
  PacketHeader new_header(GlyphType type, Primitive primitive, uint8_t flags) const;
  void queue(Buffer&& bytes, const PacketHeader& header, ByteSpan lent = {},
             uint64_t time = kNoTime);
  void count_chunk(const EncodedChunk& chunk);

  GlyphBufferPool& pool_;
  StreamStats& stats_;
  bool has_index_ = false;

  // The stream as far as it is queued.
  IndexBuilder index_;
  std::unique_ptr<SearchColumns> search_;  ///< null: there are no such columns
  Head head_;
  uint64_t stream_id_ = 0;
  bool in_stream_ = false;
  uint64_t sequence_ = 0;
  uint64_t raw_offset_ = 0;
  uint64_t stream_size_ = 0;
  uint64_t head_sequence_ = 0;  ///< chunks before the last head or copy

  std::array<Packet, kMaxWaiting> waiting_;  ///< a ring
  size_t waiting_first_ = 0;
  size_t waiting_count_ = 0;
};

}  // namespace sigma
