/* Decoded bytes from any position.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/sought_texts.hpp"

namespace sigma {

class AccessState;

/// Reads decoded bytes at any position of an input that can be read at any offset. A read decodes
/// the groups that it touches, up to its end, and reads no more of the input than those and what
/// the look-up takes; a read that goes on where the one before ended continues the group. Each call
/// is for one thread at a time. Each can give AGAIN, if the source does, and is then to be called
/// again; it goes on where it was.
class SIGMA_API RandomAccessDecoder {
 public:
  /// `source` must outlive the decoder. Memory as with StreamingDecoder, plus 80 bytes for each
  /// joined stream.
  explicit RandomAccessDecoder(ByteSource& source, uint64_t max_memory = kDefaultDecoderMemory,
                               OnError on_error = OnError::FAIL);
  ~RandomAccessDecoder();
  RandomAccessDecoder(const RandomAccessDecoder&) = delete;
  RandomAccessDecoder& operator=(const RandomAccessDecoder&) = delete;

  /// Damage that reads meet is reported there, each time they do; may be null.
  void set_listener(DamageListener* listener);

  /// Finds out what the input holds. Called by the other calls, too, where they need it. Only what
  /// cannot be told from damage is an error: NOT_SIGMA, AGAIN, IO, NO_MEMORY.
  Status open();

  /// As far as open() goes by end packets and heads alone; true if that is enough.
  Result<bool> open_from_ends();

  /// Whether the input begins with a stream that has framing, of which this gives the bytes alone.
  bool is_framed();

  /// After open(): decoded bytes in all, as far as they are known.
  uint64_t size() const;

  /// After open(): the number of joined streams.
  uint64_t streams() const;

  /// What is known of stream `number`. INVALID_ARGUMENT if there is none.
  Result<StreamInfo> stream_info(uint64_t number);

  /// After open(): OK if the input ends with a complete stream, else what its end lacks.
  Status end_status() const;

  /// Copies the bytes at `position` to `out`; gives how many: fewer only at size(), where
  /// end_status() tells whether that is the end. DAMAGED if one of them is lost, or, with
  /// OnError::FAIL, if a read that goes on where the one before ended comes upon damage; what a
  /// read somewhere else does not need may be damaged.
  Result<size_t> read(uint64_t position, MutableByteSpan out);

  /// From `position` on, at which a stream or a group begins, the first decoded bytes that may have
  /// one of the texts, as far as an index tells (EncoderSettings::search_index): whole groups, of
  /// one stream. What is before them has none, and no zero byte. At the end the range is empty.
  Result<TextRange> find_texts(const SoughtTexts& texts, uint64_t position);

  /// The last group before which there are fewer than `lines` line feeds, as far as an index tells;
  /// the first one if there is none.
  Result<LinePoint> locate_line(uint64_t lines);

  /// How long all streams are, in ns, one behind the other; each from its first buffer that can be
  /// entered at to its end. kNoTime if an index does not tell, which is the case where a stream has
  /// none, has no times, or had to be walked through.
  Result<uint64_t> duration();

  /// The key chunk whose group holds decoded byte `position`; or an earlier one of the same stream,
  /// if no later one can be found; or the stream's first packet behind its head, if damage is
  /// skipped and no key is found. INVALID_ARGUMENT if there is no such byte.
  Result<EntryPoint> locate(uint64_t position);

  /// The last key chunk whose group can be entered at `time` or before. If there is none, the first
  /// one of the stream; behind the end, the last one. 0 is where the first stream begins.
  /// INVALID_ARGUMENT if duration() is not known.
  Result<TimePoint> locate_time(uint64_t time);

  StreamStats stats() const;

 private:
  AccessState* state_;  ///< null: there was no memory for it
};

}  // namespace sigma
