/* Streams for the rules of samples: symbols, integers, predicted, scaled, fields, adapted and
 * excepted, palettes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <utility>

#include "rules.hpp"
#include "rules_support.hpp"
#include "sample_trees.hpp"

#include "gst/sigma/operators/scaled.hpp"

namespace golden {
namespace {

using testdata::joined;

constexpr size_t kTable = 8192;  ///< workspace of a table, as the document has it

/// Streams of the minor version that has samples, with room for so many tables.
Change with_tables(size_t tables) {
  return [tables](forge::Stream& s) {
    s.head.minor = 4;
    s.head.workspace_max = static_cast<uint32_t>(tables * kTable);
  };
}
const Change kSamples = with_tables(4);

/// Symbols that are larger where those above them are, the first one by far.
Bytes hills(size_t count, size_t row) {
  testdata::Random random(21);
  Bytes out;
  for (size_t i = 0; i < count; i++) {
    const size_t column = i % row;
    const size_t height = column * 4 / row % 2 == 0 ? 2 : 50 + i / row % 7;
    out.push_back(static_cast<uint8_t>(random.below(height)));
  }
  out[0] = 255;
  return out;
}

/// How many tables a lane has; it has a context with one-byte fields and a row below 2^14.
size_t tables_of(const Bytes& lane, size_t count, size_t row) {
  return lane[varint(count).size() + 2 + varint(row).size()];
}

RuleStream rows_of_symbols() {
  Joined all("1.4-symbols-rows");
  const auto add = [&](const sigma::SymbolContext& context) {
    const Bytes raw = hills(6000, context.row);
    const Bytes lane = forge::symbols(raw, context);
    all.add(of_tree(
        raw, [&](auto& t) { t.symbols(lane); },
        with_tables(tables_of(lane, raw.size(), context.row))));
  };
  add({1, 3, 2});
  add({1, 2, 60});
  add({3, 4, 90});
  add({64, 8, 130});
  return all.take();
}

void with_fine_levels(forge::Stream& s) {
  s.head.minor = 10;
  s.head.workspace_max = 1 << 20;
}

RuleStream fine_symbols() {
  Joined all("1.10-fine-symbols");
  const auto add = [&](const sigma::SymbolContext& context) {
    const Bytes raw = hills(6000, context.row);
    all.add(of_tree(
        raw, [&](auto& t) { t.symbols(forge::symbols(raw, context)); }, with_fine_levels));
  };
  add({1, 1, 3, true});
  add({1, 2, 60, true});
  add({3, 4, 90, true});
  add({64, 8, 130, true});
  return all.take();
}

/// Little-endian integers of `width` bytes.
Bytes integers(unsigned width, std::initializer_list<int64_t> values) {
  Bytes out;
  for (const int64_t value : values)
    for (unsigned i = 0; i < width; i++)
      out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return out;
}

RuleStream largest_tokens() {
  const Bytes raw = {255, 254, 16, 15, 0};
  const auto write = [&](TreeWriter& t) {
    // Tokens 31 and 31 with 5 bits each, 16 with 2 bits.
    t.integers(1), t.literal(Bytes{0b11011111, 0b00000011}), t.literal(Bytes{31, 31, 16, 15, 0});
  };
  return Joined("1.4-tokens-at-limits").add(of_tree(raw, write, kSamples)).take();
}

RuleStream scales_at_limits() {
  Joined all("1.4-scaled-at-limits");
  for (const unsigned width : {4U, 8U})
    for (const bool big : {false, true}) {
      const sigma::FloatScale scale = {width, big, width == 4 ? 64U : 512U, 9};
      const int64_t least = width == 4 ? INT32_MIN : INT64_MIN;
      // Zeros of both signs, both ends, and halves between two numbers.
      const Bytes k = integers(width, {0, least, least + 1, ~least, 1, -1, 16777217, -16777219,
                                       (int64_t{1} << 24) + 3, 9007199254740993 % ~least});
      Bytes raw = k;
      sigma::scale_integers(scale, raw);
      all.add(of_tree(
          raw, [&](auto& t) { t.scaled(scale), t.literal(k); }, kSamples));
    }
  return all.take();
}

RuleStream predictors_at_limits() {
  Joined all("1.4-predicted-at-limits");
  // A block of 16, and one that leaves out 3 bits and goes on from 43 as from 5.
  Bytes residuals(17, 0), raw(17, 0);
  residuals[15] = 2 * 43, raw[15] = 43, raw[16] = 40;
  all.add(of_tree(
      raw,
      [&](auto& t) {
        t.predicted(varints({1, 0, 1, 16, 0, 0, 65, 3, 0, 2})), t.literal(residuals);
      },
      kSamples));
  // The greatest shift, unused bits and coefficients: 2 is predicted as 2 * -32768 / 2^15, then 4.
  all.add(of_tree(
      Bytes{2, 0, 0xfe, 0xff, 2, 0},
      [&](auto& t) {
        t.predicted(varints({2, 0, 1, 65536, 1 << 20, 1, 15, 65535})),
            t.literal(Bytes{4, 0, 0, 0, 0, 0});
      },
      kSamples));
  all.add(of_tree(
      Bytes{128, 0, 128},
      [&](auto& t) {
        t.predicted(varints({1, 0, 1, 16, 0, 64, 7})), t.literal(Bytes{1, 0, 1});
      },
      kSamples));
  return all.take();
}

/// Bits from the lowest of each byte on.
Bytes bits(std::initializer_list<std::pair<unsigned, unsigned>> fields) {
  Bytes out;
  unsigned at = 0;
  for (const auto& [value, count] : fields)
    for (unsigned i = 0; i < count; i++, at++) {
      if (at % 8 == 0) out.push_back(0);
      out.back() = static_cast<uint8_t>(out.back() | (value >> i & 1) << at % 8);
    }
  return out;
}

/// Symbol 5 counts 2048: its states stay as they are.
const Bytes kOnlyFive = bits({{5, 8}, {0, 2}, {12, 4}, {0, 11}});
/// A mark, and four states of 0.
const Bytes kStatesOf0 = {8, 0, 0, 0, 0, 0};
const Bytes kFives = {5, 5, 5};

std::vector<RuleStream> symbols_beyond_limits() {
  Refused r("1.4-");
  const auto refuse = [&](const char* name, const Bytes& front, const Bytes& counts,
                          const Bytes& coded) {
    r.tree(
        name, kFives,
        [&](auto& t) {
          t.symbols(joined({front, counts, coded}));
        },
        kSamples);
  };
  const Bytes one = {3, 0, 1};
  refuse("symbols-row-of-their-distance", {3, 1, 1, 1, 1}, kOnlyFive, kStatesOf0);
  const Bytes two_tables =
      bits({{5, 8}, {0, 2}, {12, 4}, {0, 11}, {5, 8}, {0, 2}, {12, 4}, {0, 11}});
  refuse("symbols-level-0", {3, 1, 1, 0, 2, 0}, two_tables, kStatesOf0);
  refuse("symbols-states-left", one, kOnlyFive, {8, 1, 0, 0, 0, 0});
  refuse("symbols-bits-behind-the-counts", one, bits({{5, 8}, {0, 2}, {12, 4}, {0, 11}, {1, 1}}),
         kStatesOf0);
  // Symbols 5 and 6 count 1024 each; the length of the second count is said though it is the same.
  refuse("symbols-length-said-again", one,
         bits({{5, 8}, {0, 2}, {11, 4}, {0, 10}, {0, 2}, {11, 4}, {0, 10}}), {1, 0, 0, 0, 0, 0});
  const Bytes lane = forge::symbols(hills(3000, 60), {1, 2, 60});
  const size_t tables = tables_of(lane, 3000, 60);
  r.tree(
      "symbols-without-room-for-tables", hills(3000, 60), [&](auto& t) { t.symbols(lane); },
      [&](forge::Stream& s) {
        with_tables(tables)(s);
        s.head.workspace_max--;
      });
  return r.take();
}

std::vector<RuleStream> fine_symbols_beyond_limits() {
  Refused r("1.10-");
  const auto refuse = [&](const char* name, const Bytes& front) {
    r.tree(
        name, kFives,
        [&](auto& t) {
          t.symbols(joined({front, kOnlyFive, kStatesOf0}));
        },
        with_fine_levels);
  };
  refuse("symbols-fine-row-of-twice-their-distance", {3, 2, 9, 4, 1});
  refuse("symbols-fine-without-a-row", {3, 1, 9, 0, 1});
  refuse("symbols-of-rate-17", {3, 1, 17, 60, 1});
  return r.take();
}

std::vector<RuleStream> predictors_beyond_limits() {
  Refused r("1.4-");
  const auto refuse = [&](const char* name, const Bytes& payload, size_t size = 3) {
    const Bytes zeros(size, 0);
    r.tree(
        name, zeros, [&](auto& t) { t.predicted(payload), t.literal(zeros); }, kSamples);
  };
  refuse("predicted-by-a-median-with-unused-bits", varints({1, 0, 1, 16, 1, 97, 1}));
  refuse("predicted-with-a-shift-of-16", varints({1, 0, 1, 16, 0, 1, 16, 0}));
  refuse("predicted-by-a-coefficient-of-17-bits", varints({1, 0, 1, 16, 0, 1, 0, 65536}));
  refuse("predicted-with-all-bits-unused", varints({1, 0, 1, 16, 0, 64, 8}));
  refuse("predicted-pair-by-a-median-from-before", varints({1, 0, 2, 16, 1, 0, 33, 0, 1, 34, 0}),
         34);
  r.tree(
      "integers-with-bits-behind", Bytes{16},
      [](auto& t) { t.integers(1), t.literal(Bytes{4}), t.literal(Bytes{16}); }, kSamples);
  r.tree(
      "scaled-by-10-to-the-10", Bytes(4, 0),
      [](auto& t) {
        t.scaled({4, false, 0, 10}), t.literal(Bytes(4, 0));
      },
      kSamples);
  return r.take();
}

const Change kWithFields = [](forge::Stream& s) {
  s.head.minor = 5;
  s.head.workspace_max = 1 << 16;
};

/// A tree of fields whose children are runs of a, b, c …
Tree runs_as_fields(const Bytes& payload, const std::vector<uint64_t>& sizes) {
  return [=](TreeWriter& t) {
    const sigma::MutableByteSpan room = t.payload_room();
    std::copy(payload.begin(), payload.end(), room.begin());
    t.payload_made(GlyphType::COMPOSITE, Primitive::CLASS, payload.size());
    uint8_t letter = 'a';
    for (const uint64_t size : sizes)
      t.run(size, Bytes{letter++});
  };
}

RuleStream fields_at_limits() {
  Joined all("1.5-fields");
  const auto add = [&](std::initializer_list<uint64_t> widths, uint64_t rows) {
    std::vector<uint64_t> sizes;
    Bytes row;
    uint8_t letter = 'a';
    for (const uint64_t width : widths) {
      sizes.push_back(width * rows);
      row.insert(row.end(), width, letter++);
    }
    Bytes raw;
    for (uint64_t i = 0; i < rows; i++)
      testdata::append(raw, row);
    all.add(of_tree(raw, runs_as_fields(varints(widths), sizes), kWithFields));
  };
  add({1, 2}, 7);
  add({3, 1, 8}, 10);
  add({255, 1}, 2);
  return all.take();
}

std::vector<RuleStream> fields_beyond_limits() {
  Refused r("1.5-");
  const auto refuse = [&](const char* name, const Bytes& payload,
                          const std::vector<uint64_t>& sizes, const Bytes& raw) {
    r.tree(name, raw, runs_as_fields(payload, sizes), kWithFields);
  };
  refuse("fields-one", {3}, {3}, Bytes(3, 'a'));
  refuse("fields-of-256-bytes", varints({256, 1}), {256, 1},
         testdata::joined({Bytes(256, 'a'), {'b'}}));
  refuse("fields-half-a-row", {1, 2}, {1, 3}, {'a', 'b', 'b'});
  refuse("fields-of-no-width", {1, 0}, {1, 0}, {'a'});
  r.tree("fields-without-room", Bytes(3, 'a'), runs_as_fields({1, 2}, {1, 2}),
         [](forge::Stream& s) { s.head.minor = 5, s.head.workspace_max = 7; });
  r.tree("fields-without-room-for-the-second", testdata::joined({{'a'}, Bytes(9, 'b')}),
         runs_as_fields({1, 9}, {1, 9}),
         [](forge::Stream& s) { s.head.minor = 5, s.head.workspace_max = 15; });
  return r.take();
}

RuleStream filters_at_limits() {
  Joined all("1.5-adapted");
  const auto add = [&](const Bytes& raw, const sigma::AdaptiveForm& form) {
    all.add(of_tree(
        raw, [&](auto& t) { t.adapted(form), t.literal(forge::filtered(raw, form)); },
        kWithFields));
  };
  testdata::Random random(31);
  // Residuals that go up and down, at times by as much as there are bits.
  const auto residuals = [&](unsigned width, size_t count) {
    Bytes out;
    for (size_t i = 0; i < count; i++) {
      const uint64_t bits = random.below(40) == 0 ? 8 * width : 3 + i / 100 % 5;
      const uint64_t value = random.below(uint64_t{1} << bits);
      for (unsigned k = 0; k < width; k++)
        out.push_back(static_cast<uint8_t>(value >> (8 * k)));
    }
    return out;
  };
  add(residuals(2, 1400), {2, 1, 0, 1, {{{16, 4}}}});
  add(residuals(3, 3 * 300), {3, 3, 7, 2, {{{32, 12}, {16, 9}}}});
  add(residuals(4, 700), {4, 1, 16, 3, {{{32, 1}, {16, 8}, {16, 24}}}});
  add(residuals(2, 60), {2, 1, 1, 3, {{{496, 15}, {512, 14}, {16, 10}}}});
  add(residuals(2, 64), {2, 64, 0, 1, {{{16, 10}}}});
  // Weights grow beyond 16 bits, and their sums beyond 32.
  Bytes constant;
  for (size_t i = 0; i < 5000; i++)
    constant.push_back(0x60), constant.push_back(0xea);
  add(constant, {2, 1, 0, 1, {{{16, 24}}}});
  // The least input there is.
  Bytes least;
  for (size_t i = 0; i < 100; i++)
    least.push_back(0xff), least.push_back(0xff);
  add(least, {2, 1, 0, 1, {{{16, 6}}}});
  return all.take();
}

std::vector<RuleStream> filters_beyond_limits() {
  Refused r("1.5-");
  const auto tree_of = [](const Bytes& payload, size_t size, size_t depth) -> Tree {
    return [=](TreeWriter& t) {
      for (size_t i = 0; i < depth; i++) {
        const sigma::MutableByteSpan room = t.payload_room();
        std::copy(payload.begin(), payload.end(), room.begin());
        t.payload_made(GlyphType::DELTA, Primitive::LIMIT, payload.size());
      }
      t.run(size, Bytes{0});
    };
  };
  const auto refuse = [&](const char* name, const Bytes& payload, size_t size = 24,
                          size_t depth = 1) {
    r.tree(name, Bytes(size, 0), tree_of(payload, size, depth), kWithFields);
  };
  refuse("adapted-of-single-bytes", {1, 1, 0, 1, 1});
  refuse("adapted-of-8-bytes", {8, 1, 0, 1, 1});
  refuse("adapted-of-no-channels", {2, 0, 0, 1, 1});
  refuse("adapted-of-65-channels", {2, 65, 0, 1, 1}, 260);
  refuse("adapted-divided-by-2-to-the-17", {4, 1, 17, 1, 1});
  refuse("adapted-without-stages", {2, 1, 0});
  refuse("adapted-by-4-stages", {2, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1});
  refuse("adapted-without-taps", {2, 1, 0, 0, 1});
  refuse("adapted-by-1040-taps", {2, 1, 0, 64, 1, 1, 1});
  refuse("adapted-with-a-shift-of-0", {2, 1, 0, 1, 0});
  refuse("adapted-with-a-shift-of-25", {2, 1, 0, 1, 25});
  refuse("adapted-half-a-frame", {2, 2, 0, 1, 1}, 6);
  refuse("adapted-with-too-much-work", {2, 1, 0, 64, 1}, 20000, 3);
  return r.take();
}

const Change kWithExceptions = [](forge::Stream& s) {
  s.head.minor = 9;
  s.head.workspace_max = 1 << 10;
};

/// Numbers and exceptions as literals, by a payload made by hand.
Tree excepted(const Bytes& payload, const Bytes& numbers, const Bytes& exceptions) {
  return [=](TreeWriter& t) {
    const sigma::MutableByteSpan room = t.payload_room();
    std::copy(payload.begin(), payload.end(), room.begin());
    t.payload_made(GlyphType::COMPOSITE, Primitive::EXCEPTION, payload.size());
    t.literal(numbers), t.literal(exceptions);
  };
}

RuleStream exceptions_at_limits() {
  Joined all("1.9-excepted");
  const auto add = [&](const Bytes& raw, const Tree& write) {
    all.add(of_tree(raw, write, kWithExceptions));
  };
  // A mark that is a stand-in, too, and a stand-in of two pairs; what is meant is looked at no
  // more.
  add({9, 5, 8, 6, 7, 4}, excepted({1, 3, 7, 5, 7, 6, 0, 1, 0}, {0, 7, 0, 6, 0, 4}, {9, 8, 7}));
  add({5, 7}, excepted({1, 1, 7, 5, 5}, {7, 5}, {7}));
  // No pairs, no exceptions.
  add({1, 2}, excepted({2, 0, 1, 1}, {1, 2}, {}));
  add({3, 4, 1, 0}, excepted({2, 0, 0, 0}, {0, 0, 1, 0}, {3, 4}));
  Bytes eight = {8, 8};
  for (uint8_t k = 0; k < 8; k++)
    testdata::append(eight, joined({Bytes(8, k), Bytes(8, static_cast<uint8_t>(100 + k))}));
  testdata::append(eight, Bytes(8, 50));
  add(joined({Bytes(8, 107), Bytes(8, 9), Bytes(8, 100), Bytes(8, 60)}),
      excepted(eight, joined({Bytes(8, 7), Bytes(8, 9), Bytes(8, 0), Bytes(8, 50)}), Bytes(8, 60)));
  add({1, 2, 3, 4, 8, 8, 8, 8},
      excepted({4, 1, 0, 0, 0, 1, 8, 8, 8, 8, 0, 0, 0, 0}, {1, 2, 3, 4, 0, 0, 0, 1}, {}));
  return all.take();
}

std::vector<RuleStream> exceptions_beyond_limits() {
  Refused r("1.9-");
  const auto refuse = [&](const char* name, const Bytes& payload, const Bytes& numbers,
                          const Bytes& exceptions) {
    r.tree(name, numbers, excepted(payload, numbers, exceptions), kWithExceptions);
  };
  const Bytes six = {1, 2, 3, 1, 2, 3};
  refuse("excepted-in-3-bytes", {3, 0, 9, 9, 9}, six, {});
  refuse("excepted-in-16-bytes", joined({{16, 0}, Bytes(16, 9)}), Bytes(16, 1), {});
  refuse("excepted-in-no-bytes", {0, 0}, six, {});
  refuse("excepted-with-9-stand-ins", joined({{1, 9}, Bytes(19, 9)}), six, {});
  refuse("excepted-without-a-mark", {2, 0, 9}, six, {});
  refuse("excepted-with-more-behind", {2, 0, 9, 9, 9}, six, {});
  refuse("excepted-half-a-number", {4, 0, 9, 9, 9, 9}, six, {});
  refuse("excepted-half-an-exception", {2, 0, 1, 2}, {1, 2, 3, 4}, {3});
  refuse("excepted-lack-an-exception", {1, 0, 1}, six, {9});
  r.tree("excepted-leave-an-exception", {9, 2, 3, 9, 2, 3}, excepted({1, 0, 1}, six, {9, 9, 9}),
         kWithExceptions);
  refuse("excepted-with-more-exceptions-than-numbers", {1, 0, 1}, {1}, {9, 9});
  r.tree(
      "excepted-without-room", repeated(9, "r"),
      [](TreeWriter& t) {
        sigma::ExceptedForm form;
        form.width = 1;
        form.mark = 1;
        t.excepted(form), t.run(9, Bytes{1}), t.run(9, Bytes{'r'});
      },
      [](forge::Stream& s) { s.head.minor = 9, s.head.workspace_max = 15; });
  return r.take();
}

const Change kWithPalettes = [](forge::Stream& s) {
  s.head.minor = 12;
  s.head.workspace_max = 1 << 10;
};

/// Indexes and palette as literals, by a payload made by hand.
Tree palette(const Bytes& payload, const Bytes& indexes, const Bytes& numbers) {
  return [=](TreeWriter& t) {
    const sigma::MutableByteSpan room = t.payload_room();
    std::copy(payload.begin(), payload.end(), room.begin());
    t.payload_made(GlyphType::COMPOSITE, Primitive::MEMBER, payload.size());
    t.literal(indexes), t.literal(numbers);
  };
}

RuleStream palettes_at_limits() {
  Joined all("1.12-palette");
  const auto add = [&](const Bytes& raw, const Tree& write) {
    all.add(of_tree(raw, write, kWithPalettes));
  };
  add({5, 6, 3, 4, 5, 6}, palette({2, 1}, {1, 0, 1}, {3, 4, 5, 6}));
  add({1, 2, 3, 4, 1, 2, 3, 4}, palette({4, 2}, {0, 0, 0, 0}, {1, 2, 3, 4}));
  // As many numbers as indexes, of which one is used and the last one is reached.
  add(joined({Bytes(8, 7), Bytes(8, 7)}),
      palette({8, 2}, {1, 0, 1, 0}, joined({Bytes(8, 9), Bytes(8, 7)})));
  // The last of 256, and the first beyond those that one byte tells apart.
  Bytes many;
  for (unsigned i = 0; i <= 256; i++)
    testdata::append(many, Bytes{static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)});
  Bytes indexes(2 * 257, 0);
  indexes[0] = 255, indexes[2] = 0, indexes[3] = 1;
  Bytes raw(2 * 257, 0);
  raw[0] = 255, raw[2] = 0, raw[3] = 1;
  add(raw, palette({2, 2}, indexes, many));
  return all.take();
}

std::vector<RuleStream> palettes_beyond_limits() {
  Refused r("1.12-");
  const auto refuse = [&](const char* name, const Bytes& payload, const Bytes& indexes,
                          const Bytes& numbers) {
    r.tree(name, {3, 4, 3, 4}, palette(payload, indexes, numbers), kWithPalettes);
  };
  const Bytes two = {3, 4, 5, 6};
  refuse("palette-of-1-byte", {1, 1}, {0, 1, 0, 1}, {3, 4});
  refuse("palette-of-3-bytes", {3, 1}, {0}, {3, 4, 3});
  refuse("palette-of-16-bytes", {16, 1}, {0}, Bytes(16, 1));
  refuse("palette-by-no-bytes", {2, 0}, {0, 0}, two);
  refuse("palette-by-4-bytes", {2, 4}, {0, 0, 0, 0, 0, 0, 0, 0}, two);
  refuse("palette-without-a-form", {2}, {0, 0}, two);
  refuse("palette-with-more-behind", {2, 1, 0}, {0, 0}, two);
  refuse("palette-ends-within-a-number", {2, 1}, {0, 0}, {3, 4, 5});
  refuse("palette-by-half-an-index", {4, 2}, {0, 0, 0}, {3, 4, 3, 4});
  refuse("palette-of-more-than-there-are", {2, 1}, {0, 0}, {3, 4, 5, 6, 7, 8});
  refuse("palette-of-nothing", {2, 1}, {0, 0}, {});
  r.tree("palette-with-an-index-beyond", two, palette({2, 1}, {0, 2}, two), kWithPalettes);
  r.tree(
      "palette-without-room", repeated(18, "r"),
      [](TreeWriter& t) {
        t.palette({2, 1}), t.run(9, Bytes{0}), t.run(10, Bytes{'r'});
      },
      [](forge::Stream& s) { s.head.minor = 12, s.head.workspace_max = 15; });
  return r.take();
}

}  // namespace

std::vector<RuleStream> samples_at_limits() {
  return {rows_of_symbols(),   fine_symbols(),         largest_tokens(),
          scales_at_limits(),  predictors_at_limits(), fields_at_limits(),
          filters_at_limits(), exceptions_at_limits(), palettes_at_limits()};
}

std::vector<RuleStream> samples_beyond_limits() {
  std::vector<RuleStream> all = symbols_beyond_limits();
  for (const auto& more :
       {fine_symbols_beyond_limits(), predictors_beyond_limits(), fields_beyond_limits(),
        filters_beyond_limits(), exceptions_beyond_limits(), palettes_beyond_limits()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace golden
