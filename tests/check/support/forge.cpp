/* Forged streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forge.hpp"
#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/operators/array.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace forge {
namespace {

using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::append;

Bytes text(std::string_view s) {
  return testdata::from_text(s);
}

Bytes repeat(std::string_view pattern, size_t size) {
  Bytes out;
  for (size_t i = 0; i < size; i++)
    out.push_back(static_cast<uint8_t>(pattern[i % pattern.size()]));
  return out;
}

Bytes last(const Bytes& bytes, size_t size) {
  return Bytes(bytes.end() - size, bytes.end());
}

/// Slots that are set, stored, appended to and referred to; runs of one byte and of several.
void add_slot_group(Stream& s) {
  const Bytes raw = text("template: value value, and 0000000000 then ababab");
  s.coded(tree([](TreeWriter& t) {
            t.set_slot(0, text("value"));
            t.store_slot(127);
            t.concatenate(2);
            t.literal(text("template: "));
            t.slot(0);
            t.append_slot(127);
            t.concatenate(3);
            t.literal(text(" "));
            t.slot(0);
            t.literal(text(","));
            t.concatenate(5);
            t.slot(127);
            t.literal(text(" and "));
            t.run(10, text("0"));
            t.literal(text(" then "));
            t.run(6, text("ab"));
          }),
          raw, true);
  s.coded(tree([](TreeWriter& t) {
            t.store_slot(0);  // from its own old value
            t.concatenate(2);
            t.slot(0);
            t.slot(0);
            t.slot(0);
          }),
          text("valuevalue"), false);
}

/// Lanes without prefix, and with the history, a slot, a literal and a computed value as prefix.
void add_lane_group(Stream& s) {
  const Bytes first = repeat("glyphs all the way down, ", 300);
  s.coded(tree([&](TreeWriter& t) { t.lane(frame(first)); }), first, true);
  const Bytes second = repeat("way down, glyphs all the ", 200);
  s.coded(tree([&](TreeWriter& t) {
            t.prefixed_lane(frame(second, last(first, 250)));
            t.history(250, 250);
          }),
          second, false);
  s.stored(text("stored bytes are history too"), false);
  const Bytes computed = repeat("xyz", 90);
  const Bytes from_run = repeat("zxy", 60);
  const Bytes from_slot = text("learned once, said again: learned once");
  const Bytes learned = text("learned once");
  Bytes raw = text("stored bytes");
  for (const Bytes& part : {from_run, from_slot, from_slot})
    append(raw, part);
  s.coded(tree([&](TreeWriter& t) {
            t.set_slot(5, learned);
            t.concatenate(4);
            t.history(28, 12);
            t.prefixed_lane(frame(from_run, computed));
            t.run(90, text("xyz"));
            t.prefixed_lane(frame(from_slot, learned));
            t.slot(5);
            t.prefixed_lane(frame(from_slot, learned));
            t.literal(learned);
          }),
          raw, false);
}

/// `raw` as planes of integers, each a lane, a literal or a run by turns.
void put_integers(TreeWriter& t, const Bytes& raw, const sigma::IntegerLayout& layout) {
  if (layout.distance != 0) t.sum(layout);
  if (layout.width > 1) t.interleave(layout.width);
  for (size_t k = 0; k < layout.width; k++) {
    Bytes plane(sigma::plane_size(raw.size(), layout.width, k));
    sigma::subtract_to_plane(layout, raw, k, plane);
    k % 2 == 0 ? t.lane(frame(plane)) : t.literal(plane);
  }
}

/// Integers of every width and both byte orders, and code of both architectures.
void add_filter_group(Stream& s) {
  bool key = true;
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const bool big : {false, true})
      for (const size_t distance : {0U, 1U, 2U, 5U}) {
        if (width == 1 && (distance == 0 || big)) continue;
        const Bytes raw = testdata::samples(100 + width + distance, s.sequence);
        const sigma::IntegerLayout layout = {width, big, distance};
        s.coded(tree([&](TreeWriter& t) { put_integers(t, raw, layout); }), raw,
                std::exchange(key, false));
      }
  for (const auto architecture : {sigma::Architecture::X86, sigma::Architecture::ARM64}) {
    const Bytes code = testdata::machine_code(400, architecture == sigma::Architecture::ARM64);
    Bytes filtered = code;
    sigma::branches_to_absolute(architecture, 0xFFFFFFF5, filtered);
    s.coded(tree([&](TreeWriter& t) {
              t.branches(architecture, 0xFFFFFFF5);
              t.lane(frame(filtered));
            }),
            code, true);
  }
}

}  // namespace

Bytes tree(const std::function<void(TreeWriter&)>& write) {
  Bytes memory(1 << 20);
  TreeWriter writer(memory);
  write(writer);
  if (writer.overflowed()) std::abort();
  return Bytes(writer.bytes().begin(), writer.bytes().end());
}

Bytes frame(const Bytes& bytes, const Bytes& prefix) {
  Bytes out(ZSTD_compressBound(bytes.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size());
  out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return out;
}

Bytes glyph_without_payload(sigma::GlyphType type, sigma::Primitive primitive) {
  uint8_t header[sigma::kMaxGlyphHeader];
  const sigma::GlyphHeader glyph = {type, primitive, false, 0, 0};
  return {header, header + sigma::write_glyph_header(header, glyph)};
}

Bytes glyph(GlyphType type, uint8_t primitive, const Bytes& payload) {
  Bytes out(sigma::kMaxGlyphHeader);
  const sigma::GlyphHeader header = {type, static_cast<Primitive>(primitive), true, payload.size(),
                                     0};
  out.resize(sigma::write_glyph_header(out.data(), header));
  append(out, payload);
  return out;
}

Stream::Stream() {
  head.chunk_max = 65536;
  head.body_max = 65536;
  head.slots_max = 4096;
  head.history_max = 65536;
  head.workspace_max = 4096;
  head.key_interval = 16;
}

sigma::PacketHeader Stream::header(GlyphType type, Primitive primitive, uint8_t flags) const {
  sigma::PacketHeader header;
  header.type = type;
  header.primitive = primitive;
  header.flags = flags;
  header.stream_id = id;
  header.sequence = sequence;
  header.raw_offset = raw_offset;
  return header;
}

Stream& Stream::packet(sigma::PacketHeader header, const Bytes& body) {
  header.body_size = static_cast<uint32_t>(body.size());
  header.body_hash = sigma::hash_bytes(body);
  Bytes front(sigma::packet_front_size(header));
  sigma::write_packet_front(front.data(), header);
  append(bytes, front);
  append(bytes, body);
  return *this;
}

Stream& Stream::put_head(uint8_t flags) {
  uint8_t body[sigma::kHeadBodySize];
  sigma::write_head(body, head);
  return packet(header(GlyphType::PRIMITIVE, Primitive::STREAM, flags),
                Bytes(std::begin(body), std::end(body)));
}

Stream& Stream::put_chunk(sigma::PacketHeader header, const Bytes& body, const Bytes& raw) {
  header.raw_size = static_cast<uint32_t>(raw.size());
  header.raw_hash = sigma::hash_bytes(raw);
  packet(header, body);
  append(decoded, raw);
  sequence++;
  raw_offset += raw.size();
  return *this;
}

Stream& Stream::coded(const Bytes& tree_bytes, const Bytes& raw, bool key) {
  return put_chunk(header(key ? GlyphType::COMPOSITE : GlyphType::DELTA, Primitive::BLOCK,
                          key ? sigma::kFlagKey : 0),
                   tree_bytes, raw);
}

Stream& Stream::stored(const Bytes& raw, bool key) {
  return put_chunk(header(GlyphType::PRIMITIVE, Primitive::BLOCK, key ? sigma::kFlagKey : 0), raw,
                   raw);
}

Stream& Stream::framed(const Bytes& raw, const Bytes& framing_tree, bool key) {
  sigma::PacketHeader front =
      header(GlyphType::PRIMITIVE, Primitive::BLOCK, key ? sigma::kFlagKey : 0);
  front.framing_size = static_cast<uint32_t>(framing_tree.size());
  return put_chunk(front, testdata::joined({raw, framing_tree}), raw);
}

Stream& Stream::metadata(const Bytes& body, uint8_t flags) {
  return packet(header(GlyphType::PRIMITIVE, Primitive::ATTRIBUTE, flags), body);
}

Stream& Stream::index(const Bytes& body) {
  last_index = bytes.size();
  return packet(header(GlyphType::REFERENCE, Primitive::LIST), body);
}

Stream& Stream::end() {
  sigma::EndTotals totals;
  totals.raw_size = raw_offset;
  totals.chunks = sequence;
  totals.last_index = last_index;
  totals.stream_size = bytes.size() + 140;
  uint8_t body[sigma::kEndBodySize];
  sigma::write_end(body, totals, head);
  return packet(header(GlyphType::PRIMITIVE, Primitive::BOUNDARY),
                Bytes(std::begin(body), std::end(body)));
}

namespace {

void write_records(sigma::TreeWriter& t, size_t size, const std::function<void()>& templates) {
  const auto literal = [&t](const Bytes& bytes) { t.literal(bytes); };
  const Bytes script = testdata::joined({
      glyph(GlyphType::COMPOSITE, 0x71, {14, 0}),    // a dictionary …
      glyph(GlyphType::PRIMITIVE, 0x79, {3, 4, 0}),  // … of hexadecimal numbers of four digits
      glyph(GlyphType::DELTA, 0x79, {2, 3, 1, 0}),   // differences of three digits, in buckets
      glyph(GlyphType::COMPOSITE, 0x71, {0, 1}),     // a dictionary, predicted from the first, …
      glyph(GlyphType::COMPOSITE, 0x7F,              // … of what is split into …
            {0, 1, 1, '.', 2, 0, 0, 1, '?', 0}),     //
      glyph(GlyphType::PRIMITIVE, 0x79, {0, 0, 0}),  // … numbers
      Bytes{0x1f, 0x78},                             // … and strings
      glyph(GlyphType::PRIMITIVE, 0x79, {1, 0, 0}),  // signed numbers
      Bytes{0x1f, 0x78},                             // strings
  });
  t.records(size, 4);
  templates();
  t.lane(frame(script));
  literal({0, 0, 0, 0});
  literal({0, 0, 2, 1, 0, 0, 1, 1, 0, 1});
  literal({});
  literal({0xff, 1, 0xbc, 0x15, 0xac, 2, 5, 14, 0, 0x8f, 3});
  literal({14, 24, 1, 30});
  literal({0x84, 0});
  literal(text("z\none\n\ntwo words\n4\n"));
}

/// Records with every kind of column; the second chunk knows the templates of the first.
void add_record_group(Stream& s) {
  const Bytes raw = text(
      "a00ff 007:300.z=-3,one;\na0abc 041:?=7,;\na00ff 040:300.z=0,two words;\n"
      "a00ff 140:300.z=-200,4;\n");
  const Bytes known = {1, 'a', 1, 1, ' ', 2, 1, ':', 3, 1, '=', 4, 1, ',', 5, 2, ';', '\n', 0};
  s.coded(tree([&](sigma::TreeWriter& t) {
            t.store_slot(9), t.literal(known);
            write_records(t, raw.size(), [&] { t.slot(9); });
          }),
          raw, true);
  const Bytes more = {3, 'e', 'n', 'd', 0};
  s.coded(tree([&](sigma::TreeWriter& t) {
            t.concatenate(2);
            write_records(t, raw.size(), [&] { t.concatenate(2), t.slot(9), t.literal(more); });
            t.records(6, 2);
            t.literal(more);
            t.literal({});
            t.literal(Bytes{0, 0});
            for (int lane = 3; lane < 9; lane++)
              t.literal({});
          }),
          testdata::joined({raw, text("endend")}), false);
}

}  // namespace

Stream every_operator() {
  Stream s;
  s.head.key_interval = 64;
  s.begin();
  s.metadata(glyph(GlyphType::PRIMITIVE, 0x65, text("a note that may be passed over")), 0);
  sigma::IndexBuilder index;
  index.add({s.sequence, s.raw_offset, s.bytes.size()});
  add_slot_group(s);
  s.packet(s.header(GlyphType::COMPOSITE, Primitive::TEMPORAL), text("a packet of the future"));
  s.head_copy();
  index.add({s.sequence, s.raw_offset, s.bytes.size()});
  add_lane_group(s);
  add_filter_group(s);
  add_record_group(s);
  Bytes body(sigma::kMaxIndexBody);
  body.resize(index.take_body(body, s.bytes.size()));
  s.index(body);
  sigma::IndexBuilder second = index;
  second.add({s.sequence, s.raw_offset, s.bytes.size()});
  s.stored(text("a stored key chunk"), true);
  body.resize(sigma::kMaxIndexBody);
  body.resize(second.take_body(body, s.bytes.size()));
  s.index(body);
  return s.end();
}

}  // namespace forge
