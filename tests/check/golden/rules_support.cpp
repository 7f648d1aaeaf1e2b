/* Short words for forging.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules_support.hpp"

#include "codec.hpp"
#include "parts.hpp"

namespace golden {

using forge::frame;
using testdata::from_text;
using testdata::joined;

constexpr auto kStored = GlyphType::PRIMITIVE;

Bytes varint(uint64_t value) {
  uint8_t bytes[10];
  return {bytes, bytes + sigma::write_varint(bytes, value)};
}

Bytes varints(std::initializer_list<uint64_t> values) {
  Bytes out;
  for (const uint64_t value : values)
    testdata::append(out, varint(value));
  return out;
}

Bytes repeated(size_t size, std::string_view pattern) {
  Bytes out;
  for (size_t i = 0; i < size; i++)
    out.push_back(static_cast<uint8_t>(pattern[i % pattern.size()]));
  return out;
}

Bytes words(std::initializer_list<uint32_t> values) {
  Bytes out;
  for (const uint32_t word : values)
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<uint8_t>(word >> shift));
  return out;
}

forge::Stream of_tree(const Bytes& raw, const Tree& write, const Change& change) {
  forge::Stream s;
  s.head.minor = 2;
  change(s);
  s.begin().coded(forge::tree(write), raw, true).end();
  return s;
}

forge::Stream of_packets(const Change& more, const Change& change) {
  forge::Stream s;
  change(s);
  s.begin().stored(kRaw, true);
  more(s);
  s.end();
  return s;
}

forge::Stream of_records(const Bytes& raw, const std::vector<Bytes>& lanes, const Change& change) {
  const auto write = [&](TreeWriter& t) {
    t.records(raw.size(), lanes[2].size());
    for (const Bytes& lane : lanes)
      t.literal(lane);
  };
  return of_tree(raw, write, change);
}

void make_framed(forge::Stream& s) {
  s.head.minor = 3;
  s.head.flags |= sigma::kHeadFramed;
  s.head.framing_max = 1000;
}

Bytes payload_glyph(GlyphType type, Primitive primitive, const Bytes& payload) {
  return forge::glyph(type, static_cast<uint8_t>(primitive), payload);
}

Bytes literal_tree(const Bytes& bytes) {
  return payload_glyph(GlyphType::PRIMITIVE, Primitive::LITERAL, bytes);
}

forge::Stream of_script(const Bytes& raw, const Bytes& script, const Change& change) {
  forge::Stream s;
  make_framed(s);
  change(s);
  s.begin().framed(raw, literal_tree(script), true).end();
  return s;
}

Bytes last_body_changed(const Bytes& stream, const std::function<void(Bytes&)>& change) {
  const codec::PacketView last = codec::packets(stream).back();
  Bytes body(last.body.begin(), last.body.end());
  change(body);
  forge::Stream s;
  s.packet(last.header, body);
  return joined({testdata::part_of(stream, 0, last.offset), s.bytes});
}

Bytes last_header_changed(const Bytes& stream, const std::function<void(Bytes&)>& change) {
  const codec::PacketView last = codec::packets(stream).back();
  const size_t at = stream.size() - last.body.size() - 72;
  Bytes header = testdata::part_of(stream, at, at + 72);
  change(header);
  Bytes out = stream;
  std::copy(header.begin(), header.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  parts::seal_header(out, at);
  return out;
}

/// The least workspace_max with which a tree decodes.
uint32_t least_workspace(const Bytes& raw, const Tree& write) {
  constexpr uint32_t kEnough = 4096;
  const auto decodes = [&](uint32_t size) {
    const auto change = [&](forge::Stream& s) { s.head.workspace_max = size; };
    return codec::decode(of_tree(raw, write, change).bytes).status.ok();
  };
  uint32_t size = 0;
  while (size < kEnough && !decodes(size))
    size++;
  return size;
}

std::vector<WorkspaceTree> workspace_trees() {
  const Bytes nine = repeated(9);
  const auto run = [](TreeWriter& t) { t.run(9, Bytes{'a'}); };
  const auto prefixed = [=](TreeWriter& t) { t.prefixed_lane(frame(nine, nine)), run(t); };
  const auto records = [](TreeWriter& t, const std::vector<Tree>& lanes, size_t size,
                          size_t count) {
    t.records(size, count);
    for (const Tree& lane : lanes)
      lane(t);
  };
  const auto bytes = [](const Bytes& b) -> Tree { return [b](TreeWriter& t) { t.literal(b); }; };
  const Tree none = bytes({});
  const Bytes text_column = {0, 1, 0, 0};
  return {
      {"prefix", nine, prefixed},
      {"statement", kRaw, [=](TreeWriter& t) { t.store_slot(0), prefixed(t), t.literal(kRaw); }},
      {"array-of-two", repeated(18), [=](TreeWriter& t) { t.interleave(2), run(t), run(t); }},
      {"array-of-two-first", repeated(18),
       [=](TreeWriter& t) { t.interleave(2), run(t), t.literal(nine); }},
      {"array-of-two-deep", repeated(18),
       [=](TreeWriter& t) { t.interleave(2), run(t), prefixed(t); }},
      {"array-of-three", repeated(27),
       [=](TreeWriter& t) { t.interleave(3), run(t), run(t), run(t); }},
      {"records-lanes", repeated(4, "a\n"),
       [=](TreeWriter& t) {
         records(t,
                 {[](TreeWriter& u) {
                    u.lane(frame({0, 1, 1, '\n', 0}));
                  },
                  bytes({0x1f, 0x78}), [](TreeWriter& u) { u.run(2, Bytes{0}); }, none, none, none,
                  none, none,
                  [](TreeWriter& u) {
                    u.lane(frame({'a', '\n', 'a', '\n'}));
                  }},
                 4, 2);
       }},
      {"records-last-lane", kRaw,
       [=](TreeWriter& t) {
         t.concatenate(2);
         records(t,
                 {bytes({0, 0}), none, none, none, none, none, none, none,
                  [](TreeWriter& u) {
                    u.concatenate(1), u.prefixed_lane(frame({})), u.run(400, Bytes{'a'});
                  }},
                 0, 0);
         t.literal(kRaw);
       }},
      {"records-split", from_text("ab"),
       [=](TreeWriter& t) {
         records(t,
                 {bytes({0, 1, 0, 0}), bytes({0xff, 0x7f, 5, 0, 1, 1, 'b', 0, 0x1f, 0x78}),
                  bytes({0}), none, none, none, none, none, bytes(from_text("a\n"))},
                 2, 1);
       }},
      {"records-dictionaries", from_text("xyxy"),
       [=](TreeWriter& t) {
         records(t,
                 {bytes({0, 1, 0, 2, 0, 0}),
                  bytes({0xff, 0x71, 2, 7, 0, 0x1f, 0x78, 0xff, 0x71, 2, 3, 1, 0x1f, 0x78}),
                  bytes({0, 0}), bytes({0, 1, 0, 1}), none, none, none, none,
                  bytes(from_text("x\ny\n"))},
                 4, 2);
       }},
  };
}

/// Templates of so many columns with a space between them, a line for each record.
Bytes columns(uint8_t count) {
  Bytes out;
  for (uint8_t i = 1; i <= count; i++)
    testdata::append(out, i == 1 ? Bytes{0, i} : Bytes{1, ' ', i});
  return joined({out, {1, '\n', 0}});
}

Bytes numbers(uint8_t kind, uint64_t width, uint8_t coding) {
  return forge::glyph(GlyphType::PRIMITIVE, 0x79, joined({{kind}, varint(width), {coding}}));
}
Bytes differences(uint8_t kind, uint64_t width, uint8_t coding, uint8_t base) {
  return forge::glyph(GlyphType::DELTA, 0x79, joined({{kind}, varint(width), {coding, base}}));
}
Bytes dictionary(uint8_t window, uint8_t partner) {
  return forge::glyph(GlyphType::COMPOSITE, 0x71, {window, partner});
}
/// Strings in so many split columns, one inside the other.
Bytes nested(size_t splits) {
  Bytes out;
  for (size_t i = 0; i < splits; i++)
    testdata::append(out, forge::glyph(GlyphType::COMPOSITE, 0x7F, {0, 1, 1, '.', 0}));
  return joined({out, kStrings});
}

forge::Stream joining(uint64_t sequence, uint64_t raw_offset) {
  forge::Stream s;
  s.head.flags = sigma::kHeadJoin;
  s.head.minor = 0;
  s.sequence = sequence;
  s.raw_offset = raw_offset;
  return s;
}

Bytes index_body(std::initializer_list<Bytes> more) {
  Bytes out = joined({payload_glyph(kStored, Primitive::QUANTITY, {0, 1}),
                      payload_glyph(kStored, Primitive::NUMBER, {0}),
                      payload_glyph(kStored, Primitive::SPATIAL, {0}),
                      payload_glyph(kStored, Primitive::LOCATION, {107})});
  for (const Bytes& glyph : more)
    testdata::append(out, glyph);
  return out;
}

Bytes clock(std::initializer_list<uint64_t> values) {
  return payload_glyph(kStored, Primitive::TEMPORAL, varints(values));
}
Bytes expected(uint64_t count) {
  return payload_glyph(GlyphType::REFERENCE, Primitive::BLOCK, varint(count));
}
Bytes row(std::initializer_list<uint64_t> values) {
  return payload_glyph(GlyphType::DELTA, Primitive::BLOCK, varints(values));
}
Bytes event(uint8_t kind) {
  return payload_glyph(kStored, Primitive::EVENT, {kind, 'e'});
}
Bytes caps(std::string_view text) {
  return payload_glyph(kStored, Primitive::TYPE, from_text(text));
}
Bytes rest(uint64_t size) {
  return payload_glyph(kStored, Primitive::BOUNDARY, varint(size));
}
Bytes context(const Bytes& glyphs) {
  return payload_glyph(GlyphType::COMPOSITE, Primitive::ATTRIBUTE, glyphs);
}

}  // namespace golden
