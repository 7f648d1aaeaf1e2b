/* Writing what buffers and events a chunk's bytes came in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/framing/prediction.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Gathers the buffers and events of one chunk after the other, as docs/format.md, section 9,
/// says. A buffer belongs to the chunk that its first byte is in.
class FramingWriter {
 public:
  explicit FramingWriter(GlyphBufferPool& pool) : pool_(pool) {}

  /// A stream begins, with a key chunk.
  void start_stream();

  /// Times are likely to be whole numbers of 1/rate seconds, `step` of them for a buffer; 0: as
  /// many as its duration has. `rate` 0: nothing is known.
  void set_rate(uint32_t rate, uint32_t step) {
    rate_ = rate;
    rate_step_ = step;
  }

  /// INVALID_ARGUMENT if it is larger than kMaxEvent, or comes in the middle of a buffer.
  Status add_event(FramedEvent kind, ByteSpan payload);
  /// The same for something that belongs to the next buffer.
  Status add_meta(uint64_t kind, ByteSpan payload);
  Status begin_buffer(const FramedBuffer& buffer, const BufferTime& time = {});

  /// Bytes of the latest buffer that are still to come.
  uint64_t left() const { return left_; }
  /// So many of them came.
  void take(size_t size) { left_ -= size; }

  /// PTS, or DTS, of the chunk's first buffer that has one; kNoTime.
  uint64_t first_time() const { return first_time_; }
  /// In the stream's time, where the chunk's first buffer begins at which one can enter, and the
  /// greatest end of a buffer so far; kNoTime.
  uint64_t entry_time() const { return entry_time_; }
  uint64_t end_time() const { return end_time_; }

  /// Whether the chunk has something to say beyond its bytes.
  bool is_empty() const { return script_.size() == front_ && pending_ == 0 && rows_size_ == 0; }
  /// Whether the chunk must end before a payload of `size` bytes, or a buffer, can be added.
  bool is_full(size_t size) const;

  /// The chunk ends: what its framing tree yields. Valid until the next chunk begins.
  Result<ByteSpan> finish_chunk();
  /// The same for what was added before the chunk's first byte, of which there will be none now:
  /// for a packet of its own, that is read without the chunks around it. The chunk begins anew.
  Result<ByteSpan> finish_without_bytes();
  /// The next one begins.
  Status start_chunk(bool is_key);

 private:
  // Beside the context there is room for the largest event.
  static constexpr size_t kMaxContext = size_t{11} << 10;
  static constexpr size_t kMaxContextCaps = size_t{9} << 10;
  static constexpr size_t kMaxContextEvent = size_t{4} << 10;

  Status reserve(size_t more);
  void put_glyph(Buffer& to, GlyphType type, Primitive primitive, ByteSpan first, ByteSpan rest);
  void put_numbers(GlyphType type, Primitive primitive, std::initializer_list<uint64_t> numbers);
  void end_run();
  Status keep_context(FramedEvent kind, ByteSpan payload);
  void find_clock(const FramedBuffer& buffer);
  uint64_t find_mask(const FramedBuffer& buffer) const;

  GlyphBufferPool& pool_;
  Buffer script_;
  Buffer apart_;      ///< what finish_without_bytes() gave
  Buffer context_;    ///< events that are in effect, as glyphs
  size_t front_ = 0;  ///< bytes of the script that are there before anything is added
  FramingState state_;
  FramingState before_;  ///< the chunk
  uint32_t rate_ = 0;
  uint32_t rate_step_ = 0;
  uint64_t left_ = 0;
  uint64_t first_time_ = kNoTime;
  uint64_t entry_time_ = kNoTime;
  uint64_t end_time_ = kNoTime;
  uint64_t buffers_ = 0;      ///< in the chunk
  uint64_t since_clock_ = 0;  ///< buffers as expected since a clock was set
  uint64_t pending_ = 0;      ///< buffers as expected, not written yet
  uint64_t mask_ = 0;         ///< of buffers that differ, not written yet
  std::array<uint8_t, 1024> rows_;
  size_t rows_size_ = 0;
};

}  // namespace sigma
