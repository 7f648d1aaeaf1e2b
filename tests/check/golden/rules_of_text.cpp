/* Streams for the rules of text: dictionaries, and codes of words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/text.hpp"

#include "rules.hpp"
#include "rules_support.hpp"
#include "text_trees.hpp"

namespace golden {
namespace {

using forge::dictionary;
using testdata::from_text;

/// Streams of the minor version that has text, with so much workspace.
Change with_workspace(size_t size) {
  return [size](forge::Stream& s) {
    s.head.minor = 6;
    s.head.workspace_max = static_cast<uint32_t>(size);
  };
}
const Change kText = with_workspace(1 << 16);

/// What the tables take, as the document has it.
constexpr size_t tables(size_t words) {
  return 24 * (256 + words);
}

/// The marks 1 to 5, with a word of one mark and one of two.
Bytes small_dictionary() {
  return dictionary(1, 5, 1, {{0, " the"}, {0, "cat"}});
}

Tree text(const Bytes& words, const Bytes& codes, size_t size) {
  return [=](TreeWriter& t) { t.text(size), t.literal(words), t.literal(codes); };
}

/// A dictionary of so many words of one byte, with all byte values as marks.
Bytes large_dictionary(size_t words) {
  Bytes out(32, 0xFF);
  out.insert(out.end(), {0, static_cast<uint8_t>(words), static_cast<uint8_t>(words >> 8)});
  out.insert(out.end(), words, uint8_t{0});
  out.insert(out.end(), words, uint8_t{'a'});
  return out;
}

/// As many codes of the last word but one: both its marks are 132.
forge::Stream many_words(size_t words) {
  constexpr size_t kCodes = 60000;
  const size_t last = 32766;
  Bytes codes;
  for (size_t i = 0; i < kCodes; i++)
    codes.insert(codes.end(),
                 {static_cast<uint8_t>(3 + last / 253), static_cast<uint8_t>(3 + last % 253)});
  const auto write = [&](TreeWriter& t) {
    t.text(kCodes), t.lane(forge::frame(large_dictionary(words))), t.lane(forge::frame(codes));
  };
  return of_tree(repeated(kCodes), write, with_workspace(size_t{1} << 20));
}

/// A text whose codes take workspace: 5 bytes, as 8.
Tree computed_codes() {
  return [](TreeWriter& t) { t.text(5), t.literal(small_dictionary()), t.run(5, from_text("x")); };
}

RuleStream codes_of_every_kind() {
  Joined all("1.6-codes");
  const auto add = [&](const Bytes& words, const Bytes& codes, const char* value) {
    const Bytes raw = from_text(value);
    all.add(of_tree(raw, text(words, codes, raw.size()), kText));
  };
  add(small_dictionary(), {1, 4, 0x20, 5, 4, 0x2E}, " The cat.");
  add(small_dictionary(), {2, 4, 2, 5, 4, 1, 5, 4, 4, 5, 4}, " THECATCat thecat");
  add(small_dictionary(), {3, 3, 3, 'a', 3, 1}, "\3a\1");
  // Capitals of what has no letter there, or only a space.
  add(dictionary(1, 6, 3, {{0, " "}, {0, "9a"}, {0, "\xc3\xa9z"}}), {1, 4, 1, 5, 2, 5, 1, 6, 2, 6},
      " 9a9A\xc3\xa9z\xc3\xa9Z");
  // Words of 16 bytes, and of what they share; long codes from two first marks.
  add(dictionary(1, 5, 0, {{0, "sixteen letters."}, {15, "!"}, {8, "letters "}, {0, "x"}}),
      {4, 4, 4, 5, 5, 4, 5, 5}, "sixteen letters.sixteen letters!sixteen letters x");
  // Three marks and no words.
  add(dictionary(1, 3, 0, {}), {'a', 3, 2, 'b'}, "a\2b");
  const auto none = [](TreeWriter& t) {
    t.concatenate(2), text(small_dictionary(), {}, 0)(t), t.literal(kRaw);
  };
  all.add(of_tree(kRaw, none, kText));
  return all.take();
}

}  // namespace

std::vector<RuleStream> text_at_limits() {
  Joined workspace("1.6-text-workspace");
  workspace.add(of_tree(kRaw, text(small_dictionary(), kRaw, 3), with_workspace(tables(2))));
  workspace.add(of_tree(repeated(5, "x"), computed_codes(), with_workspace(tables(2) + 8)));
  return {codes_of_every_kind(), workspace.take(),
          Joined("1.6-most-words").add(many_words(32768)).take()};
}

std::vector<RuleStream> text_beyond_limits() {
  Refused r("1.6-");
  const auto refuse = [&](const char* name, const Bytes& words, const Bytes& codes,
                          const char* value) {
    const Bytes raw = from_text(value);
    r.tree(name, raw, text(words, codes, raw.size()), kText);
  };
  r.tree("text-tables-without-workspace", kRaw, text(small_dictionary(), kRaw, 3),
         with_workspace(tables(2) - 8));
  r.tree("text-tables-behind-codes", repeated(5, "x"), computed_codes(), with_workspace(tables(2)));
  r.add("text-of-too-many-words", many_words(32769).bytes);
  const Bytes raw = from_text("raw");
  refuse("text-of-two-marks", dictionary(1, 2, 0, {}), raw, "raw");
  refuse("text-of-more-ones-than-marks", dictionary(1, 3, 1, {{0, "a"}}), raw, "raw");
  refuse("text-of-ones-without-words", dictionary(1, 5, 2, {{0, "a"}}), raw, "raw");
  refuse("text-of-words-without-codes", dictionary(1, 5, 2, {{0, "a"}, {0, "b"}, {0, "c"}}), raw,
         "raw");
  refuse("text-with-a-word-of-17-bytes",
         dictionary(1, 5, 2, {{0, "sixteen letters."}, {1, "ixteen letters.."}}), raw, "raw");
  refuse("text-that-shares-too-much", dictionary(1, 5, 2, {{0, "a"}, {2, "b"}}), raw, "raw");
  Bytes longer = small_dictionary();
  longer.push_back('x');
  refuse("text-with-more-behind-the-words", longer, raw, "raw");
  longer.resize(longer.size() - 2);
  refuse("text-of-a-cut-dictionary", longer, raw, "raw");
  refuse("text-of-a-word-that-is-not-there", small_dictionary(), {'a', 5, 5}, "a");
  refuse("text-of-half-a-code", small_dictionary(), {'a', 5}, "a");
  refuse("text-of-a-second-byte-that-is-no-mark", small_dictionary(), {5, 'a', 'a'}, "cat");
  refuse("text-that-ends-with-an-escape", small_dictionary(), {'a', 3}, "a");
  refuse("text-that-ends-with-a-capital", small_dictionary(), {'a', 1}, "a");
  refuse("text-with-a-capital-of-no-word", small_dictionary(), {1, 'a'}, "A");
  refuse("text-with-capitals-of-an-escape", small_dictionary(), {2, 3, 'a'}, "A");
  refuse("text-of-fewer-bytes", small_dictionary(), {4, 'a'}, " thea.");
  refuse("text-of-more-bytes", small_dictionary(), {4, 'a', '.'}, " thea");
  return r.take();
}

}  // namespace golden
