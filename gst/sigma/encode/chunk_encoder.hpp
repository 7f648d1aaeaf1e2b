/* One chunk to a packet's body: everything that depends on the chunk and its history alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/encode/chunk_verifier.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/models/chooser.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// A chunk's body, in a block with room for the packet's header right before it.
struct ChunkBody {
  Buffer block;
  ByteSpan bytes;              ///< inside the block
  uint64_t glyphs = 0;         ///< in the body
  Model model = Model::BYTES;  ///< that made it, unless it is stored
};

/// What a chunk's body is made of.
struct ChunkSource {
  ByteSpan chunk;
  ByteSpan history;
  std::span<const FarRepeat> repeats;  ///< of what came long before in the history
  ByteSpan framing;                    ///< what the framing tree yields; empty: there is none
  bool is_stored = false;              ///< without trying to code it
};

/// Codes chunks, each by itself: several of these may work on neighbouring chunks at once.
class ChunkEncoder {
 public:
  explicit ChunkEncoder(GlyphBufferPool& pool, std::span<const ModelEntry> models = model_set())
      : pool_(pool), lanes_(pool), models_(pool, lanes_, models), verifier_(pool) {}

  /// Reserves what the plan asks for. `head` is that of the stream; with `verify`, each chunk is
  /// decoded again.
  Status configure(const EncoderPlan& plan, const Head& head, bool verify);

  /// Codes a chunk, or stores it, and completes a header that has the flags: type, sizes and
  /// hashes. Offsets in errors are for the caller to set.
  /// A key chunk sets `states`, which the other chunks of its group use.
  Status encode(const ChunkSource& source, PacketHeader& header, GroupStates& states,
                ChunkBody& body);

  /// Writes a framing tree of its own. `out` has framing_tree_max() bytes; gives its size.
  Result<size_t> encode_framing(ByteSpan framing, MutableByteSpan out);

 private:
  Result<ByteSpan> code_in(Buffer& block, size_t room, ByteSpan chunk, ByteSpan history,
                           PacketHeader& header);
  Result<ByteSpan> code(ByteSpan chunk, ByteSpan history, PacketHeader& header,
                        MutableByteSpan scratch);
  Result<ByteSpan> code_guarded(ByteSpan chunk, ByteSpan history, PacketHeader& header,
                                Buffer& block);
  ByteSpan complete_coded(PacketHeader& header, const CodedBody& coded);
  Status append_framing(ByteSpan framing, PacketHeader& header, Buffer& block, ByteSpan& body);

  GlyphBufferPool& pool_;
  LaneEncoder lanes_;
  ModelChooser models_;
  ChunkVerifier verifier_;
  LaneParameters lane_;                 ///< of bytes
  GroupStates* states_ = nullptr;       ///< of the chunk being made
  bool stores_ = false;                 ///< likewise
  std::span<const FarRepeat> repeats_;  ///< likewise
  bool codes_ = false;                  ///< there are lanes at this level
  size_t framing_room_ = 0;             ///< behind the body
  bool verifies_ = false;
  CodedBody coded_;  ///< made last
};

}  // namespace sigma
