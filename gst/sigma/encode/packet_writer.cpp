/* Packets of a stream, in their order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/packet_writer.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sigma {

void PacketWriter::drop_packets() {
  for (Packet& packet : waiting_)
    Packet dropped = std::move(packet);
  waiting_first_ = waiting_count_ = 0;
}

Status PacketWriter::set_search(bool has_search) {
  if (!has_search) search_.reset();
  if (has_search && search_ == nullptr) search_.reset(new (std::nothrow) SearchColumns());
  if (!has_search || search_ != nullptr) return {};
  return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(SearchColumns));
}

void PacketWriter::forget_stream() {
  if (search_ != nullptr) search_->reset();
  index_.reset();
  in_stream_ = false;
  sequence_ = 0;
  raw_offset_ = 0;
  stream_size_ = 0;
  head_sequence_ = 0;
}

bool PacketWriter::take(Packet& packet) {
  if (waiting_count_ == 0) return false;
  packet = std::move(waiting_[waiting_first_]);
  waiting_first_ = (waiting_first_ + 1) % kMaxWaiting;
  waiting_count_--;
  return true;
}

Status PacketWriter::write_chunk(EncodedChunk& chunk, ByteSpan lent) {
  PacketHeader& header = chunk.header;
  if (!in_stream_)
    if (const Status status = start_stream(chunk.level, header.raw_hash, !chunk.is_short_end);
        !status.ok())
      return status;
  if (header.is_key())
    if (const Status status = emit_group_start(); !status.ok()) return status;
  if (has_index_) index_.add_times(chunk.entry_time, chunk.end_time);
  header.stream_id = stream_id_;
  // The header's size is known only now: it is put right before the body.
  Buffer& block = chunk.body.block;
  const size_t front = packet_front_size(header);
  const size_t begin = block.begin() - front;
  write_packet_front(block.block() + begin, header);
  block.set_filled(begin, front + block.size());
  const size_t size = block.size() + lent.size();
  if (search_ != nullptr && chunk.summary != nullptr && lent.empty())
    search_->add(*chunk.summary, size);
  else if (search_ != nullptr)
    search_->add(lent, size);
  queue(std::move(block), header, lent, chunk.time);
  count_chunk(chunk);
  sequence_++;
  raw_offset_ += header.raw_size;
  return {};
}

Status PacketWriter::write_framing(ByteSpan tree, unsigned level) {
  if (!in_stream_)
    if (const Status status = start_stream(level, hash_bytes(tree), false); !status.ok())
      return status;
  return emit_small(new_header(GlyphType::PRIMITIVE, Primitive::ATTRIBUTE, kFlagCritical), tree);
}

Status PacketWriter::repeat_head() {
  return in_stream_ ? emit_head(true) : Status();
}

Status PacketWriter::finish(unsigned level) {
  Status status;
  if (!in_stream_) status = start_stream(level, hash_bytes({}), false);
  if (search_ != nullptr) search_->end_group();
  if (status.ok() && has_index_ && !index_.is_empty()) status = emit_index();
  return status.ok() ? emit_end() : status;
}

/// The id tells streams apart and depends on nothing but the settings and `hash`, that of the first
/// chunk. A copy of the head right behind it keeps the first group alive when the head is lost; a
/// stream that ends with its first chunk, one that is not full, does without.
Status PacketWriter::start_stream(unsigned level, uint64_t hash, bool has_copy) {
  uint8_t named[kHeadBodySize + 16] = {};
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  std::copy(std::begin(body), std::end(body), named);
  named[kHeadBodySize] = static_cast<uint8_t>(level);
  named[kHeadBodySize + 1] = has_index_ ? 1 : 0;
  store_le(named + kHeadBodySize + 8, hash);
  stream_id_ = hash_bytes(named);
  in_stream_ = true;
  stream_size_ = 0;
  const Status status = emit_head(false);
  return status.ok() && has_copy ? emit_head(true) : status;
}

Status PacketWriter::emit_group_start() {
  if (search_ != nullptr) search_->end_group();
  const bool is_full = index_.is_full() || (search_ != nullptr && search_->is_full());
  if (has_index_ && is_full)
    if (const Status status = emit_index(); !status.ok()) return status;
  if (sequence_ - head_sequence_ >= kHeadCopyInterval)
    if (const Status status = emit_head(true); !status.ok()) return status;
  if (has_index_) index_.add({sequence_, raw_offset_, stream_size_});
  return {};
}

void PacketWriter::count_chunk(const EncodedChunk& chunk) {
  stats_.chunks++;
  stats_.glyphs += chunk.body.glyphs;
  if (chunk.header.is_stored()) stats_.chunks_stored++;
  for (const ModelEntry& model : model_set())
    if (!chunk.header.is_stored() && model.id == chunk.body.model) (stats_.*model.chunks)++;
  if (chunk.spans_inputs) stats_.boundary_crossings++;
}

PacketHeader PacketWriter::new_header(GlyphType type, Primitive primitive, uint8_t flags) const {
  PacketHeader header;
  header.type = type;
  header.primitive = primitive;
  header.flags = flags;
  header.stream_id = stream_id_;
  header.sequence = sequence_;
  header.raw_offset = raw_offset_;
  return header;
}

Status PacketWriter::emit_head(bool copy) {
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  head_sequence_ = sequence_;
  return emit_small(new_header(GlyphType::PRIMITIVE, Primitive::STREAM, copy ? kFlagCopy : 0),
                    body);
}

Status PacketWriter::emit_index() {
  const size_t room = kMaxIndexBody + (search_ != nullptr ? kMaxSearchColumns : 0);
  Result<Buffer> body = pool_.acquire(room);
  if (!body.ok()) return body.status;
  size_t size = index_.take_body({body.value.block(), kMaxIndexBody}, stream_size_);
  if (search_ != nullptr) size += search_->take({body.value.block() + size, room - size});
  const Status status =
      emit_small(new_header(GlyphType::REFERENCE, Primitive::LIST, 0), {body.value.block(), size});
  pool_.release(std::move(body.value));
  return status;
}

Status PacketWriter::emit_end() {
  const PacketHeader header = new_header(GlyphType::PRIMITIVE, Primitive::BOUNDARY, 0);
  PacketHeader sized = header;
  sized.body_size = kEndBodySize;
  EndTotals totals;
  totals.raw_size = raw_offset_;
  totals.chunks = sequence_;
  totals.stream_size = stream_size_ + packet_front_size(sized) + kEndBodySize;
  totals.last_index = index_.last_offset();
  uint8_t body[kEndBodySize];
  write_end(body, totals, head_);
  return emit_small(header, body);
}

Status PacketWriter::emit_small(PacketHeader header, ByteSpan body) {
  header.body_size = static_cast<uint32_t>(body.size());
  header.body_hash = hash_bytes(body);
  const size_t front = packet_front_size(header);
  Result<Buffer> out = pool_.acquire(front + body.size());
  if (!out.ok()) return out.status;
  write_packet_front(out.value.block(), header);
  out.value.set_filled(0, front);
  out.value.append(body);
  // A queue that counts its bytes must not hold a larger block that the pool had kept.
  out.value.shrink_to_fit();
  queue(std::move(out.value), header);
  return {};
}

void PacketWriter::queue(Buffer&& bytes, const PacketHeader& header, ByteSpan lent, uint64_t time) {
  Packet& packet = waiting_[(waiting_first_ + waiting_count_) % kMaxWaiting];
  waiting_count_++;
  packet.kind = header.kind();
  packet.key = header.is_key();
  packet.stream_offset = stream_size_;
  packet.time = time;
  packet.bytes = std::move(bytes);
  packet.lent = lent;
  stream_size_ += packet.size();
  stats_.bytes_out += packet.size();
  stats_.glyphs++;
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
}

}  // namespace sigma
