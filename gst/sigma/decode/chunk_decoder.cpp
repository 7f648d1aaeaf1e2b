/* Chunks of one stream to bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/operators/table.hpp"

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
  const uint64_t chunk = head.chunk_max;
  const bool has_window = head.history_max > chunk;
  const uint64_t copied = has_window ? window_slack(head) + chunk : chunk - head.history_max;
  return decoder_needs(head) + copied + kLaneDecoderMemory + kCodeMemory + kDecoderHeadroom;
}

uint64_t ChunkDecoder::window_needs(const Head& head) {
  if (head.history_max <= head.chunk_max) return head.history_max;
  return uint64_t{head.chunk_max} + head.history_max + window_slack(head);
}

Status ChunkDecoder::start_stream(const Head& head, uint64_t max_memory, bool reserves_packet) {
  if (needs(head) > max_memory)
    return Status::error(ErrorCode::NEEDS_MORE_MEMORY, "this stream needs", 0, needs(head));
  head_ = head;
  outside_ = {};
  // Where chunks go out, the window gets no more than the history.
  const uint32_t chunk_max = goes_out() ? head.history_max : head.chunk_max;
  window_.configure(chunk_max, head.history_max,
                    size_t{chunk_max} + head.history_max + window_slack(head));
  if (!goes_out())
    if (const Status status = window_.reserve(); !status.ok()) return status;
  evaluator_.start_stream(head);
  if (!reserves_packet) return {};
  // One buffer that takes any packet that spans inputs: packets differ in size, and buffers made
  // for each would leave holes in the heap.
  Result<Buffer> packet = pool_.acquire(kPacketFront + head.body_max);
  if (packet.ok()) pool_.release(std::move(packet.value));
  return packet.status;
}

void ChunkDecoder::pass_chunk() {
  passed_.clear();
  outside_ = {};
  window_.start_group();
}

void ChunkDecoder::leave_group() {
  pass_chunk();
  evaluator_.start_group();
}

void ChunkDecoder::give_back() {
  leave_group();
  window_.give_back();
  evaluator_.release_memory();
}

ByteSpan ChunkDecoder::history() const {
  return outside_.empty() ? window_.history()
                          : outside_.last(std::min<size_t>(outside_.size(), head_.history_max));
}

/// Where the chunk goes, with the history at history().
Result<MutableByteSpan> ChunkDecoder::make_room(const PacketHeader& packet) {
  if (!packet.is_key() && outside_.empty()) window_.advance();
  if (!goes_out()) return window_.prepare(packet.raw_size);
  const Result<MutableByteSpan> room = memory_->reserve(packet.raw_size);
  if (room.ok() && room.value.size() != packet.raw_size)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "memory for a chunk is not of its size");
  return room;
}

/// Keeps what the next chunk may refer to, of a chunk that goes out. If that is more than the
/// chunk, it is put together in the window.
Status ChunkDecoder::keep(ByteSpan chunk) {
  if (chunk.size() >= head_.history_max) {
    outside_ = chunk;
    window_.start_group();
    return {};
  }
  if (const Status status = window_.reserve(); !status.ok()) return status;
  if (const ByteSpan before = std::exchange(outside_, {}); !before.empty()) {
    window_.start_group();
    window_.append(before.last(std::min(before.size(), head_.history_max - chunk.size())));
    window_.advance();
  }
  window_.append(chunk);
  return {};
}

/// Finds out whether the chunk can be passed, which runs its statements. What one that was passed
/// before has to be is made up for before they change slots, or the history is used.
Status ChunkDecoder::look(const PacketHeader& packet, ByteSpan data, bool& has_begun) {
  if (!evaluator_.has_texts()) return {};
  const bool is_tree = !packet.is_stored();
  const bool needs_others = is_tree && (has_history(data) || has_statements(data));
  if (needs_others && !packet.is_key()) return restore_passed();
  if (is_tree && !has_history(data)) {
    if (const Status status = evaluator_.begin(data, {}, packet.raw_size); !status.ok())
      return status;
    has_begun = true;
    has_passed_ = passed_.has_room(data.size()) && evaluator_.lacks_texts(packet.raw_size, lines_);
  }
  if (has_passed_ || passed_.is_empty()) return {};
  if (packet.raw_size >= head_.history_max) {
    pass_chunk();
    return {};
  }
  has_begun = false;
  return restore_passed();
}

/// The next chunk may refer to what was passed: its tree is kept, and what is before it.
Status ChunkDecoder::pass(const PacketHeader& packet, ByteSpan data) {
  if (const ByteSpan before = std::exchange(outside_, {}); !before.empty()) {
    if (const Status status = window_.reserve(); !status.ok()) return status;
    window_.start_group();
    window_.append(before.last(std::min<size_t>(before.size(), head_.history_max)));
  }
  if (passed_.add(packet, data, head_.history_max)) window_.start_group();
  return {};
}

/// Decodes what was passed, as far as it is history.
Status ChunkDecoder::restore_passed() {
  for (const PassedChunk& chunk : passed_.all()) {
    if (const Status status = window_.reserve(); !status.ok()) return status;
    if (!chunk.packet.is_key()) window_.advance();
    if (chunk.packet.is_key()) evaluator_.start_group();
    Buffer room;
    MutableByteSpan out;
    if (goes_out()) {
      if (const Status status = pool_.reserve(room, chunk.packet.raw_size); !status.ok())
        return status;
      out = {room.block(), chunk.packet.raw_size};
    } else {
      out = window_.prepare(chunk.packet.raw_size);
    }
    Status status = evaluator_.evaluate(chunk.tree.bytes(), {}, out);
    if (status.ok()) status = check(chunk.packet, out);
    if (!status.ok()) return status;
    if (goes_out())
      window_.append(ByteSpan(out).last(std::min<size_t>(out.size(), head_.history_max)));
    else
      window_.commit(out.size());
    pool_.release(std::move(room));
  }
  passed_.clear();
  return {};
}

Result<ByteSpan> ChunkDecoder::decode(const PacketHeader& packet, ByteSpan data, uint64_t offset) {
  has_passed_ = false;
  if (packet.is_key()) leave_group();
  // Without framing the hash of a stored chunk is that of the body, checked already.
  if (packet.is_stored() && packet.framing_size != 0 && hash_bytes(data) != packet.raw_hash)
    return Status::error(ErrorCode::DAMAGED, "a stored chunk's body is not its bytes", offset);
  // Without history nobody needs a copy.
  if (packet.is_stored() && head_.history_max == 0) {
    pass_chunk();
    return data;
  }
  bool has_begun = false;
  Status looked = look(packet, data, has_begun);
  if (looked.ok() && has_passed_) looked = pass(packet, data);
  if (!looked.ok()) {
    pass_chunk();
    looked.offset = offset;
    return looked;
  }
  if (has_passed_) return ByteSpan();
  const Result<MutableByteSpan> room = make_room(packet);
  if (!room.ok()) return room.status;
  const MutableByteSpan out = room.value;
  if (Status status = fill(packet, data, has_begun, out); !status.ok()) {
    pass_chunk();
    status.offset = offset;
    return status;
  }
  if (!goes_out())
    window_.commit(out.size());
  else if (const Status status = keep(out); !status.ok())
    return status;
  return ByteSpan(out);
}

/// Writes the chunk's bytes to `out`. `has_begun`: its statements were run.
Status ChunkDecoder::fill(const PacketHeader& packet, ByteSpan data, bool has_begun,
                          MutableByteSpan out) {
  if (packet.is_stored()) {
    std::memcpy(out.data(), data.data(), out.size());
    return {};
  }
  const Status status =
      has_begun ? evaluator_.finish(out) : evaluator_.evaluate(data, history(), out);
  return status.ok() ? check(packet, out) : status;
}

Status ChunkDecoder::check(const PacketHeader& packet, ByteSpan chunk) {
  if (hash_bytes(chunk) == packet.raw_hash) return {};
  evaluator_.reject();
  return Status::error(ErrorCode::DAMAGED,
                       "a chunk does not decode to the bytes that were encoded");
}

}  // namespace sigma
