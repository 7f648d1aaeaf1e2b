/* Where a chunk repeats what came long before in its group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/pooled_array.hpp"
#include "gst/sigma/models/model.hpp"

namespace sigma {

/// A sparse hash of what a group has: of 256 places about one is remembered, by the 64 bytes before
/// it. Which ones follows from these bytes alone, so that what repeats has the same places,
/// wherever it lies. Chunks are looked at one after the other, so that what is found does not
/// depend on the threads that code them. (The hash is the gear of Xia et al., "FastCDC", USENIX ATC
/// 2016.)
class RepeatIndex {
 public:
  /// Of a chunk. More would be small ones.
  static constexpr size_t kMostRepeats = 4096;

  explicit RepeatIndex(GlyphBufferPool& pool) : pool_(pool) {}

  /// Bytes that it takes for a history of that size; 0 for none.
  static size_t memory(size_t history_size);

  /// `history_size`: bytes before a chunk that it may repeat; 0: nothing is looked for. `near`:
  /// those that a lane looks at anyway.
  Status configure(size_t history_size, size_t near);

  /// Forgets all places, so that a stream does not depend on the one before.
  void start_stream();

  /// What a chunk repeats, in order, and behind what was found before: the chunk is the end of
  /// `recent`, the rest of which is its history, and lies `offset` bytes from the stream's begin.
  Status find(ByteSpan recent, size_t chunk_size, uint64_t offset, PooledArray<FarRepeat>& found);

 private:
  struct Place {
    uint32_t position = 0;  ///< modulo 2^32
    uint32_t check = 0;
  };

  FarRepeat extend(ByteSpan recent, size_t at, size_t distance, size_t least) const;

  GlyphBufferPool& pool_;
  Buffer places_;
  int log_ = 0;  ///< of their number; 0: there are none
  size_t near_ = 0;
};

}  // namespace sigma
