/* Proof that a body decodes to its chunk, before it is written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Decodes bodies as a decoder would, one chunk at a time.
class ChunkVerifier {
 public:
  explicit ChunkVerifier(GlyphBufferPool& pool) : pool_(pool), evaluator_(pool) {}

  /// Chunks of streams with this head come.
  void start_stream(const Head& head) { evaluator_.start_stream(head); }
  /// Room for decoded bytes.
  Status reserve(size_t chunk_size) { return pool_.reserve(decoded_, chunk_size); }

  /// VERIFY_FAILED if `body` does not decode to `chunk`; NO_MEMORY. `states`: what the models know
  /// of the group.
  Status verify(ByteSpan chunk, ByteSpan history, const PacketHeader& header, ByteSpan body,
                const GroupStates& states);

 private:
  Status fill_slots(const GroupStates& states);

  GlyphBufferPool& pool_;
  Evaluator evaluator_;
  Buffer decoded_;  ///< kept, or it would leave holes in the heap
};

}  // namespace sigma
