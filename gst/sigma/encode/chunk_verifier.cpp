/* Proof that a body decodes to its chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/chunk_verifier.hpp"

#include <algorithm>

namespace sigma {

Status ChunkVerifier::verify(ByteSpan chunk, ByteSpan history, const PacketHeader& header,
                             ByteSpan body, const GroupStates& states) {
  ByteSpan decoded = body;
  if (!header.is_stored()) {
    // A stored chunk needs no room of its own; one that had to be cut, at level 0, does.
    if (const Status status = reserve(chunk.size()); !status.ok()) return status;
    const MutableByteSpan out(decoded_.block(), chunk.size());
    evaluator_.start_group();
    Status status = header.is_key() ? Status() : fill_slots(states);
    if (status.ok()) status = evaluator_.evaluate(body, history, out);
    evaluator_.release_memory();
    if (status.code == ErrorCode::NO_MEMORY) return status;
    decoded = status.ok() ? ByteSpan(out) : ByteSpan();
  }
  if (std::equal(decoded.begin(), decoded.end(), chunk.begin(), chunk.end())) return {};
  return Status::error(ErrorCode::VERIFY_FAILED, "a chunk does not decode to its input");
}

/// Gives the evaluator the slots that a decoder has before the chunk.
Status ChunkVerifier::fill_slots(const GroupStates& states) {
  for (size_t model = 0; model < kMaxModels; model++) {
    const GroupState* state = states[model];
    for (size_t slot = 0; state != nullptr && slot < state->slot_count(); slot++)
      if (const Status status = evaluator_.preset_slot(slot, state->slot(slot)); !status.ok())
        return status;
  }
  return {};
}

}  // namespace sigma
