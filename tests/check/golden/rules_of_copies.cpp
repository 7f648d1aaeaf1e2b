/* Streams for the rules of copies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "copy_trees.hpp"
#include "rules.hpp"
#include "rules_support.hpp"

namespace golden {
namespace {

using sigma::CopiesForm;

const Change kWithCopies = [](forge::Stream& s) {
  s.head.minor = 7;
  s.head.workspace_max = 1 << 16;
};

/// A tree with this payload, whose children are literals.
Tree tree_of(const Bytes& payload, const Bytes& reference, const Bytes& steps, const Bytes& lengths,
             const Bytes& literals) {
  return [=](TreeWriter& t) {
    t.copies(payload);
    for (const Bytes& child : {reference, steps, lengths, literals})
      t.literal(child);
  };
}

}  // namespace

std::vector<RuleStream> copies_at_limits() {
  Joined all("1.7-copies");
  testdata::Random random(71);
  const Bytes before = testdata::samples(200);
  const auto add = [&](CopiesForm form, const Bytes& reference, size_t steps, size_t longest) {
    const forge::ForgedCopies made = forge::random_copies(form, reference, steps, longest, random);
    all.add(of_tree(
        made.raw, [&](auto& t) { forge::write_copies(t, form, reference, made); }, kWithCopies));
  };
  for (size_t unit = 1; unit <= sigma::kMaxCopyUnit; unit++) {
    CopiesForm form;
    form.unit = unit;
    form.distances = {1, 9, 10, 8};
    form.distance_count = 4;
    add(form, before, 90, 60);
    add(form, {}, 60, 30);
    if (unit > sigma::kMaxFramePeriod) continue;
    for (unsigned joined = 0; joined<1U << unit; joined += unit> 2 ? 3 : 1) {
      form.above = 9 * unit;
      form.kind = joined % unit;
      form.joined = joined;
      add(form, joined % 2 == 0 ? before : Bytes(), 60, 20);
    }
  }
  CopiesForm many;
  many.distance_count = sigma::kMaxCopyDistances;
  for (size_t i = 0; i < many.distance_count; i++)
    many.distances[i] = 1 + 13 * i;
  add(many, before, 120, 40);
  // All is new, and the longest step.
  all.add(of_tree(kRaw, tree_of({1, 3, 0, 0}, {}, {2}, {}, kRaw), kWithCopies));
  const Bytes one = {'x'};
  all.add(of_tree(repeated(65552, "x"),
                  tree_of(varints({1, 65552, 1, 1, 0}), {}, {0, 31}, {0xff, 0xff}, one),
                  [](forge::Stream& s) { s.head.minor = 7, s.head.chunk_max = 1 << 17; }));
  // Workspace: eight steps, and sixteen bytes of lengths behind them.
  all.add(of_tree(
      repeated(16 * 8 + 1, "a"),
      [](TreeWriter& t) {
        t.copies(varints({1, 16 * 8 + 1, 1, 1, 0}));
        t.literal({});
        t.concatenate(2), t.run(1, Bytes{0}), t.run(8, Bytes{31});
        t.run(16, Bytes{0});
        t.run(1, Bytes{'a'});
      },
      [](forge::Stream& s) { s.head.minor = 7, s.head.workspace_max = 32; }));
  return {all.take()};
}

std::vector<RuleStream> copies_beyond_limits() {
  Refused r("1.7-");
  const auto payload = [&](const char* name, std::initializer_list<uint64_t> numbers) {
    r.tree(name, kRaw, tree_of(varints(numbers), {}, {2}, {}, kRaw), kWithCopies);
  };
  payload("copies-of-no-unit", {0, 3, 0, 0});
  payload("copies-of-9-bytes", {9, 9, 0, 0});
  payload("copies-of-half-a-pixel", {2, 3, 0, 0});
  payload("copies-of-nothing", {1, 0, 0, 0});
  payload("copies-from-16-distances",
          {1, 3, 16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0});
  payload("copies-from-no-distance", {1, 3, 1, 0, 0});
  payload("copies-from-too-far", {1, 3, 1, (1 << 27) + 1, 0});
  // What is predicted from nothing is nothing.
  const auto predicted = [&](const char* name, std::initializer_list<uint64_t> numbers,
                             size_t size = 3, uint8_t steps = 2) {
    r.tree(name, Bytes(size, 0), tree_of(varints(numbers), {}, {steps}, {}, Bytes(size, 0)),
           kWithCopies);
  };
  predicted("copies-predicted-from-too-far", {1, 3, 0, (1 << 27) + 1, 0, 0});
  predicted("copies-of-a-kind-behind-the-pixel", {1, 3, 0, 1, 1, 0});
  predicted("copies-joined-behind-the-pixel", {1, 3, 0, 1, 0, 2});
  predicted("copies-predicted-in-5-bytes", {5, 5, 0, 1, 0, 0}, 5, 0);
  payload("copies-with-more-behind", {1, 3, 0, 0, 0});
  const auto children = [&](const char* name, const Bytes& numbers, const Bytes& steps,
                            const Bytes& lengths, const Bytes& literals, size_t size = 3) {
    r.tree(name, Bytes(size, 'r'), tree_of(numbers, {}, steps, lengths, literals), kWithCopies);
  };
  const Bytes plain = {1, 3, 1, 1, 0};
  children("copies-without-such-a-distance", plain, {0, 0x21}, {}, {'r'});
  children("copies-before-the-reference", plain, {0x10, 1}, {}, {'r', 'r'});
  children("copies-beyond-the-value", plain, {0, 0x12}, {}, {'r'});
  children("copies-beyond-the-literals", plain, {0, 0x11, 0}, {}, {'r', 'r'});
  children("copies-lack-literals", plain, {2}, {}, {'r', 'r'});
  children("copies-leave-literals", plain, {0, 0x10}, {}, {'r', 'r', 'r'});
  children("copies-end-early", plain, {0, 0x10}, {}, {'r'});
  children("copies-with-more-literals-than-bytes", plain, {3}, {}, Bytes(4, 'r'));
  children("copies-lack-a-length", {1, 17, 1, 1, 0}, {0, 0x1f}, {}, {'r'}, 17);
  children("copies-leave-a-length", plain, {0, 0x11}, {0, 0}, {'r'});
  children("copies-with-half-a-length", plain, {0, 0x11}, {0}, {'r'});
  r.tree(
      "copies-without-room", repeated(9, "r"),
      [](TreeWriter& t) {
        t.copies(varints({1, 9, 1, 1, 0}));
        t.literal({}), t.run(9, Bytes{0}), t.literal({}), t.literal(repeated(9, "r"));
      },
      [](forge::Stream& s) { s.head.minor = 7, s.head.workspace_max = 15; });
  return r.take();
}

}  // namespace golden
