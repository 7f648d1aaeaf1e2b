/* Packet headers found by their sync word.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Where the first sync word lies in `bytes`, from `from` on, or the start of one that their end
/// cuts; bytes.size() if there is none.
size_t find_sync_word(ByteSpan bytes, size_t from = 0);

/// The same for a whole packet header whose check matches, by its sync word.
size_t find_packet_header(ByteSpan bytes, size_t from = 0);

constexpr size_t kPacketMagic = kMaxGlyphHeader + kSyncWord.size();

/// True if `start` could be the first bytes of a packet; kPacketMagic of them are enough to be
/// sure.
bool looks_like_packet(ByteSpan start);

/// The same for the first packet of a stream.
bool looks_like_sigma(ByteSpan start);

}  // namespace sigma
