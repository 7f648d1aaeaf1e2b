/* The encoder: chunks to packets.
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
#include "gst/sigma/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/header_guard.hpp"

namespace sigma {

Status StreamingEncoder::configure(const EncoderSettings& settings) {
  const Result<EncoderPlan> plan = plan_encoder(settings);
  if (!plan.ok()) return plan.status;
  settings_ = settings;
  plan_ = plan.value;
  head_ = make_head(settings_, plan_);
  if (!plan_.stores)
    if (const Status status = model_.configure(plan_.lane); !status.ok()) return status;
  if (const Status status = chunker_.configure(plan_, settings_.key_interval); !status.ok())
    return status;
  if (settings_.verify && !plan_.stores)
    if (const Status status = pool_.reserve(verified_, plan_.chunk_size); !status.ok())
      return status;
  reset();
  return {};
}

void StreamingEncoder::reset() {
  chunker_.reset();
  index_.reset();
  for (Packet& packet : waiting_)
    Packet dropped = std::move(packet);
  waiting_first_ = waiting_count_ = 0;
  failed_ = {};
  in_stream_ = false;
  stream_size_ = 0;
  head_sequence_ = 0;
  chunk_spans_inputs_ = false;
  stats_.start();
  stats_.peak_memory = pool_.peak();
}

Result<size_t> StreamingEncoder::push(ByteSpan input) {
  if (!failed_.ok()) return failed_;
  if (waiting_count_ != 0 || input.empty()) return size_t{0};
  const bool continues = !chunker_.is_empty();
  const size_t taken = chunker_.append(input);
  if (continues && taken != 0) chunk_spans_inputs_ = true;
  stats_.bytes_in += taken;
  if (chunker_.is_full())
    if (const Status status = emit_chunk(); !status.ok()) return status;
  return taken;
}

bool StreamingEncoder::take(Packet& packet) {
  if (waiting_count_ == 0) return false;
  packet = std::move(waiting_[waiting_first_]);
  waiting_first_ = (waiting_first_ + 1) % kMaxWaiting;
  waiting_count_--;
  return true;
}

Status StreamingEncoder::fail(const Status& status) {
  if (failed_.ok()) failed_ = status;
  return status;
}

Status StreamingEncoder::flush() {
  if (!failed_.ok()) return failed_;
  return chunker_.is_empty() ? Status{} : emit_chunk();
}

Status StreamingEncoder::finish() {
  // There is room for one stream's end, not for that of a second one behind it.
  if (waiting_count_ != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "packets wait to be taken before the end");
  finishing_ = true;
  const Status flushed = flush();
  finishing_ = false;
  if (!flushed.ok()) return flushed;
  if (!in_stream_)
    if (const Status status = start_stream(hash_bytes({})); !status.ok()) return fail(status);
  if (settings_.index && !index_.is_empty())
    if (const Status status = emit_index(); !status.ok()) return fail(status);
  if (const Status status = emit_end(); !status.ok()) return fail(status);
  chunker_.reset();
  index_.reset();
  in_stream_ = false;
  stream_size_ = 0;
  head_sequence_ = 0;
  return {};
}

Status StreamingEncoder::set_level(unsigned level) {
  const Result<EncoderPlan> plan = plan_level(settings_, plan_, level);
  if (!plan.ok()) return plan.status;
  next_level_plan_ = plan.value;
  next_level_ = level;
  level_changes_ = true;
  return {};
}

Status StreamingEncoder::apply_level() {
  if (!std::exchange(level_changes_, false)) return {};
  plan_ = next_level_plan_;
  settings_.level = next_level_;
  if (settings_.verify && !plan_.stores)
    if (const Status status = pool_.reserve(verified_, plan_.chunk_size); !status.ok())
      return status;
  return plan_.stores ? Status{} : model_.configure(plan_.lane);
}

/// The id tells streams apart and depends on nothing but the settings and the first chunk.
Status StreamingEncoder::start_stream(uint64_t first_chunk_hash) {
  uint8_t named[kHeadBodySize + 16] = {};
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  std::copy(std::begin(body), std::end(body), named);
  named[kHeadBodySize] = static_cast<uint8_t>(settings_.level);
  named[kHeadBodySize + 1] = settings_.index ? 1 : 0;
  store_le(named + kHeadBodySize + 8, first_chunk_hash);
  stream_id_ = hash_bytes(named);
  in_stream_ = true;
  stream_size_ = 0;
  verifier_.start_stream(head_);
  return emit_head(false);
}

/// A copy right behind the head keeps the first group alive when the head is lost. A stream that
/// ends with its first chunk, one that is not full, does without.
Status StreamingEncoder::emit_second_head() {
  const bool is_only_chunk = finishing_ && !chunker_.is_full();
  return is_only_chunk ? Status{} : emit_head(true);
}

Status StreamingEncoder::emit_group_start() {
  if (const Status status = apply_level(); !status.ok()) return status;
  verifier_.start_group();
  if (settings_.index && index_.is_full())
    if (const Status status = emit_index(); !status.ok()) return status;
  if (chunker_.sequence() - head_sequence_ >= kHeadCopyInterval)
    if (const Status status = emit_head(true); !status.ok()) return status;
  if (settings_.index) index_.add({chunker_.sequence(), chunker_.raw_offset(), stream_size_});
  return {};
}

Status StreamingEncoder::emit_chunk() {
  const uint64_t began = monotonic_ns();
  const Status status = make_chunk();
  stats_.codec_time_ns += monotonic_ns() - began;
  return status.ok() ? status : fail(status);
}

Status StreamingEncoder::make_chunk() {
  PacketHeader header = new_header(GlyphType::PRIMITIVE, Primitive::BLOCK, 0);
  header.raw_size = static_cast<uint32_t>(chunker_.chunk().size());
  header.raw_hash = hash_bytes(chunker_.chunk());
  if (!in_stream_)
    if (Status status = start_stream(header.raw_hash);
        !status.ok() || !(status = emit_second_head()).ok())
      return status;
  header.stream_id = stream_id_;
  if (chunker_.is_key()) {
    header.flags = kFlagKey;
    if (const Status status = emit_group_start(); !status.ok()) return status;
  }
  Result<Buffer> made = pool_.acquire(kPacketFront + kMaxGlyphHeader + header.raw_size);
  if (!made.ok()) return made.status;
  Buffer& out = made.value;
  const MutableByteSpan scratch(out.block() + kPacketFront, kMaxGlyphHeader + header.raw_size);
  Result<ByteSpan> body = code_chunk(header, scratch);
  if (body.ok() && find_packet_header(body.value) != body.value.size())
    body = code_chunk_guarded(header, out);
  if (!body.ok()) return body.status;
  if (settings_.verify)
    if (const Status status = verify_chunk(header, body.value); !status.ok()) return status;
  // The header's size is known only now: it is put right before the body.
  const size_t front = packet_front_size(header);
  const auto body_begin = static_cast<size_t>(body.value.data() - out.block());
  write_packet_front(out.block() + body_begin - front, header);
  out.set_filled(body_begin - front, front + body.value.size());
  out.shrink_to_fit();
  queue(std::move(out), header);
  count_chunk(header);
  chunker_.advance();
  return {};
}

/// Makes the body, coded or stored, in `scratch` and completes the header.
Result<ByteSpan> StreamingEncoder::code_chunk(PacketHeader& header, MutableByteSpan scratch) {
  const ByteSpan chunk = chunker_.chunk();
  CodedBody coded;
  if (!plan_.stores) {
    Result<CodedBody> result = model_.encode(chunk, chunker_.history(), scratch);
    if (!result.ok()) {
      result.status.offset = chunker_.raw_offset();
      return result.status;
    }
    coded = result.value;
  }
  if (!coded.bytes.empty()) return complete_coded(header, coded);
  std::memcpy(scratch.data(), chunk.data(), chunk.size());
  header.type = GlyphType::PRIMITIVE;
  header.body_hash = header.raw_hash;
  chunk_glyphs_ = 0;
  header.body_size = header.raw_size;
  return ByteSpan(scratch.first(chunk.size()));
}

ByteSpan StreamingEncoder::complete_coded(PacketHeader& header, const CodedBody& coded) {
  header.type = chunker_.is_key() ? GlyphType::COMPOSITE : GlyphType::DELTA;
  header.body_hash = hash_bytes(coded.bytes);
  header.body_size = static_cast<uint32_t>(coded.bytes.size());
  chunk_glyphs_ = coded.glyphs;
  return coded.bytes;
}

/// The same for a chunk whose body holds packet headers, in a larger block that takes the place of
/// `out`. What headers there are stay if they cannot be kept out.
Result<ByteSpan> StreamingEncoder::code_chunk_guarded(PacketHeader& header, Buffer& out) {
  pool_.release(std::move(out));
  const size_t room = guarded_body_max(header.raw_size);
  Result<Buffer> larger = pool_.acquire(kPacketFront + room);
  if (!larger.ok()) return larger.status;
  out = std::move(larger.value);
  const MutableByteSpan scratch(out.block() + kPacketFront, room);
  Result<CodedBody> coded = encode_guarded(plan_.stores ? nullptr : &model_, chunker_.chunk(),
                                           chunker_.history(), scratch);
  coded.status.offset = chunker_.raw_offset();
  if (!coded.ok()) return coded.status;
  return coded.value.bytes.empty() ? code_chunk(header, scratch)
                                   : Result<ByteSpan>(complete_coded(header, coded.value));
}

Status StreamingEncoder::verify_chunk(const PacketHeader& header, ByteSpan body) {
  const ByteSpan chunk = chunker_.chunk();
  ByteSpan decoded = body;
  if (!header.is_stored()) {
    // A stored chunk needs no room of its own; one that had to be cut, at level 0, does.
    if (const Status status = pool_.reserve(verified_, chunk.size()); !status.ok()) return status;
    const MutableByteSpan out(verified_.block(), chunk.size());
    const Status status = verifier_.evaluate(body, chunker_.history(), out);
    if (status.code == ErrorCode::NO_MEMORY) return status;
    decoded = status.ok() ? ByteSpan(out) : ByteSpan();
  }
  if (std::equal(decoded.begin(), decoded.end(), chunk.begin(), chunk.end())) return {};
  return Status::error(ErrorCode::VERIFY_FAILED, "a chunk does not decode to its input",
                       chunker_.raw_offset());
}

void StreamingEncoder::count_chunk(const PacketHeader& header) {
  stats_.chunks++;
  stats_.glyphs += chunk_glyphs_;
  if (header.is_stored())
    stats_.chunks_stored++;
  else
    stats_.chunks_bytes++;
  if (std::exchange(chunk_spans_inputs_, false)) stats_.boundary_crossings++;
}

PacketHeader StreamingEncoder::new_header(GlyphType type, Primitive primitive,
                                          uint8_t flags) const {
  PacketHeader header;
  header.type = type;
  header.primitive = primitive;
  header.flags = flags;
  header.stream_id = stream_id_;
  header.sequence = chunker_.sequence();
  header.raw_offset = chunker_.raw_offset();
  return header;
}

Status StreamingEncoder::emit_head(bool copy) {
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  head_sequence_ = chunker_.sequence();
  return emit_small(new_header(GlyphType::PRIMITIVE, Primitive::STREAM, copy ? kFlagCopy : 0),
                    body);
}

Status StreamingEncoder::emit_index() {
  Result<Buffer> body = pool_.acquire(kMaxIndexBody);
  if (!body.ok()) return body.status;
  const size_t size = index_.take_body({body.value.block(), kMaxIndexBody}, stream_size_);
  const Status status =
      emit_small(new_header(GlyphType::REFERENCE, Primitive::LIST, 0), {body.value.block(), size});
  pool_.release(std::move(body.value));
  return status;
}

Status StreamingEncoder::emit_end() {
  // The chunk before was advanced past, so the counts are those of the whole stream.
  const PacketHeader header = new_header(GlyphType::PRIMITIVE, Primitive::BOUNDARY, 0);
  PacketHeader sized = header;
  sized.body_size = kEndBodySize;
  EndTotals totals;
  totals.raw_size = chunker_.raw_offset();
  totals.chunks = chunker_.sequence();
  totals.stream_size = stream_size_ + packet_front_size(sized) + kEndBodySize;
  totals.last_index = index_.last_offset();
  uint8_t body[kEndBodySize];
  write_end(body, totals, head_);
  return emit_small(header, body);
}

Status StreamingEncoder::emit_small(PacketHeader header, ByteSpan body) {
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

void StreamingEncoder::queue(Buffer&& bytes, const PacketHeader& header) {
  Packet& packet = waiting_[(waiting_first_ + waiting_count_) % kMaxWaiting];
  waiting_count_++;
  packet.kind = header.kind();
  packet.key = header.is_key();
  packet.stream_offset = stream_size_;
  stream_size_ += bytes.size();
  stats_.bytes_out += bytes.size();
  stats_.glyphs++;
  packet.bytes = std::move(bytes);
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
}

}  // namespace sigma
