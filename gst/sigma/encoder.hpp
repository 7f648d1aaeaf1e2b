/* Bytes in, packets of a .sigma stream out.
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

#include <array>

#include "gst/sigma/chunker.hpp"
#include "gst/sigma/evaluator.hpp"
#include "gst/sigma/index.hpp"
#include "gst/sigma/model_bytes.hpp"
#include "gst/sigma/packet.hpp"
#include "gst/sigma/stats.hpp"

namespace sigma {

/// A whole packet, ready to be written.
struct Packet {
  Buffer bytes;
  PacketKind kind = PacketKind::UNKNOWN;
  bool key = false;            ///< a key chunk
  uint64_t stream_offset = 0;  ///< from the first byte of its stream
};

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
/// The packets depend on the bytes and the settings alone, not on how the bytes are split. After
/// finish(), the next push() begins a new stream. After an error nothing more is encoded until
/// reset(), so that a stream with a hole never gets an end packet. Offsets in errors count input
/// bytes.
class SIGMA_API StreamingEncoder {
 public:
  StreamingEncoder() : chunker_(pool_), model_(pool_), verifier_(pool_) {}

  /// Plans and reserves; must be called, and succeed, before all else. Calls reset().
  Status configure(const EncoderSettings& settings);

  /// Takes bytes until a chunk is full; gives how many. Takes none while packets are waiting.
  Result<size_t> push(ByteSpan input);

  /// The next packet that is waiting, in stream order; false if there is none.
  bool take(Packet& packet);

  /// Ends the chunk now, so that all bytes pushed so far can be taken as packets.
  Status flush();

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
  // One packet of each kind, in this order, can be due at once: head, index, head copy, chunk, and
  // at the end index and end.
  static constexpr size_t kMaxWaiting = 6;
  static constexpr uint32_t kHeadCopyInterval = 16;  ///< least chunks between heads

  Status fail(const Status& status);
  Status emit_chunk();
  Status make_chunk();
  Status emit_group_start();
  Status apply_level();
  Status start_stream(uint64_t first_chunk_hash);
  Result<ByteSpan> code_chunk(PacketHeader& header, MutableByteSpan scratch);
  Result<ByteSpan> code_chunk_guarded(PacketHeader& header, Buffer& out);
  ByteSpan complete_coded(PacketHeader& header, const CodedBody& coded);
  Status verify_chunk(const PacketHeader& header, ByteSpan body);
  Status emit_head(bool copy);
  Status emit_second_head();
  Status emit_index();
  Status emit_end();
  Status emit_small(PacketHeader header, ByteSpan body);
  PacketHeader new_header(GlyphType type, Primitive primitive, uint8_t flags) const;
  void queue(Buffer&& bytes, const PacketHeader& header);
  void count_chunk(const PacketHeader& header);

  GlyphBufferPool pool_;
  EncoderSettings settings_;
  EncoderPlan plan_;
  EncoderPlan next_level_plan_;
  unsigned next_level_ = 0;
  bool level_changes_ = false;

  Chunker chunker_;
  BytesModel model_;
  Evaluator verifier_;
  Buffer verified_;  ///< what the verifier decodes to: kept, or it would leave holes in the heap
  IndexBuilder index_;
  Head head_;
  uint64_t stream_id_ = 0;
  bool in_stream_ = false;
  bool finishing_ = false;      ///< the chunk being made is the last
  uint64_t stream_size_ = 0;    ///< bytes of this stream that are out or waiting
  uint64_t head_sequence_ = 0;  ///< chunks before the last head or copy
  bool chunk_spans_inputs_ = false;
  uint64_t chunk_glyphs_ = 0;  ///< in the body made last

  Status failed_;
  std::array<Packet, kMaxWaiting> waiting_;
  size_t waiting_first_ = 0;
  size_t waiting_count_ = 0;
  StreamStats stats_;
};

}  // namespace sigma
