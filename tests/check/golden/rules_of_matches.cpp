/* Streams for the rules of matches: blocks, tables, tokens, offsets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match_trees.hpp"
#include "rules.hpp"
#include "rules_support.hpp"

namespace golden {
namespace {

using forge::MatchBlock;
using testdata::from_text;

constexpr uint32_t kTables = 4 * 8192;  ///< that these blocks have, in bytes

/// Streams of the minor version that has matches, with so much workspace.
Change with_workspace(size_t size) {
  return [size](forge::Stream& s) {
    s.head.minor = 8;
    s.head.workspace_max = static_cast<uint32_t>(size);
    s.head.chunk_max = 2 << 20;
  };
}
const Change kMatches = with_workspace(kTables);

Tree matches(const Bytes& lane, const Bytes& prefix = {}) {
  return [=](TreeWriter& t) { t.matches(lane), t.literal(prefix); };
}

/// Sequences alike, of these symbols.
MatchBlock block(size_t length, size_t sequences, uint8_t run, uint8_t distance, uint8_t size,
                 const std::vector<forge::MatchBits>& bits = {}, uint8_t literal = 'a') {
  return {
      length, sequences, {{{{literal}, {}}, {{run}, {}}, {{distance}, {}}, {{size}, {}}}}, bits};
}

Bytes lane(const std::vector<MatchBlock>& blocks, size_t tables = 4) {
  size_t size = 0;
  for (const MatchBlock& made : blocks)
    size += made.length;
  return forge::match_lane(size, tables, blocks);
}

/// Literals that alternate, as each table has the symbol behind the other's.
MatchBlock alternating(size_t length) {
  MatchBlock made = block(length, 0, 0, 0, 0);
  made.families[0] = {{'x', 'y'}, std::vector<uint8_t>(256, 0)};
  made.families[0].map['x'] = 1;
  return made;
}

MatchBlock with_many_tables(size_t length) {
  MatchBlock made = block(length, length / 6, 1, 0, 3);
  for (size_t i = 0; i < made.families.size(); i++) {
    made.families[i].symbols.resize(16, made.families[i].symbols[0]);
    made.families[i].map.assign(std::array<size_t, 4>{256, 16, 16, 64}[i], 0);
    for (size_t k = 0; k < made.families[i].map.size(); k++)
      made.families[i].map[k] = static_cast<uint8_t>(k % 16);
  }
  return made;
}

RuleStream offsets_and_contexts() {
  Joined all("1.8-matches");
  const auto add = [&](const char* value, const Bytes& lane, const char* prefix = "",
                       size_t workspace = kTables) {
    const Bytes raw = from_text(value);
    all.add(of_tree(raw, matches(lane, from_text(prefix)), with_workspace(workspace)));
  };
  add("aaaaaa", lane({block(6, 1, 1, 0, 3)}));
  // From the first byte of the prefix, and on into the value.
  add("abcabcab", lane({block(8, 1, 0, 5, 6)}), "abc");
  // The second of the latest offsets, and then the third, with room for the work of several blocks.
  const Bytes several = lane({block(2, 1, 0, 1, 0), block(2, 1, 0, 2, 0), block(4, 2, 0, 1, 0)});
  const auto followed = [&](TreeWriter& t) {
    t.concatenate(2), matches(several, from_text("abcdabcd"))(t), t.run(9000, from_text("z"));
  };
  all.add(
      of_tree(testdata::joined({from_text("abcdabcd"), repeated(9000, "z")}), followed, kMatches));
  // A run with bits behind its symbol, and a match likewise.
  add("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      lane({block(40, 1, 16, 0, 16, {{1, 2}, {3, 2}})}));
  add("xyxyxyx", lane({alternating(7)}, 5), "", kTables + 8192);
  add("yxyxyxy", lane({alternating(7)}, 5), "x", kTables + 8192);
  // Literals alone, behind the last match, and none at all.
  add("aaaa", lane({block(4, 0, 0, 0, 0)}));
  add("bbbbb", lane({block(5, 1, 2, 0, 0, {}, 'b')}), "a");
  return all.take();
}

RuleStream blocks_at_limits() {
  Joined all("1.8-match-blocks");
  constexpr size_t kMost = size_t{1} << 20;
  all.add(of_tree(repeated(kMost, "a"), matches(lane({block(kMost, 1, 1, 0, 79, {{0x1FFFC, 17}})})),
                  kMatches));
  all.add(of_tree(repeated(60000, "a"), matches(lane({with_many_tables(60000)}, 64)),
                  with_workspace(16 * kTables)));
  const auto none = [](TreeWriter& t) {
    t.concatenate(2), matches(forge::match_lane(0, 4, {}))(t), t.literal(kRaw);
  };
  all.add(of_tree(kRaw, none, with_workspace(0)));
  // A prefix that is computed takes workspace before the tables do.
  const auto computed = [](TreeWriter& t) {
    t.matches(lane({block(8, 1, 0, 5, 6)})), t.run(3, from_text("abc"));
  };
  all.add(of_tree(from_text("abcabcab"), computed, with_workspace(kTables + 8)));
  return all.take();
}

/// Rows of a table: a counter, numbers that are near those above, and few other bytes.
Bytes rows(size_t count) {
  testdata::Random random(11);
  Bytes out;
  uint8_t height = 100;
  for (size_t i = 0; i < count; i++) {
    height = static_cast<uint8_t>(height + random.below(7));
    for (const size_t byte : {size_t{6}, i >> 8, i, size_t{height}, random.below(3), size_t{0x81},
                              random.below(4) == 0 ? random.below(200) : 17, size_t{44}, size_t{9}})
      out.push_back(static_cast<uint8_t>(byte));
  }
  return out;
}

RuleStream differences() {
  Joined all("1.11-differences");
  const auto with_minor = [](forge::Stream& s) {
    with_workspace(28 * 8192)(s);
    s.head.minor = 11;
  };
  const Bytes table = rows(3000);
  for (const size_t prefix : {0U, 9U, 9000U}) {
    const Bytes before = testdata::part_of(table, 0, prefix);
    const Bytes raw = testdata::part_of(table, prefix, table.size());
    const Bytes coded = forge::matches(raw, before, {14, 4, 2, 9000});
    all.add(of_tree(raw, matches(coded, before), with_minor));
  }
  // As many tables as there may be.
  MatchBlock most = with_many_tables(60000);
  for (uint8_t& symbol : most.families[0].symbols)
    symbol = 0;
  all.add(of_tree(Bytes(60000, 0), matches(lane({most}, 128)), [](forge::Stream& s) {
    with_workspace(16 * kTables)(s);
    s.head.minor = 11;
  }));
  return all.take();
}

}  // namespace

std::vector<RuleStream> matches_at_limits() {
  return {offsets_and_contexts(), blocks_at_limits(), differences()};
}

namespace {

void refuse_heads(Refused& r) {
  const auto refuse = [&](const char* name, const Bytes& payload) {
    r.tree(name, repeated(6), matches(payload), with_workspace(17 * kTables));
  };
  const MatchBlock right = block(6, 1, 1, 0, 3);
  for (const size_t tables : {3U, 65U}) {
    const auto none = [=](TreeWriter& t) {
      t.concatenate(2), matches(forge::match_lane(0, tables, {}))(t), t.literal(kRaw);
    };
    r.tree(tables == 3 ? "matches-of-3-tables" : "matches-of-65-tables", kRaw, none, kMatches);
  }
  refuse("matches-longer-than-a-value", forge::match_lane((size_t{1} << 27) + 1, 4, {right}));
  refuse("matches-with-a-block-too-many", forge::match_lane(6, 4, {right, right}));
  refuse("matches-of-a-block-that-is-too-long", forge::match_lane(6, 4, {block(7, 1, 1, 0, 4)}));
  refuse("matches-of-an-empty-block", forge::match_lane(6, 4, {block(0, 0, 0, 0, 0), right}));
  refuse("matches-of-more-sequences-than-bytes", forge::match_lane(6, 4, {block(6, 4, 0, 0, 0)}));
  refuse("matches-without-a-block", forge::match_lane(6, 4, {}));
  MatchBlock many = right;
  many.families[0] = {{'a', 'a'}, std::vector<uint8_t>(256, 0)};
  refuse("matches-of-more-tables-than-they-say", forge::match_lane(6, 4, {many}));
  many.families[0].map['a'] = 2;
  refuse("matches-of-a-table-that-is-not-there", forge::match_lane(6, 5, {many}));
  Bytes followed = lane({right});
  followed.push_back(0);
  refuse("matches-with-more-behind-them", followed);
}

void refuse_blocks(Refused& r) {
  const auto refuse = [&](const char* name, const MatchBlock& made, const char* prefix = "") {
    r.tree(name, repeated(made.length), matches(lane({made}), from_text(prefix)), kMatches);
  };
  refuse("matches-of-a-block-of-2-20-and-1", block((size_t{1} << 20) + 1, 0, 0, 0, 0));
  refuse("a-match-before-the-value", block(6, 1, 0, 0, 4));
  refuse("a-match-before-the-prefix", block(6, 1, 0, 4, 4), "a");
  refuse("a-match-that-is-too-long", block(6, 1, 1, 0, 4));
  refuse("literals-that-are-too-many", block(6, 1, 7, 0, 0));
  refuse("a-run-beyond-its-symbols", block(6, 1, 80, 0, 0, {{0, 18}}));
  refuse("a-distance-beyond-its-symbols", block(6, 1, 1, 112, 0, {{0, 26}}));
  refuse("a-length-beyond-its-symbols", block(6, 1, 1, 0, 80, {{0, 18}}));
  refuse("tokens-with-bits-left", block(6, 1, 1, 0, 3, {{0, 1}}));
  refuse("tokens-that-end-too-early", block(40, 1, 16, 0, 16, {{1, 2}}));
}

/// The example, with a byte changed.
void refuse_changes(Refused& r) {
  const Bytes right = lane({block(6, 1, 1, 0, 3)});
  const auto refuse = [&](const char* name, size_t at, uint8_t value) {
    Bytes changed = right;
    changed.at(at) = value;
    r.tree(name, repeated(6), matches(changed), kMatches);
  };
  const size_t end = right.size();
  refuse("bits-behind-the-tables-of-matches", end - 8, 0x80);
  refuse("tokens-without-a-mark", end - 7, 0);
  refuse("tokens-with-a-state-at-their-end", end - 6, 1);
  refuse("literals-without-a-mark", end - 2, 0);
  refuse("literals-with-a-state-at-their-end", end - 1, 1);
  refuse("tokens-beyond-the-payload", 4, 100);
  refuse("literals-beyond-the-payload", 5, 100);
}

/// Numbers of tables between those of literals and those of differences, and beyond these.
std::vector<RuleStream> differences_beyond_limits() {
  Refused r("1.11-");
  for (const size_t tables : {67U, 129U}) {
    const auto none = [=](TreeWriter& t) {
      t.concatenate(2), matches(forge::match_lane(0, tables, {}))(t), t.literal(kRaw);
    };
    r.tree(tables == 67 ? "differences-of-3-tables" : "differences-of-65-tables", kRaw, none,
           kMatches);
  }
  return r.take();
}

}  // namespace

std::vector<RuleStream> matches_beyond_limits() {
  Refused r("1.8-");
  refuse_heads(r);
  refuse_blocks(r);
  refuse_changes(r);
  const Bytes right = lane({block(6, 1, 1, 0, 3)});
  r.tree("matches-without-workspace", repeated(6), matches(right), with_workspace(kTables - 8));
  const auto computed = [](TreeWriter& t) {
    t.matches(lane({block(8, 1, 0, 5, 6)})), t.run(3, from_text("abc"));
  };
  r.tree("matches-without-workspace-behind-the-prefix", from_text("abcabcab"), computed, kMatches);
  std::vector<MatchBlock> many(8, block(6, 1, 1, 0, 3));
  r.tree("matches-of-too-many-blocks", repeated(48), matches(lane(many)), kMatches);
  std::vector<RuleStream> all = r.take();
  const std::vector<RuleStream> more = differences_beyond_limits();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace golden
