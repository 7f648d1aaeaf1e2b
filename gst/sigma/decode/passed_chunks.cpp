/* A short list of trees.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/passed_chunks.hpp"

#include <algorithm>

namespace sigma {

bool PassedChunks::has_room(size_t size) {
  return count_ < kMost && pool_.reserve(chunks_[count_].tree, size).ok();
}

bool PassedChunks::add(const PacketHeader& packet, ByteSpan tree, uint64_t history) {
  PassedChunk& added = chunks_[count_++];
  added.packet = packet;
  added.tree.set_filled(0, 0);
  added.tree.append(tree);
  uint64_t behind = 0;
  size_t needed = 0;
  while (needed < count_ && behind < history)
    behind += chunks_[count_ - ++needed].packet.raw_size;
  // The first ones are no longer needed; their memory goes to those that come.
  std::rotate(chunks_.begin(), chunks_.begin() + (count_ - needed), chunks_.begin() + count_);
  count_ = needed;
  return behind >= history;
}

}  // namespace sigma
