/* A .sigma stream in, bytes out.
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
#pragma once

#include "gst/sigma/boundary_handler.hpp"
#include "gst/sigma/evaluator.hpp"
#include "gst/sigma/group_window.hpp"
#include "gst/sigma/packet.hpp"
#include "gst/sigma/settings.hpp"
#include "gst/sigma/stats.hpp"

namespace sigma {

/// Bytes of a chunk that passed its check.
struct DecodedChunk {
  ByteSpan bytes;           ///< valid until the next call of the decoder
  uint64_t raw_offset = 0;  ///< in the stream it belongs to
  uint64_t stream = 0;      ///< streams before this one; more than 0 in joined streams
};

/// Decodes streams, one or several joined, that arrive in any split:
///
///     decoder.push(bytes);
///     for (;;) {
///       Result<bool> more = decoder.next(chunk);
///       if (!more.ok() || !more.value) break;
///       write(chunk.bytes);
///     }
///     ...
///     decoder.finish();   // at the end of the input: is it complete?
///
/// After an error nothing more is decoded until reset(). Offsets in errors count stream bytes since
/// reset().
class SIGMA_API StreamingDecoder : private BoundaryHandler::Gate {
 public:
  /// `max_memory`: bytes, code included; streams that need more are refused.
  explicit StreamingDecoder(uint64_t max_memory = kDefaultDecoderMemory);
  ~StreamingDecoder() override = default;

  /// Adds input, which must stay valid until next() has given false.
  Status push(ByteSpan input);

  /// True: `chunk` is the next one. False: the input is used up.
  Result<bool> next(DecodedChunk& chunk);

  /// The input is at its end: OK if the last stream is complete, else TRUNCATED (or NOT_SIGMA).
  Status finish();

  /// Forgets everything: the next byte is the first of a stream.
  void reset();

  const StreamStats& stats() const { return stats_; }

 private:
  Status admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first, uint64_t offset) override;
  Status check_kind(const PacketHeader& packet, uint64_t offset) const;
  Status check_position(const PacketHeader& packet, uint64_t offset) const;
  Status check_chunk(const PacketHeader& packet, uint64_t offset) const;
  Status unsupported(const PacketHeader& packet, const char* text, uint64_t offset) const;

  Result<bool> handle(const Glyph& glyph, uint64_t offset, DecodedChunk& chunk);
  Status handle_head(ByteSpan body, uint64_t offset);
  Status start_stream(const Head& head, uint64_t offset);
  Status reserve(const Head& head);
  Result<bool> handle_chunk(ByteSpan body, uint64_t offset, DecodedChunk& chunk);
  Result<ByteSpan> decode_chunk(ByteSpan body, uint64_t offset);
  Status handle_index(ByteSpan body, uint64_t offset);
  Status handle_end(ByteSpan body, uint64_t offset, uint64_t end_offset);
  bool begins_like_sigma() const;
  void count();

  uint64_t max_memory_;
  GlyphBufferPool pool_;
  BoundaryHandler boundary_;
  Evaluator evaluator_;
  GroupWindow window_;

  std::array<uint8_t, kPacketMagic> front_{};  ///< the first bytes since reset()
  size_t front_size_ = 0;
  PacketHeader packet_;  ///< header of the glyph that comes next, passed by admit()
  Head head_;
  std::array<uint8_t, kHeadBodySize> head_bytes_{};  ///< as they came
  uint64_t head_hash_ = 0;                           ///< body hash of the head packet
  bool in_stream_ = false;
  bool joining_ = false;  ///< entered a JOIN stream, before its first key
  bool joined_late_ = false;
  uint64_t stream_id_ = 0;
  uint64_t stream_start_ = 0;   ///< offset of the stream's head
  uint64_t streams_ = 0;        ///< complete ones so far
  uint64_t sequence_ = 0;       ///< chunks of this stream so far
  uint64_t raw_offset_ = 0;     ///< decoded bytes of this stream so far
  uint64_t index_packets_ = 0;  ///< of this stream so far
  uint64_t last_index_ = 0;     ///< stream offset of the latest, 0 if none
  uint64_t group_chunks_ = 0;   ///< chunks of this group so far
  Status failed_;
  StreamStats stats_;
};

}  // namespace sigma
