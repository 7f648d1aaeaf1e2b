/* Index packets: columns of varints, each in a PRIMITIVE glyph that names what it holds.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/index.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/tree.hpp"

namespace sigma {
namespace {

/// One column of the entries: its glyph and its field.
struct Column {
  Primitive primitive;
  uint64_t IndexEntry::*field;
};

constexpr Column kColumns[] = {
    {Primitive::NUMBER, &IndexEntry::sequence},
    {Primitive::SPATIAL, &IndexEntry::raw_offset},
    {Primitive::LOCATION, &IndexEntry::stream_offset},
};

Status malformed(uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, "an index packet is malformed", offset);
}

/// Appends a glyph whose payload is made by `fill(out)`, which gives its size.
template <typename Fill>
size_t put_column(MutableByteSpan out, GlyphType type, Primitive primitive, Fill fill) {
  // The payload is made behind the longest header, then moved down to the actual one.
  uint8_t* const payload = out.data() + kMaxGlyphHeader;
  const size_t size = fill(payload);
  const size_t header = write_glyph_header(out.data(), {type, primitive, true, size, 0});
  std::copy(payload, payload + size, out.data() + header);
  return header + size;
}

bool parse_column(ByteSpan payload, uint64_t IndexEntry::*field, IndexPacket& packet) {
  VarintReader in(payload);
  uint64_t value = 0;
  for (size_t i = 0; i < packet.entry_count; i++) {
    uint64_t delta = 0;
    if (!in.read(delta) || delta > UINT64_MAX - value || (i > 0 && delta == 0)) return false;
    value += delta;
    packet.entries[i].*field = value;
  }
  return in.at_end();
}

bool parse_links(ByteSpan payload, IndexPacket& packet) {
  VarintReader in(payload);
  while (!in.at_end()) {
    if (packet.link_count == kIndexLinks) return false;
    IndexLink& link = packet.links[packet.link_count];
    if (!in.read(link.stream_offset) || !in.read(link.raw_offset)) return false;
    if (packet.link_count > 0 &&
        link.stream_offset >= packet.links[packet.link_count - 1].stream_offset)
      return false;
    packet.link_count++;
  }
  return true;
}

/// The first glyph: PRIMITIVE QUANTITY, the packet's number and its count of entries.
bool parse_counts(const Glyph& glyph, IndexPacket& packet) {
  VarintReader in(glyph.payload);
  uint64_t count = 0;
  if (glyph.type != GlyphType::PRIMITIVE || glyph.primitive != Primitive::QUANTITY ||
      !in.read(packet.number) || !in.read(count) || !in.at_end() || count == 0 ||
      count > kIndexEntries)
    return false;
  packet.entry_count = static_cast<size_t>(count);
  return true;
}

}  // namespace

void IndexBuilder::reset() {
  *this = {};
}

void IndexBuilder::add(const IndexEntry& entry) {
  packet_.entries[packet_.entry_count++] = entry;
}

void IndexBuilder::collect_links() {
  packet_.link_count = 0;
  uint64_t previous = UINT64_MAX;
  for (size_t k = 0; k < kIndexLinks && packet_.number > 0; k++) {
    // The last multiple of 2^k before this packet; for large k it is packet 0 again and again.
    const uint64_t multiple = (packet_.number - 1) >> k << k;
    if (multiple != previous) packet_.links[packet_.link_count++] = last_multiple_[k];
    previous = multiple;
    if (multiple == 0) break;
  }
}

size_t IndexBuilder::take_body(MutableByteSpan out, uint64_t stream_offset) {
  collect_links();
  size_t n = put_column(out, GlyphType::PRIMITIVE, Primitive::QUANTITY, [&](uint8_t* p) {
    const size_t size = write_varint(p, packet_.number);
    return size + write_varint(p + size, packet_.entry_count);
  });
  for (const Column& column : kColumns) {
    n += put_column(out.subspan(n), GlyphType::PRIMITIVE, column.primitive, [&](uint8_t* p) {
      size_t size = 0;
      uint64_t value = 0;
      for (size_t i = 0; i < packet_.entry_count; i++) {
        const uint64_t next = packet_.entries[i].*column.field;
        size += write_varint(p + size, next - value);
        value = next;
      }
      return size;
    });
  }
  n += put_column(out.subspan(n), GlyphType::REFERENCE, Primitive::POINTER, [&](uint8_t* p) {
    size_t size = 0;
    for (size_t i = 0; i < packet_.link_count; i++) {
      size += write_varint(p + size, packet_.links[i].stream_offset);
      size += write_varint(p + size, packet_.links[i].raw_offset);
    }
    return size;
  });
  const IndexLink self = {stream_offset, packet_.entries[0].raw_offset};
  for (size_t k = 0; k < kIndexLinks; k++)
    if (packet_.number >> k << k == packet_.number) last_multiple_[k] = self;
  last_offset_ = stream_offset;
  packet_.number++;
  packet_.entry_count = 0;
  return n;
}

Status parse_index(ByteSpan body, uint64_t offset, IndexPacket& packet) {
  packet.number = 0;
  packet.entry_count = 0;
  packet.link_count = 0;
  bool seen[std::size(kColumns) + 1] = {};  // the last one is for the links
  for (bool first = true; !body.empty() || first; first = false) {
    Glyph glyph;
    size_t size = 0;
    if (parse_glyph(body, glyph, size) != GlyphParse::COMPLETE) return malformed(offset);
    body = body.subspan(size);
    if (first) {
      if (!parse_counts(glyph, packet)) return malformed(offset);
      continue;
    }
    if (glyph.type == GlyphType::PRIMITIVE && glyph.primitive == Primitive::QUANTITY)
      return malformed(offset);
    for (size_t c = 0; c < std::size(kColumns); c++) {
      if (glyph.type != GlyphType::PRIMITIVE || glyph.primitive != kColumns[c].primitive) continue;
      if (seen[c] || !parse_column(glyph.payload, kColumns[c].field, packet))
        return malformed(offset);
      seen[c] = true;
    }
    if (glyph.type == GlyphType::REFERENCE && glyph.primitive == Primitive::POINTER) {
      if (seen[std::size(kColumns)] || !parse_links(glyph.payload, packet))
        return malformed(offset);
      seen[std::size(kColumns)] = true;
    }
  }
  if (std::count(std::begin(seen), std::end(seen), false) != 0) return malformed(offset);
  const size_t links = packet.number == 0 ? 0 : 1 + std::popcount(packet.number - 1);
  if (packet.link_count != links) return malformed(offset);
  return {};
}

}  // namespace sigma
