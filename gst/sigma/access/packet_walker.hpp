/* From packet to packet by their headers, without reading bodies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// A packet whose header's check matches.
struct FoundPacket {
  PacketHeader header;
  uint64_t offset = 0;  ///< of its tag, as it follows from the header
  uint64_t body = 0;    ///< offset of its body
  bool cut = false;     ///< the limit cuts the body
  uint64_t end() const { return body + header.body_size; }
};

/// Hops over a source. It can be asked again after AGAIN and goes on where it was.
class PacketWalker {
 public:
  PacketWalker(ByteSource& source, GlyphBufferPool& pool, OnError on_error)
      : source_(source), pool_(pool), on_error_(on_error) {}

  /// The next packet is looked for at `offset`, no further than `limit`.
  void start(uint64_t offset, uint64_t limit);

  /// True: `packet` is the next one. False: the limit is reached. Where no packet is, DAMAGED or
  /// TRUNCATED; if damage is skipped, the next one behind it is searched for.
  Result<bool> next(FoundPacket& packet);

  /// The packet given last is none of those looked for: others may lie inside its declared size.
  void distrust();

  /// Whether something had to be skipped before the packet given last.
  bool searched() const { return searched_; }

 private:
  void pass(const FoundPacket& packet);
  Status pass_padding();
  Result<bool> search(FoundPacket& packet);

  ByteSource& source_;
  GlyphBufferPool& pool_;
  OnError on_error_;
  uint64_t limit_ = 0;
  uint64_t next_ = 0;         ///< where a packet is due
  uint64_t search_from_ = 0;  ///< if none is there
  bool is_padding_ = false;   ///< zeros may come there
  bool searching_ = false;
  bool searched_ = false;
};

/// The packet whose tag is at `offset`; nothing behind `limit` is read. DAMAGED, or TRUNCATED.
Status find_packet(ByteSource& source, uint64_t offset, uint64_t limit, FoundPacket& packet);

/// Reads the packet's body, of at most `most` bytes, into `buffer`, and checks its hash.
Status read_body(ByteSource& source, const FoundPacket& packet, size_t most, GlyphBufferPool& pool,
                 Buffer& buffer);

}  // namespace sigma
