/* The encoder: buffers and events beside the bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <utility>

#include "gst/sigma/encode/encoder_state.hpp"
#include "gst/sigma/encode/stream_head.hpp"
#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

Status EncoderState::set_framing(bool is_framed, bool joins) {
  if (!failed_.ok()) return failed_;
  if (writer_.in_stream() || !jobs_.is_empty() || !chunker_.is_empty() || framing_begun_)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a stream has framing from its beginning");
  Head head = is_framed ? make_framed_head(plan_) : make_head(plan_);
  if (joins) head.flags |= kHeadJoin;
  writer_.set_head(head);
  return {};
}

/// Before something is added: ends the chunk if that has no room left.
Status EncoderState::prepare_item(size_t size) {
  if (!is_framed() || writer_.has_packets())
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "no framing, or packets wait to be taken before there is more");
  if (!failed_.ok()) return failed_;
  Status status;
  if (!std::exchange(framing_begun_, true)) status = framing_.start_chunk(chunker_.is_key());
  if (!status.ok() || framing_.left() != 0 || !framing_.is_full(size)) return status;
  return chunker_.is_empty() ? emit_framing() : end_chunk(false);
}

Status EncoderState::end_item(const Status& status) {
  return status.ok() || status.code == ErrorCode::INVALID_ARGUMENT ? status : fail(status);
}

Status EncoderState::add_event(FramedEvent kind, ByteSpan payload) {
  const Status status = prepare_item(payload.size());
  return end_item(status.ok() ? framing_.add_event(kind, payload) : status);
}

Status EncoderState::add_meta(uint64_t kind, ByteSpan payload) {
  const Status status = prepare_item(payload.size());
  return end_item(status.ok() ? framing_.add_meta(kind, payload) : status);
}

Status EncoderState::begin_buffer(const FramedBuffer& buffer, const BufferTime& time) {
  Status status = prepare_item(0);
  // A reader that enters the stream at a key finds whole buffers there, and files that take turns
  // at keys share none. A buffer larger than a chunk lies in several anyway.
  const bool would_span = !chunker_.is_empty() && buffer.size > chunker_.room() &&
                          buffer.size <= plan_.chunk_size && framing_.left() == 0;
  if (status.ok() && would_span && chunker_.ends_group() && (writer_.head().flags & kHeadJoin) != 0)
    status = end_chunk(false);
  return end_item(status.ok() ? framing_.begin_buffer(buffer, time) : status);
}

/// Writes what comes between chunks as a packet.
Status EncoderState::emit_framing() {
  if (const Status status = collect_all(); !status.ok()) return status;
  const Result<ByteSpan> script = framing_.finish_without_bytes();
  if (!script.ok()) return script.status;
  Result<Buffer> tree = pool_.acquire(framing_tree_max(script.value.size()) + kFramingCutRoom);
  if (!tree.ok()) return tree.status;
  const MutableByteSpan room(tree.value.block(), tree.value.capacity());
  Result<size_t> size = jobs_.idle_encoder().encode_framing(script.value, room);
  if (size.ok() && find_packet_header(room.first(size.value)) != size.value)
    if (const size_t cut = write_cut_framing_tree(script.value, room); cut != 0) size.value = cut;
  Status status = size.status;
  if (size.ok()) {
    const ByteSpan body(tree.value.block(), size.value);
    status = writer_.write_framing(body, settings_.level);
  }
  pool_.release(std::move(tree.value));
  return status.ok() ? framing_.start_chunk(chunker_.is_key()) : status;
}

}  // namespace sigma
