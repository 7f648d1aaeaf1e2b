/* What buffers and events a stream's bytes came in.
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

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Bytes that the value of a chunk's framing tree has at most, in streams of this encoder.
constexpr uint32_t kFramingMax = uint32_t{32} << 10;
/// Bytes that an event or what belongs to a buffer has at most.
constexpr size_t kMaxEvent = size_t{16} << 10;
/// The same for an event that comes in parts.
constexpr size_t kMaxWholeEvent = size_t{4} << 20;
/// Buffers that begin in a chunk, at most: so many, and as many as it has bytes.
constexpr uint64_t kMostBuffers = 65536;

/// A buffer, but for its bytes. Times in ns, offsets in whatever unit the buffer has them.
struct FramedBuffer {
  uint64_t size = 0;  ///< bytes
  uint64_t pts = kNoTime;
  uint64_t dts = kNoTime;
  uint64_t duration = kNoTime;
  uint64_t offset = kNoTime;
  uint64_t offset_end = kNoTime;
  uint64_t flags = 0;

  bool operator==(const FramedBuffer&) const = default;
};

/// Where a buffer lies in its stream's time, for the index; ns.
struct BufferTime {
  uint64_t begin = kNoTime;
  uint64_t end = kNoTime;
  bool is_entry = true;  ///< whether a consumer can begin with it, without the buffers before
};

/// Kinds of events. Payloads are described in docs/format.md, section 16.
enum class FramedEvent : uint8_t {
  STREAM_START = 1,
  CAPS = 2,
  SEGMENT = 3,
  TAG = 4,
  GAP = 5,
  CUSTOM = 6,
  CUSTOM_STICKY = 7,
  TOC = 8,
  PART = 9,  ///< of a larger event
};
constexpr uint8_t kLastFramedEvent = 9;

/// Ticks of 1/rate seconds: `step` of them from one buffer to the next.
struct FramingClock {
  uint32_t step = 0;  ///< 0: there is no clock
  uint32_t rate = 0;
  uint32_t phase = 0;  ///< the part of a ns that times have lost so far, in 1/rate ns

  bool operator==(const FramingClock&) const = default;
};

/// What the next buffer is expected to be, by those before it in the group.
class SIGMA_API FramingState {
 public:
  /// The number of fields that a buffer has, all of them whole numbers.
  static constexpr size_t kFields = 7;

  /// How field `i` of `buffer` differs from what is expected, when the fields before it are known;
  /// 0 if it does not.
  uint64_t residual(const FramedBuffer& buffer, size_t i) const;
  /// Sets field `i`, when the fields before it are set, from its residual.
  void restore(FramedBuffer& buffer, size_t i, uint64_t residual) const;
  /// The next buffer is expected behind this one.
  void advance(const FramedBuffer& buffer);

  const FramingClock& clock() const { return clock_; }
  void set_clock(const FramingClock& clock) { clock_ = clock; }
  const FramedBuffer& last() const { return last_; }

 private:
  uint64_t expected(const FramedBuffer& buffer, size_t i) const;
  uint64_t next_step() const;

  FramedBuffer last_;
  uint64_t step_ = 0;  ///< ns from the last buffer to the next
  FramingClock clock_;
};

/// Reads what a framing tree's value says of a chunk, front to back:
///
///     for (FramingReader reader(script, state, is_key, raw_size); reader.next();)
///       ...
///     if (reader.failed()) ...
class SIGMA_API FramingReader {
 public:
  enum class Item : uint8_t {
    CONTEXT,  ///< an event from before a key chunk, for who begins to decode there
    EVENT,    ///< an event, behind the buffers before it
    META,     ///< belongs to the next buffer
    BUFFER,   ///< begins at `begin()`; may end in a later chunk
  };

  /// `left`: bytes of a buffer that began in an earlier chunk of the group; of a key chunk, that
  /// follows from what it says itself.
  FramingReader(ByteSpan script, const FramingState& state, uint64_t left, bool is_key,
                uint32_t raw_size);

  /// False at the end, or if the script is malformed.
  bool next();
  bool failed() const { return failed_ != nullptr; }
  const char* error() const { return failed_; }

  Item item() const { return item_; }
  FramedEvent event() const { return event_; }            ///< of CONTEXT and EVENT
  uint64_t meta() const { return meta_; }                 ///< the kind of META
  ByteSpan payload() const { return payload_; }           ///< of all but BUFFER
  const FramedBuffer& buffer() const { return buffer_; }  ///< the latest
  uint64_t begin() const { return begin_; }               ///< of BUFFER, in the chunk

  /// Bytes at the chunk's front that belong to a buffer from before.
  uint64_t lead() const { return lead_; }
  /// When next() has given false: bytes of the last buffer that come in later chunks, and what is
  /// expected then.
  uint64_t left() const { return cursor_ > raw_size_ ? cursor_ - raw_size_ : 0; }
  const FramingState& state() const { return state_; }

 private:
  bool reject(const char* text);
  bool read_glyph(ByteSpan& from);
  bool take_glyph();
  bool read_event();
  bool set_lead();
  bool set_clock();
  bool take_expected();
  bool take_row();
  bool take_buffer(uint64_t mask);

  ByteSpan script_;
  FramingState state_;
  uint32_t raw_size_;
  bool is_at_context_;  ///< it may come
  bool is_at_lead_;
  const char* failed_ = nullptr;
  Item item_ = Item::EVENT;
  FramedEvent event_ = FramedEvent::CAPS;
  uint64_t meta_ = 0;
  ByteSpan payload_;
  FramedBuffer buffer_;
  uint64_t begin_ = 0;
  uint64_t lead_ = 0;
  uint64_t cursor_ = 0;   ///< where the next buffer begins
  uint64_t buffers_ = 0;  ///< so far
  ByteSpan context_;      ///< events of it that are left
  ByteSpan rows_;         ///< of buffers that differ, that are left
  uint64_t mask_ = 0;     ///< their fields that do
  uint64_t repeats_ = 0;  ///< buffers as expected that are left
  GlyphHeader header_;    ///< of the glyph read last, whose payload is payload_
};

/// Text that caps and events often have: the prefix of framing trees' lanes (docs/format.md,
/// section 16).
SIGMA_API ByteSpan framing_words();

}  // namespace sigma
