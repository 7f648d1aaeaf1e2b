/* Decoded bytes from any position.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/stream_map.hpp"
#include "gst/sigma/decode/decoder_state.hpp"
#include "gst/sigma/decoded_chunk.hpp"

namespace sigma {

/// What a RandomAccessDecoder is inside.
class AccessState {
 public:
  AccessState(ByteSource& source, uint64_t max_memory, OnError on_error);

  void set_listener(DamageListener* listener) {
    listener_ = listener;
    decoder_.set_listener(listener);
  }

  /// Where the input's streams and keys lie.
  StreamMap& map() { return map_; }
  const StreamMap& map() const { return map_; }

  Status open() { return map_.open(); }
  uint64_t size() const { return map_.decoded_size(); }
  Status end_status() const { return map_.end_status(); }
  Result<StreamInfo> stream_info(uint64_t number);
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
  DecoderState decoder_;  ///< whose pool serves all of them: one bound for what they own
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
