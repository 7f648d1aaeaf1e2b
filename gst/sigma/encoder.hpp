/* Bytes in, packets of a .sigma stream out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/base/task_pool.hpp"
#include "gst/sigma/encoded_packet.hpp"
#include "gst/sigma/framing/description.hpp"

namespace sigma {

class EncoderState;

/// Encodes any number of bytes in the memory its settings allow:
///
///     if (!encoder.configure(settings).ok()) return;
///     while (!input.empty()) {
///       Result<size_t> used = encoder.push(input);      // stops when packets are waiting
///       if (!used.ok()) return;
///       input = input.subspan(used.value);
///       while (encoder.take(packet)) write(packet.bytes.bytes());
///     }
///     if (!encoder.finish().ok()) return;
///     while (encoder.take(packet)) write(packet.bytes.bytes());
///
/// The packets depend on the bytes and the settings alone, not on how the bytes are split, nor on
/// threads. After finish(), the next push() begins a new stream. After an error nothing more is
/// encoded until reset(), so that a stream with a hole never gets an end packet. Offsets in errors
/// count input bytes. Without a configure() that succeeded, all calls give INVALID_ARGUMENT.
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
  StreamingEncoder();
  ~StreamingEncoder();
  StreamingEncoder(const StreamingEncoder&) = delete;
  StreamingEncoder& operator=(const StreamingEncoder&) = delete;

  /// Plans and reserves; must be called, and succeed, before all else. Calls reset(). The threads
  /// asked for are those of `tasks`, which must outlive the encoder; without it there are none.
  Status configure(const EncoderSettings& settings, TaskPool* tasks = nullptr);

  /// Takes bytes until a chunk is full; gives how many. Takes none while packets are waiting.
  Result<size_t> push(ByteSpan input);

  /// The same, but for input that stays as it is until all packets that wait then are taken and
  /// used: a chunk of it that is stored need not be copied.
  Result<size_t> push_lent(ByteSpan input);

  /// Whether the stream that begins next has framing, and whether it `joins`: can be entered at
  /// any key.
  /// INVALID_ARGUMENT in the middle of a stream. Without a call it has none.
  Status set_framing(bool is_framed, bool joins = false);
  bool is_framed() const;

  /// What comes before the next byte, in this order. INVALID_ARGUMENT in a stream without framing,
  /// while packets are waiting or in the middle of a buffer, or if an event is larger than
  /// kMaxEvent.
  Status add_event(FramedEvent kind, ByteSpan payload);
  Status add_meta(uint64_t kind, ByteSpan payload);
  /// `time` goes into the index, which leads there.
  Status begin_buffer(const FramedBuffer& buffer, const BufferTime& time = {});

  /// Bytes of the latest buffer that are still to be pushed.
  uint64_t left() const;

  /// Of the buffers that come: `step` samples of `rate` a second from one to the next, so that
  /// times which were rounded are expected exactly.
  void set_rate(uint32_t rate, uint32_t step);

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

  /// Threads that are used: as many of those asked for as memory allows.
  unsigned threads() const;

  StreamStats stats() const;

 private:
  EncoderState* state_;  ///< null: there was no memory for it
};

/// What an encoder with these settings reserves. All zero if configure() would refuse them.
SIGMA_API MemoryEstimate estimate_memory_usage(const EncoderSettings& settings);

}  // namespace sigma
