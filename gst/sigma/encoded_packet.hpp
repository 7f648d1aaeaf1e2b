/* What comes out of an encoder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

enum class PacketKind : uint8_t { HEAD, CHUNK, METADATA, INDEX, END, UNKNOWN };

/// A whole packet, ready to be written: `bytes`, then `lent`.
struct Packet {
  Buffer bytes;
  ByteSpan lent;  ///< the end of a stored chunk's packet may lie in the input that was lent
  size_t size() const { return bytes.size() + lent.size(); }
  PacketKind kind = PacketKind::UNKNOWN;
  bool key = false;            ///< a key chunk
  uint64_t stream_offset = 0;  ///< from the first byte of its stream
  uint64_t time = kNoTime;  ///< with framing: PTS, or DTS, of a chunk's first buffer that has one
};

}  // namespace sigma
