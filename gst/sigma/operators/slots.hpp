/* Slots: values that a group's chunks leave for those after them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <utility>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

constexpr size_t kSlotCount = 128;

class Slots {
 public:
  explicit Slots(GlyphBufferPool& pool) : pool_(pool) {}

  /// Takes a stream's limit, in bytes of all slots, and empties them.
  void start_stream(uint64_t most);
  void clear();
  void start_chunk() { stored_ = 0; }

  ByteSpan value(size_t slot) const { return slots_[slot].bytes(); }

  /// Counts bytes that a chunk puts into a slot, before they are made.
  Status admit(size_t size);
  /// Room for a value, to be filled before replace(): until then the slot has its old one.
  Result<Buffer> make(size_t size);
  void replace(size_t slot, Buffer value);
  Status set(size_t slot, ByteSpan bytes);
  /// Room behind a slot's value, which stays where it is until extended() adds what is there.
  Result<MutableByteSpan> extend(size_t slot, size_t size);
  void extended(size_t slot, size_t size);

 private:
  GlyphBufferPool& pool_;
  std::array<Buffer, kSlotCount> slots_;
  uint64_t most_ = 0;    ///< bytes in all slots
  uint64_t size_ = 0;    ///< bytes in all slots, now
  uint64_t stored_ = 0;  ///< bytes this chunk put into slots
};

struct OperatorEntry;
extern const OperatorEntry kSlot;
extern const OperatorEntry kSetSlot;
extern const OperatorEntry kStoreSlot;
extern const OperatorEntry kAppendSlot;

}  // namespace sigma
