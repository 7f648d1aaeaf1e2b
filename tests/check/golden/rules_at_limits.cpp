/* Streams that decode, rule by rule.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec.hpp"
#include "rules.hpp"
#include "rules_support.hpp"

namespace golden {
namespace {

using forge::frame;
using testdata::from_text;
using testdata::joined;

constexpr auto kStored = GlyphType::PRIMITIVE;

RuleStream lanes() {
  const Bytes magic =
      joined({{0x37, 0xA4, 0x30, 0xEC}, from_text("is how formatted dictionaries begin")});
  const Bytes twice = joined({magic, magic});
  const Bytes with_id_0 = {0x28, 0xB5, 0x2F, 0xFD, 0x21, 0, 3, 0x19, 0, 0, 'r', 'a', 'w'};
  return Joined("1.0-lanes")
      .add(of_tree(twice, [&](auto& t) { t.prefixed_lane(frame(twice, magic)), t.literal(magic); }))
      .add(of_tree(kRaw, [&](auto& t) { t.lane(with_id_0); }))
      .add(of_tree(kRaw, [&](auto& t) { t.concatenate(2), t.lane(frame({})), t.literal(kRaw); }))
      .add(of_tree(kRaw, [&](auto& t) { t.prefixed_lane(frame(kRaw)), t.literal({}); }))
      .take();
}

RuleStream slots() {
  forge::Stream s;
  s.head.minor = 0;
  s.head.slots_max = 6;
  s.begin();
  s.coded(forge::tree([](auto& t) { t.set_slot(3, kRaw), t.slot(3); }), kRaw, true);
  s.coded(forge::tree([](auto& t) {
            t.set_slot(3, Bytes{'x', 'y'}), t.slot(3);
          }),
          Bytes{'x', 'y'}, false);
  s.coded(forge::tree([](auto& t) { t.append_slot(3), t.run(3, Bytes{'z'}), t.slot(3); }),
          from_text("xyzzz"), false);
  const auto write_both = [](auto& t) {
    t.set_slot(127, kRaw), t.store_slot(127), t.slot(127), t.concatenate(2), t.slot(3), t.slot(127);
  };
  s.coded(forge::tree(write_both), kRaw, true);  // a key: slot 3 is empty
  s.end();
  return Joined("1.0-slots").add(s).take();
}

RuleStream work() {
  // The tree has 13 bytes, and the raw size is 3.
  constexpr size_t kLimit = 65536 + 16 * (13 + 3);
  const auto limits = [](forge::Stream& s) { s.head.slots_max = s.head.workspace_max = 1 << 20; };
  return Joined("1.0-work")
      .add(of_tree(
          kRaw, [&](auto& t) { t.store_slot(0), t.run(kLimit, Bytes{'a'}), t.literal(kRaw); },
          limits))
      .take();
}

RuleStream workspace() {
  Joined all("1.2-workspace");
  for (const WorkspaceTree& tree : workspace_trees()) {
    const uint32_t least = least_workspace(tree.raw, tree.write);
    all.add(of_tree(tree.raw, tree.write, [&](auto& s) { s.head.workspace_max = least; }));
  }
  return all.take();
}

RuleStream filters() {
  Joined all("1.1-filters");
  // BL forward and back; ADRP within the range, at its borders and beyond; what looks like either.
  const Bytes arm = words({0x94000000, 0x95FFFFFF, 0x97FFFFF0, 0x90000000, 0xB0000021, 0xF0FFFFE2,
                           0x900FFFE3, 0x90100004, 0xF0EFFFE5, 0x90F00006, 0x90E00007, 0x90800008,
                           0x10000009, 0x14000001, 0xD0700011, 0x9000001F});
  for (const uint32_t position : {0U, 4096U, 4294963200U, 4294967294U, 0x12345678U, 3U}) {
    Bytes raw = joined({arm, {0, 0, 0x94}});
    sigma::branches_to_relative(sigma::Architecture::ARM64, position, raw);
    all.add(of_tree(raw, [&](auto& t) {
      t.branches(sigma::Architecture::ARM64, position), t.literal(joined({arm, {0, 0, 0x94}}));
    }));
  }
  // Calls, jumps and operands whose upper bytes are 00, FF and others; a word changed inside
  // another.
  const Bytes x86 = {0xE8, 1,    2,    3,    0,    0xE9, 4,    5, 6, 0xFF, 0xE8, 0,    0,
                     0,    1,    0x48, 0x8D, 0x05, 7,    8,    9, 0, 0x4C, 0x8B, 0x3D, 1,
                     2,    3,    0xFF, 0x48, 0x8D, 0x06, 1,    2, 3, 0,    0xE8, 0xE8, 0xE9,
                     0xE8, 0xFF, 0,    0,    0xFF, 0xFF, 0xE8, 0, 0, 0,    0};
  for (const uint32_t position : {0U, 4294967280U, 0x01000000U}) {
    Bytes raw = x86;
    sigma::branches_to_relative(sigma::Architecture::X86, position, raw);
    all.add(of_tree(
        raw, [&](auto& t) { t.branches(sigma::Architecture::X86, position), t.literal(x86); }));
  }
  const Bytes differences = {1, 2, 3, 4, 0xFF, 0xFE, 0x80, 0x81, 9};
  for (const bool big : {false, true})
    for (const unsigned width : {1U, 2U, 3U, 4U, 8U}) {
      forge::Stream s = of_tree(differences, [&](auto& t) {
        t.sum({width, big, 65535}), t.literal(differences);
      });
      all.add(s);
    }
  return all.take();
}

RuleStream number_columns() {
  Joined all("1.2-numbers");
  const Bytes three(3, 0);
  // The second column from the first one, and the first from the second one's value before.
  all.add(of_records(from_text("5 6\n300 298\n7 7\n"),
                     {columns(2),
                      joined({numbers(0, 0, 0), differences(0, 0, 0, 1)}),
                      three,
                      {},
                      {},
                      joined({varints({5, 300, 7}), varints({2, 3, 0})}),
                      {},
                      {},
                      {}}));
  all.add(of_records(
      from_text("18446744073709551615\n4\n"),
      {columns(1), differences(0, 0, 0, 0), {0, 0}, {}, {}, varints({1, 10}), {}, {}, {}}));
  all.add(
      of_records(from_text("-1 007 00ff 00AB\n9223372036854775807 120 1234 0000\n"),
                 {columns(4),
                  joined({numbers(1, 0, 0), numbers(2, 3, 0), numbers(3, 4, 0), numbers(4, 4, 0)}),
                  {0, 0},
                  {},
                  {},
                  varints({1, UINT64_MAX - 1, 7, 120, 0xff, 0x1234, 0xab, 0}),
                  {},
                  {},
                  {}}));
  // Buckets: 4 + 4 open bits end with a byte, 2 + 3 do not, and what is left of the byte is
  // ignored.
  all.add(of_records(
      from_text("15\n16\n127\n64\n"),
      {columns(1), numbers(0, 0, 1), Bytes(4, 0), {}, {}, {}, {15, 16, 27, 24}, {0x3C, 0xFC}, {}}));
  all.add(
      of_records(from_text("64\n127\n"),
                 {columns(1), numbers(0, 0, 1), Bytes(2, 0), {}, {}, {}, {24, 27}, {0xF0}, {}}));
  all.add(of_records(
      from_text("18446744073709551615\n"),
      {columns(1), numbers(0, 0, 1), Bytes(1, 0), {}, {}, {}, {255}, Bytes(8, 0xFF), {}}));
  return all.take();
}

/// Numbers with a point: every sign, none and all of the places, the largest magnitudes.
RuleStream scaled_columns() {
  Joined all("1.6-numbers-with-a-point");
  constexpr auto width = [](uint64_t places, uint64_t least) { return places + 32 * least; };
  const auto negative = [](uint64_t magnitude) { return 2 * magnitude - 1; };
  const auto add = [&](std::string_view raw, const Bytes& script, uint8_t count,
                       const Bytes& codes) {
    all.add(of_records(from_text(raw),
                       {columns(count), script, Bytes(3, 0), {}, {}, codes, {}, {}, {}},
                       [](forge::Stream& s) { s.head.minor = 6; }));
  };
  add("1.5 1.5 1.50\n-0.05 -0.05 -0.05\n7 7.0 7.00\n",
      joined({numbers(5, width(2, 0), 0), numbers(5, width(2, 1), 0), numbers(5, width(2, 2), 0)}),
      3, varints({300, negative(5), 1400, 300, negative(5), 1400, 300, negative(5), 1400}));
  // The second column from the first, which counts other units.
  add("0.1 0.02\n0.2 0.00\n-0.1 0.01\n",
      joined({numbers(5, width(1, 0), 0), differences(5, width(2, 2), 0, 1)}), 2,
      varints({2, 4, negative(1), 2, negative(2), 4}));
  add("-9.223372036854775808 0\n9.223372036854775807 0\n0 0\n",
      joined({numbers(5, width(18, 0), 0), differences(5, width(18, 0), 0, 0)}), 2,
      varints({UINT64_MAX, UINT64_MAX - 1, 0, 0, 0, 0}));
  add("0.000000000000000000\n0.000000000000000001\n-0.000000000000000001\n",
      numbers(5, width(18, 18), 0), 1, varints({0, 2, 1}));
  return all.take();
}

RuleStream dictionary_columns() {
  Joined all("1.2-dictionaries");
  // An entry named by its number keeps its old place in the list of recent ones, too.
  all.add(of_records(from_text("a\nb\na\na\nb\n"), {columns(1),
                                                    joined({dictionary(3, 0), kStrings}),
                                                    Bytes(5, 0),
                                                    {0, 0, 4, 3, 3},
                                                    {},
                                                    {},
                                                    {},
                                                    {},
                                                    from_text("a\nb\n")}));
  // What is predicted: the latest value at that entry of the partner.
  all.add(of_records(from_text("p x\np y\np y\nq z\np y\nq z\n"),
                     {columns(2),
                      joined({dictionary(0, 0), kStrings, dictionary(0, 1), kStrings}),
                      Bytes(6, 0),
                      {0, 1, 1, 0, 1, 2, 0, 0, 1, 0, 1, 1},
                      {},
                      {},
                      {},
                      {},
                      from_text("p\nq\nx\ny\nz\n")}));
  // A predicted entry leaves the list as it is: code 2 is the first of the list.
  all.add(of_records(from_text("p x\nq y\np x\np y\n"),
                     {columns(2),
                      joined({dictionary(0, 0), kStrings, dictionary(2, 1), kStrings}),
                      Bytes(4, 0),
                      {0, 0, 1, 1, 0, 0, 1, 2},
                      {},
                      {},
                      {},
                      {},
                      from_text("p\nq\nx\ny\n")}));
  // The partner's value is written behind the column's: what counts is the one of the record
  // before.
  all.add(of_records(from_text("x p\ny q\nz p\nx p\n"),
                     {{0, 1, 0, 2, 0, 0, 0, 2, 1, ' ', 1, 1, '\n', 0},
                      joined({dictionary(0, 0), kStrings, dictionary(0, 1), kStrings}),
                      {1, 1, 1, 1},
                      {0, 0, 1, 1, 0, 0, 0, 2},
                      {},
                      {},
                      {},
                      {},
                      from_text("p\nq\nx\ny\nz\n")}));
  // More new values than there are entries.
  constexpr size_t kMany = 16385;
  const auto many = [&](TreeWriter& t) {
    t.records(kMany + 1, kMany + 1), t.literal(Bytes{0, 1, 0, 0}),
        t.literal(joined({dictionary(1, 0), kStrings}));
    t.run(kMany + 1, Bytes{0}), t.concatenate(2), t.run(kMany, Bytes{0}), t.literal(Bytes{1});
    for (int lane = 4; lane < 8; lane++)
      t.literal({});
    t.concatenate(3), t.run(2 * (kMany - 2), from_text("a\n")), t.literal(from_text("b\n")),
        t.literal(from_text("c\n"));
  };
  all.add(of_tree(joined({repeated(kMany - 2), from_text("bcb")}), many,
                  [](auto& s) { s.head.workspace_max = 1 << 20; }));
  return all.take();
}

RuleStream split_columns() {
  Joined all("1.2-splits");
  // Expressions 8 deep.
  all.add(of_records(from_text("a......\n"),
                     {columns(1), nested(6), {0}, {}, {}, {}, {}, {}, from_text("a\n")}));
  all.add(
      of_records(from_text(".a"), {{0, 1, 0, 0},
                                   forge::glyph(GlyphType::COMPOSITE, 0x7F, {1, '.', 0, 1, 'a', 0}),
                                   {0, 0},
                                   {0, 1},
                                   {},
                                   {},
                                   {},
                                   {},
                                   {}}));
  all.add(of_records(
      from_text("1-2\n1-2\n"),
      {columns(1),
       joined({dictionary(1, 0), forge::glyph(GlyphType::COMPOSITE, 0x7F, {0, 1, 1, '-', 2, 0, 0}),
               numbers(0, 0, 0), differences(0, 0, 0, 1)}),
       {0, 0},
       {0, 1},
       {},
       varints({1, 2}),
       {},
       {},
       {}}));
  all.add(of_tree(
      repeated(20000),
      [](TreeWriter& t) {
        t.concatenate(2), t.records(0, 0), t.run(2 * 16576, Bytes{0});
        for (int lane = 1; lane < 9; lane++)
          t.literal({});
        t.run(20000, Bytes{'a'});
      },
      [](auto& s) { s.head.workspace_max = 1 << 20; }));
  // A column that no record has, and a template that no record names.
  all.add(
      of_records(from_text("b"),
                 {{0, 1, 0, 0, 0, 2, 0, 0}, kStrings, {1}, {}, {}, {}, {}, {}, from_text("b\n")}));
  return all.take();
}

/// What comes before the first key is left out.
void leave_out(forge::Stream& s) {
  s.decoded.clear();
}

RuleStream join_entries() {
  Joined all("1.0-join-entries");
  const auto with_size = [](const Bytes& stream, uint8_t size) {
    return last_body_changed(stream, [&](Bytes& body) { body[16] = size, body[17] = 0; });
  };
  forge::Stream copy = joining(0, 0);  // numbers of the stream's own bytes are not compared
  copy.head_copy().stored(kRaw, true).end();
  all.add(with_size(copy.bytes, 7), copy.decoded);
  forge::Stream middle = joining(0, 0);
  middle.begin();
  middle.sequence = 7, middle.raw_offset = 70;
  middle.coded({0xFF}, kRaw, false), leave_out(middle);
  middle.stored(kRaw, true).end();
  all.add(with_size(middle.bytes, 9), middle.decoded);
  forge::Stream falls = joining(9, 90);
  falls.head_copy();
  falls.sequence = 4, falls.raw_offset = 40;
  falls.stored(kRaw, false), leave_out(falls);
  falls.sequence = 6, falls.raw_offset = 66;
  falls.stored(kRaw, true).stored(kRaw, false).end();
  all.add(falls);
  forge::Stream no_key = joining(3, 30);
  no_key.head_copy().stored(kRaw, false), leave_out(no_key);
  no_key.end();
  all.add(no_key);
  forge::Stream index = joining(5, 50);
  index.head_copy();
  sigma::IndexBuilder builder;
  Bytes body(sigma::kMaxIndexBody);
  for (int i = 0; i < 3; i++) {  // packets 0 and 1 were missed
    builder.add({index.sequence, index.raw_offset, 140});
    body.resize(sigma::kMaxIndexBody);
    body.resize(builder.take_body(body, 500 + i));
  }
  index.stored(kRaw, true).index(body).end();
  all.add(index);
  forge::Stream early = joining(0, 0);  // what was missed shows behind the index packet
  early.begin().index(body);
  early.sequence = 7, early.raw_offset = 70;
  early.stored(kRaw, true).end();
  all.add(early);
  forge::Stream back = joining(0, 0);
  back.begin();
  back.sequence = 5, back.raw_offset = 50;
  back.stored(kRaw, false), leave_out(back);
  back.sequence = back.raw_offset = 0;
  back.stored(kRaw, true).end();
  all.add(with_size(back.bytes, 5), back.decoded);
  return all.take();
}

RuleStream index_columns() {
  const Bytes links = payload_glyph(GlyphType::REFERENCE, Primitive::POINTER, {});
  const Bytes no_link_times = payload_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {});
  Joined all("1.3-index-columns");
  const auto add = [&](const Bytes& body) { all.add(of_packets([&](auto& s) { s.index(body); })); };
  // The end is a difference, too.
  add(index_body({links, payload_glyph(kStored, Primitive::TEMPORAL, {7, 0}), no_link_times}));
  add(index_body({no_link_times, payload_glyph(kStored, Primitive::TEMPORAL, {0, 1}), links}));
  add(index_body({forge::glyph_without_payload(GlyphType::DELTA, Primitive::POINTER), links,
                  payload_glyph(GlyphType::COMPOSITE, Primitive::QUANTITY, {0x80})}));
  return all.take();
}

RuleStream search_columns() {
  const Bytes links = payload_glyph(GlyphType::REFERENCE, Primitive::POINTER, {});
  Joined all("1.5-search-columns");
  const auto add = [&](const Bytes& filters, const Bytes& lines) {
    const Bytes columns[] = {payload_glyph(kStored, Primitive::FILTER, filters),
                             payload_glyph(kStored, Primitive::STRING, lines)};
    all.add(of_packets([&](auto& s) { s.index(index_body({columns[0], links, columns[1]})); }));
  };
  add({0}, {0, 0, 0});
  add(joined({{32}, Bytes(32, 0)}), joined({varint(UINT64_MAX), varint(UINT64_MAX), {0}}));
  add(joined({varint(8192), Bytes(8192, 0xFF)}), joined({{9, 1}, varint(UINT64_MAX - 1)}));
  return all.take();
}

RuleStream packets() {
  Joined all("1.0-packets");
  const auto other = [](size_t size) {
    return [=](forge::Stream& s) {
      s.packet(s.header(GlyphType::DELTA, Primitive::BOUNDARY), Bytes(size, 'x'));
    };
  };
  all.add(of_packets(other(0)));
  all.add(of_packets(
      [&](auto& s) { s.packet(s.header(GlyphType::COMPOSITE, Primitive::STREAM, 0x7F), kRaw); }));
  all.add(of_packets(
      [&](auto& s) {
        s.stored(kRaw, false).coded(literal_tree(kRaw), kRaw, true).stored(kRaw, false);
      },
      [](auto& s) { s.head.key_interval = 2; }));
  forge::Stream history;
  history.head.history_max = 3;
  history.begin().stored(from_text("abcdef"), true);
  history.coded(forge::tree([](auto& t) { t.history(3, 3); }), from_text("def"), false).end();
  all.add(history);
  forge::Stream same = of_packets([](auto&) {});
  return all.add(same).add(same).take();
}

RuleStream clocks() {
  forge::Stream s;
  make_framed(s);
  s.begin();
  const Bytes raw = testdata::log_lines(30);
  const Bytes first = row({0x0b, 20, 2, 202});  // 10 bytes, PTS 0, duration 100
  s.metadata(literal_tree(joined({caps("before/all"), clock({1, 1, 0}), row({2, 2})})),
             sigma::kFlagCritical);
  s.framed(raw, literal_tree(joined({first, clock({1001, 30000, 7}), expected(2)})), true);
  s.metadata(literal_tree(joined({row({0x0a, 2, 4}), expected(1), clock({1, 2, 0}), event(5)})),
             sigma::kFlagCritical);
  s.framed(raw, literal_tree(expected(3)), false);
  // A key chunk begins without the clock; one that is set inside a buffer holds behind it.
  s.framed(raw, literal_tree(joined({first, expected(2)})), true);
  s.framed(raw,
           literal_tree(joined({row({1, 20}), clock({1, 25, 0}), row({0x30, 20, 18}),
                                row({0x24, 4, 6}), row({0x11, 19, 255})})),
           true);
  // A clock makes no duration known that is not; offsets without their ends, and ends without
  // offsets.
  s.framed(raw,
           literal_tree(joined({clock({1, 25, 0}), row({1, 10}), row({0x21, 9, 8}), row({0x10, 8}),
                                row({0x30, 7, 7}), row({0x20, 5}), row({0x40, 5}), expected(1),
                                row({1, 50})})),
           true);
  s.end();
  return Joined("1.3-clocks", true).add(s).take();
}

RuleStream scripts() {
  Joined all("1.3-scripts", true);
  const Bytes three = row({1, 6});
  const auto of = [&](const Bytes& script) { all.add(of_script(kRaw, script)); };
  of(joined({three, event(1), caps("behind/all"), row({1, 5})}));  // what comes at the raw size
  of(joined({three, payload_glyph(kStored, Primitive::ATTRIBUTE, {1, 'm'})}));
  of(joined({context(joined({caps("a/b"), event(4)})), three}));
  of(row({1, 2}));  // two more as expected
  all.add(of_script(kRaw, three,
                    [&](auto& s) { s.head.framing_max = static_cast<uint32_t>(three.size()); }));
  // One buffer over three groups.
  forge::Stream three_groups;
  make_framed(three_groups);
  three_groups.begin().framed(kRaw, literal_tree(row({1, 18})), true);
  three_groups.framed(kRaw, literal_tree(joined({context({}), rest(6)})), true);
  three_groups.framed(kRaw, literal_tree(rest(3)), true).end();
  all.add(three_groups);
  // Without chunks; an empty script; a glyph in two parts.
  forge::Stream none;
  make_framed(none);
  none.begin()
      .metadata(literal_tree(joined({caps("no/chunk"), row({2, 2})})), sigma::kFlagCritical)
      .end();
  all.add(none);
  const Bytes whole = joined({three, event(3)});
  forge::Stream parts;
  make_framed(parts);
  parts.begin().framed(
      kRaw,
      joined({payload_glyph(GlyphType::COMPOSITE, Primitive::LIST, {3}),
              literal_tree(testdata::part_of(whole, 0, 2)), literal_tree({}),
              payload_glyph(kStored, Primitive::ABSTRACT, frame(testdata::part_of(whole, 2, 99)))}),
      true);
  parts.metadata(payload_glyph(GlyphType::COMPOSITE, Primitive::LIST, {0}), sigma::kFlagCritical)
      .end();
  all.add(parts);
  return all.take();
}

RuleStream buffer_counts() {
  Joined all("1.3-buffer-counts");
  all.add(of_script(kRaw, joined({expected(65536), row({1, 2}), expected(2)})));
  all.add(of_script(kRaw, joined({expected(65536), row({1, 2})})));
  forge::Stream between;
  make_framed(between);
  between.begin().metadata(literal_tree(expected(65536)), sigma::kFlagCritical).end();
  return all.add(between).take();
}

RuleStream joined_framing() {
  Joined all("1.3-join-framing", true);
  const auto framed_joining = [](uint64_t sequence, uint64_t raw_offset) {
    forge::Stream s;
    make_framed(s);
    s.head.flags |= sigma::kHeadJoin;
    s.sequence = sequence, s.raw_offset = raw_offset;
    return s;
  };
  const Bytes script =
      literal_tree(joined({context(joined({caps("of/context"), event(3)})), rest(2), row({1, 2})}));
  forge::Stream late = framed_joining(5, 50);
  late.head_copy().metadata(literal_tree(caps("left/out")), sigma::kFlagCritical);
  late.framed(kRaw, script, true).end();
  all.add(late);
  // What is left of a buffer that began before may reach over whole chunks.
  forge::Stream far = framed_joining(5, 50);
  far.head_copy().framed(kRaw, literal_tree(rest(4)), true);
  far.framed(kRaw, literal_tree(joined({row({3, 4, 8}), caps("behind/it")})), false).end();
  all.add(far);
  // From its first chunk on: the context has been said before.
  forge::Stream whole = framed_joining(0, 0);
  whole.begin().metadata(literal_tree(caps("before/the-key")), sigma::kFlagCritical);
  whole.framed(kRaw, literal_tree(joined({context(caps("before/the-key")), row({1, 6})})), true)
      .end();
  all.add(whole);
  // A copy begins it: what came right behind the head is not known, and the context repeats it.
  forge::Stream copy = framed_joining(0, 0);
  copy.head_copy().metadata(literal_tree(caps("left/out")), sigma::kFlagCritical);
  copy.framed(kRaw, literal_tree(joined({context(caps("of/context")), row({1, 6})})), true).end();
  return all.add(copy).take();
}

}  // namespace

std::vector<RuleStream> streams_at_limits() {
  return {lanes(),         slots(),          work(),           workspace(),
          filters(),       number_columns(), scaled_columns(), dictionary_columns(),
          split_columns(), join_entries(),   index_columns(),  search_columns(),
          packets(),       clocks(),         scripts(),        buffer_counts(),
          joined_framing()};
}

}  // namespace golden
