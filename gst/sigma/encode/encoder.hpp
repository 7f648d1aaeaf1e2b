/* Bytes in, packets of a .sigma stream out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/task.hpp"
#include "gst/sigma/encode/chunker.hpp"
#include "gst/sigma/encode/job_ring.hpp"
#include "gst/sigma/encode/packet_writer.hpp"
#include "gst/sigma/framing/writer.hpp"

namespace sigma {

/// Encodes any number of bytes in the memory its settings allow:
///
///     while (!input.empty()) {
///       Result<size_t> used = encoder.push(input);      // stops when packets are waiting
///       input = input.subspan(used.value);
///       while (encoder.take(packet)) write(packet.bytes.bytes());
///     }
///     encoder.finish();
///     while (encoder.take(packet)) write(packet.bytes.bytes());
///
/// The packets depend on the bytes and the settings alone, not on how the bytes are split, nor on
/// threads. After finish(), the next push() begins a new stream. After an error nothing more is
/// encoded until reset(), so that a stream with a hole never gets an end packet. Offsets in errors
/// count input bytes.
///
/// A stream can also say in which buffers its bytes came, and between which events:
///
///     encoder.set_framing(true);
///     encoder.add_event(FramedEvent::CAPS, caps);    (take() as above after each call)
///     encoder.begin_buffer(buffer);
///     push() and take() as above, for the bytes of the buffer
///
/// With threads, chunks are coded in those of a pool while the next ones are filled; the packets
/// come some chunks later, in order. Each call still is for one thread at a time.
class SIGMA_API StreamingEncoder {
 public:
  StreamingEncoder() : framing_(pool_), chunker_(pool_), jobs_(pool_), writer_(pool_, stats_) {}
  ~StreamingEncoder() { reset(); }
  StreamingEncoder(const StreamingEncoder&) = delete;
  StreamingEncoder& operator=(const StreamingEncoder&) = delete;

  /// Plans and reserves; must be called, and succeed, before all else. Calls reset(). The threads
  /// asked for are those of `tasks`, which must outlive the encoder; without it there are none.
  Status configure(const EncoderSettings& settings, TaskPool* tasks = nullptr);

  /// Takes bytes until a chunk is full; gives how many. Takes none while packets are waiting.
  Result<size_t> push(ByteSpan input) { return push(input, false); }

  /// The same, but for input that stays as it is until all packets that wait then are taken and
  /// used: a chunk of it that is stored need not be copied.
  Result<size_t> push_lent(ByteSpan input) { return push(input, true); }

  /// Whether the stream that begins next has framing, and whether it `joins`: can be entered at
  /// any key.
  /// INVALID_ARGUMENT in the middle of a stream. Without a call it has none.
  Status set_framing(bool is_framed, bool joins = false);
  bool is_framed() const { return writer_.head().is_framed(); }

  /// What comes before the next byte, in this order. INVALID_ARGUMENT in a stream without framing,
  /// while packets are waiting or in the middle of a buffer, or if an event is larger than
  /// kMaxEvent.
  Status add_event(FramedEvent kind, ByteSpan payload);
  Status add_meta(uint64_t kind, ByteSpan payload);
  /// `time` goes into the index, which leads there.
  Status begin_buffer(const FramedBuffer& buffer, const BufferTime& time = {});

  /// Bytes of the latest buffer that are still to be pushed.
  uint64_t left() const { return framing_.left(); }

  /// FramingWriter::set_rate().
  void set_rate(uint32_t rate, uint32_t step) { framing_.set_rate(rate, step); }

  /// The next packet that is waiting, in stream order; false if there is none.
  bool take(Packet& packet);

  /// Whether something was added or pushed that flush() would give as packets.
  bool is_holding() const;

  /// Ends the chunk now, so that all bytes pushed so far can be taken as packets.
  Status flush();

  /// Gives another copy of the head, if the stream has begun: a packet where one is wanted and
  /// there is nothing to say. INVALID_ARGUMENT while packets are waiting.
  Status repeat_head();

  /// Ends the stream: its last chunk, index and end packet. An empty input makes a stream too.
  /// INVALID_ARGUMENT while packets are waiting.
  Status finish();

  /// Forgets everything but the settings.
  void reset();

  /// Applies from the next key chunk on. INVALID_SETTINGS if the memory cannot hold it with the
  /// sizes that the stream has declared.
  Status set_level(unsigned level);

  const EncoderPlan& plan() const { return plan_; }
  const StreamStats& stats() const { return stats_; }
  const GlyphBufferPool& pool() const { return pool_; }

 private:
  Result<size_t> push(ByteSpan input, bool is_lent);
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
  Status prepare_job(Job& job, bool is_last);
  Status collect_job();
  Status collect_all();
  void forget_stream();

  GlyphBufferPool pool_;
  EncoderSettings settings_;
  EncoderPlan plan_;
  EncoderPlan next_level_plan_;
  unsigned next_level_ = 0;
  bool level_changes_ = false;

  FramingWriter framing_;
  bool framing_begun_ = false;  ///< of the chunk that is filled
  Chunker chunker_;
  uint32_t chained_ = 0;  ///< chunks up to the one before, each of which refers to another
  bool chunk_spans_inputs_ = false;

  StreamStats stats_;
  JobRing jobs_;
  PacketWriter writer_;
  Status failed_;
};

}  // namespace sigma
