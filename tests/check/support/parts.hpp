/* A stream taken apart into its packets, changed, and put together again with checks that match: so
 * that what lies behind the checks can be reached with wrong contents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <vector>

#include "gst/sigma/wire/packet.hpp"
#include "testdata.hpp"

namespace parts {

using testdata::Bytes;

/// A packet, or bytes between packets that are none.
struct Part {
  bool is_packet = true;
  sigma::PacketHeader header;  ///< of a packet; its sizes and hashes follow from the rest
  Bytes bytes;                 ///< its body, or all there is
};

/// By the headers whose checks match; a body that the next such header or the end cuts is kept as
/// it is.
std::vector<Part> take_apart(sigma::ByteSpan stream);

/// Joins them. Body sizes, body hashes and header checks are those of the bodies, and the raw hash
/// of a chunk is that of the bytes it decodes to, if it does.
Bytes put_together(std::vector<Part> parts);

/// Gives all packets the sequence, offset and id they would have if each stream was written as it
/// stands here, and the end packets those totals.
void renumber(std::vector<Part>& parts);

/// Makes the check of the packet header at `at`, where a sync word lies, match its bytes.
void seal_header(Bytes& stream, size_t at);

}  // namespace parts
