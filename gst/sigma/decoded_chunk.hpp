/* What comes out of decoders, and where it may go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/framing/reader.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

/// What framing says of a chunk's bytes, checked: in which buffers and between which events they
/// were encoded.
struct ChunkFraming {
  ByteSpan script;
  FramingState state;  ///< before the chunk
  uint64_t left = 0;   ///< bytes that belong to a buffer from before
  bool is_key = false;
  bool is_entry = false;  ///< nothing of the stream, or not all of it, came before this key chunk

  /// Reads it, for a chunk of that size.
  FramingReader read(uint32_t raw_size) const { return {script, state, left, is_key, raw_size}; }
};

/// What a ChunkExaminer found in a chunk.
class ChunkFinding {
 public:
  virtual ~ChunkFinding() = default;
};

/// Looks at chunks where they are decoded before their turn.
class ChunkExaminer {
 public:
  virtual ~ChunkExaminer() = default;
  /// Called in any thread, in several at once, with the bytes of chunks, each in its group's order.
  /// Some may be chunks that the decoder does not give. May return null.
  virtual std::unique_ptr<ChunkFinding> examine(ByteSpan bytes) = 0;
};

/// Bytes of a chunk that passed its check. In a stream with framing there may be none: then it is
/// no chunk, but something that came between chunks.
struct DecodedChunk {
  ByteSpan bytes;           ///< valid until the next call of the decoder
  uint64_t position = 0;    ///< decoded bytes before these, over all joined streams
  uint64_t raw_offset = 0;  ///< in the stream it belongs to
  uint64_t stream = 0;      ///< streams before this one; more than 0 in joined streams
  bool is_framed = false;
  ChunkFraming framing;  ///< if it is; valid like the bytes
  /// Of a chunk that was passed, as it has nothing that is sought: it has so many bytes, none of
  /// which are here, and is so many whole lines, but that one before may go on in its first.
  uint32_t passed_size = 0;
  uint64_t passed_lines = 0;
  /// What the examiner gave for the bytes, valid like them; null: it was not asked, as the chunk
  /// was decoded in its turn.
  const ChunkFinding* finding = nullptr;
};

/// A key chunk inside a stream, where decoding can begin.
struct EntryPoint {
  std::array<uint8_t, 32> head{};  ///< the first bytes of the stream's head
  uint64_t stream_id = 0;
  uint64_t stream_start = 0;   ///< offset of the stream's head in the input
  uint64_t stream_offset = 0;  ///< offset of the chunk's tag in the input
  uint64_t sequence = 0;       ///< the chunk's
  uint64_t raw_offset = 0;     ///< the chunk's
  uint64_t stream = 0;         ///< streams before this one
  uint64_t base = 0;           ///< their decoded bytes
  uint64_t end = 0;            ///< those and this stream's, as far as they are known
};

/// Where texts that are sought may be.
struct TextRange {
  EntryPoint entry;         ///< where decoding begins, but if the range is empty
  uint64_t begin = 0;       ///< decoded bytes before it,
  uint64_t end = 0;         ///< and up to its end
  uint64_t stream_end = 0;  ///< offset in the input where its last chunk ends, or behind that
  uint64_t lines = 0;       ///< of what lies before it, all of which are whole
};

/// A group, and how many line feeds are before it.
struct LinePoint {
  EntryPoint entry;
  uint64_t lines = 0;
};

/// Where decoding begins for a time.
struct TimePoint {
  EntryPoint entry;
  uint64_t base = 0;          ///< ns of the streams before
  uint64_t origin = kNoTime;  ///< the stream's own time where it begins
  uint64_t length = 0;        ///< ns of this one, from there on
  bool enters = false;  ///< there is a buffer at the time or before that needs none before it:
                        ///< what comes in front of the first such one is not to be played
};

/// One of the streams of an input, as its ends and its index tell: no chunk is read for it.
struct StreamInfo {
  uint64_t stream_begin = 0;  ///< bytes of the input
  uint64_t stream_end = 0;
  uint64_t position = 0;  ///< decoded bytes of the streams before
  uint64_t size = 0;      ///< decoded bytes, as far as they are known
  bool is_ended = false;  ///< its end packet was found, which alone tells of `chunks`
  uint64_t chunks = 0;
  bool has_index = false;  ///< there is one that can be read, which alone tells of `groups`
  uint64_t groups = 0;     ///< if index packets are as full as those of this library
  bool is_framed = false;  ///< buffers and events are kept beside the bytes
  bool joins = false;      ///< can be entered at any key
  uint8_t major = 0;       ///< version of the format
  uint8_t minor = 0;
  uint32_t chunk_size = 0;    ///< bytes of a chunk, at most
  uint32_t key_interval = 0;  ///< chunks of a group, at most
  uint64_t memory = 0;        ///< bytes that a decoder needs, code included
  uint64_t origin = kNoTime;  ///< the stream's own time where it begins, ns
  uint64_t duration = kNoTime;
};

/// Where an application wants its chunks, so that they need not be copied.
class ChunkMemory {
 public:
  virtual ~ChunkMemory() = default;
  /// Memory for a chunk of `size` bytes. It stays as it is until the chunk after this one has come,
  /// which refers to its bytes, or the decoder was reset. What is in it is no chunk before the
  /// decoder gives it as one, at the same address; it may ask again instead.
  virtual Result<MutableByteSpan> reserve(size_t size) = 0;
  /// The chunk that comes next was decoded elsewhere, to this block. Gives it back if it is not
  /// wanted; otherwise it is like one that was reserved.
  virtual Buffer adopt(Buffer&& block) { return std::move(block); }
};

}  // namespace sigma
