/* What damage costs, and what is said of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "damage.hpp"
#include "forge.hpp"
#include "suite.hpp"

namespace {

using codec::packets;
using codec::PacketView;
using codec::salvage;
using codec::Salvaged;
using codec::small_groups;
using damage::Change;
using damage::check_change;
using damage::Kind;
using testdata::append;
using testdata::Bytes;
using testdata::joined;
using testdata::part_of;

/// Whole packets of a stream, in the order given.
Bytes pick(const Bytes& stream, const std::vector<size_t>& order) {
  const std::vector<PacketView> all = packets(stream);
  Bytes picked;
  for (const size_t i : order)
    append(picked, part_of(stream, all[i].offset, all[i].offset + all[i].size));
  return picked;
}

std::vector<size_t> first_numbers(size_t count) {
  std::vector<size_t> numbers(count);
  for (size_t i = 0; i < count; i++)
    numbers[i] = i;
  return numbers;
}

}  // namespace

START_TEST(a_sound_stream_is_decoded_without_a_word) {
  const Bytes raw = testdata::mixed(2000000);
  for (const size_t piece : {size_t{1000}, size_t{1} << 30}) {
    const Salvaged salvaged = salvage(codec::encode(raw), codec::pieces_of(piece));
    ck_assert(salvaged.status.ok());
    ck_assert(salvaged.damage.empty());
    ck_assert(salvaged.bytes() == raw);
  }
}
END_TEST

START_TEST(random_damage_costs_what_needs_it_and_is_reported_exactly) {
  testdata::Random random(31);
  for (const unsigned level : {0u, 1u, 3u}) {
    // Stored zeros would stay what they are where zeros are cut out.
    const Bytes raw = level == 0 ? testdata::random_bytes(3000000) : testdata::mixed(3000000);
    const Bytes stream = codec::encode(raw, small_groups(level));
    const std::vector<PacketView> all = packets(stream);
    for (int round = 0; round < testdata::rounds(200); round++) {
      const Change change = damage::random_change(random, stream.size(), 65536);
      check_change(stream, raw, all, change, codec::random_pieces(round + 1, 300000));
    }
  }
}
END_TEST

START_TEST(damage_of_every_byte_and_gap_of_a_small_stream) {
  forge::Stream s = forge::every_operator();
  const std::vector<PacketView> all = packets(s.bytes);
  for (size_t at = 0; at < s.bytes.size(); at += testdata::stride()) {
    check_change(s.bytes, s.decoded, all, {Kind::OVERWRITE, at, 1});
    // Of two equal bytes, nobody can tell which one is gone: a packet's last or the next one's
    // first.
    if (at + 1 == s.bytes.size() || s.bytes[at] != s.bytes[at + 1])
      check_change(s.bytes, s.decoded, all, {Kind::DELETE, at, 1}, codec::pieces_of(7));
    check_change(s.bytes, s.decoded, all, {Kind::INSERT, at, 1}, codec::pieces_of(100));
  }
}
END_TEST

START_TEST(damage_of_joined_streams_stays_in_the_stream_it_hits) {
  const Bytes a = testdata::mixed(900000, 3);
  const Bytes b = testdata::log_lines(700000, 4);
  const Bytes c = testdata::from_text("short");
  const Bytes stream = joined({codec::encode(a, small_groups()), codec::encode(b, small_groups(1)),
                               codec::encode(c), codec::encode({})});
  const Bytes raw = joined({a, b, c});
  const std::vector<PacketView> all = packets(stream);
  testdata::Random random(32);
  for (int round = 0; round < testdata::rounds(300); round++) {
    const Change change = damage::random_change(random, stream.size(), round % 2 ? 3000 : 100000);
    const std::vector<bool> whole = damage::whole_packets(all, change);
    // Behind a lost end packet positions are those of what is known; here all bytes must be.
    const damage::Expected expected = damage::expect(all, whole);
    if (expected.unknown_end) {
      const Salvaged salvaged = salvage(damage::apply(stream, change, change.at + 1));
      if (whole.back() && whole[whole.size() - 2] && salvaged.status.ok())
        ck_assert(!salvaged.damage.empty());
      continue;
    }
    check_change(stream, raw, all, change, codec::random_pieces(round + 1, 100000));
  }
}
END_TEST

START_TEST(every_cut_gives_all_that_is_complete_and_reports_an_unknown_end) {
  const forge::Stream s = forge::every_operator();
  for (size_t cut = 200; cut < s.bytes.size(); cut += testdata::stride()) {
    const Salvaged salvaged = salvage(part_of(s.bytes, 0, cut));
    ck_assert_msg(salvaged.status.ok(), "%s", sigma::describe(salvaged.status).text);
    ck_assert(codec::is_prefix(salvaged.bytes(), s.decoded));
    ck_assert_uint_eq(salvaged.damage.size(), 1);
    ck_assert(salvaged.damage[0].position_end == sigma::kUnknownPosition);
    ck_assert_uint_eq(salvaged.damage[0].position_begin, salvaged.bytes().size());
    ck_assert_uint_eq(salvaged.damage[0].stream_end, cut);
    ck_assert(salvaged.bytes() == codec::decode(part_of(s.bytes, 0, cut)).bytes);
  }
}
END_TEST

START_TEST(packets_that_are_missing_repeated_exchanged_or_foreign_are_told_apart) {
  // Packets: head, copy, then chunks 0 to 7 in groups of 4, index, end. Each refers to the one
  // before.
  const Bytes raw = testdata::log_lines(8 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  ck_assert_uint_eq(packets(stream).size(), 12);
  const std::vector<size_t> order = first_numbers(12);
  const auto check = [&](const std::vector<size_t>& numbers, std::vector<damage::Range> missing,
                         const char* cause) {
    const Salvaged salvaged = salvage(pick(stream, numbers));
    ck_assert(salvaged.status.ok());
    ck_assert_msg(!salvaged.damage.empty(), "%s", cause);
    ck_assert_str_eq(salvaged.damage[0].cause.text, cause);
    std::vector<damage::Range> reported;
    for (const sigma::Damage& one : salvaged.damage)
      if (one.bytes() != 0) reported.push_back({one.position_begin, one.position_end});
    ck_assert_msg(reported == missing, "%s", cause);
    size_t position = 0;
    for (const Salvaged::Piece& piece : salvaged.pieces) {
      ck_assert_uint_ge(piece.position, position);
      const auto begin = static_cast<size_t>(piece.position);
      position = begin + piece.bytes.size();
      ck_assert(piece.bytes == part_of(raw, begin, position));
    }
    uint64_t lost = 0;
    for (const damage::Range& range : missing)
      lost += range.end - range.begin;
    ck_assert_uint_eq(salvaged.bytes().size() + lost, raw.size());
  };
  constexpr uint64_t kChunk = 65536;
  check({0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}, {{2 * kChunk, 4 * kChunk}}, "chunks are missing");
  check({0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11}, {{4 * kChunk, 8 * kChunk}}, "chunks are missing");
  check({0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11}, {{7 * kChunk, 8 * kChunk}}, "chunks are missing");
  check({0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {}, "a chunk comes twice or too late");
  check({0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {}, "a chunk comes twice or too late");
  check({0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10, 11}, {{1 * kChunk, 4 * kChunk}}, "chunks are missing");
  check({0, 1, 6, 7, 8, 9, 2, 3, 4, 5, 10, 11}, {{0, 4 * kChunk}}, "chunks are missing");
  check({0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {},
        "a new stream begins before the end packet of the one before");
  check({0, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11}, {},
        "a new stream begins before the end packet of the one before");
  check({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11}, {},
        "the end packet's stream length or index offset is wrong");
  check({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11}, {}, "a packet comes twice or too late");
  // An end packet in a wrong place ends nothing.
  check({0, 1, 2, 11, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {}, "chunks are missing");
  check({0, 1, 11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {}, "chunks are missing");
  check({11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {}, "the head of the stream is missing");
  // Packets of another stream, that has the same places.
  const Bytes other = codec::encode(testdata::random_bytes(8 * 65536), small_groups());
  for (const size_t at : {size_t{2}, size_t{4}, size_t{6}, size_t{10}, size_t{11}}) {
    const std::vector<PacketView> all = packets(stream);
    Bytes mixed_up = part_of(stream, 0, all[at].offset);
    append(mixed_up, pick(other, {1, at, 3, 6, 10, 11}));
    append(mixed_up, part_of(stream, all[at].offset, stream.size()));
    const Salvaged salvaged = salvage(mixed_up);
    ck_assert(salvaged.bytes() == raw);
    ck_assert_uint_eq(salvaged.damage.size(), 1);
    ck_assert_str_eq(salvaged.damage[0].cause.text, "a packet belongs to another stream");
    ck_assert_uint_eq(salvaged.damage[0].stream_begin, all[at].offset);
  }
}
END_TEST

START_TEST(a_chunk_that_needs_only_its_key_survives_the_loss_of_others) {
  // Lines are records, and share with their key chunk's; noise is stored, and shares nothing.
  for (const Bytes& raw : {testdata::log_lines(12000000), testdata::random_bytes(6000000)}) {
    const Bytes stream = codec::encode(raw);
    const std::vector<PacketView> all = packets(stream);
    size_t chunks = 0;
    for (size_t i = 0; i < all.size(); i++) {
      if (all[i].header.kind() != sigma::PacketKind::CHUNK) continue;
      const bool is_needed = all[i].header.is_key() && !all[i].header.is_stored();
      chunks++;
      const Change change{Kind::OVERWRITE, all[i].offset + all[i].size / 2, 1};
      check_change(stream, raw, all, change);
      if (is_needed) continue;
      const Salvaged salvaged = salvage(damage::apply(stream, change, 1));
      ck_assert_uint_eq(salvaged.stats.chunks_lost, 1);
      ck_assert_uint_eq(salvaged.stats.bytes_lost, all[i].header.raw_size);
    }
    ck_assert_uint_gt(chunks, 5);
  }
}
END_TEST

START_TEST(chunks_of_bytes_need_one_another_only_by_fours) {
  const Bytes raw = testdata::log_lines(16 * 65536);
  sigma::EncoderSettings settings = small_groups();
  settings.key_interval = 8;
  const Bytes stream = codec::encode(raw, settings);
  const std::vector<PacketView> all = packets(stream);
  // Packets: head, copy, chunks.
  const Change change{Kind::OVERWRITE, all[3].offset + 100, 1};
  const Salvaged salvaged = salvage(damage::apply(stream, change, 1));
  ck_assert_uint_eq(salvaged.damage.size(), 1);
  ck_assert_uint_eq(salvaged.damage[0].position_begin, 65536);
  ck_assert_uint_eq(salvaged.damage[0].position_end, 4 * 65536);
}
END_TEST

START_TEST(a_lost_key_costs_no_chunk_that_shares_next_to_nothing_with_it) {
  testdata::Random random(35);
  Bytes raw;
  while (raw.size() < 6000000)
    append(raw, testdata::from_text(std::to_string(random.below(1000000)) + "\n"));
  const Bytes stream = codec::encode(raw);
  const std::vector<PacketView> all = packets(stream);
  const Salvaged salvaged = salvage(damage::apply(stream, {Kind::OVERWRITE, 20000, 9}, 1));
  ck_assert(all[2].header.is_key() && all[3].offset > 20009);
  ck_assert_uint_eq(salvaged.stats.chunks_lost, 1);
  ck_assert_uint_eq(salvaged.stats.bytes_lost, all[2].header.raw_size);
}
END_TEST

START_TEST(what_slots_should_hold_is_decided_by_the_raw_hash) {
  // Chunk 1 changes a slot that 2 and 4 use, 3 and 5 do not, and 6 fills it again.
  forge::Stream s;
  s.head.key_interval = 8;
  s.begin();
  const auto slot_is = [&](const char* text) {
    s.coded(forge::tree([](sigma::TreeWriter& t) { t.slot(1); }), testdata::from_text(text), false);
  };
  const auto set_slot = [&](const char* text, bool key) {
    s.coded(forge::tree([&](sigma::TreeWriter& t) {
              t.set_slot(1, testdata::from_text(text));
              t.slot(1);
            }),
            testdata::from_text(text), key);
  };
  set_slot("old", true);
  set_slot("new", false);
  slot_is("new");
  s.stored(testdata::from_text("stored"), false);
  slot_is("new");
  s.coded(forge::tree([](sigma::TreeWriter& t) { t.literal(testdata::from_text("literal")); }),
          testdata::from_text("literal"), false);
  set_slot("newer", false);
  slot_is("newer");
  s.end();
  const std::vector<PacketView> all = packets(s.bytes);
  const Salvaged salvaged =
      salvage(damage::apply(s.bytes, {Kind::OVERWRITE, all[2].offset + 79, 1}, 1));
  ck_assert(salvaged.bytes() == testdata::from_text("oldstoredliteralnewernewer"));
  ck_assert_uint_eq(salvaged.damage.size(), 2);
  ck_assert_uint_eq(salvaged.stats.chunks_lost, 3);
}
END_TEST

START_TEST(history_ends_at_the_bytes_that_are_missing) {
  forge::Stream s;
  s.begin();
  s.stored(testdata::from_text("abcd"), true);
  s.stored(testdata::from_text("efgh"), false);
  const auto copied = [&](uint64_t distance, uint64_t size, const char* text) {
    s.coded(forge::tree([&](sigma::TreeWriter& t) { t.history(distance, size); }),
            testdata::from_text(text), false);
  };
  copied(8, 2, "ab");
  s.stored(testdata::from_text("ijkl"), false);
  copied(4, 4, "ijkl");
  copied(8, 8, "ijklijkl");
  copied(17, 1, "a");
  s.end();
  const std::vector<PacketView> all = packets(s.bytes);
  // Without chunk 1: chunk 2 reaches the key before it, but across what is missing.
  const Salvaged salvaged = salvage(pick(s.bytes, {0, 1, 3, 4, 5, 6, 7, 8}));
  ck_assert(salvaged.bytes() == testdata::from_text("abcdijklijklijklijkl"));
  ck_assert_uint_eq(salvaged.stats.chunks_lost, 3);
}
END_TEST

START_TEST(what_cannot_be_skipped_is_an_error_still) {
  const Bytes text = testdata::log_lines(5000);
  ck_assert(salvage(text).status.code == sigma::ErrorCode::NOT_SIGMA);
  ck_assert(salvage({}).status.code == sigma::ErrorCode::NOT_SIGMA || !salvage({}).status.ok());
  forge::Stream critical;
  critical.begin().metadata({}, sigma::kFlagCritical);
  ck_assert(salvage(critical.end().bytes).status.code == sigma::ErrorCode::UNSUPPORTED_PACKET);
  forge::Stream newer;
  newer.head.major = 2;
  ck_assert(salvage(newer.begin().end().bytes).status.code ==
            sigma::ErrorCode::UNSUPPORTED_VERSION);
  forge::Stream op;
  op.begin();
  op.coded(forge::glyph(sigma::GlyphType::COMPOSITE, 0x30, {}), testdata::from_text("x"), true);
  ck_assert(salvage(op.end().bytes).status.code == sigma::ErrorCode::UNSUPPORTED_OPERATOR);
  ck_assert(salvage(codec::encode(text), codec::whole(), 1 << 20).status.code ==
            sigma::ErrorCode::NEEDS_MORE_MEMORY);
}
END_TEST

START_TEST(skipping_stays_within_its_memory_and_ends) {
  const uint64_t memory = 8 << 20;
  const Bytes stream = codec::encode(testdata::mixed(3000000));
  testdata::Random random(34);
  for (int round = 0; round < 60; round++) {
    Bytes damaged = stream;
    for (size_t i = 0; i < 1 + random.below(50); i++)
      damaged = damage::apply(damaged, damage::random_change(random, damaged.size(), 2000), i + 1);
    const Salvaged salvaged = salvage(damaged, codec::random_pieces(round + 1, 70000), memory);
    ck_assert(salvaged.status.ok() || salvaged.status.code == sigma::ErrorCode::DAMAGED);
    ck_assert_uint_le(salvaged.stats.peak_memory, memory);
  }
}
END_TEST

int main() {
  return run_suite("decode/damage", 600,
                   {{"P5",
                     {random_damage_costs_what_needs_it_and_is_reported_exactly,
                      damage_of_every_byte_and_gap_of_a_small_stream,
                      damage_of_joined_streams_stays_in_the_stream_it_hits,
                      a_chunk_that_needs_only_its_key_survives_the_loss_of_others,
                      chunks_of_bytes_need_one_another_only_by_fours,
                      a_lost_key_costs_no_chunk_that_shares_next_to_nothing_with_it,
                      what_slots_should_hold_is_decided_by_the_raw_hash,
                      history_ends_at_the_bytes_that_are_missing}},
                    {"P6", {every_cut_gives_all_that_is_complete_and_reports_an_unknown_end}},
                    {"P7", {skipping_stays_within_its_memory_and_ends}},
                    {"damage",
                     {a_sound_stream_is_decoded_without_a_word,
                      packets_that_are_missing_repeated_exchanged_or_foreign_are_told_apart,
                      what_cannot_be_skipped_is_an_error_still}}});
}
