/* Trees: what a body may say, and what it may cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <utility>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using codec::decode;
using codec::Decoded;
using forge::Stream;
using hostile::check_bounded;
using hostile::check_fails;
using hostile::check_tree_fails;
using hostile::kMemory;
using hostile::with_tree;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;
using testdata::joined;

Bytes with_tree_bytes(const Bytes& tree, const Bytes& raw = from_text("raw")) {
  Stream s;
  return s.begin().coded(tree, raw, true).end().bytes;
}

void check_refused(const Bytes& stream) {
  const Decoded decoded = decode(stream, codec::whole(), kMemory);
  ck_assert_msg(decoded.status.code == ErrorCode::DAMAGED, "%s",
                sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes.empty());
  check_bounded(stream);
}

void check_tree_fails(const Bytes& tree, const Bytes& raw) {
  forge::Stream s;
  const codec::Decoded decoded = codec::decode(s.begin().coded(tree, raw, true).end().bytes);
  ck_assert(decoded.status.code == ErrorCode::DAMAGED);
  ck_assert(decoded.bytes.empty());
}

}  // namespace

START_TEST(malformed_trees_are_refused) {
  check_tree_fails([](TreeWriter&) {});                                      // nothing
  check_tree_fails([](TreeWriter& t) { t.set_slot(0, from_text("raw")); });  // no expression
  check_tree_fails([](TreeWriter& t) { t.literal(from_text("ra")); });       // too short
  check_tree_fails([](TreeWriter& t) { t.literal(from_text("rawr")); });     // too long
  check_tree_fails([](TreeWriter& t) {                                       // two expressions
    t.literal(from_text("raw"));
    t.literal({});
  });
  check_tree_fails([](TreeWriter& t) { t.concatenate(2), t.literal(from_text("raw")); });
  check_tree_fails([](TreeWriter& t) { t.concatenate(UINT64_MAX), t.literal(from_text("raw")); });
  check_tree_fails([](TreeWriter& t) {  // a statement as a child
    t.concatenate(2);
    t.set_slot(0, {});
    t.literal(from_text("raw"));
  });
  check_tree_fails([](TreeWriter& t) { t.run(3, {}); });               // a run of nothing
  check_tree_fails([](TreeWriter& t) { t.run(3, Bytes(256, 'r')); });  // of too long a pattern
  check_tree_fails([](TreeWriter& t) { t.run(UINT64_MAX, from_text("r")); });
  check_tree_fails([](TreeWriter& t) { t.history(3, 3); });  // a key has no history
  check_tree_fails([](TreeWriter& t) { t.slot(7); });        // an empty slot
  check_tree_fails([](TreeWriter& t) { t.append_slot(1), t.append_slot(1), t.literal({}); });
}
END_TEST

START_TEST(trees_may_be_16_deep_and_no_deeper) {
  const auto nested = [](unsigned depth) {
    return with_tree([depth](TreeWriter& t) {
      for (unsigned i = 1; i < depth; i++)
        t.concatenate(1);
      t.literal(from_text("raw"));
    });
  };
  ck_assert(decode(nested(16)).bytes == from_text("raw"));
  check_fails(nested(17), ErrorCode::DAMAGED);
  check_fails(nested(20000), ErrorCode::DAMAGED);
  // Prefixes count as levels, too.
  check_tree_fails([](TreeWriter& t) {
    for (int i = 0; i < 40; i++)
      t.prefixed_lane(forge::frame(from_text("raw")));
    t.literal({});
  });
}
END_TEST

START_TEST(slots_and_workspace_keep_to_the_heads_limits) {
  const Bytes large(4096, 's');
  const Bytes raw = from_text("raw");
  const auto with_slots = [&](size_t more) {
    return with_tree([&](TreeWriter& t) {
      t.set_slot(0, large);  // all that slots_max allows
      if (more != 0) t.set_slot(1, {large.data(), more});
      t.literal(raw);
    });
  };
  ck_assert(decode(with_slots(0)).status.ok());
  check_fails(with_slots(1), ErrorCode::DAMAGED);
  check_tree_fails([&](TreeWriter& t) {  // the old value still counts while it is replaced
    t.set_slot(0, large);
    t.set_slot(0, {large.data(), 1});
    t.literal(raw);
  });
  check_tree_fails(
      [&](TreeWriter& t) { t.store_slot(3), t.run(5000, from_text("s")), t.literal(raw); });
  check_tree_fails([&](TreeWriter& t) {  // a bomb that doubles itself
    t.set_slot(0, from_text("s"));
    for (int i = 0; i < 64; i++)
      t.store_slot(0), t.concatenate(2), t.slot(0), t.slot(0);
    t.literal(raw);
  });
  const Bytes content = from_text("raw");
  // A prefix in a prefix: both are there at once. Another one takes the room of those before.
  const auto with_workspace = [&](size_t outer, size_t inner) {
    const Bytes prefix(outer, 'p');
    return with_tree([&](TreeWriter& t) {
      t.concatenate(3);
      t.prefixed_lane(forge::frame(content));
      t.prefixed_lane(forge::frame(prefix));
      t.run(inner, from_text("w"));
      for (int i = 0; i < 2; i++) {
        t.prefixed_lane(forge::frame({}));
        t.run(4096, from_text("w"));
      }
    });
  };
  ck_assert(decode(with_workspace(2048, 2048)).bytes == content);
  check_fails(with_workspace(2048, 2049), ErrorCode::DAMAGED);
  check_fails(with_workspace(4097, 0), ErrorCode::DAMAGED);
}
END_TEST

START_TEST(work_that_does_not_come_out_is_in_proportion_to_what_does) {
  const Bytes raw = testdata::log_lines(1000);
  const auto with_work = [&](size_t into_slot, size_t as_workspace) {
    Stream s;
    s.head.slots_max = s.head.workspace_max = 1 << 19;
    const Bytes nothing = forge::frame({});
    const auto write = [&](TreeWriter& t) {
      t.store_slot(0), t.run(into_slot, from_text("w"));
      t.concatenate(2);
      t.prefixed_lane(nothing), t.run(as_workspace, from_text("w"));
      t.literal(raw);
    };
    const Bytes tree = forge::tree(write);
    const size_t allowed = 65536 + 16 * (tree.size() + raw.size());
    ck_assert_uint_lt(into_slot, allowed);
    return std::pair(s.begin().coded(tree, raw, true).end().bytes, allowed);
  };
  const size_t slot = 50000;
  const size_t allowed = with_work(slot, 40000).second;  // varints of the same sizes
  ck_assert(decode(with_work(slot, allowed - slot).first, codec::whole(), kMemory).status.ok());
  check_fails(with_work(slot, allowed - slot + 1).first, ErrorCode::DAMAGED, {},
              "a chunk's tree does more work than the format allows");
}
END_TEST

START_TEST(slots_are_forgotten_at_a_key) {
  Stream s;
  s.begin();
  s.coded(forge::tree([](TreeWriter& t) { t.set_slot(9, from_text("kept")), t.slot(9); }),
          from_text("kept"), true);
  s.coded(forge::tree([](TreeWriter& t) { t.slot(9); }), from_text("kept"), false);
  const Bytes before = s.decoded;
  s.coded(forge::tree([](TreeWriter& t) { t.slot(9); }), from_text("kept"), true);
  check_fails(s.end().bytes, ErrorCode::DAMAGED, before);
}
END_TEST

START_TEST(history_reaches_to_the_groups_key_and_no_further) {
  const auto referring = [](uint64_t distance, uint64_t size, const char* raw) {
    Stream s;
    s.begin();
    s.stored(from_text("old group"), true);
    s.stored(from_text("abc"), true);
    s.stored(from_text("defg"), false);
    s.coded(forge::tree([=](TreeWriter& t) { t.history(distance, size); }), from_text(raw), false);
    return s.end().bytes;
  };
  ck_assert(decode(referring(7, 7, "abcdefg")).status.ok());
  ck_assert(decode(referring(5, 2, "cd")).status.ok());
  for (const auto& [distance, size] :
       {std::pair{8, 1}, std::pair{3, 4}, std::pair{3, 0}, std::pair{0, 0}})
    check_fails(referring(distance, size, "c"), ErrorCode::DAMAGED, from_text("old groupabcdefg"));
}
END_TEST

START_TEST(history_is_right_however_small_the_chunks_are) {
  for (const uint32_t chunk_max : {1u, 100u, 3000u, 60000u}) {
    Stream s;
    s.head.chunk_max = chunk_max;
    s.head.history_max = 20000;
    s.head.key_interval = 100000;
    s.begin();
    testdata::Random random(chunk_max);
    s.stored(testdata::random_bytes(chunk_max, 3), true);
    for (int i = 0; i < 3000; i++) {
      const size_t reach = std::min<size_t>(s.decoded.size(), s.head.history_max);
      const size_t distance = 1 + random.below(reach);
      const size_t size = 1 + random.below(std::min<size_t>(distance, chunk_max));
      const auto from = s.decoded.end() - static_cast<std::ptrdiff_t>(distance);
      const Bytes copied(from, from + static_cast<std::ptrdiff_t>(size));
      if (i % 3 == 0)
        s.stored(testdata::random_bytes(size, random.next()), false);
      else
        s.coded(forge::tree([&](TreeWriter& t) { t.history(distance, size); }), copied, false);
    }
    const Bytes stream = s.end().bytes;
    for (const size_t piece : {stream.size(), size_t{777}}) {
      const Decoded decoded = decode(stream, codec::pieces_of(piece), kMemory);
      ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
      ck_assert(decoded.bytes == s.decoded);
    }
  }
}
END_TEST

START_TEST(unknown_operators_are_named_with_the_version_needed) {
  Stream s;
  s.head.minor = 7;
  const Bytes unknown = forge::glyph(GlyphType::DELTA, 0x2B, {});
  const Bytes stream = s.begin().coded(unknown, from_text("raw"), true).end().bytes;
  const Decoded decoded = decode(stream);
  ck_assert(decoded.status.code == ErrorCode::UNSUPPORTED_OPERATOR);
  const sigma::StatusText text = sigma::describe(decoded.status);
  ck_assert_msg(strstr(text.text, "PRODUCT_OP") && strstr(text.text, "1.7"), "%s", text.text);
}
END_TEST

START_TEST(slots_that_refer_to_one_another_end) {
  const auto doubling = [](int rounds) {
    return [rounds](TreeWriter& t) {
      t.set_slot(0, from_text("s"));
      for (int i = 0; i < rounds; i++) {
        const size_t to = i % 2 == 0 ? 1 : 0;
        t.store_slot(to), t.concatenate(2), t.slot(1 - to), t.slot(1 - to);
      }
      t.slot(rounds % 2 == 0 ? 0 : 1);
    };
  };
  ck_assert(decode(with_tree(doubling(5), Bytes(32, 's'))).status.ok());
  check_refused(with_tree(doubling(60), Bytes(1000, 's')));
  // A slot that appends itself to itself.
  check_refused(with_tree(
      [](TreeWriter& t) {
        t.set_slot(0, from_text("ss"));
        for (int i = 0; i < 60; i++)
          t.append_slot(0), t.slot(0);
        t.slot(0);
      },
      Bytes(1000, 's')));
}
END_TEST

START_TEST(thousands_of_empty_values_are_no_trouble) {
  const Bytes raw = from_text("raw");
  const Bytes nothing = forge::frame({});
  const Bytes many = with_tree(
      [&](TreeWriter& t) {
        t.concatenate(6001);
        for (int i = 0; i < 1500; i++)
          t.lane(nothing), t.literal({}), t.run(0, from_text("r")), t.concatenate(0);
        t.literal(raw);
      },
      raw);
  const Decoded decoded = decode(many, codec::whole(), kMemory);
  ck_assert_msg(decoded.status.ok() || decoded.status.code == ErrorCode::DAMAGED, "%s",
                decoded.status.text);
  check_bounded(many);
}
END_TEST

START_TEST(numbers_in_trees_are_canonical_and_do_not_wrap) {
  const auto with_payload = [](GlyphType type, Primitive primitive, const Bytes& payload) {
    return forge::glyph(type, static_cast<uint8_t>(primitive), payload);
  };
  const Bytes overlong = {0x83, 0x00};  // 3, in one byte too many
  const Bytes eleven(11, 0x80);
  const Bytes most = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};  // 2^64 − 1
  const Bytes three = {3};
  for (const Bytes& number : {overlong, eleven, most, Bytes{0x80}, Bytes{}}) {
    // A count, with as many children as it would mean, and too few; a run; a reference.
    check_refused(with_tree_bytes(
        joined({with_payload(GlyphType::COMPOSITE, Primitive::LIST, number),
                with_payload(GlyphType::PRIMITIVE, Primitive::LITERAL, from_text("raw"))})));
    Stream s;
    s.begin().stored(from_text("before"), true);
    const Bytes before = s.decoded;
    for (const Bytes& payload : {joined({number, three}), joined({three, number}), number}) {
      Stream refers = s;
      refers.coded(with_payload(GlyphType::REFERENCE, Primitive::BLOCK, payload), from_text("ore"),
                   false);
      const Decoded decoded = decode(refers.end().bytes, codec::whole(), kMemory);
      ck_assert(!decoded.status.ok() && decoded.bytes == before);
    }
  }
}
END_TEST

START_TEST(glyphs_in_trees_do_not_reach_beyond_them) {
  // Lengths up to the largest, of bodies that are not there.
  for (const uint64_t length : {uint64_t{1}, uint64_t{200}, uint64_t{1} << 21, uint64_t{1} << 27,
                                uint64_t{sigma::kMaxGlyphPayload}}) {
    Bytes glyph(sigma::kMaxGlyphHeader);
    glyph.resize(sigma::write_glyph_header(
        glyph.data(), {GlyphType::PRIMITIVE, Primitive::LITERAL, true, length, 0}));
    check_refused(with_tree_bytes(glyph));
    check_refused(
        with_tree_bytes(joined({forge::tree([](TreeWriter& t) { t.concatenate(1); }), glyph})));
  }
}
END_TEST

START_TEST(malformed_integers_and_branches_are_refused) {
  const Bytes raw = testdata::random_bytes(6);
  const auto with_operands = [&](GlyphType type, uint8_t primitive,
                                 std::initializer_list<uint64_t> operands, size_t children) {
    Bytes payload;
    for (const uint64_t operand : operands) {
      uint8_t bytes[sigma::kMaxVarintSize];
      payload.insert(payload.end(), bytes, bytes + sigma::write_varint(bytes, operand));
    }
    Bytes tree = forge::glyph(type, primitive, payload);
    for (size_t i = 0; i < children; i++) {
      const Bytes child =
          forge::glyph(GlyphType::PRIMITIVE, 0x1A, Bytes(raw.begin(), raw.begin() + 6 / children));
      tree.insert(tree.end(), child.begin(), child.end());
    }
    return tree;
  };
  constexpr uint8_t kArray = 0x77;
  constexpr uint8_t kSum = 0x2A;
  constexpr uint8_t kBranch = 0x14;
  for (const uint64_t count : {0U, 1U, 17U, 255U})
    check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {count}, 1), raw);
  check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {2, 2}, 2), raw);
  check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {3}, 2), raw);  // a child is missing
  for (const auto& operands : {std::initializer_list<uint64_t>{0, 0, 1},
                               {5, 0, 1},
                               {9, 0, 1},
                               {2, 2, 1},
                               {2, 0, 0},
                               {2, 0, 65536},
                               {2, 0},
                               {2, 0, 1, 1},
                               {uint64_t{1} << 33, 0, 1}})
    check_tree_fails(with_operands(GlyphType::DELTA, kSum, operands, 1), raw);
  for (const auto& operands : {std::initializer_list<uint64_t>{0, 0},
                               {3, 0},
                               {257, 0},
                               {1, uint64_t{1} << 32},
                               {1},
                               {1, 0, 0}})
    check_tree_fails(with_operands(GlyphType::DELTA, kBranch, operands, 1), raw);
  // Planes that do not fit together.
  for (const size_t first : {1U, 2U, 4U}) {
    const Bytes tree = forge::tree([&](sigma::TreeWriter& t) {
      t.interleave(2);
      t.literal({raw.data(), first});
      t.literal({raw.data(), 6 - first});
    });
    check_tree_fails(tree, raw);
  }
}
END_TEST

int main() {
  return run_suite(
      "operators/evaluator", 900,
      {{"P7",
        {malformed_trees_are_refused, trees_may_be_16_deep_and_no_deeper,
         slots_and_workspace_keep_to_the_heads_limits,
         work_that_does_not_come_out_is_in_proportion_to_what_does,
         slots_that_refer_to_one_another_end, thousands_of_empty_values_are_no_trouble,
         numbers_in_trees_are_canonical_and_do_not_wrap, glyphs_in_trees_do_not_reach_beyond_them,
         malformed_integers_and_branches_are_refused}},
       {"evaluator",
        {slots_are_forgotten_at_a_key, history_reaches_to_the_groups_key_and_no_further,
         history_is_right_however_small_the_chunks_are,
         unknown_operators_are_named_with_the_version_needed}}});
}
