/* explain(): from chunk to chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/explain.hpp"

#include "gst/sigma/access/packet_walker.hpp"
#include "gst/sigma/decode/chunk_decoder.hpp"
#include "gst/sigma/explain/record_explanation.hpp"
#include "gst/sigma/explain/sample_explanation.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {
namespace {

ChunkKind kind_of(const PacketHeader& header, ByteSpan body) {
  if (header.is_stored()) return ChunkKind::STORED;
  if (has_records(body)) return ChunkKind::RECORDS;
  if (has_frames(body)) return ChunkKind::FRAMES;
  if (has_text(body)) return ChunkKind::TEXT;
  return has_samples(body) ? ChunkKind::SAMPLES : ChunkKind::BYTES;
}

/// One source on its way through.
class Explainer {
 public:
  Explainer(ByteSource& source, ExplanationListener& listener, uint64_t max_memory)
      : source_(source),
        listener_(listener),
        max_memory_(max_memory),
        walker_(source, pool_, OnError::FAIL),
        records_(pool_, listener) {}

  Status run();

 private:
  Status see(const FoundPacket& packet);
  Status see_head(const FoundPacket& packet, ByteSpan body);
  Status see_chunk(const FoundPacket& packet, ByteSpan body);

  ByteSource& source_;
  ExplanationListener& listener_;
  uint64_t max_memory_;
  GlyphBufferPool pool_;
  PacketWalker walker_;
  RecordExplanation records_;
  size_t body_max_ = kMaxHeadBody;  ///< bytes that the stream's head allows
  bool has_stream_ = false;
  uint64_t stream_id_ = 0;
  bool is_entered_ = false;
};

Status Explainer::run() {
  if (const Status status = records_.configure(); !status.ok()) return status;
  walker_.start(0, source_.size());
  for (FoundPacket packet;;) {
    const Result<bool> found = walker_.next(packet);
    if (!found.ok()) return found.status;
    if (!found.value) break;
    if (const Status status = see(packet); !status.ok()) return status;
  }
  return has_stream_ ? Status() : Status::error(ErrorCode::NOT_SIGMA, "there is no stream");
}

Status Explainer::see(const FoundPacket& packet) {
  const PacketKind kind = packet.header.kind();
  const bool is_known = has_stream_ && packet.header.stream_id == stream_id_;
  const bool is_copy = (packet.header.flags & kFlagCopy) != 0;
  const bool is_head = kind == PacketKind::HEAD && !(is_copy && is_known);
  if (!is_head && kind != PacketKind::CHUNK) return {};
  if (packet.cut)
    return Status::error(ErrorCode::TRUNCATED, "the stream ends inside a packet", packet.offset);
  if (!is_head && !is_known)
    return Status::error(ErrorCode::DAMAGED, "a chunk comes before its stream's head",
                         packet.offset);
  Buffer body;
  const size_t most = is_head ? kMaxHeadBody : body_max_;
  Status status = read_body(source_, packet, most, pool_, body);
  if (status.ok())
    status = is_head ? see_head(packet, body.bytes()) : see_chunk(packet, body.bytes());
  pool_.release(std::move(body));
  return status;
}

Status Explainer::see_head(const FoundPacket& packet, ByteSpan body) {
  Head head;
  if (const Status status = parse_head(body, packet.offset, head); !status.ok()) return status;
  if (const uint64_t needs = ChunkDecoder::needs(head); needs > max_memory_)
    return Status::error(ErrorCode::NEEDS_MORE_MEMORY, "this stream needs", 0, needs);
  has_stream_ = true;
  stream_id_ = packet.header.stream_id;
  is_entered_ = false;
  body_max_ = head.body_max;
  return records_.start(head);
}

Status Explainer::see_chunk(const FoundPacket& packet, ByteSpan body) {
  if (packet.header.framing_size > body.size())
    return Status::error(ErrorCode::DAMAGED, "framing is larger than its body", packet.offset);
  const ByteSpan coded = body.first(body.size() - packet.header.framing_size);
  const ChunkKind kind = kind_of(packet.header, coded);
  // Where a stream was entered, chunks before the first key lack what they refer to.
  is_entered_ |= packet.header.is_key();
  Status status = is_entered_ ? records_.add(packet.header, coded) : Status();
  status.offset = packet.offset;
  if (!status.ok()) return status;
  if (kind == ChunkKind::SAMPLES) explain_samples(coded, listener_);
  listener_.on_chunk(kind, packet.header.raw_size, packet.header.body_size);
  return {};
}

}  // namespace

Status explain(ByteSource& source, ExplanationListener& listener, uint64_t max_memory) {
  return Explainer(source, listener, max_memory).run();
}

}  // namespace sigma
