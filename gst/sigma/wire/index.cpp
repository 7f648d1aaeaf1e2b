/* Index packets: columns of varints, each in a PRIMITIVE glyph that names what it holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "gst/sigma/wire/glyph.hpp"
#include "gst/sigma/wire/text_filter.hpp"

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

/// What the glyphs of a body are: first the columns above.
enum Part : size_t {
  kLinks = std::size(kColumns),
  kTimes,
  kLinkTimes,
  kCounts,
  kFilters,
  kLines,
  kParts
};

constexpr struct {
  GlyphType type;
  Primitive primitive;
} kGlyphs[kParts] = {
    {GlyphType::PRIMITIVE, Primitive::NUMBER},   {GlyphType::PRIMITIVE, Primitive::SPATIAL},
    {GlyphType::PRIMITIVE, Primitive::LOCATION}, {GlyphType::REFERENCE, Primitive::POINTER},
    {GlyphType::PRIMITIVE, Primitive::TEMPORAL}, {GlyphType::REFERENCE, Primitive::TEMPORAL},
    {GlyphType::PRIMITIVE, Primitive::QUANTITY}, {GlyphType::PRIMITIVE, Primitive::FILTER},
    {GlyphType::PRIMITIVE, Primitive::STRING},
};

/// kParts: none of them.
size_t part_of(const Glyph& glyph) {
  size_t part = 0;
  while (part < kParts &&
         (glyph.type != kGlyphs[part].type || glyph.primitive != kGlyphs[part].primitive))
    part++;
  return part;
}

Status malformed(uint64_t offset) {
  return Status::error(ErrorCode::DAMAGED, "an index packet is malformed", offset);
}

/// Writes a glyph whose payload is made by `fill(out)`, which gives its size.
template <typename Fill>
size_t put(MutableByteSpan out, size_t part, Fill fill) {
  // The payload is made behind the longest header, then moved down to the actual one.
  uint8_t* const payload = out.data() + kMaxGlyphHeader;
  const size_t size = fill(payload);
  const size_t header =
      write_glyph_header(out.data(), {kGlyphs[part].type, kGlyphs[part].primitive, true, size, 0});
  std::copy(payload, payload + size, out.data() + header);
  return header + size;
}

/// Times of the entries and the end, each at least that before.
bool parse_times(ByteSpan payload, IndexPacket& packet) {
  VarintReader in(payload);
  uint64_t value = 0;
  for (size_t i = 0; i <= packet.entry_count; i++) {
    uint64_t delta = 0;
    if (!in.read(delta) || delta > UINT64_MAX - value) return false;
    value += delta;
    (i < packet.entry_count ? packet.entries[i].time : packet.end_time) = value;
  }
  return in.at_end() && value != 0;
}

/// Times of the links, none later than the one before.
bool parse_link_times(ByteSpan payload, IndexPacket& packet) {
  VarintReader in(payload);
  uint64_t before = UINT64_MAX;
  for (size_t i = 0; i < packet.link_count; i++) {
    uint64_t& time = packet.links[i].time;
    if (!in.read(time) || time > before) return false;
    before = time;
  }
  return in.at_end();
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

/// A filter for each entry, behind its size.
bool parse_filters(ByteSpan payload, IndexPacket& packet) {
  for (size_t i = 0; i < packet.entry_count; i++) {
    VarintReader in(payload);
    uint64_t size = 0;
    if (!in.read(size) || !is_filter_size(size) || size > in.rest().size()) return false;
    packet.filters[i] = in.rest().first(static_cast<size_t>(size));
    payload = in.rest().subspan(static_cast<size_t>(size));
  }
  return payload.empty();
}

/// The number of entries before, and lines before each entry and the end.
bool parse_lines(ByteSpan payload, IndexPacket& packet) {
  VarintReader in(payload);
  if (!in.read(packet.groups_before)) return false;
  uint64_t value = 0;
  for (size_t i = 0; i <= packet.entry_count; i++) {
    uint64_t delta = 0;
    if (!in.read(delta) || delta > UINT64_MAX - value) return false;
    value += delta;
    packet.lines[i] = value;
  }
  return in.at_end();
}

/// The first glyph: PRIMITIVE QUANTITY, the packet's number and its count of entries.
bool parse_counts(const Glyph& glyph, IndexPacket& packet) {
  VarintReader in(glyph.payload);
  uint64_t count = 0;
  if (part_of(glyph) != kCounts || !in.read(packet.number) || !in.read(count) || !in.at_end() ||
      count == 0 || count > kIndexEntries)
    return false;
  packet.entry_count = static_cast<size_t>(count);
  return true;
}

}  // namespace

void IndexBuilder::reset() {
  *this = {};
}

void IndexBuilder::add(const IndexEntry& entry) {
  IndexEntry& added = entries_[entry_count_++];
  added = entry;
  added.time = time_;
  is_entry_known_ = false;
}

void IndexBuilder::add_times(uint64_t entry_time, uint64_t end_time) {
  if (entry_time != kNoTime && !std::exchange(is_entry_known_, true)) {
    time_ = std::max(time_, entry_time + 1);
    entries_[entry_count_ - 1].time = time_;
    end_time_ = std::max(end_time_, time_);
  }
  if (end_time != kNoTime) end_time_ = std::max(end_time_, end_time + 1);
}

std::span<const IndexLink> IndexBuilder::collect_links(
    std::span<IndexLink, kIndexLinks> links) const {
  size_t count = 0;
  uint64_t previous = UINT64_MAX;
  for (size_t k = 0; k < kIndexLinks && number_ > 0; k++) {
    // The last multiple of 2^k before this packet; for large k it is packet 0 again and again.
    const uint64_t multiple = (number_ - 1) >> k << k;
    if (multiple != previous) links[count++] = last_multiple_[k];
    previous = multiple;
    if (multiple == 0) break;
  }
  return links.first(count);
}

size_t IndexBuilder::take_body(MutableByteSpan out, uint64_t stream_offset) {
  std::array<IndexLink, kIndexLinks> room;
  const std::span<const IndexLink> links = collect_links(room);
  size_t n = put(out, kCounts, [&](uint8_t* p) {
    const size_t size = write_varint(p, number_);
    return size + write_varint(p + size, entry_count_);
  });
  for (size_t c = 0; c < std::size(kColumns); c++)
    n += put(out.subspan(n), c, [&](uint8_t* p) {
      const uint8_t* const begin = p;
      uint64_t before = 0;
      for (const IndexEntry& entry : entries()) {
        p += write_varint(p, entry.*kColumns[c].field - before);
        before = entry.*kColumns[c].field;
      }
      return static_cast<size_t>(p - begin);
    });
  n += put(out.subspan(n), kLinks, [&](uint8_t* p) {
    const uint8_t* const begin = p;
    for (const IndexLink& link : links) {
      p += write_varint(p, link.stream_offset);
      p += write_varint(p, link.raw_offset);
    }
    return static_cast<size_t>(p - begin);
  });
  if (end_time_ != 0) n += put_times(out.subspan(n), links);
  const IndexLink self = {stream_offset, entries_[0].raw_offset, entries_[0].time};
  for (size_t k = 0; k < kIndexLinks; k++)
    if (number_ >> k << k == number_) last_multiple_[k] = self;
  last_offset_ = stream_offset;
  number_++;
  entry_count_ = 0;
  return n;
}

size_t IndexBuilder::put_times(MutableByteSpan out, std::span<const IndexLink> links) const {
  const size_t n = put(out, kTimes, [&](uint8_t* p) {
    const uint8_t* const begin = p;
    uint64_t before = 0;
    for (const IndexEntry& entry : entries()) {
      p += write_varint(p, entry.time - before);
      before = entry.time;
    }
    p += write_varint(p, end_time_ - before);
    return static_cast<size_t>(p - begin);
  });
  return n + put(out.subspan(n), kLinkTimes, [&](uint8_t* p) {
           const uint8_t* const begin = p;
           for (const IndexLink& link : links)
             p += write_varint(p, link.time);
           return static_cast<size_t>(p - begin);
         });
}

Status parse_index(ByteSpan body, uint64_t offset, IndexPacket& packet) {
  packet.number = packet.end_time = 0;
  packet.entry_count = packet.link_count = 0;
  Glyph glyph;
  size_t size = 0;
  if (parse_glyph(body, glyph, size) != GlyphParse::COMPLETE || !parse_counts(glyph, packet))
    return malformed(offset);
  ByteSpan payloads[kParts];
  bool seen[kParts] = {};
  for (body = body.subspan(size); !body.empty(); body = body.subspan(size)) {
    if (parse_glyph(body, glyph, size) != GlyphParse::COMPLETE) return malformed(offset);
    const size_t part = part_of(glyph);
    if (part == kParts) continue;  // of a later version
    if (!glyph.has_payload) return malformed(offset);
    if (part == kCounts || std::exchange(seen[part], true)) return malformed(offset);
    payloads[part] = glyph.payload;
  }
  for (size_t c = 0; c < std::size(kColumns); c++)
    if (!seen[c] || !parse_column(payloads[c], kColumns[c].field, packet)) return malformed(offset);
  const size_t links = packet.number == 0 ? 0 : 1 + std::popcount(packet.number - 1);
  if (!seen[kLinks] || !parse_links(payloads[kLinks], packet) || packet.link_count != links ||
      seen[kTimes] != seen[kLinkTimes])
    return malformed(offset);
  for (IndexEntry& entry : std::span(packet.entries).first(packet.entry_count))
    entry.time = 0;
  if (seen[kTimes] &&
      (!parse_times(payloads[kTimes], packet) || !parse_link_times(payloads[kLinkTimes], packet)))
    return malformed(offset);
  packet.has_search = seen[kFilters];
  if (seen[kFilters] != seen[kLines] ||
      (seen[kFilters] &&
       (!parse_filters(payloads[kFilters], packet) || !parse_lines(payloads[kLines], packet))))
    return malformed(offset);
  return {};
}

}  // namespace sigma
