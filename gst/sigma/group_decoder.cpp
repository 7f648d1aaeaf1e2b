/* Chunks of a group, decoded ahead of their turn.
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
#include "gst/sigma/group_decoder.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/stats.hpp"

namespace sigma {

void GroupDecoder::start(const Head& head) {
  head_ = head;
  filled_ = size_ = 0;
  done_ = 0;
  time_ns_ = 0;
  failed_ = false;
  evaluator_.start_stream(head);
}

bool GroupDecoder::add(const PacketHeader& header, ByteSpan body) {
  if (size_ == head_.key_interval || header.raw_size > head_.chunk_max || header.raw_size == 0 ||
      header.framing_size != 0 || header.is_key() != (size_ == 0))
    return false;
  if (size_ > 0) {
    const PacketHeader& last = entries_[size_ - 1].header;
    if (header.stream_id != last.stream_id || header.sequence != last.sequence + 1 ||
        header.raw_offset != last.raw_offset + last.raw_size)
      return false;
  }
  entries_[size_++] = {header, body};
  return true;
}

void GroupDecoder::run() {
  const uint64_t began = monotonic_ns();
  for (size_t i = done_; i < size_ && !failed_; i++) {
    AheadChunk& chunk = chunks_[i];
    chunk = {};
    const uint64_t glyphs_before = evaluator_.glyphs();
    chunk.status = decode(entries_[i], chunk);
    chunk.glyphs = evaluator_.glyphs() - glyphs_before;
    if (!chunk.status.ok()) failed_ = true;
    done_.store(i + 1, std::memory_order_release);
    done_.notify_all();
  }
  time_ns_ += monotonic_ns() - began;
}

const AheadChunk* GroupDecoder::wait_for(size_t i) {
  task.help();
  for (size_t seen = done(); seen <= i; seen = done()) {
    if (failed_) return nullptr;
    done_.wait(seen, std::memory_order_acquire);
  }
  return &chunks_[i];
}

Status GroupDecoder::decode(const Entry& entry, AheadChunk& chunk) {
  const PacketHeader& header = entry.header;
  if (hash_bytes(entry.body) != header.body_hash)
    return Status::error(ErrorCode::DAMAGED, "a packet's body does not match its hash");
  const auto size = static_cast<size_t>(bytes_for(head_));
  if (const Status status = pool_.reserve(bytes_, size, GlyphBufferPool::Fit::CLOSE); !status.ok())
    return status;
  const MutableByteSpan out(bytes_.block() + filled_, header.raw_size);
  if (header.is_stored()) {
    if (header.body_size != header.raw_size)
      return Status::error(ErrorCode::DAMAGED, "a stored chunk's body is not its bytes");
    std::memcpy(out.data(), entry.body.data(), out.size());
  } else {
    const size_t history = std::min<size_t>(filled_, head_.history_max);
    const Status status =
        evaluator_.evaluate(entry.body, {bytes_.block() + filled_ - history, history}, out);
    if (!status.ok()) return status;
    if (hash_bytes(out) != header.raw_hash)
      return Status::error(ErrorCode::DAMAGED,
                           "a chunk does not decode to the bytes that were encoded");
  }
  chunk.bytes = out;
  filled_ += out.size();
  return {};
}

}  // namespace sigma
