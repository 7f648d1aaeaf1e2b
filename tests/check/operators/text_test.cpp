/* Words from codes: what a dictionary and codes say, and what they must not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/text.hpp"

#include "hostile.hpp"
#include "suite.hpp"
#include "text_trees.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;

Bytes words() {
  return forge::dictionary(1, 6, 2, {{0, " the"}, {0, "cat"}, {2, "r"}, {0, "sixteen letters."}});
}

/// What the decoder makes of codes, with room for `size` bytes that is not written beyond.
bool decodes(const Bytes& dictionary, const Bytes& codes, size_t size, Bytes& out) {
  sigma::DictionaryReader reader;
  if (!reader.start(dictionary)) return false;
  std::vector<uint64_t> tables(sigma::text_tables_size(reader.words()) / sizeof(uint64_t));
  sigma::TextDecoder decoder;
  if (!decoder.start(reader, {reinterpret_cast<uint8_t*>(tables.data()), 8 * tables.size()}))
    return false;
  out.assign(size + 64, 0xA5);
  const bool is_right = decoder.decode(codes, {out.data(), size});
  for (size_t i = size; i < out.size(); i++)
    ck_assert_uint_eq(out[i], 0xA5);
  out.resize(size);
  return is_right;
}

}  // namespace

START_TEST(codes_near_the_end_are_read_as_those_before) {
  Bytes codes;
  Bytes text;
  // Long words, so that both ends come near at different codes.
  for (size_t i = 0; i < 40; i++) {
    testdata::append(codes, Bytes{1, 4, 5, 'x', 6, 5, 2, 5, 3, 4, 6, 4});
    testdata::append(text, from_text(" Thecatx"));
    testdata::append(text, from_text("sixteen letters."));
    testdata::append(text, from_text("CAT\4car"));
    Bytes out;
    ck_assert(decodes(words(), codes, text.size(), out) && out == text);
    ck_assert(!decodes(words(), codes, text.size() - 1, out));
    ck_assert(!decodes(words(), codes, text.size() + 1, out));
  }
}
END_TEST

START_TEST(cut_codes_and_dictionaries_are_refused) {
  const Bytes codes = {1, 4, 6, 5, 2, 5, 3, 4};
  const Bytes text = from_text(" Thesixteen letters.CAT\4");
  Bytes out;
  ck_assert(decodes(words(), codes, text.size(), out) && out == text);
  for (size_t size = 0; size < codes.size(); size++)
    ck_assert(!decodes(words(),
                       Bytes(codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(size)),
                       text.size(), out));
  const Bytes all = words();
  for (size_t size = 0; size < all.size(); size++)
    ck_assert(!decodes(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)), codes,
                       text.size(), out));
}
END_TEST

START_TEST(any_bytes_are_refused_or_decoded_within_their_size) {
  testdata::Random random(7);
  for (int round = 0; round < testdata::rounds(20000); round++) {
    Bytes dictionary = words();
    Bytes codes(random.below(60));
    for (uint8_t& code : codes)
      code = static_cast<uint8_t>(random.below(9));
    for (size_t changes = random.below(3); changes > 0; changes--)
      dictionary[random.below(dictionary.size())] = static_cast<uint8_t>(random.next());
    Bytes out;
    decodes(dictionary, codes, random.below(200), out);
  }
}
END_TEST

START_TEST(texts_longer_than_their_codes_allow_are_refused) {
  const auto text = [](size_t size, const Bytes& codes) {
    return [=](TreeWriter& t) { t.text(size), t.literal(words()), t.literal(codes); };
  };
  check_tree_fails(text(17, {'a'}), Bytes(17, 'a'));
  check_tree_fails(text(1, {}), Bytes(1, 'a'));
}
END_TEST

int main() {
  return run_suite(
      "operators/text", 60,
      {{"P1", {codes_near_the_end_are_read_as_those_before}},
       {"P7",
        {cut_codes_and_dictionaries_are_refused, any_bytes_are_refused_or_decoded_within_their_size,
         texts_longer_than_their_codes_allow_are_refused}}});
}
