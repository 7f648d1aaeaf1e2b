/* P7 behind the checks: streams whose contents are wrong in every way that can be thought of, or
 * chosen at random, while all their checks match. */
#include <algorithm>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/wire/sync_search.hpp"
#include "hostile.hpp"
#include "memory_source.hpp"
#include "parts.hpp"
#include "suite.hpp"

namespace {

using codec::decode;
using codec::Decoded;
using forge::Stream;
using hostile::check_bounded;
using hostile::check_random_access;
using hostile::kMemory;
using hostile::with_tree;
using parts::Part;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;
using testdata::joined;
using testdata::MemorySource;

/// Of places that are tried one by one: from each to the next. A short run has another bit of each
/// byte.
size_t stride() {
  return testdata::is_short_run() ? 9 : 1;
}

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

}  // namespace

START_TEST(every_bit_of_every_body_may_be_wrong) {
  const std::vector<Part> good = parts::take_apart(forge::every_operator().bytes);
  for (size_t i = 0; i < good.size(); i++)
    for (size_t bit = 0; bit < good[i].bytes.size() * 8; bit += stride()) {
      std::vector<Part> changed = good;
      uint8_t& byte = changed[i].bytes[bit / 8];
      byte = static_cast<uint8_t>(byte ^ (1 << bit % 8));
      check_bounded(parts::put_together(std::move(changed)));
    }
}
END_TEST

START_TEST(every_body_may_be_cut_anywhere) {
  const std::vector<Part> good = parts::take_apart(forge::every_operator().bytes);
  for (size_t i = 0; i < good.size(); i++)
    for (size_t size = 0; size < good[i].bytes.size(); size += stride()) {
      std::vector<Part> changed = good;
      changed[i].bytes.resize(size);
      parts::renumber(changed);
      check_bounded(parts::put_together(std::move(changed)));
    }
}
END_TEST

START_TEST(every_bit_of_every_header_may_be_wrong) {
  const Bytes good = forge::every_operator().bytes;
  constexpr size_t kSync = 8;
  constexpr size_t kCheck = 64;
  for (size_t at = sigma::find_packet_header(good); at < good.size();
       at = sigma::find_packet_header(good, at + 1))
    for (size_t bit = kSync * 8; bit < kCheck * 8; bit += stride()) {
      Bytes changed = good;
      uint8_t& byte = changed[at + bit / 8];
      byte = static_cast<uint8_t>(byte ^ (1 << bit % 8));
      parts::seal_header(changed, at);
      check_bounded(changed);
    }
}
END_TEST

START_TEST(packets_may_come_in_any_order_and_number) {
  const Bytes every = forge::every_operator().bytes;
  const std::vector<Part> good =
      parts::take_apart(joined({every, codec::encode(from_text("another stream")), every}));
  testdata::Random random(31);
  const int rounds = testdata::is_short_run() ? 300 : 3000;
  for (int round = 0; round < rounds; round++) {
    std::vector<Part> changed;
    for (size_t count = 1 + random.below(2 * good.size()); count > 0; count--)
      changed.push_back(good[random.below(good.size())]);
    if (round % 2 == 0) parts::renumber(changed);
    check_bounded(parts::put_together(std::move(changed)));
  }
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

START_TEST(indexes_with_numbers_that_wrap_lead_nowhere) {
  // Sequences, offsets and links near 2^64, in every place of an index.
  Stream s;
  s.begin().stored(testdata::log_lines(1000), true);
  sigma::IndexBuilder builder;
  builder.add({0, 0, 107});
  Bytes body(sigma::kMaxIndexBody);
  body.resize(builder.take_body(body, s.bytes.size()));
  for (size_t at = 0; at < body.size(); at++)
    for (const uint8_t value : std::initializer_list<uint8_t>{0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      Stream changed = s;
      Bytes wrong = body;
      wrong[at] = value;
      check_bounded(changed.index(wrong).end().bytes);
      // The number in ten bytes, of the glyph that holds it.
      wrong[at] = 0xFF;
      wrong.insert(wrong.begin() + static_cast<std::ptrdiff_t>(at), 8, 0xFF);
      Stream longer = s;
      check_bounded(longer.index(wrong).end().bytes);
    }
}
END_TEST

int main() {
  return run_suite(
      "decode/sealed", 900,
      {{"P7",
        {every_bit_of_every_body_may_be_wrong, every_body_may_be_cut_anywhere,
         every_bit_of_every_header_may_be_wrong, packets_may_come_in_any_order_and_number,
         slots_that_refer_to_one_another_end, thousands_of_empty_values_are_no_trouble,
         numbers_in_trees_are_canonical_and_do_not_wrap, glyphs_in_trees_do_not_reach_beyond_them,
         indexes_with_numbers_that_wrap_lead_nowhere}}});
}
