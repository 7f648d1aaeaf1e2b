/* Reassembles whole glyphs from bytes that arrive in any split.
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

#include "gst/sigma/buffer_pool.hpp"
#include "gst/sigma/glyph.hpp"
#include "gst/sigma/status.hpp"

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
/// is put together in a buffer of the pool.
class SIGMA_API BoundaryHandler {
 public:
  /// Decides from the first bytes of a payload whether the rest may be waited for, so that a false
  /// length can neither stall the reader nor make it reserve memory.
  class Gate {
   public:
    virtual ~Gate() = default;
    /// `first` holds the first bytes of the payload: as many as set_gate() asked for, or the whole
    /// payload if it is shorter. `glyph` is the glyph's tag and length on the wire.
    virtual Status admit(const GlyphHeader& header, ByteSpan glyph, ByteSpan first,
                         uint64_t offset) = 0;
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

  BoundaryState state() const { return state_; }
  size_t pending_bytes() const { return pending_.size(); }
  bool has_pending() const { return pending_bytes() != 0; }
  ByteSpan pending() const { return pending_.bytes(); }

  /// Glyphs so far whose bytes came from more than one push.
  uint64_t crossings() const { return crossings_; }

  /// Offset of the first byte not yet part of a glyph that was taken, in bytes since reset().
  uint64_t offset() const { return offset_; }

  /// Forgets pending bytes, input and counts.
  void reset();

 private:
  /// What is known of the glyph at the front.
  enum class Stage : uint8_t { HEADER, GATE, PAYLOAD };

  Result<bool> next_in_input(Glyph& glyph);
  Result<bool> next_in_pending(Glyph& glyph);
  Status advance_stage(ByteSpan available);
  size_t wanted() const;
  Status keep(size_t count);
  void deliver(ByteSpan whole, Glyph& glyph);

  GlyphBufferPool& pool_;
  size_t max_payload_;
  Gate* gate_ = nullptr;
  size_t gate_bytes_ = 0;

  ByteSpan input_;
  Buffer pending_;
  bool pending_delivered_ = false;
  Stage stage_ = Stage::HEADER;
  GlyphHeader header_;
  BoundaryState state_ = BoundaryState::IDLE;
  uint64_t crossings_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace sigma
