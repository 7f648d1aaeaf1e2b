/* Streams that must be refused, each for one rule.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec.hpp"
#include "rules.hpp"
#include "rules_support.hpp"

#include "gst/sigma/base/hash.hpp"

namespace golden {
namespace {

using forge::frame;
using testdata::from_text;
using testdata::joined;

constexpr auto kPrimitive = GlyphType::PRIMITIVE;

/// The literal with its glyph written in another way.
Bytes hand_made(std::initializer_list<uint8_t> front) {
  return joined({front, kRaw});
}

std::vector<RuleStream> glyphs_and_lanes() {
  Refused r("1.0-");
  r.bytes("varint-not-canonical", hand_made({0x3A, 0x83, 0x00}));
  r.bytes("glyph-primitive-in-two-bytes", hand_made({0x3F, 0x1A, 3}));
  r.bytes("tree-literal-without-payload", joined({{0x1A}, literal_tree(kRaw)}));
  r.bytes("tree-store-with-payload", joined({forge::glyph(GlyphType::COMPOSITE, 0x80, {}),
                                             literal_tree(kRaw), literal_tree(kRaw)}));
  r.bytes("tree-statement-last", joined({literal_tree(kRaw), forge::glyph(kPrimitive, 0x80, {})}));
  r.bytes("tree-of-no-expression", forge::glyph(kPrimitive, 0x80, {}));
  r.tree("tree-statement-inside", kRaw,
         [](auto& t) { t.concatenate(2), t.set_slot(0, kRaw), t.literal(kRaw); });
  r.bytes("concatenate-with-bytes-behind",
          joined({forge::glyph(GlyphType::COMPOSITE, 0x70, {1, 0}), literal_tree(kRaw)}));
  r.tree("run-of-a-long-pattern", kRaw, [](auto& t) { t.run(3, repeated(256, "raw")); });
  r.tree("run-of-no-pattern", kRaw,
         [](auto& t) { t.concatenate(2), t.run(0, {}), t.literal(kRaw); });
  const Bytes zstd = {0x28, 0xB5, 0x2F, 0xFD};
  const Bytes frame_of_raw = frame(kRaw);
  r.tree("lane-with-a-window", repeated(256), [&](auto& t) {
    t.lane(joined({zstd, {0x40, 0, 0, 0, 3, 8, 0, 'a'}}));
  });
  r.tree("lane-with-a-dictionary", kRaw, [&](auto& t) {
    t.lane(joined({zstd, {0x21, 5, 3, 0x19, 0, 0, 'r', 'a', 'w'}}));
  });
  r.tree("lane-with-a-wrong-checksum", kRaw, [&](auto& t) {
    t.lane(joined({zstd, {0x24, 3, 0x19, 0, 0, 'r', 'a', 'w', 1, 2, 3, 4}}));
  });
  r.tree("lane-of-two-frames", kRaw, [&](auto& t) { t.lane(joined({frame_of_raw, frame({})})); });
  r.tree("lane-with-bytes-behind", kRaw, [&](auto& t) { t.lane(joined({frame_of_raw, {0}})); });
  r.tree("lane-behind-a-skippable-frame", kRaw, [&](auto& t) {
    t.lane(joined({{0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0}, frame_of_raw}));
  });
  const Bytes line = testdata::random_bytes(1000);
  const Bytes prefix = line;  // zstd does not refer to a prefix that is the input itself
  r.tree("lane-beyond-its-prefix", line, [&](auto& t) {
    t.prefixed_lane(frame(line, prefix)), t.literal(testdata::part_of(prefix, 500, 1000));
  });
  return r.take();
}

std::vector<RuleStream> limits_of_trees() {
  Refused r("1.0-");
  const auto slots = [](forge::Stream& s) { s.head.slots_max = 5; };
  forge::Stream replaced;
  slots(replaced);
  replaced.begin();
  for (const bool is_key : {true, false})
    replaced.coded(forge::tree([](auto& t) { t.set_slot(0, kRaw), t.slot(0); }), kRaw, is_key);
  r.add("slots-too-small-to-replace", replaced.end().bytes);
  r.tree(
      "slots-filled-twice", kRaw,
      [](auto& t) { t.set_slot(0, kRaw), t.set_slot(0, {}), t.set_slot(0, kRaw), t.slot(0); },
      slots);
  // The tree has 13 bytes, and the raw size is 3.
  const auto wide = [](forge::Stream& s) { s.head.slots_max = s.head.workspace_max = 1 << 20; };
  r.tree(
      "work-beyond-its-limit", kRaw,
      [](auto& t) { t.store_slot(0), t.run(65536 + 16 * 16 + 1, Bytes{'a'}), t.literal(kRaw); },
      wide);
  r.tree(
      "work-of-prefixes", kRaw,
      [](auto& t) { t.prefixed_lane(frame(kRaw)), t.run(70000, Bytes{'a'}); }, wide);
  forge::Stream history;
  history.head.history_max = 3;
  history.begin().stored(from_text("abcdef"), true);
  history.coded(forge::tree([](auto& t) { t.history(4, 3); }), from_text("cde"), false).end();
  r.add("history-beyond-its-limit", history.bytes);
  forge::Stream longer;
  longer.begin().stored(kRaw, true);
  longer.coded(payload_glyph(GlyphType::REFERENCE, Primitive::STREAM, {3, 3, 0}), kRaw, false)
      .end();
  r.add("history-with-bytes-behind", longer.bytes);
  return r.take();
}

std::vector<RuleStream> workspace() {
  Refused r("1.2-");
  for (const WorkspaceTree& tree : workspace_trees()) {
    const uint32_t least = least_workspace(tree.raw, tree.write);
    if (least == 0) continue;
    r.add(std::string("workspace-") + tree.name,
          of_tree(tree.raw, tree.write, [&](auto& s) { s.head.workspace_max = least - 1; }).bytes);
  }
  return r.take();
}

std::vector<RuleStream> filters() {
  Refused r("1.1-");
  r.tree("array-of-17", repeated(17), [](auto& t) {
    t.interleave(17);
    for (int i = 0; i < 17; i++)
      t.literal(Bytes{'a'});
  });
  r.tree("array-of-1", kRaw, [](auto& t) { t.interleave(1), t.literal(kRaw); });
  r.tree("sum-at-distance-65536", kRaw, [](auto& t) { t.sum({1, false, 65536}), t.literal(kRaw); });
  r.tree("sum-at-distance-0", kRaw, [](auto& t) { t.sum({1, false, 0}), t.literal(kRaw); });
  r.bytes(
      "branches-at-2-to-the-32",
      joined({payload_glyph(GlyphType::DELTA, Primitive::BRANCH, varints({2, uint64_t{1} << 32})),
              literal_tree(kRaw)}));
  return r.take();
}

std::vector<RuleStream> columns_with_a_point() {
  Refused r("1.6-records-");
  const auto add = [&](const char* name, std::string_view raw, uint64_t width) {
    r.add(name, of_records(from_text(raw),
                           {columns(1), numbers(5, width, 0), {0}, {}, {}, {10}, {}, {}, {}},
                           [](forge::Stream& s) { s.head.minor = 6; })
                    .bytes);
  };
  add("number-of-no-places", "5\n", 0);
  add("number-of-no-places-at-least-one", "5\n", 32);
  add("number-of-19-places", "0.0000000000000000005\n", 19);
  add("number-of-more-places-at-least", "0.05\n", 2 + 32 * 3);
  add("number-of-places-beyond-16-bits", "0.05\n", 2 + 32 * 2 + 65536);
  add("number-with-a-zero-too-many", "0.50\n", 1);
  return r.take();
}

std::vector<RuleStream> columns_of_records() {
  Refused r("1.2-");
  const auto add = [&](const char* name, std::string_view raw, const std::vector<Bytes>& lanes) {
    r.add(std::string("records-") + name, of_records(from_text(raw), lanes).bytes);
  };
  const Bytes one_number = joined({numbers(0, 0, 0)});
  add("number-of-65-bits", "5\n",
      {columns(1),
       one_number,
       {0},
       {},
       {},
       {0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02},
       {},
       {},
       {}});
  add("number-of-4-digits-in-3", "1000\n",
      {columns(1), numbers(2, 3, 0), {0}, {}, {}, varint(1000), {}, {}, {}});
  add("number-of-kind-5", "5\n", {columns(1), numbers(5, 0, 0), {0}, {}, {}, {5}, {}, {}, {}});
  add("number-of-coding-2", "5\n", {columns(1), numbers(0, 0, 2), {0}, {}, {}, {5}, {}, {}, {}});
  add("number-of-width-21", "000000000000000000005\n",
      {columns(1), numbers(2, 21, 0), {0}, {}, {}, {5}, {}, {}, {}});
  add("bits-left", "64\n127\n",
      {columns(1), numbers(0, 0, 1), {0, 0}, {}, {}, {}, {24, 27}, {0xF0, 0}, {}});
  add("base-of-itself", "5 6\n",
      {columns(2), joined({one_number, differences(0, 0, 0, 2)}), {0}, {}, {}, {5, 2}, {}, {}, {}});
  add("base-of-texts", "x 6\n",
      {columns(2),
       joined({kStrings, differences(0, 0, 0, 1)}),
       {0},
       {},
       {},
       {12},
       {},
       {},
       from_text("x\n")});
  add("base-without-values", "6",
      {{0, 1, 0, 0, 0, 2, 0, 0}, differences(0, 0, 0, 1), {1}, {}, {}, {12}, {}, {}, {}});
  add("base-in-a-dictionary", "5 6\n",
      {columns(2),
       joined({one_number, dictionary(0, 0), differences(0, 0, 0, 1)}),
       {0},
       {0},
       {},
       {5, 2},
       {},
       {},
       {}});
  const Bytes texts = joined({dictionary(2, 0), kStrings});
  add("recent-entry-missing", "a\na\n",
      {columns(1), texts, {0, 0}, {0, 2}, {}, {}, {}, {}, from_text("a\n")});
  add("entry-missing", "a\na\n",
      {columns(1), texts, {0, 0}, {0, 4}, {}, {}, {}, {}, from_text("a\n")});
  add("window-of-17", "a\n",
      {columns(1),
       joined({dictionary(17, 0), kStrings}),
       {0},
       {0},
       {},
       {},
       {},
       {},
       from_text("a\n")});
  add("dictionary-of-nothing-new", "a\n", {columns(1), texts, {0}, {1}, {}, {}, {}, {}, {}});
  const Bytes partners = joined({dictionary(0, 0), kStrings, dictionary(0, 1), kStrings});
  add("nothing-predicted", "p x\nq x\n",
      {columns(2), partners, {0, 0}, {0, 0, 0, 1}, {}, {}, {}, {}, from_text("p\nq\nx\n")});
  add("partner-of-numbers", "5 x\n",
      {columns(2),
       joined({one_number, dictionary(0, 1), kStrings}),
       {0},
       {0},
       {},
       {5},
       {},
       {},
       from_text("x\n")});
  add("9-deep", "a.......\n", {columns(1), nested(7), {0}, {}, {}, {}, {}, {}, from_text("a\n")});
  add("split-of-an-empty-text", "\n",
      {columns(1), forge::glyph(GlyphType::COMPOSITE, 0x7F, {0, 0}), {0}, {}, {}, {}, {}, {}, {}});
  add("split-of-nothing", "\n",
      {columns(1), forge::glyph(GlyphType::COMPOSITE, 0x7F, {}), {0}, {}, {}, {}, {}, {}, {}});
  add("low-left", "raw", {{3, 'r', 'a', 'w', 0}, {}, {0}, {}, {7}, {}, {}, {}, {}});
  add("size-too-small", "raw", {{4, 'r', 'a', 'w', '\n', 0}, {}, {0}, {}, {}, {}, {}, {}, {}});
  r.tree(
      "records-of-16577-templates", repeated(20000),
      [](TreeWriter& t) {
        t.concatenate(2), t.records(0, 0), t.run(2 * 16577, Bytes{0});
        for (int lane = 1; lane < 9; lane++)
          t.literal({});
        t.run(20000, Bytes{'a'});
      },
      [](auto& s) { s.head.workspace_max = 1 << 20, s.head.minor = 2; });
  // The last new value is no entry any more: it is not predicted.
  constexpr size_t kMany = 16385;
  const auto many = [&](TreeWriter& t) {
    t.records(2 * kMany + 2, kMany + 1), t.literal(Bytes{0, 1, 0, 2, 0, 0}), t.literal(partners);
    t.run(kMany + 1, Bytes{0});
    t.concatenate(4), t.literal(Bytes{0}), t.run(kMany, Bytes{1}), t.run(kMany, Bytes{0}),
        t.literal(Bytes{1});
    for (int lane = 4; lane < 8; lane++)
      t.literal({});
    t.concatenate(2), t.literal(from_text("p\n")), t.run(2 * kMany, from_text("a\n"));
  };
  r.tree("records-predicted-value-no-entry", repeated(2 * kMany + 2, "pa"), many,
         [](auto& s) { s.head.workspace_max = 1 << 20; });
  return r.take();
}

std::vector<RuleStream> headers() {
  Refused r("1.0-");
  const Bytes good = of_packets([](auto&) {}).bytes;
  const auto header = [&](const char* name, const std::function<void(Bytes&)>& change) {
    r.add(std::string("header-") + name, last_header_changed(good, change));
  };
  header("reserved-byte", [](Bytes& h) { h[11] = 1; });
  header("raw-size-of-no-chunk", [](Bytes& h) { h[40] = 1; });
  header("raw-hash-of-no-chunk", [](Bytes& h) { h[56] = 1; });
  header("sync-word-changed", [](Bytes& h) { h[7] ^= 1; });
  const auto of_front = [&](const char* name, const std::function<void(Bytes&)>& change,
                            bool seals) {
    const codec::PacketView last = codec::packets(good).back();
    const size_t end = last.offset + last.size - last.body.size();
    Bytes changed = testdata::part_of(good, last.offset, end);
    change(changed);
    if (seals)
      sigma::store_le(&changed[changed.size() - 8],
                      sigma::hash_bytes({changed.data(), changed.size() - 8}));
    r.add(std::string("header-") + name, joined({testdata::part_of(good, 0, last.offset), changed,
                                                 testdata::part_of(good, end, good.size())}));
  };
  // The front of an end packet: tag, primitive, two bytes of length, and the header.
  of_front(
      "check-changed", [](Bytes& f) { f.back() ^= 1; }, false);
  of_front(
      "type-of-another-glyph", [](Bytes& f) { f[0] |= 0x40; }, true);
  of_front(
      "body-size-of-another-glyph", [](Bytes& f) { f[4 + 12]--; }, true);
  header("flag-of-no-meaning", [](Bytes& h) { h[10] = 4; });
  r.packets("header-key-of-a-dependent-chunk", [](auto& s) {
    s.packet(s.header(GlyphType::DELTA, Primitive::BLOCK, sigma::kFlagKey), kRaw);
  });
  r.packets("packet-too-large", [](auto& s) {
    s.packet(s.header(GlyphType::DELTA, Primitive::BOUNDARY), Bytes(65537, 'x'));
  });
  r.packets("metadata-flag-unknown", [](auto& s) { s.metadata({}, 1); });
  r.packets("metadata-critical", [](auto& s) { s.metadata({}, sigma::kFlagCritical); });
  r.packets(
      "group-too-long", [](auto& s) { s.stored(kRaw, false).stored(kRaw, false); },
      [](auto& s) { s.head.key_interval = 2; });
  r.packets("head-copy-differs",
            [](auto& s) { s.head.framing_max = 1, s.head_copy(), s.head.framing_max = 0; });
  r.packets("chunk-stored-in-part", [](auto& s) {
    sigma::PacketHeader h = s.header(kPrimitive, Primitive::BLOCK);
    h.raw_size = 2, h.raw_hash = sigma::hash_bytes(Bytes{'r', 'a'});
    s.packet(h, kRaw), s.sequence++, s.raw_offset += 2;
  });
  r.packets("chunk-with-a-framing-tree", [](auto& s) { s.framed(kRaw, literal_tree({}), false); });
  r.packets(
      "chunk-beyond-body-max", [](auto& s) { s.stored(Bytes(5, 'x'), false); },
      [](auto& s) { s.head.body_max = 4; });
  const auto head_of = [&](const char* name, const Change& change) {
    r.packets(
        name, [](auto&) {}, change);
  };
  head_of("head-without-chunks", [](auto& s) { s.head.chunk_max = 0; });
  head_of("head-without-keys", [](auto& s) { s.head.key_interval = 0; });
  head_of("head-in-the-middle", [](auto& s) { s.raw_offset = s.sequence = 1; });
  forge::Stream copy_first;
  r.add("head-copy-first", copy_first.head_copy().stored(kRaw, true).end().bytes);
  forge::Stream twice;
  r.add("head-twice", twice.begin().begin().stored(kRaw, true).end().bytes);
  r.packets("chunk-coded-without-key", [](auto& s) {
    sigma::PacketHeader h = s.header(GlyphType::COMPOSITE, Primitive::BLOCK);
    h.raw_size = 3, h.raw_hash = sigma::hash_bytes(kRaw);
    s.packet(h, literal_tree(kRaw)), s.sequence++, s.raw_offset += 3;
  });
  const auto chunk = [&](const char* name, GlyphType type, const Bytes& body, uint32_t raw_size,
                         uint32_t framing) {
    forge::Stream s;
    make_framed(s);
    s.begin();
    sigma::PacketHeader h = s.header(type, Primitive::BLOCK, sigma::kFlagKey);
    h.raw_size = raw_size, h.framing_size = framing, h.raw_hash = sigma::hash_bytes(kRaw);
    if (raw_size == 0) h.raw_hash = sigma::hash_bytes({});
    s.packet(h, body);
    s.sequence = 1, s.raw_offset = raw_size;
    r.add(std::string("chunk-") + name, s.end().bytes);
  };
  chunk("of-no-bytes", kPrimitive, {}, 0, 0);
  chunk("framing-larger-than-body", GlyphType::COMPOSITE, literal_tree(kRaw), 3, 6);
  // Primitive 30 is in the tag; here it is in a byte of its own.
  const auto other_30 = [](auto& s) {
    s.packet(s.header(GlyphType::DELTA, static_cast<Primitive>(30)), {});
  };
  const Bytes longer =
      last_body_changed(of_packets(other_30).bytes, [](Bytes& body) { body[16]++; });
  const codec::PacketView other = codec::packets(longer)[2];
  const Bytes front =
      joined({{0xBF, 30}, testdata::part_of(longer, other.offset + 1, other.offset + 66)});
  uint8_t check[8];
  sigma::store_le(check, sigma::hash_bytes(front));
  r.add("packet-primitive-in-two-bytes",
        joined({testdata::part_of(longer, 0, other.offset), front, Bytes(check, check + 8),
                testdata::part_of(longer, other.offset + other.size, longer.size())}));
  return r.take();
}

std::vector<RuleStream> ends_and_entries() {
  Refused r("1.0-");
  const Bytes good = of_packets([](auto&) {}).bytes;
  const auto end = [&](const char* name, const std::function<void(Bytes&)>& change) {
    r.add(std::string("end-") + name, last_body_changed(good, change));
  };
  end("of-63-bytes", [](Bytes& body) { body.resize(63); });
  end("of-65-bytes", [](Bytes& body) { body.resize(65); });
  end("stream-longer", [](Bytes& body) { body[16]++; });
  end("stream-shorter", [](Bytes& body) { body[16]--; });
  end("of-more-bytes-than-came", [](Bytes& body) { body[0]++; });
  end("of-more-chunks-than-came", [](Bytes& body) { body[8]++; });
  end("leads-to-no-index", [](Bytes& body) { body[24] = 107; });
  end("head-differs", [](Bytes& body) { body[63] = 1; });
  const auto entry = [&](const char* name, uint64_t sequence, uint64_t raw_offset,
                         const Change& more) {
    forge::Stream s = joining(sequence, raw_offset);
    s.head_copy(), more(s);
    r.add(std::string("join-") + name, s.end().bytes);
  };
  entry("fewer-bytes-than-chunks", 4, 3, [](auto& s) { s.stored(kRaw, true); });
  entry("bytes-before-the-first-chunk", 0, 3, [](auto& s) { s.stored(kRaw, true); });
  entry("of-another-stream", 4, 40,
        [](auto& s) { s.id++, s.stored(kRaw, false), s.id--, s.stored(kRaw, true); });
  entry("body-changed-before-the-key", 4, 40,
        [](auto& s) { s.stored(kRaw, false), s.bytes.back() ^= 1, s.stored(kRaw, true); });
  entry("chunk-missing-behind-the-key", 4, 40, [](auto& s) {
    s.stored(kRaw, true), s.sequence++, s.raw_offset += 3, s.stored(kRaw, false);
  });
  forge::Stream first = joining(0, 0);
  r.add("join-first-chunk-no-key",
        first.begin().stored(kRaw, false).stored(kRaw, true).end().bytes);
  return r.take();
}

std::vector<RuleStream> search_columns() {
  Refused r("1.5-");
  const Bytes links = payload_glyph(GlyphType::REFERENCE, Primitive::POINTER, {});
  const auto with = [](const Bytes& filter) {
    return payload_glyph(kPrimitive, Primitive::FILTER, filter);
  };
  const auto lines = [](const Bytes& numbers) {
    return payload_glyph(kPrimitive, Primitive::STRING, numbers);
  };
  const auto add = [&](const char* name, const Bytes& columns) {
    const Bytes body = index_body({links, columns});
    r.packets((std::string("index-") + name).c_str(), [&](auto& s) { s.index(body); });
  };
  const Bytes some = lines({0, 0, 1});
  add("filters-without-lines", with({0}));
  add("lines-without-filters", some);
  add("filters-twice", joined({with({0}), some, with({0})}));
  add("filters-without-payload",
      joined({forge::glyph_without_payload(kPrimitive, Primitive::FILTER), some}));
  for (const uint64_t size : {16, 48, 16384})
    add(("filter-of-" + std::to_string(size) + "-bytes").c_str(),
        joined({with(joined({varint(size), Bytes(size, 1)})), some}));
  add("filter-cut", joined({with(joined({{32}, Bytes(31, 1)})), some}));
  add("filters-of-two-entries", joined({with({0, 0}), some}));
  add("lines-too-few", joined({with({0}), lines({0, 0})}));
  add("lines-too-many", joined({with({0}), lines({0, 0, 0, 0})}));
  add("lines-reach-2-to-the-64", joined({with({0}), lines(joined({{0, 1}, varint(UINT64_MAX)}))}));
  return r.take();
}

std::vector<RuleStream> index_packets() {
  Refused r("1.0-");
  const Bytes links = payload_glyph(GlyphType::REFERENCE, Primitive::POINTER, {});
  const auto add = [&](const char* name, const Bytes& body) {
    r.packets((std::string("index-") + name).c_str(), [&](auto& s) { s.index(body); });
  };
  const auto of = [&](const Bytes& counts, const Bytes& sequences, const Bytes& offsets,
                      const Bytes& link_numbers) {
    return joined({payload_glyph(kPrimitive, Primitive::QUANTITY, counts),
                   payload_glyph(kPrimitive, Primitive::NUMBER, sequences),
                   payload_glyph(kPrimitive, Primitive::SPATIAL, offsets),
                   payload_glyph(kPrimitive, Primitive::LOCATION, sequences),
                   payload_glyph(GlyphType::REFERENCE, Primitive::POINTER, link_numbers)});
  };
  add("without-links", index_body({}));
  add("links-without-payload",
      index_body({forge::glyph_without_payload(GlyphType::REFERENCE, Primitive::POINTER)}));
  add("of-no-entry", of({0, 0}, {}, {}, {}));
  add("of-257-entries", of(varints({0, 257}), Bytes(257, 1), Bytes(257, 1), {}));
  add("column-too-short", of({0, 2}, {0, 1}, {0}, {}));
  add("column-too-long", of({0, 1}, {0}, {0, 1}, {}));
  add("entries-do-not-ascend", of({0, 2}, {0, 1}, {0, 0}, {}));
  add("counts-twice", index_body({links, payload_glyph(kPrimitive, Primitive::QUANTITY, {0, 1})}));
  add("counts-behind", joined({links, index_body({})}));
  add("number-1-first", of({1, 1}, {0}, {0}, {1, 0}));
  add("without-sequences", joined({payload_glyph(kPrimitive, Primitive::QUANTITY, {0, 1}),
                                   payload_glyph(kPrimitive, Primitive::SPATIAL, {0}),
                                   payload_glyph(kPrimitive, Primitive::LOCATION, {107}), links}));
  add("of-three-counts", of({0, 1, 1}, {0}, {0}, {}));
  add("offsets-reach-2-to-the-64", of({0, 2}, {0, 1}, joined({varint(UINT64_MAX), {1}}), {}));
  const Bytes index_0 = of({0, 1}, {0}, {0}, {});
  r.packets("index-number-repeated", [&](auto& s) { s.index(index_0).index(index_0); });
  r.packets("index-number-skipped", [&](auto& s) {
    s.index(index_0).index(of({2, 1}, {0}, {0}, {2, 0, 1, 0}));
  });
  const auto third = [&](const Bytes& more) {
    return [=](forge::Stream& s) {
      s.index(index_0)
          .index(of({1, 1}, {0}, {0}, {9, 0}))
          .index(of({2, 1}, {0}, {0}, {9, 0, 8, 0}));
      s.index(joined({of({3, 1}, {0}, {0}, {9, 0, 8, 0}), more}));
    };
  };
  r.packets("index-links-rise", [&](auto& s) {
    third({})(s);
    s.index(of({4, 1}, {0}, {0}, {9, 0, 8, 0, 8, 0}));
  });
  r.packets("index-of-too-many-links", [&](auto& s) {
    s.index(index_0).index(of({1, 1}, {0}, {0}, {2, 0, 1, 0}));
  });
  Refused timed("1.3-");
  const auto times = [&](const char* name, const Bytes& values) {
    timed.packets(name, [&](auto& s) {
      s.index(index_body({links, payload_glyph(kPrimitive, Primitive::TEMPORAL, values),
                          payload_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {})}));
    });
  };
  times("times-all-0", {0, 0});
  times("times-too-many", {7, 1, 1});
  times("times-reach-2-to-the-64", joined({varint(UINT64_MAX), {1}}));
  timed.packets("times-of-links-rise",
                third(joined({payload_glyph(kPrimitive, Primitive::TEMPORAL, {7, 3}),
                              payload_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {1, 2})})));
  timed.packets("times-without-a-column", [&](auto& s) {
    s.index(joined({payload_glyph(kPrimitive, Primitive::QUANTITY, {0, 1}), links,
                    payload_glyph(kPrimitive, Primitive::NUMBER, {0}),
                    payload_glyph(kPrimitive, Primitive::SPATIAL, {0}),
                    payload_glyph(kPrimitive, Primitive::TEMPORAL, {7, 3}),
                    payload_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {})}));
  });
  timed.packets("times-of-links-without-payload", [&](auto& s) {
    s.index(index_body({links, payload_glyph(kPrimitive, Primitive::TEMPORAL, {7, 3}),
                        forge::glyph_without_payload(GlyphType::REFERENCE, Primitive::TEMPORAL)}));
  });
  std::vector<RuleStream> all = r.take();
  for (const RuleStream& s : timed.take())
    all.push_back(s);
  return all;
}

std::vector<RuleStream> scripts() {
  Refused r("1.3-framing-");
  const Bytes three = row({1, 6});
  const auto of = [&](const char* name, const Bytes& script, const Change& change = kNoChange) {
    r.add(name, of_script(kRaw, script, change).bytes);
  };
  of("value-too-long", three, [](auto& s) { s.head.framing_max = 3; });
  of("max-too-large", three, [](auto& s) { s.head.framing_max = (1U << 27) + 1; });
  of("clock-of-33-bits", joined({clock({uint64_t{1} << 32, 1, 0}), three}));
  of("clock-rate-of-33-bits", joined({clock({1, uint64_t{1} << 32, 0}), three}));
  of("clock-step-of-0", joined({clock({0, 5, 0}), three}));
  of("mask-129", row({129, 6}));
  of("clock-phase-too-large", joined({clock({1, 5, 5}), three}));
  of("mask-128", row({128, 6}));
  of("mask-0", joined({row({0, 6}), three}));
  of("rows-of-none", joined({row({1}), three}));
  of("buffer-beyond-2-to-the-60", row({1, (uint64_t{1} << 61) + 2}));
  of("context-twice", joined({context({}), context({}), three}));
  of("context-with-a-buffer", joined({context(three), three}));
  of("context-event-unknown", joined({context(event(2)), three}));
  of("event-of-kind-0", joined({event(0), three}));
  of("event-of-caps", joined({event(2), three}));
  of("event-of-no-kind", joined({payload_glyph(kPrimitive, Primitive::EVENT, {}), three}));
  of("belonging-of-no-kind", joined({payload_glyph(kPrimitive, Primitive::ATTRIBUTE, {}), three}));
  of("glyph-without-payload",
     joined({forge::glyph_without_payload(GlyphType::REFERENCE, Primitive::BLOCK), three}));
  of("rest-of-0", joined({rest(0), three}));
  of("too-many-implied-buffers",
     joined({expected(65536), row({1, 2}), row({1, 1}), expected(0x10000), row({1, 2})}));
  of("buffer-behind-the-chunk", joined({three, row({1, 0})}));
  const auto two = [&](const char* name, const Bytes& first, const Bytes& second, bool is_key) {
    forge::Stream s;
    make_framed(s);
    s.begin().framed(kRaw, literal_tree(first), true).framed(kRaw, literal_tree(second), is_key);
    r.add(name, s.end().bytes);
  };
  two("rest-in-a-dependent-chunk", row({1, 12}), rest(3), false);
  two("rest-of-another-size", row({1, 10}), rest(3), true);
  two("context-in-a-dependent-chunk", three, joined({context({}), three}), false);
  const auto between = [&](const char* name, const Bytes& tree, const Bytes& before) {
    forge::Stream s;
    make_framed(s);
    s.begin().framed(kRaw, literal_tree(before), true).metadata(tree, sigma::kFlagCritical);
    r.add(std::string("between-") + name, s.end().bytes);
  };
  between("buffer-of-1", literal_tree(row({1, 2})), three);
  between("rest", literal_tree(rest(3)), three);
  between("context", literal_tree(context({})), three);
  between("empty-body", {}, three);
  between("65537-buffers", literal_tree(expected(65537)), three);
  forge::Stream inside;
  make_framed(inside);
  inside.begin().framed(kRaw, literal_tree(row({1, 12})), true);
  inside.metadata(literal_tree(event(5)), sigma::kFlagCritical).framed(kRaw, {}, false);
  r.add("between-in-a-buffer", inside.end().bytes);
  // A stored chunk whose framing is sound, and whose bytes are not those of the raw hash.
  forge::Stream stored;
  make_framed(stored);
  stored.begin();
  sigma::PacketHeader h = stored.header(kPrimitive, Primitive::BLOCK, sigma::kFlagKey);
  const Bytes tree = literal_tree(three);
  h.raw_size = 3, h.framing_size = static_cast<uint32_t>(tree.size()), h.raw_hash = 1;
  stored.packet(h, joined({kRaw, tree})), stored.sequence = 1, stored.raw_offset = 3;
  r.add("stored-bytes-wrong", stored.end().bytes);
  forge::Stream left = joining(5, 50);
  make_framed(left);
  r.add("join-left-at-the-end",
        left.head_copy().framed(kRaw, literal_tree(rest(7)), true).end().bytes);
  return r.take();
}

}  // namespace

std::vector<RuleStream> streams_beyond_limits() {
  std::vector<RuleStream> all;
  for (const auto& part : {glyphs_and_lanes(), limits_of_trees(), workspace(), filters(),
                           columns_of_records(), columns_with_a_point(), headers(),
                           ends_and_entries(), index_packets(), search_columns(), scripts()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace golden
