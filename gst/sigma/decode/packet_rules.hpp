/* What each packet of a stream must be like by itself, and what readers say of one that is not.
 * docs/format.md, section 4.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Whether the packet is a head, and no copy of one.
inline bool begins_stream(const PacketHeader& packet) {
  return packet.kind() == PacketKind::HEAD && (packet.flags & kFlagCopy) == 0;
}

/// The flags that a packet of such a kind may have.
uint8_t known_flags(PacketKind kind);

/// Bytes that the body of such a packet has at most, in a stream with this head.
size_t largest_body(PacketKind kind, const Head& head);

/// What a chunk's header says by itself: DAMAGED if it contradicts the stream's head, or itself.
/// `base`: decoded bytes of the streams before.
Status check_chunk(const Head& head, const PacketHeader& chunk, uint64_t base, uint64_t offset);

/// Whether `next` stands right behind a chunk of its stream.
bool comes_next(const PacketHeader& chunk, const PacketHeader& next);

/// What all that read streams say, at that offset of the input.
Status no_sigma();
Status no_head_left(uint64_t offset);
Status cut_off(uint64_t offset);
Status unsound_body(uint64_t offset);

}  // namespace sigma
