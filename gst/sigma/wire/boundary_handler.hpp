/* Reassembles whole glyphs from bytes that arrive in any split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

enum class BoundaryState : uint8_t { IDLE, PARTIAL_HEADER, PARTIAL_PAYLOAD };

/// Push bytes, take whole glyphs out:
///
///     handler.push(bytes);
///     for (;;) {
///       Result<bool> more = handler.next(glyph);
///       if (!more.ok() || !more.value) break;   // an error, or every byte is used up
///       use(glyph);
///     }
///
/// A glyph that lies in one input is given as a view of it, without a copy; one that spans inputs
/// is put together in a buffer of the pool. After an error, or for a glyph that turns out to be
/// damaged, search() finds the next sound one.
class BoundaryHandler {
 public:
  /// Knows what payloads begin with.
  class Gate {
   public:
    virtual ~Gate() = default;
    /// Decides from the first bytes of a payload whether the rest may be waited for, so that a
    /// false length can neither stall the reader nor make it reserve memory. `first` holds as many
    /// as set_gate() asked for, or the whole payload if it is shorter. `glyph` is the glyph's tag
    /// and length on the wire.
    virtual Status admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first,
                         uint64_t offset) = 0;
    /// While searching: where in `bytes` the first payload may begin, or the start of one that
    /// their end cuts; bytes.size() if nowhere.
    virtual size_t find(ByteSpan bytes) const = 0;
    /// Whether a payload begins with `first`; gives the glyph's header that belongs to it.
    virtual bool recognise(ByteSpan first, GlyphHeader& header) const = 0;
  };

  /// `max_payload`: bytes; a glyph that declares more is DAMAGED.
  explicit BoundaryHandler(GlyphBufferPool& pool, size_t max_payload = kMaxGlyphPayload)
      : pool_(pool), max_payload_(max_payload) {}

  /// Asks `gate` about each glyph with a payload once `first_bytes` of it are there.
  void set_gate(Gate* gate, size_t first_bytes) {
    gate_ = gate;
    gate_bytes_ = first_bytes;
  }

  /// Adds input, which must stay valid until next() says that it is used up.
  /// INVALID_ARGUMENT if the input before is not used up.
  Status push(ByteSpan input);

  /// True: `glyph` is the next whole glyph, valid until the next call. False: all input is used
  /// up, what is left of it is kept as pending.
  Result<bool> next(Glyph& glyph);

  /// Passes zero bytes where a glyph is due, as far as there is input.
  void pass_zeros();

  /// Gives up the glyph that was delivered last, or in which an error was found, and makes next()
  /// go on at the next payload that the gate recognises: from the byte behind the glyph's first
  /// one; if its payload was recognised (`past_payload`), behind the first one of that.
  void search(bool past_payload);

  /// Keeps what is pending in a block of its size, so that others can have the memory. The glyph
  /// delivered last moves: its payload must not be used any more.
  Status shrink();

  BoundaryState state() const { return state_; }
  /// Whether the next byte that is pushed begins a glyph.
  bool is_between() const { return stage_ == Stage::HEADER && front().size() == taken_; }
  size_t pending_bytes() const { return pending_ ? pending_.size() - taken_ : 0; }
  bool has_pending() const { return pending_bytes() != 0; }
  ByteSpan pending() const { return pending_.bytes().last(pending_bytes()); }

  /// Glyphs so far whose bytes came from more than one push.
  uint64_t crossings() const { return crossings_; }

  /// Offset of the first byte not yet part of a glyph that was taken, in bytes since reset().
  uint64_t offset() const { return offset_ + taken_; }
  /// Offset of the glyph that was delivered last, until the next call.
  uint64_t glyph_offset() const { return offset_; }

  /// Forgets pending bytes, input and counts; the next byte has `offset`.
  void reset(uint64_t offset = 0);

 private:
  /// What is known of the glyph at the front.
  enum class Stage : uint8_t { HEADER, GATE, PAYLOAD, SEARCH };

  bool wants_payload() const { return stage_ == Stage::GATE || stage_ == Stage::PAYLOAD; }
  ByteSpan front() const { return pending_.size() != 0 ? pending_.bytes() : input_; }
  void consume(size_t count);
  Result<bool> advance();
  Status parse_header(ByteSpan available);
  Status ask_gate(ByteSpan available);
  Status search_front();
  Status admit_found(ByteSpan first);
  size_t wanted() const;
  Status keep(size_t count);
  void deliver(Glyph& glyph);

  GlyphBufferPool& pool_;
  size_t max_payload_;
  Gate* gate_ = nullptr;
  size_t gate_bytes_ = 0;

  ByteSpan input_;
  Buffer pending_;
  size_t taken_ = 0;  ///< bytes of the glyph at the front that was delivered
  Stage stage_ = Stage::HEADER;
  GlyphHeader header_;  ///< header_size is 0 for a glyph that was found by its payload
  BoundaryState state_ = BoundaryState::IDLE;
  uint64_t crossings_ = 0;
  uint64_t offset_ = 0;  ///< of the front
};

}  // namespace sigma
