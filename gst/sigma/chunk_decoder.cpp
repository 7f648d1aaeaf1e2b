/* Chunks of one stream to bytes.
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
#include "gst/sigma/chunk_decoder.hpp"

#include <utility>

#include "gst/sigma/settings.hpp"

namespace sigma {

namespace {

/// Room beyond chunk and history, where the chunks of a stream are small: so that no more than four
/// bytes are moved in the window for each that is decoded, whatever a head declares.
size_t window_slack(const Head& head) {
  const uint32_t quarter = head.history_max / 4;
  return quarter > head.chunk_max ? quarter - head.chunk_max : 0;
}

}  // namespace

uint64_t ChunkDecoder::needs(const Head& head) {
  return decoder_needs(head) + window_slack(head) + head.chunk_max + kLaneDecoderMemory +
         kCodeMemory + kHeadroom;
}

Status ChunkDecoder::start_stream(const Head& head, uint64_t max_memory, bool reserves_packet) {
  if (needs(head) > max_memory)
    return Status::error(ErrorCode::NEEDS_MORE_MEMORY, "this stream needs", 0, needs(head));
  if (const Status status = window_.configure(head.chunk_max, head.history_max, window_slack(head));
      !status.ok())
    return status;
  evaluator_.start_stream(head);
  keeps_history_ = head.history_max != 0;
  if (!reserves_packet) return {};
  // One buffer that takes any packet that spans inputs: packets differ in size, and buffers made
  // for each would leave holes in the heap.
  Result<Buffer> packet = pool_.acquire(kPacketFront + head.body_max);
  if (packet.ok()) pool_.release(std::move(packet.value));
  return packet.status;
}

Result<ByteSpan> ChunkDecoder::decode(const PacketHeader& packet, ByteSpan body, uint64_t offset) {
  if (packet.is_key()) {
    window_.start_group();
    evaluator_.start_group();
  } else {
    window_.advance();
  }
  if (packet.is_stored()) {
    // Its hash was that of the body, checked already. Without history nobody needs a copy.
    if (!keeps_history_) return body;
    window_.append(body);
    return window_.chunk();
  }
  const MutableByteSpan out = window_.prepare(packet.raw_size);
  Status status = evaluator_.evaluate(body, window_.history(), out);
  if (status.ok() && hash_bytes(out) != packet.raw_hash)
    status =
        Status::error(ErrorCode::DAMAGED, "a chunk does not decode to the bytes that were encoded");
  if (!status.ok()) {
    status.offset = offset;
    return status;
  }
  window_.commit(out.size());
  return window_.chunk();
}

}  // namespace sigma
