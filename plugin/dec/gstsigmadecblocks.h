/* Memory in which decoded chunks go downstream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/decoded_chunk.hpp"

namespace sigmadec {

/// Chunks are decoded into blocks that go downstream as they are, and come back when downstream is
/// done with them: on the heap, blocks of that size that leave for a while would leave holes. The
/// latest is held as long as the decoder may refer to it, and may not be written to.
class ChunkBlocks final : public sigma::ChunkMemory {
 public:
  ChunkBlocks() { pool_.set_recycled(1); }
  ~ChunkBlocks() override { forget(); }

  sigma::Result<sigma::MutableByteSpan> reserve(size_t size) override;
  sigma::Buffer adopt(sigma::Buffer&& block) override;

  /// The decoder gave this chunk, wherever it lies.
  void take(sigma::ByteSpan chunk);

  /// A buffer of `bytes`, a part of the chunk taken last; a copy if that is none of the blocks.
  /// NULL without memory.
  GstBuffer* make_buffer(sigma::ByteSpan bytes);

  /// The decoder was reset.
  void forget() { hold(nullptr); }

 private:
  void hold(GstMemory* memory);

  sigma::GlyphBufferPool pool_;
  sigma::Buffer next_;            ///< for the chunk that is being decoded
  GstMemory* latest_ = nullptr;   ///< of the chunk that came last,
  sigma::ByteSpan latest_bytes_;  ///< these
};

}  // namespace sigmadec
