/* What describes the buffers and events that a stream's bytes came in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>

#include "gst/sigma/base/stats.hpp"

namespace sigma {

/// Bytes that the value of a chunk's framing tree has at most, in streams of this encoder.
constexpr uint32_t kFramingMax = uint32_t{32} << 10;
/// Bytes that an event or what belongs to a buffer has at most.
constexpr size_t kMaxEvent = size_t{16} << 10;
/// The same for an event that comes in parts.
constexpr size_t kMaxWholeEvent = size_t{4} << 20;
/// Buffers that begin in a chunk, at most: so many, and as many as it has bytes.
constexpr uint64_t kMaxBuffers = 65536;

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

/// Kinds of events. Payloads are described in docs/format.md, section 9.9.
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

}  // namespace sigma
