/* Decoded bytes from any position.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/stream_map.hpp"
#include "gst/sigma/decode/decoder.hpp"
#include "gst/sigma/decoded_chunk.hpp"

namespace sigma {

/// Reads decoded bytes at any position of an input that can be read at any offset. A read decodes
/// the groups that it touches, up to its end, and reads no more of the input than those and what
/// the look-up takes; a read that goes on where the one before ended continues the group.
class SIGMA_API RandomAccessDecoder {
 public:
  /// `source` must outlive the decoder. Memory as with StreamingDecoder, plus 80 bytes for each
  /// joined stream.
  explicit RandomAccessDecoder(ByteSource& source, uint64_t max_memory = kDefaultDecoderMemory,
                               OnError on_error = OnError::FAIL);

  /// Damage that reads meet is reported there, each time they do; may be null.
  void set_listener(DamageListener* listener) {
    listener_ = listener;
    decoder_.set_listener(listener);
  }

  /// Finds out what the input holds. Called by the first read, too.
  Status open();

  /// As far as open() goes by end packets and heads alone; true if that is enough.
  Result<bool> open_from_ends() { return map_.open_from_ends(); }

  /// Where the input's streams and keys lie.
  StreamMap& map() { return map_; }

  /// Whether the input, which is open, begins with a stream that has framing, of which this gives
  /// the bytes alone.
  bool is_framed();

  /// After open(): decoded bytes in all, as far as they are known.
  uint64_t size() const { return map_.decoded_size(); }

  /// After open(): OK if the input ends with a complete stream, else what its end lacks.
  Status end_status() const { return map_.end_status(); }

  /// Copies the bytes at `position` to `out`; gives how many: fewer only at size(), where
  /// end_status() tells whether that is the end. DAMAGED if one of them is lost, or, with
  /// OnError::FAIL, if a read that goes on where the one before ended comes upon damage; what a
  /// read somewhere else does not need may be damaged.
  Result<size_t> read(uint64_t position, MutableByteSpan out);

  StreamStats stats() const;

 private:
  ByteSpan view(uint64_t position) const;
  Status decode_to(uint64_t position);
  Status decode_behind_damage(uint64_t position);
  Status decode_on_to(uint64_t position);
  Status enter(uint64_t position);
  Result<bool> next_chunk(DecodedChunk& chunk);
  Status read_input();
  void keep_chunk();

  ByteSource& source_;
  OnError on_error_;
  DamageListener* listener_ = nullptr;
  StreamingDecoder decoder_;  ///< whose pool serves all of them: one bound for what they own
  StreamMap map_;
  Buffer input_;              ///< what was read last, a packet as a rule
  uint64_t input_end_ = 0;    ///< offset behind it
  size_t most_body_ = 0;      ///< largest body that is read at once
  bool at_end_ = false;       ///< the decoder knows that no more input comes
  bool is_entered_ = false;   ///< the decoder stands inside a stream,
  uint64_t stream_ = 0;       ///< this one,
  uint64_t stream_end_ = 0;   ///< whose decoded bytes end here: the map knows where the next begins
  ByteSpan chunk_;            ///< the chunk decoded last
  uint64_t decoded_end_ = 0;  ///< position behind it
  Buffer kept_;               ///< a chunk that was left for another place in the input,
  uint64_t kept_end_ = 0;     ///< position behind it
};

}  // namespace sigma
