/* The decoder: a .sigma stream in, bytes out, in order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/decode/chunk_decoder.hpp"
#include "gst/sigma/decode/group_decoder.hpp"
#include "gst/sigma/decode/stream_tracker.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/framing/reader.hpp"
#include "gst/sigma/wire/boundary_handler.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

/// Decodes in order, as StreamingDecoder describes it.
class DecoderState : private BoundaryHandler::Gate, private DamageListener {
 public:
  /// `max_memory`: bytes, code included; streams that need more are refused.
  explicit DecoderState(uint64_t max_memory = kDefaultDecoderMemory,
                        OnError on_error = OnError::FAIL);
  ~DecoderState() override = default;

  /// Chunks that were decoded before they came here.
  class Ahead {
   public:
    virtual ~Ahead() = default;
    /// What comes of the chunk whose packet has this header and this body, both found sound; null
    /// if neither it nor its group was decoded ahead, or with another stream's head. `goes_on`: it
    /// comes right behind the chunk that was asked for last.
    virtual const AheadChunk* find(const Head& head, const PacketHeader& header, ByteSpan body,
                                   bool goes_on) = 0;
    /// Whether this memory was decoded ahead, and matched the hash in its packet's header.
    virtual bool is_sound(ByteSpan body) = 0;
  };
  void set_ahead(Ahead* ahead) { ahead_ = ahead; }

  /// Where chunks may go; null: to the decoder's own memory. To be called before the first byte.
  void set_chunk_memory(ChunkMemory* memory) { chunks_.set_memory(memory); }

  /// Chunks without these texts come without their bytes; null: all have them. To be called before
  /// the first byte.
  Status set_sought(const SoughtTexts* texts) { return chunks_.set_sought(texts); }

  /// Also between chunks: what comes then is handled in the other way.
  void set_on_error(OnError on_error) { tracker_.set_on_error(on_error); }

  /// Damage is reported there; may be null.
  void set_listener(DamageListener* listener) { listener_ = listener; }

  /// Adds input, which must stay valid until next() has given false.
  Status push(ByteSpan input);

  /// True: `chunk` is the next one. False: the input is used up.
  Result<bool> next(DecodedChunk& chunk);

  /// The input is at its end. When damage is skipped, next() may find more chunks then, in what
  /// seemed to be the beginning of a packet.
  void end_input() { at_end_ = true; }

  /// After end_input() and the last next(): OK if the last stream is complete, else TRUNCATED (or
  /// NOT_SIGMA). When damage is skipped, an error only if no stream was found at all.
  Status finish();

  /// Forgets everything: the next byte is the first of a stream.
  void reset();

  /// Forgets everything but the statistics: the next byte is the tag of that key chunk.
  Status start_at(const EntryPoint& point);

  /// The bytes decoded last, as far back as they are kept: the end of the chunk given last is
  /// their end. Valid like the chunk's.
  ByteSpan recent() const { return chunks_.recent(); }

  /// Whether the next byte that is pushed should be a packet's first.
  bool is_between_packets() const { return boundary_.is_between(); }

  /// Decoded bytes before the next chunk that is due, over all joined streams.
  uint64_t position() const { return tracker_.base() + tracker_.raw_offset(); }

  /// Bytes that the decoder owns now.
  size_t memory() const { return pool_.owned(); }

  /// For pools whose bytes are to count as the decoder's.
  GlyphBufferPool& pool() { return pool_; }
  const GlyphBufferPool& pool() const { return pool_; }

  const StreamStats& stats() const { return stats_; }

 private:
  Status admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first, uint64_t offset) override;
  size_t find(ByteSpan bytes) const override { return find_sync_word(bytes); }
  bool recognise(ByteSpan first, GlyphHeader& header) const override;
  void on_damage(const Damage& damage) override;

  void forget();
  Result<bool> step(DecodedChunk& chunk);
  Result<bool> handle(const Glyph& glyph, DecodedChunk& chunk);
  bool check_body(ByteSpan body);
  Status start_stream(const Head& head, bool comes_in_packets);
  AheadChunk decode_chunk(ByteSpan body);
  Result<bool> handle_chunk(ByteSpan body, DecodedChunk& chunk);
  Result<bool> handle_metadata(ByteSpan body, DecodedChunk& chunk);
  Status decode_framing(ByteSpan tree, ChunkFraming& framing, uint32_t raw_size);
  void count_chunk(ByteSpan body);
  Status handle_end();

  Status damaged(const char* text) const;
  bool can_skip(const Status& status) const;
  bool begins_like_sigma() const;
  bool hashes_too_much() const;

  uint64_t max_memory_;
  DamageListener* listener_ = nullptr;
  Ahead* ahead_ = nullptr;
  GlyphBufferPool pool_;
  BoundaryHandler boundary_;
  ChunkDecoder chunks_;
  StreamTracker tracker_;

  std::array<uint8_t, kPacketMagic> front_{};  ///< the first bytes since reset()
  size_t front_size_ = 0;
  bool is_sigma_ = false;  ///< a packet was found
  bool at_end_ = false;    ///< no more input comes

  // The packet that comes next, from admit() on.
  bool header_seen_ = false;    ///< it is long enough to have one
  bool header_sound_ = false;   ///< its check matched
  bool body_sound_ = false;     ///< so did the body's hash
  uint32_t failed_bodies_ = 0;  ///< since the last sound one
  uint64_t failed_bytes_ = 0;   ///< of all bodies that failed

  FramingState framing_state_;  ///< behind the chunk before
  uint64_t framing_left_ = 0;   ///< bytes that its last buffer has left

  Status failed_;
  StreamStats stats_;
};

}  // namespace sigma
