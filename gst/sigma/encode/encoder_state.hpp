/* The encoder: bytes in, packets of a .sigma stream out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/task.hpp"
#include "gst/sigma/encode/chunker.hpp"
#include "gst/sigma/encode/job_ring.hpp"
#include "gst/sigma/encode/packet_writer.hpp"
#include "gst/sigma/encode/repeat_index.hpp"
#include "gst/sigma/framing/writer.hpp"

namespace sigma {

/// What a StreamingEncoder is inside. The calls are its own, which are described there.
class EncoderState {
 public:
  EncoderState();
  ~EncoderState() { reset(); }
  EncoderState(const EncoderState&) = delete;
  EncoderState& operator=(const EncoderState&) = delete;

  Status configure(const EncoderSettings& settings, TaskPool* tasks);
  /// `is_lent`: push_lent().
  Result<size_t> push(ByteSpan input, bool is_lent);
  Status set_framing(bool is_framed, bool joins);
  bool is_framed() const { return writer_.head().is_framed(); }
  Status add_event(FramedEvent kind, ByteSpan payload);
  Status add_meta(uint64_t kind, ByteSpan payload);
  Status begin_buffer(const FramedBuffer& buffer, const BufferTime& time);
  uint64_t left() const { return framing_.left(); }
  void set_rate(uint32_t rate, uint32_t step) { framing_.set_rate(rate, step); }
  bool take(Packet& packet);
  bool is_holding() const;
  Status flush();
  Status repeat_head();
  Status finish();
  void reset();
  Status set_level(unsigned level);

  const EncoderPlan& plan() const { return plan_; }
  const StreamStats& stats() const { return stats_; }

 private:
  Status store_lent(ByteSpan chunk);
  Result<size_t> append_to_look(ByteSpan input, bool& ends);
  Result<bool> ends_at_look();
  void cut_chunk();
  bool is_stored(ByteSpan chunk);

  Status prepare_item(size_t size);
  Status end_item(const Status& status);
  Status emit_framing();
  Status fail(const Status& status);
  void apply_level();
  Status end_chunk(bool is_last);
  void prepare_header(EncodedChunk& made, bool is_last);
  ByteSpan next_history();
  Status find_repeats(Job& job);
  Status prepare_job(Job& job, bool is_last);
  Status collect_job();
  Status collect_all();
  void forget_stream();

  GlyphBufferPool pool_;
  EncoderSettings settings_;
  EncoderPlan plan_;
  EncoderPlan next_level_plan_;
  bool is_configured_ = false;
  unsigned next_level_ = 0;
  bool level_changes_ = false;

  FramingWriter framing_;
  bool framing_begun_ = false;  ///< of the chunk that is filled
  Chunker chunker_;
  RepeatIndex repeats_;
  uint32_t chained_ = 0;  ///< chunks up to the one before, each of which refers to another
  bool chunk_spans_inputs_ = false;

  StreamStats stats_;
  JobRing jobs_;
  PacketWriter writer_;
  Status failed_;  ///< what no call gets past before reset()
};

}  // namespace sigma
