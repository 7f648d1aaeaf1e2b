/* Cuts a byte stream into chunks and groups.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/memory/group_window.hpp"

namespace sigma {

/// Chunks are cut at the plan's size, whatever the sizes of the inputs; a group begins at the first
/// chunk and after every key_interval chunks, or group_size bytes.
class Chunker {
 public:
  explicit Chunker(GlyphBufferPool& pool) : window_(pool) {}

  Status configure(const EncoderPlan& plan);
  void reset();

  /// Takes what fits into the chunk; gives how much that was.
  size_t append(ByteSpan bytes) { return window_.append(bytes); }
  /// Ends the chunk after its first `size` bytes: the others begin the next one.
  void cut(size_t size) { window_.cut(size); }
  /// The chunk goes on without history.
  void drop_history() { window_.drop_history(); }
  bool is_full() const { return window_.room() == 0; }
  bool is_empty() const { return window_.chunk().empty(); }

  ByteSpan chunk() const { return window_.chunk(); }
  ByteSpan history() const { return window_.history(); }
  size_t room() const { return window_.room(); }  ///< bytes that still fit
  bool is_key() const { return chunks_in_group_ == 0; }
  /// Whether the next chunk is a key if this one ends now.
  bool ends_group() const { return ends_group_with(chunk().size()); }
  /// Whether bytes that are appended move the history, which jobs may be looking at.
  bool moves_with(size_t size) const { return window_.moves_with(size); }
  /// History and chunk, one behind the other.
  ByteSpan recent() const { return window_.recent(); }
  uint64_t sequence() const { return sequence_; }      ///< chunks before this one
  uint64_t raw_offset() const { return raw_offset_; }  ///< bytes before this one

  /// Begins the next chunk, with this one as history if it is worth it.
  void advance(bool keeps_history);
  /// The same for a chunk of `size` bytes that was not appended, which begins the next one without
  /// history. This chunk must be empty.
  void pass_over(size_t size) { count(size, false); }

 private:
  bool ends_group_with(size_t size) const {
    return chunks_in_group_ + 1 == key_interval_ || group_bytes_ + size >= group_size_;
  }
  void count(size_t size, bool keeps_history);

  GroupWindow window_;
  uint32_t key_interval_ = 1;
  uint64_t group_size_ = UINT64_MAX;
  uint32_t chunks_in_group_ = 0;
  uint64_t group_bytes_ = 0;
  uint64_t sequence_ = 0;
  uint64_t raw_offset_ = 0;
};

}  // namespace sigma
