/* Writes golden streams and what they decode to into a folder, and streams that must be refused
 * with what is said of them: `make-golden tests/golden`. A file that is there already is what an
 * earlier version wrote, and is never written again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "codec.hpp"
#include "colour_trees.hpp"
#include "files.hpp"
#include "forge.hpp"
#include "frame_trees.hpp"
#include "golden.hpp"
#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/wire/head.hpp"
#include "recording.hpp"
#include "rules.hpp"
#include "sample_trees.hpp"

namespace {

using testdata::Bytes;

void keep(const std::string& folder, const char* name, const Bytes& stream, const Bytes& raw) {
  const std::string path = folder + "/" + name;
  if (std::filesystem::exists(path + ".sigma")) return;
  files::write_file(path + ".sigma", stream);
  files::write_file(path + ".raw", raw);
  std::printf("%s.sigma: %zu bytes\n", path.c_str(), stream.size());
}

/// With what its framing says.
void keep_framing(const std::string& folder, const char* name, const Bytes& stream,
                  const Bytes& raw) {
  keep(folder, name, stream, raw);
  const std::string path = folder + "/" + name + ".framing";
  if (!std::filesystem::exists(path)) files::write_file(path, recording::to_text(stream));
}

void keep_encoded(const std::string& folder, const char* name, const Bytes& raw, unsigned level,
                  uint32_t keys) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 65536;
  settings.key_interval = keys;
  keep(folder, name, codec::encode(raw, settings), raw);
}

/// Two chunks of log lines: a key and one that depends on it.
Bytes raw_records() {
  return testdata::server_log(700000, 7);
}

Bytes encoded_records(const Bytes& raw) {
  sigma::EncoderSettings settings;
  settings.level = 6;
  settings.chunk_size = 524288;
  return codec::encode(raw, settings);
}

/// Floating-point numbers that are steps of a sensor times a gain.
Bytes raw_readings() {
  const Bytes steps = testdata::samples(60000);
  Bytes raw(2 * steps.size());
  for (size_t i = 0; i < steps.size(); i += 2) {
    const auto step = static_cast<int16_t>(steps[i] | steps[i + 1] << 8);
    const float number = static_cast<float>(step / 16) * 0.0047873F;
    std::memcpy(raw.data() + 2 * i, &number, sizeof number);
  }
  return raw;
}

/// Log lines in UTF-16, little-endian.
Bytes raw_wide_records() {
  const Bytes narrow = testdata::server_log(330000, 7);
  Bytes raw(2 * narrow.size());
  for (size_t i = 0; i < narrow.size(); i++)
    raw[2 * i] = narrow[i];
  return raw;
}

Bytes encoded_wide_records(const Bytes& raw) {
  sigma::EncoderSettings settings;
  settings.chunk_size = 1 << 20;
  settings.max_memory = size_t{16} << 20;
  return codec::encode(raw, settings);
}

/// Chunks beyond the interval of head copies, in one group each, and several index packets.
Bytes tiny_groups(Bytes& raw) {
  forge::Stream s;
  s.head.key_interval = 1;
  s.begin();
  sigma::IndexBuilder index;
  const auto write_index = [&] {
    Bytes body(sigma::kMaxIndexBody);
    body.resize(index.take_body(body, s.bytes.size()));
    s.index(body);
  };
  for (int i = 0; i < 40; i++) {
    if (i % 16 == 0 && i > 0) s.head_copy();
    index.add({s.sequence, s.raw_offset, s.bytes.size()});
    s.stored(Bytes(1 + i % 3, static_cast<uint8_t>('a' + i % 26)), true);
    if (i % 4 == 3) write_index();
  }
  raw = s.decoded;
  return s.end().bytes;
}

Bytes joined_late(Bytes& raw) {
  forge::Stream s;
  s.head.flags = sigma::kHeadJoin;
  s.sequence = 4;
  s.raw_offset = 400;
  s.head_copy();
  s.stored(testdata::from_text("left out"), false);
  s.decoded.clear();
  s.stored(testdata::from_text("from the key on"), true);
  raw = s.decoded;
  return s.end().bytes;
}

/// A stream that must be refused, now and always.
void keep_error(const std::string& folder, const std::string& name, const Bytes& stream) {
  const std::string path = folder + "/errors/" + name + ".sigma";
  if (std::filesystem::exists(path)) return;
  std::filesystem::create_directories(folder + "/errors");
  files::write_file(path, stream);
  std::ofstream(folder + "/errors.tsv", std::ios::app)
      << golden::describe_error(name, stream) << "\n";
}

/// Three chunks in two groups, with an index; packets can be taken one by one.
Bytes sound_stream() {
  forge::Stream s;
  s.begin();
  sigma::IndexBuilder index;
  index.add({s.sequence, s.raw_offset, s.bytes.size()});
  s.stored(testdata::log_lines(200, 1), true).stored(testdata::log_lines(150, 2), false);
  s.head_copy();
  index.add({s.sequence, s.raw_offset, s.bytes.size()});
  s.stored(testdata::log_lines(100, 3), true);
  Bytes body(sigma::kMaxIndexBody);
  body.resize(index.take_body(body, s.bytes.size()));
  return s.index(body).end().bytes;
}

/// The packets of `stream`, in this order.
Bytes reordered(const Bytes& stream, std::initializer_list<size_t> order) {
  const std::vector<codec::PacketView> all = codec::packets(stream);
  Bytes out;
  for (const size_t i : order)
    out.insert(out.end(), stream.begin() + static_cast<std::ptrdiff_t>(all[i].offset),
               stream.begin() + static_cast<std::ptrdiff_t>(all[i].offset + all[i].size));
  return out;
}

Bytes changed_at(Bytes stream, size_t at) {
  stream[at] ^= 1;
  return stream;
}

/// Bytes that were changed, lost, added or moved.
void keep_damage(const std::string& folder) {
  const Bytes good = sound_stream();  // head, chunk, chunk, copy, chunk, index, end
  const std::vector<codec::PacketView> all = codec::packets(good);
  const auto inside = [&](size_t packet, size_t at) { return all[packet].offset + at; };
  const auto first = [&](size_t size) { return testdata::part_of(good, 0, size); };
  const auto keep_one = [&](const char* name, const Bytes& stream) {
    keep_error(folder, std::string("1.0-") + name, stream);
  };
  keep_one("cut-in-the-head", first(50));
  keep_one("cut-in-a-body", first(inside(2, 100)));
  keep_one("cut-before-the-end-packet", first(all.back().offset));
  keep_one("cut-and-joined", testdata::joined({first(inside(2, 100)), good}));
  keep_one("head-changed", changed_at(good, inside(0, 90)));
  keep_one("header-changed", changed_at(good, inside(1, 30)));
  keep_one("body-changed", changed_at(good, inside(1, 200)));
  keep_one("index-changed", changed_at(good, inside(5, 85)));
  keep_one("end-changed", changed_at(good, inside(6, 100)));
  keep_one("chunk-missing", reordered(good, {0, 1, 3, 4, 5, 6}));
  keep_one("chunk-repeated", reordered(good, {0, 1, 1, 2, 3, 4, 5, 6}));
  keep_one("chunks-exchanged", reordered(good, {0, 2, 1, 3, 4, 5, 6}));
  keep_one("head-missing", reordered(good, {1, 2, 3, 4, 5, 6}));
  keep_one("bytes-behind-the-end", testdata::joined({good, testdata::log_lines(100)}));
  keep_one("bytes-behind-padding",
           testdata::joined({good, Bytes(512, 0), testdata::log_lines(100)}));
  forge::Stream foreign;
  foreign.id = 99;
  foreign.sequence = 1;
  foreign.raw_offset = 200;
  foreign.stored(testdata::log_lines(150, 2), false);
  keep_one("foreign-chunk", testdata::joined({reordered(good, {0, 1}), foreign.bytes,
                                              reordered(good, {2, 3, 4, 5, 6})}));
  keep_one("not-a-stream", testdata::log_lines(300));
}

/// Framing as the library writes it.
Bytes recorded(Bytes& raw) {
  recording::Recording all = recording::regular(60, 3001, 30, testdata::log_lines(100000));
  all.insert(all.begin() + 20, recording::event(sigma::FramedEvent::GAP, "gap"));
  all.insert(all.begin() + 30, recording::event(sigma::FramedEvent::CAPS, "other/caps"));
  for (size_t i = 5; i < all.size(); i++)
    if (i % 7 != 0) all[i].buffer.flags = recording::kDelta;
  all[40].metas.push_back(testdata::from_text("a reference"));
  all.push_back(recording::buffer({}, 5, 6));
  raw.clear();
  for (const recording::Entry& entry : all)
    raw.insert(raw.end(), entry.bytes.begin(), entry.bytes.end());
  recording::Options options;
  options.settings.chunk_size = 65536;
  options.settings.key_interval = 2;
  options.rate = 30;
  options.step = 1;
  return recording::encode(all, options);
}

using sigma::GlyphType;
using sigma::Primitive;

Bytes framing_glyph(GlyphType type, Primitive primitive, const Bytes& payload) {
  return forge::glyph(type, static_cast<uint8_t>(primitive), payload);
}
Bytes literal(const Bytes& script) {
  return framing_glyph(GlyphType::PRIMITIVE, Primitive::LITERAL, script);
}
Bytes rows(const Bytes& payload) {
  return framing_glyph(GlyphType::DELTA, Primitive::BLOCK, payload);
}
Bytes expected(uint8_t count) {
  return framing_glyph(GlyphType::REFERENCE, Primitive::BLOCK, {count});
}

/// Every glyph and every tree of framing.
forge::Stream every_framing() {
  const Bytes caps =
      framing_glyph(GlyphType::PRIMITIVE, Primitive::TYPE, testdata::from_text("some/caps"));
  const Bytes clock = framing_glyph(GlyphType::PRIMITIVE, Primitive::TEMPORAL, {3, 7, 5});
  Bytes events;
  for (const uint8_t kind : std::initializer_list<uint8_t>{1, 3, 4, 5, 6, 7, 8, 9})
    events = testdata::joined(
        {events, framing_glyph(GlyphType::PRIMITIVE, Primitive::EVENT, {kind, 0, 'x'})});
  const Bytes meta = framing_glyph(GlyphType::PRIMITIVE, Primitive::ATTRIBUTE, {9, 'm'});
  forge::Stream s;
  s.head.minor = 3;
  s.head.flags = sigma::kHeadFramed;
  s.head.framing_max = 1000;
  s.begin();
  s.metadata(literal(testdata::joined({caps, rows({0x10, 2})})), sigma::kFlagCritical);
  const Bytes raw = testdata::log_lines(100);
  // Sizes 10, twice 10 as expected, 5 with all fields, then none, then 65 of 90.
  s.framed(raw,
           literal(testdata::joined({events, caps, rows({0x0b, 20, 7, 100}), clock, meta,
                                     expected(2), rows({0x7f, 9, 1, 9, 8, 7, 6, 5}),
                                     rows({0x01, 9}), rows({0x41, 0xb4, 1, 3})})),
           true);
  const Bytes context = framing_glyph(GlyphType::COMPOSITE, Primitive::ATTRIBUTE, caps);
  const Bytes rest = framing_glyph(GlyphType::PRIMITIVE, Primitive::BOUNDARY, {25});
  const Bytes script = testdata::joined({context, rest, rows({1, 50})});
  const sigma::ByteSpan words = sigma::framing_words();
  const Bytes lane =
      testdata::joined({framing_glyph(GlyphType::DELTA, Primitive::ABSTRACT,
                                      forge::frame(script, Bytes(words.begin(), words.end()))),
                        forge::glyph_without_payload(GlyphType::REFERENCE, Primitive::TYPE)});
  s.framed(raw, lane, true);
  s.framed(raw, {}, false);
  s.framed(raw,
           testdata::joined(
               {framing_glyph(GlyphType::COMPOSITE, Primitive::LIST, {2}),
                framing_glyph(GlyphType::PRIMITIVE, Primitive::ABSTRACT, forge::frame(expected(2))),
                literal(expected(2))}),
           false);
  s.metadata(literal(events), sigma::kFlagCritical);
  s.end();
  return s;
}

void keep_framing_errors(const std::string& folder) {
  const auto keep_one = [&](const char* name, const Bytes& tree, bool goes_on = false) {
    forge::Stream s;
    s.head.minor = 3;
    s.head.flags = sigma::kHeadFramed;
    s.head.framing_max = 1000;
    const Bytes raw = testdata::log_lines(100);
    s.begin().framed(raw, tree, true);
    if (goes_on) s.framed(raw, literal(rows({1, 200, 1})), true);
    keep_error(folder, std::string("1.3-framing-") + name, s.end().bytes);
  };
  const auto keep_times = [&](const char* name, const Bytes& times, const Bytes& links) {
    forge::Stream s;
    s.begin().stored(testdata::log_lines(100), true);
    sigma::IndexBuilder index;
    index.add({0, 0, 140});
    Bytes body(sigma::kMaxIndexBody);
    body.resize(index.take_body(body, s.bytes.size()));
    for (const Bytes& glyph : {times, links})
      body.insert(body.end(), glyph.begin(), glyph.end());
    keep_error(folder, name, s.index(body).end().bytes);
  };
  const Bytes times = framing_glyph(GlyphType::PRIMITIVE, Primitive::TEMPORAL, {7, 3});
  const Bytes no_links = framing_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {});
  keep_times("1.3-times-without-those-of-links", times, {});
  keep_times("1.3-times-without-end", framing_glyph(GlyphType::PRIMITIVE, Primitive::TEMPORAL, {7}),
             no_links);
  keep_times("1.3-times-of-no-link", times,
             framing_glyph(GlyphType::REFERENCE, Primitive::TEMPORAL, {7}));
  const Bytes all = rows({1, 200, 1});
  keep_one("missing", {});
  keep_one("covers-too-little",
           literal(testdata::joined({rows({1, 20}), rows({1, 20}), rows({1, 1})})));
  keep_one("glyph-unknown",
           literal(testdata::joined({framing_glyph(GlyphType::DELTA, Primitive::TYPE, {1}), all})));
  keep_one("event-unknown",
           literal(testdata::joined(
               {framing_glyph(GlyphType::PRIMITIVE, Primitive::EVENT, {10}), all})));
  keep_one("event-inside-a-buffer",
           literal(testdata::joined(
               {rows({1, 202, 1}), framing_glyph(GlyphType::PRIMITIVE, Primitive::EVENT, {5})})));
  keep_one("clock-of-no-rate",
           literal(testdata::joined(
               {framing_glyph(GlyphType::PRIMITIVE, Primitive::TEMPORAL, {1, 0, 0}), all})));
  keep_one("none-expected", literal(testdata::joined({expected(0), all})));
  keep_one("row-cut", literal(testdata::joined({all, rows({3, 0})})));
  keep_one(
      "rest-in-the-first-chunk",
      literal(testdata::joined({framing_glyph(GlyphType::PRIMITIVE, Primitive::BOUNDARY, {100})})));
  keep_one("context-behind-an-event",
           literal(testdata::joined({framing_glyph(GlyphType::PRIMITIVE, Primitive::EVENT, {5}),
                                     framing_glyph(GlyphType::COMPOSITE, Primitive::ATTRIBUTE, {}),
                                     all})));
  keep_one(
      "too-many-buffers",
      literal(testdata::joined(
          {framing_glyph(GlyphType::REFERENCE, Primitive::BLOCK, {0xff, 0xff, 0xff, 0x7f}), all})));
  keep_one("tree-unknown", framing_glyph(GlyphType::PRIMITIVE, Primitive::ITERATION, {3, 'a'}));
  keep_one("tree-longer", testdata::joined({literal(all), literal(all)}));
  keep_one("buffer-left-open", literal(rows({1, 202, 1})));
  keep_one("buffer-left-open-at-a-key", literal(rows({1, 202, 1})), true);
}

/// Noise of two channels that swells, each in its own time, so that tables follow levels.
Bytes swelling(size_t size) {
  testdata::Random random(17);
  Bytes out;
  for (size_t i = 0; out.size() + 4 <= size; i++)
    for (const size_t bits : {(i / 700) % 13, (i / 1100) % 9 + 3}) {
      const auto value =
          static_cast<uint16_t>(random.below(size_t{2} << bits) - (size_t{1} << bits));
      out.push_back(static_cast<uint8_t>(value));
      out.push_back(static_cast<uint8_t>(value >> 8));
    }
  return out;
}

/// Samples of every width, order and kind of predictor.
forge::Stream every_sample() {
  forge::Stream s;
  s.head.minor = 4;
  s.head.workspace_max = 1 << 18;
  s.begin();
  testdata::Random random(4);
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const unsigned order : {0U, 1U, 2U, 3U})
      for (const size_t channels : {1U, 2U, 5U}) {
        const sigma::SampleLayout layout = {width, (order & 1) != 0, (order & 2) != 0, channels, 32,
                                            9};
        const Bytes raw = testdata::part_of(testdata::samples(60 * layout.frame_size()), 0,
                                            40 * layout.frame_size());
        s.coded(forge::tree([&](sigma::TreeWriter& t) {
                  forge::write_predicted(t, raw, layout, order % 2 == 0, random);
                }),
                raw, true);
      }
  for (const unsigned width : {4U, 8U})
    for (const bool big : {false, true}) {
      const sigma::FloatScale scale = {width, big, width == 4 ? 15U : 40U, big ? 2U : 0U};
      Bytes raw = testdata::samples(400);
      std::fill_n(raw.begin(), width, uint8_t{0});
      const Bytes integers = raw;
      sigma::scale_integers(scale, raw);
      s.coded(forge::tree([&](sigma::TreeWriter& t) { t.scaled(scale), t.literal(integers); }), raw,
              true);
    }
  return s.end();
}

/// Frames of every width and order, planar, packed and of a mosaic, which begin anywhere.
forge::Stream every_frame() {
  forge::Stream s;
  s.head.minor = 5;
  s.head.history_max = 1 << 16;
  s.begin();
  testdata::Random random(5);
  for (const unsigned width : {1U, 2U})
    for (const bool big : {false, true})
      for (size_t k = 0; k < 8; k++) {
        sigma::FrameLayout layout;
        layout.width = width;
        layout.big_endian = big && width == 2;
        layout.unused = k == 7 ? width : 0;
        layout.block_width = 3 + k % 2;
        layout.block_height = 4;
        layout.planes = {sigma::FramePlane{24, 10}, {12, 5}, {12, 5}};
        layout.plane_count = 3;
        if (k % 4 == 1) layout.planes = {sigma::FramePlane{30, 9, 3}}, layout.plane_count = 1;
        if (k % 4 == 2) layout.planes = {sigma::FramePlane{20, 8, 2, true}}, layout.plane_count = 1;
        if (k % 4 == 3) layout.planes[1] = {24, 5, 2}, layout.plane_count = 2;
        const size_t size = layout.frame_size();
        layout.position = k * 37 % size;
        Bytes raw = testdata::samples(3 * size * width);
        raw.resize((2 * size + 5 * k) * width);
        if (layout.unused != 0)
          for (size_t i = 0; i < raw.size(); i += width)
            raw[layout.big_endian ? i + 1 : i] &= static_cast<uint8_t>(0xFF << layout.unused);
        const Bytes reference = testdata::part_of(raw, 0, k % 3 == 0 ? 0 : size * width / k);
        const auto predictors = forge::random_frame_predictors(layout, size + 40, random);
        s.coded(forge::tree([&](sigma::TreeWriter& t) {
                  forge::write_frames(t, reference, raw, layout, predictors, random);
                }),
                raw, true);
      }
  return s.end();
}

/// What an encoder would not write, with checks that match.
void keep_forgeries(const std::string& folder) {
  const char* version = "1.0-";
  const auto keep_one = [&](const char* name, auto make) {
    forge::Stream s;
    make(s);
    keep_error(folder, std::string(version) + name, s.bytes);
  };
  const Bytes raw = testdata::from_text("raw");
  const auto keep_tree = [&](const char* name, const std::function<void(sigma::TreeWriter&)>& f) {
    keep_one(name, [&](forge::Stream& s) {
      // For tables of symbols.
      if (version == std::string("1.4-")) s.head.workspace_max = 1 << 16;
      s.begin().coded(forge::tree(f), raw, true).end();
    });
  };
  keep_one("major-2", [&](forge::Stream& s) {
    s.head.major = 2;
    s.begin().stored(raw, true).end();
  });
  keep_one("head-flag-unknown", [&](forge::Stream& s) {
    s.head.flags = 0x8000;
    s.begin().stored(raw, true).end();
  });
  keep_one("packet-critical", [&](forge::Stream& s) {
    s.begin().stored(raw, true);
    s.packet(s.header(sigma::GlyphType::DELTA, sigma::Primitive::STREAM, sigma::kFlagCritical),
             raw);
    s.end();
  });
  keep_one("needs-2-GiB", [&](forge::Stream& s) {
    s.head.history_max = 0x80000000;
    s.begin().stored(raw, true).end();
  });
  keep_one("no-key", [&](forge::Stream& s) { s.begin().stored(raw, false).end(); });
  keep_one("chunk-too-large", [&](forge::Stream& s) {
    s.head.chunk_max = 2;
    s.begin().stored(raw, true).end();
  });
  keep_one("totals-wrong", [&](forge::Stream& s) {
    s.begin().stored(raw, true);
    s.raw_offset++;
    s.end();
  });
  keep_one("raw-hash-wrong", [&](forge::Stream& s) {
    s.begin().coded(forge::tree([&](auto& t) { t.literal(testdata::from_text("war")); }), raw,
                    true);
    s.end();
  });
  keep_tree("tree-17-deep", [&](sigma::TreeWriter& t) {
    for (int i = 0; i < 16; i++)
      t.concatenate(1);
    t.literal(raw);
  });
  keep_tree("tree-bomb", [&](sigma::TreeWriter& t) {
    t.set_slot(0, raw);
    for (int i = 0; i < 40; i++)
      t.store_slot(0), t.concatenate(2), t.slot(0), t.slot(0);
    t.literal(raw);
  });
  keep_tree("tree-run-of-2-to-the-64", [&](sigma::TreeWriter& t) { t.run(UINT64_MAX, raw); });
  keep_one("tree-too-much-work", [&](forge::Stream& s) {
    s.head.slots_max = 1 << 20;
    const auto write = [&](sigma::TreeWriter& t) {
      t.store_slot(0), t.run(70000, raw);
      t.literal(raw);
    };
    s.begin().coded(forge::tree(write), raw, true).end();
  });
  version = "1.1-";
  keep_one("operator-unknown", [&](forge::Stream& s) {
    s.head.minor = 255;
    s.begin().coded(forge::glyph(sigma::GlyphType::DELTA, 0x2B, {}), raw, true).end();
  });
  keep_tree("array-of-unequal-planes", [&](sigma::TreeWriter& t) {
    t.interleave(2), t.literal({raw.data(), 1}), t.literal({raw.data() + 1, 2});
  });
  keep_tree("sum-of-no-width", [&](sigma::TreeWriter& t) { t.sum({5, false, 1}), t.literal(raw); });
  keep_tree("branches-of-no-machine", [&](sigma::TreeWriter& t) {
    t.branches(sigma::Architecture::NONE, 0), t.literal(raw);
  });
  version = "1.2-";
  const auto keep_records = [&](const char* name, const Bytes& templates, const Bytes& script,
                                const Bytes& ids) {
    keep_tree(name, [&](sigma::TreeWriter& t) {
      t.records(raw.size(), ids.size()), t.literal(templates), t.literal(script), t.literal(ids);
      for (int lane = 3; lane < 9; lane++)
        t.literal({});
    });
  };
  const Bytes whole = {3, 'r', 'a', 'w', 0};
  keep_records("records-of-no-template", whole, {}, {1});
  keep_records("records-cut-template", {3, 'r', 'a'}, {}, {0});
  keep_records("records-column-skipped", {3, 'r', 'a', 'w', 2, 0, 0}, {}, {0});
  keep_records("records-too-many", whole, {}, {0, 0});
  keep_records("records-script-left", whole, {0x1f, 0x78}, {0});
  keep_records("records-strings-missing", {3, 'r', 'a', 'w', 1, 0, 0}, {0x1f, 0x78}, {0});
  keep_records("records-column-unknown", {0, 1, 0, 0}, {0x1f, 0x2e}, {0});
  version = "1.4-";
  keep_tree("symbols-without-end", [&](sigma::TreeWriter& t) {
    Bytes lane = forge::symbols(raw, {1, 4, 0});
    lane.pop_back();
    t.symbols(lane);
  });
  keep_tree("symbols-of-no-table", [&](sigma::TreeWriter& t) { t.symbols(Bytes{3, 0, 0, 1}); });
  keep_tree("symbols-of-other-counts", [&](sigma::TreeWriter& t) {
    t.symbols(Bytes{3, 0, 1, 5, 0x2c, 0, 8, 0, 0, 0, 0, 0});
  });
  keep_tree("integers-of-no-width",
            [&](sigma::TreeWriter& t) { t.integers(5), t.literal(Bytes()), t.literal(raw); });
  keep_tree("integers-of-large-tokens",
            [&](sigma::TreeWriter& t) { t.integers(1), t.literal(Bytes()), t.literal(raw); });
  keep_tree("integers-with-bits-left", [&](sigma::TreeWriter& t) {
    t.integers(1), t.literal(raw), t.literal(Bytes{1, 2, 3});
  });
  keep_tree("predicted-in-half-frames", [&](sigma::TreeWriter& t) {
    t.predicted(Bytes{2, 0, 1, 16, 0, 0}), t.literal(raw);
  });
  keep_tree("predicted-as-before", [&](sigma::TreeWriter& t) {
    t.predicted(Bytes{1, 0, 1, 16, 0, 34}), t.literal(raw);
  });
  keep_tree("predicted-by-median-without-row", [&](sigma::TreeWriter& t) {
    t.predicted(Bytes{1, 0, 1, 16, 0, 33}), t.literal(raw);
  });
  keep_tree("scaled-integers-of-three-bytes", [&](sigma::TreeWriter& t) {
    t.scaled({3, false, 0, 0}), t.literal(raw);
  });
  version = "1.5-";
  const auto keep_frames = [&](const char* name, const Bytes& payload, const Bytes& modes) {
    keep_tree(name, [&](sigma::TreeWriter& t) {
      t.frames(payload), t.literal(Bytes()), t.literal(modes), t.literal(raw);
    });
  };
  keep_frames("frames-of-three-bytes", {3, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 1, 2}, {0});
  keep_frames("frames-in-half-samples", {2, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 1, 2}, {0});
  keep_frames("frames-of-other-blocks", {1, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 1, 2}, {0, 0});
  keep_frames("frames-without-such-a-predictor", {1, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 1, 2},
              {1});
  const auto keep_changed = [&](const char* name, size_t place, const Bytes& change) {
    // One predictor of one tap: what follows its count, shift, offset and factor is its end.
    Bytes payload = {1, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 1, 2};
    const auto at = payload.begin() + static_cast<std::ptrdiff_t>(place);
    payload.insert(payload.erase(at), change.begin(), change.end());
    keep_frames(name, payload, {0});
  };
  keep_changed("frames-with-an-order-of-one-byte", 1, {1});
  keep_changed("frames-with-all-bits-unused", 2, {8});
  keep_changed("frames-from-behind-a-frame", 3, {3});
  keep_changed("frames-of-blocks-of-65", 4, {65});
  keep_changed("frames-of-blocks-down-65", 5, {65});
  keep_changed("frames-of-five-kinds", 9, {5});
  keep_changed("frames-with-a-skew-of-2", 10, {2});
  keep_changed("frames-with-a-shift-of-16", 13, {16});
  keep_changed("frames-with-a-factor-of-17-bits", 15, {0x80, 0x80, 4});
  keep_changed("frames-with-more-behind", 15, {2, 0});
  keep_frames("frames-of-the-sample-itself", {1, 0, 0, 0, 8, 8, 1, 3, 1, 1, 0, 1, 1, 0, 0, 2}, {0});
  version = "1.0-";
  keep_tree("slot-empty", [&](sigma::TreeWriter& t) { t.slot(7); });
  keep_tree("history-before-the-key", [&](sigma::TreeWriter& t) { t.history(3, 3); });
  keep_tree("lane-not-zstd", [&](sigma::TreeWriter& t) { t.lane(raw); });
}

/// Whether all are what they are made to be.
bool keep_rules(const std::string& folder) {
  bool is_right = true;
  const auto check = [&](const golden::RuleStream& s, bool decodes) {
    const codec::Decoded decoded = codec::decode(s.bytes);
    if (decodes ? decoded.status.ok() && decoded.bytes == s.decoded : !decoded.status.ok())
      return true;
    std::fprintf(stderr, "%s: %s at %zu\n", s.name.c_str(), sigma::describe(decoded.status).text,
                 static_cast<size_t>(decoded.status.offset));
    return is_right = false;
  };
  for (const auto& streams :
       {golden::streams_at_limits(), golden::samples_at_limits(), golden::copies_at_limits(),
        golden::text_at_limits(), golden::matches_at_limits(), golden::colours_at_limits()})
    for (const golden::RuleStream& s : streams)
      if (check(s, true))
        (s.is_framed ? keep_framing : keep)(folder, s.name.c_str(), s.bytes, s.decoded);
  for (const auto& streams : {golden::streams_beyond_limits(), golden::samples_beyond_limits(),
                              golden::copies_beyond_limits(), golden::text_beyond_limits(),
                              golden::matches_beyond_limits(), golden::colours_beyond_limits()})
    for (const golden::RuleStream& s : streams)
      if (check(s, false)) keep_error(folder, s.name, s.bytes);
  return is_right;
}

void keep_colours(const std::string& folder) {
  sigma::EncoderSettings settings;
  settings.chunk_size = 65536;
  settings.frames.planes[0] = {3 * 96, 64, 3};
  settings.frames.plane_count = 1;
  const Bytes pixels = forge::moving_pixels(96, 64, 3, 12);
  keep(folder, "1.12-colours", codec::encode(pixels, settings), pixels);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = argv[1];
  const Bytes example = testdata::from_text(
      "sigmasigmasigmasigmasigmasigmasigmasigmasigmasigma"
      "sigmasigmasigmasigmasigmasigmasigmasigmasigmasigma");
  keep(folder, "1.0-example", codec::encode(example), example);
  keep(folder, "1.0-empty", codec::encode({}), {});
  const forge::Stream all = forge::every_operator();
  keep(folder, "1.2-every-operator", all.bytes, all.decoded);
  keep(folder, "1.2-records", encoded_records(raw_records()), raw_records());
  keep(folder, "1.7-wide-records", encoded_wide_records(raw_wide_records()), raw_wide_records());
  keep(folder, "1.4-every-sample", every_sample().bytes, every_sample().decoded);
  keep_encoded(folder, "1.4-samples", testdata::samples(150000), 3, 16);
  keep_encoded(folder, "1.12-readings", raw_readings(), 3, 16);
  keep(folder, "1.5-every-frame", every_frame().bytes, every_frame().decoded);
  sigma::EncoderSettings framed;
  framed.chunk_size = 65536;
  framed.frames.planes = {sigma::FramePlane{96, 64}, {48, 32}, {48, 32}};
  framed.frames.plane_count = 3;
  const Bytes picture = forge::moving_picture(framed.frames, 20);
  keep(folder, "1.5-frames", codec::encode(picture, framed), picture);
  keep_colours(folder);
  sigma::EncoderSettings worded;
  worded.model = sigma::Model::TEXT;
  worded.chunk_size = 524288;
  const Bytes prose = testdata::prose(700000);
  keep(folder, "1.6-text", codec::encode(prose, worded), prose);
  sigma::EncoderSettings matched;
  matched.level = 6;
  matched.chunk_size = 262144;
  const Bytes mixture = testdata::joined({testdata::prose(20000), testdata::machine_code(12000)});
  keep(folder, "1.8-encoded-matches", codec::encode(mixture, matched), mixture);
  sigma::EncoderSettings searched;
  searched.chunk_size = 65536;
  searched.key_interval = 1;
  searched.search_index = true;
  const Bytes log = testdata::log_lines(200000);
  keep(folder, "1.5-search-index", codec::encode(log, searched), log);
  keep_encoded(folder, "1.4-swelling", swelling(160000), 3, 16);
  keep_encoded(folder, "1.1-integers", testdata::samples(150000), 3, 16);
  keep_encoded(folder, "1.1-code", testdata::machine_code(90000), 1, 16);
  keep_encoded(folder, "1.0-level-0", testdata::mixed(70000), 0, 16);
  keep_encoded(folder, "1.0-level-3", testdata::log_lines(300000), 3, 3);
  keep_encoded(folder, "1.0-level-9", testdata::samples(150000), 9, 16);
  keep_encoded(folder, "1.0-second-head", testdata::samples(140000), 1, 1);
  keep_encoded(folder, "1.0-stream-inside", codec::encode(testdata::mixed(30000)), 0, 16);
  Bytes joined = codec::encode(example);
  for (const Bytes& more : {codec::encode({}), codec::encode(testdata::random_bytes(500))})
    joined.insert(joined.end(), more.begin(), more.end());
  Bytes joined_raw = example;
  const Bytes noise = testdata::random_bytes(500);
  joined_raw.insert(joined_raw.end(), noise.begin(), noise.end());
  keep(folder, "1.0-joined", joined, joined_raw);
  keep(folder, "1.3-padded",
       testdata::joined(
           {codec::encode(example), Bytes(1000, 0), codec::encode(noise), Bytes(512, 0)}),
       joined_raw);
  Bytes raw;
  const Bytes groups = tiny_groups(raw);
  keep(folder, "1.0-index-links", groups, raw);
  const Bytes late = joined_late(raw);
  keep(folder, "1.0-join", late, raw);
  keep_damage(folder);
  keep_forgeries(folder);
  keep_framing(folder, "1.3-recorded", recorded(raw), raw);
  keep_framing(folder, "1.3-every-framing", every_framing().bytes, every_framing().decoded);
  keep_framing_errors(folder);
  return keep_rules(folder) ? 0 : 1;
}
