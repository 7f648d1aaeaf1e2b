/* Reading what a chunk says of buffers and events.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/framing/prediction.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Reads what a framing tree's value says of a chunk, front to back:
///
///     for (FramingReader reader(script, state, is_key, raw_size); reader.next();)
///       ...
///     if (reader.failed()) ...
class FramingReader {
 public:
  enum class Item : uint8_t {
    CONTEXT,  ///< an earlier event, repeated for decoders that start at this key
    EVENT,    ///< an event, behind the buffers before it
    META,     ///< belongs to the next buffer
    BUFFER,   ///< begins at `begin()`; may end in a later chunk
  };

  /// `left`: bytes of a buffer that began in an earlier chunk of the group; of a key chunk, that
  /// follows from what it says itself.
  SIGMA_API FramingReader(ByteSpan script, const FramingState& state, uint64_t left, bool is_key,
                          uint32_t raw_size);

  /// False at the end, or if the script is malformed.
  SIGMA_API bool next();
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
  bool read_entry();
  bool read_event();
  bool set_lead();
  bool set_clock();
  bool read_expected();
  bool read_row();
  bool read_buffer(uint64_t mask);

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

}  // namespace sigma
