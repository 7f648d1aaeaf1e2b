/* Chunks of one stream to bytes: evaluation, history, the check of the raw hash.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <utility>

#include "gst/sigma/decode/passed_chunks.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/memory/group_window.hpp"
#include "gst/sigma/search/sieving_evaluator.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Decodes the chunks of a group in order. It trusts that headers keep to the head's limits and
/// that the body's hash was checked.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(GlyphBufferPool& pool)
      : pool_(pool),
        evaluator_(pool),
        framing_(pool, evaluator_.lanes()),
        window_(pool),
        passed_(pool) {}

  /// Bytes that decoding such a stream takes, code and headroom included: a packet and two chunks,
  /// which an application or an element may pass on, or where the history is longer than a chunk, a
  /// window and a copy of a chunk.
  static uint64_t needs(const Head& head);

  /// Bytes that it takes beside blocks for all chunks, to put the history together where a chunk
  /// alone is less, or for chunk and history where chunks do not go out.
  static uint64_t window_needs(const Head& head);

  /// Takes the limits of a stream and reserves what they ask for; NEEDS_MORE_MEMORY if that is
  /// more than `max_memory`. `reserves_packet`: also what a packet that comes in pieces takes.
  Status start_stream(const Head& head, uint64_t max_memory, bool reserves_packet);

  /// Chunks go there, if the history is no longer than the longest of them. May be null.
  void set_memory(ChunkMemory* memory) { memory_ = memory; }

  /// Chunks without these texts are passed instead of written; null: none. NO_MEMORY.
  Status set_sought(const SoughtTexts* texts) { return evaluator_.set_texts(texts); }

  /// The chunk's bytes, valid until the next call. `data` is its body without the framing tree. A
  /// key chunk begins a new group. After an error the chunk is missing, and those behind it can
  /// refer to nothing before it but slots.
  Result<ByteSpan> decode(const PacketHeader& packet, ByteSpan data, uint64_t offset);
  /// Whether the chunk decoded last was passed, so that there are no bytes: it is `lines` whole
  /// lines, but that one before may go on in the first.
  bool has_passed() const { return has_passed_; }
  uint64_t lines() const { return lines_; }

  /// What a framing tree yields, valid until the next call.
  Result<ByteSpan> decode_framing(ByteSpan tree) {
    return framing_.evaluate(tree, head_.framing_max);
  }

  /// A chunk is missing: what comes next cannot refer to the bytes of those before it.
  void pass_chunk();

  /// A chunk was decoded elsewhere: what comes next can refer to nothing that was decoded here.
  void leave_group();

  /// Gives the memory that chunks took back to the pool, for others. Only a key chunk can follow.
  void give_back();

  /// The bytes decoded last, back to the group's beginning or as far as the stream's history goes.
  ByteSpan recent() const { return outside_.empty() ? window_.recent() : outside_; }

  /// Glyphs evaluated since start_stream().
  uint64_t glyphs() const { return evaluator_.glyphs(); }

 private:
  /// Whether chunks go to memory_, which those of a stream with a longer history do not.
  bool goes_out() const { return memory_ != nullptr && head_.history_max <= head_.chunk_max; }
  Result<MutableByteSpan> make_room(const PacketHeader& packet);
  Status look(const PacketHeader& packet, ByteSpan data, bool& has_begun);
  Status pass(const PacketHeader& packet, ByteSpan data);
  Status restore_passed();
  Status fill(const PacketHeader& packet, ByteSpan data, bool has_begun, MutableByteSpan out);
  Status check(const PacketHeader& packet, ByteSpan chunk);
  Status keep(ByteSpan chunk);
  ByteSpan history() const;

  GlyphBufferPool& pool_;
  SievingEvaluator evaluator_;
  FramingEvaluator framing_;
  ChunkMemory* memory_ = nullptr;
  Head head_;
  GroupWindow window_;
  ByteSpan outside_;     ///< the chunk before, if it is all that the next one may refer to
  PassedChunks passed_;  ///< behind these, which the next one may refer to, too
  bool has_passed_ = false;
  uint64_t lines_ = 0;
};

}  // namespace sigma
