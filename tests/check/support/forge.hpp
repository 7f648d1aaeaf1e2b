/* Makes streams that the encoder would not: every operator, every packet, valid or absurd, always
 * with checks that match.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <functional>

#include "gst/sigma/operators/tree_writer.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "testdata.hpp"

namespace forge {

using testdata::Bytes;

/// A tree from calls of a TreeWriter.
Bytes tree(const std::function<void(sigma::TreeWriter&)>& write);

/// A zstd frame of `bytes`, with `prefix` before them if there is one.
Bytes frame(const Bytes& bytes, const Bytes& prefix = {});

/// A glyph, whatever its parts.
Bytes glyph(sigma::GlyphType type, uint8_t primitive, const Bytes& payload);
Bytes glyph_without_payload(sigma::GlyphType type, sigma::Primitive primitive);

/// Builds a stream packet by packet; fields may be changed between calls to make it wrong.
class Stream {
 public:
  sigma::Head head;
  uint64_t id = 0x5167;
  uint64_t sequence = 0;
  uint64_t raw_offset = 0;
  uint64_t last_index = 0;
  Bytes bytes;    ///< the stream so far
  Bytes decoded;  ///< what it decodes to

  Stream();
  Stream& begin() { return put_head(0); }
  Stream& head_copy() { return put_head(sigma::kFlagCopy); }
  Stream& coded(const Bytes& tree_bytes, const Bytes& raw, bool key);
  Stream& stored(const Bytes& raw, bool key);
  /// A stored chunk with a framing tree.
  Stream& framed(const Bytes& raw, const Bytes& framing_tree, bool key);
  Stream& metadata(const Bytes& body, uint8_t flags);
  Stream& index(const Bytes& body);
  /// A packet of any kind; its header's sizes and hashes are computed.
  Stream& packet(sigma::PacketHeader header, const Bytes& body);
  Stream& end();
  sigma::PacketHeader header(sigma::GlyphType type, sigma::Primitive primitive,
                             uint8_t flags = 0) const;

 private:
  Stream& put_head(uint8_t flags);
  Stream& put_chunk(sigma::PacketHeader header, const Bytes& body, const Bytes& raw);
};

/// A small stream that has every packet and every operator of format 1.2, in groups.
Stream every_operator();

}  // namespace forge
