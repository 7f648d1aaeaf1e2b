/* Streams that lost their head, or with padding, garbage or a cut between them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
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

}  // namespace

START_TEST(a_stream_behind_a_cut_one_is_found_wherever_the_cut_is) {
  const Bytes a = testdata::samples(500000, 1);
  const Bytes b = testdata::log_lines(100000, 2);
  const Bytes first = codec::encode(a, small_groups());
  for (const Bytes& second : {codec::encode(b), codec::encode(testdata::from_text("b"))}) {
    const Bytes second_raw = codec::decode(second).bytes;
    for (size_t cut = 150; cut < first.size(); cut += 3511) {
      const Salvaged salvaged = salvage(joined({part_of(first, 0, cut), second}));
      ck_assert(salvaged.status.ok());
      const Bytes got = salvaged.bytes();
      ck_assert_uint_ge(got.size(), second_raw.size());
      const size_t from_first = got.size() - second_raw.size();
      ck_assert(codec::is_prefix(part_of(got, 0, from_first), a));
      ck_assert(part_of(got, from_first, got.size()) == second_raw);
      ck_assert_uint_eq(salvaged.damage.size(), 1);
      ck_assert(salvaged.damage[0].position_end == sigma::kUnknownPosition);
      ck_assert_uint_eq(salvaged.damage[0].stream_end, cut);
    }
  }
}
END_TEST

START_TEST(a_stream_cut_and_begun_again_gives_both) {
  const Bytes raw = testdata::samples(500000, 1);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<PacketView> all = packets(stream);
  for (const size_t cut : {all[3].offset, all[5].offset + 100, all[7].offset}) {
    const Salvaged salvaged = salvage(joined({part_of(stream, 0, cut), stream}));
    const Bytes got = salvaged.bytes();
    ck_assert_uint_gt(got.size(), raw.size());
    ck_assert(part_of(got, got.size() - raw.size(), got.size()) == raw);
    ck_assert(codec::is_prefix(part_of(got, 0, got.size() - raw.size()), raw));
    ck_assert_uint_eq(salvaged.damage.size(), 1);
    ck_assert(salvaged.damage[0].position_end == sigma::kUnknownPosition);
  }
}
END_TEST

START_TEST(a_lost_head_is_replaced_by_the_copy_behind_it) {
  const Bytes raw = testdata::mixed(2000000);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<PacketView> all = packets(stream);
  for (const Change& change : {Change{Kind::OVERWRITE, 0, all[0].size},
                               Change{Kind::DELETE, 0, all[0].size}, Change{Kind::DELETE, 0, 30},
                               Change{Kind::OVERWRITE, 90, 1}, Change{Kind::INSERT, 50, 1000}}) {
    const Salvaged salvaged = salvage(damage::apply(stream, change, 1));
    ck_assert(salvaged.bytes() == raw);
    ck_assert_uint_eq(salvaged.damage.size(), 1);
    ck_assert_uint_eq(salvaged.damage[0].stream_begin, 0);
    ck_assert_uint_eq(salvaged.stats.bytes_lost, 0);
  }
}
END_TEST

START_TEST(a_lost_beginning_costs_what_comes_before_the_next_copy_of_the_head) {
  const Bytes raw = testdata::mixed(3000000);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<PacketView> all = packets(stream);
  // Copies stand before the key chunks 16 and 32.
  for (const size_t cut : {all[1].offset + 20, all[2].offset + 80, all[9].offset}) {
    const Salvaged salvaged = salvage(part_of(stream, cut, stream.size()));
    ck_assert(salvaged.status.ok());
    ck_assert_uint_eq(salvaged.pieces[0].position, 16 * 65536);
    ck_assert(salvaged.bytes() == part_of(raw, 16 * 65536, raw.size()));
    ck_assert_uint_eq(salvaged.damage.size(), 1);
    ck_assert_uint_eq(salvaged.damage[0].position_begin, 0);
    ck_assert_uint_eq(salvaged.damage[0].position_end, 16 * 65536);
    ck_assert_uint_eq(salvaged.damage[0].chunks, 16);
  }
}
END_TEST

START_TEST(a_stream_without_any_head_is_lost_and_its_size_told) {
  const Bytes raw = testdata::samples(300000);
  const Bytes stream = codec::encode(raw, small_groups());
  const Bytes other = codec::encode(testdata::from_text("other"));
  const size_t cut = packets(stream)[2].offset;
  const Salvaged salvaged = salvage(joined({part_of(stream, cut, stream.size()), other}));
  ck_assert(salvaged.status.ok());
  ck_assert(salvaged.bytes() == testdata::from_text("other"));
  ck_assert_uint_eq(salvaged.pieces[0].position, raw.size());
  ck_assert_uint_eq(salvaged.damage.size(), 1);
  ck_assert_uint_eq(salvaged.damage[0].position_end, raw.size());
  ck_assert_uint_eq(salvaged.damage[0].chunks, 5);
  // With nothing else in the input and no end packet there is nothing to go by.
  const Salvaged nothing = salvage(part_of(stream, cut, stream.size() - 1));
  ck_assert(nothing.status.code == sigma::ErrorCode::DAMAGED);
}
END_TEST

START_TEST(zeros_behind_a_stream_are_padding) {
  const Bytes one = testdata::log_lines(100000);
  const Bytes two = testdata::samples(70000);
  for (const size_t zeros : {size_t{1}, size_t{3}, size_t{512}, size_t{70000}}) {
    const Bytes padding(zeros, 0);
    const Bytes stream =
        joined({codec::encode(one), padding, codec::encode(two), codec::encode({}), padding});
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}, SIZE_MAX}) {
      const codec::Decoded decoded = codec::decode(stream, codec::pieces_of(piece));
      ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
      ck_assert(decoded.bytes == joined({one, two}));
      const Salvaged salvaged = salvage(stream, codec::pieces_of(piece));
      ck_assert(salvaged.status.ok() && salvaged.damage.empty());
      ck_assert(salvaged.bytes() == joined({one, two}));
    }
  }
}
END_TEST

START_TEST(zeros_elsewhere_are_damage) {
  const Bytes raw = testdata::log_lines(100000);
  const Bytes stream = codec::encode(raw, small_groups());
  const Bytes zero(1, 0);
  ck_assert(codec::decode(joined({zero, stream})).status.code == sigma::ErrorCode::NOT_SIGMA);
  const size_t middle = packets(stream)[3].offset;
  const Bytes inside =
      joined({part_of(stream, 0, middle), zero, part_of(stream, middle, stream.size())});
  ck_assert(codec::decode(inside).status.code == sigma::ErrorCode::DAMAGED);
  const codec::Decoded tail =
      codec::decode(joined({stream, Bytes(100, 0), testdata::from_text("x")}));
  ck_assert(tail.status.code == sigma::ErrorCode::DAMAGED || !tail.status.ok());
  ck_assert(tail.bytes == raw);
}
END_TEST

START_TEST(a_damaged_stored_chunk_never_yields_the_stream_inside_it) {
  // The same first chunk and settings: the inner stream has the id of the outer one, too.
  const Bytes start = testdata::random_bytes(65536, 5);
  const Bytes whole = joined({start, testdata::random_bytes(40 * 65536, 6)});
  sigma::EncoderSettings keys = small_groups(0);
  keys.key_interval = 1;
  const Bytes same_id = joined({start, codec::encode(whole, keys)});
  const Bytes inner = codec::encode(testdata::mixed(1500000), small_groups());
  ck_assert_uint_eq(packets(codec::encode(same_id, keys))[0].header.stream_id,
                    packets(codec::encode(whole, keys))[0].header.stream_id);
  testdata::Random random(33);
  for (const Bytes& raw : {same_id, inner}) {
    const Bytes stream = codec::encode(raw, keys);
    const std::vector<PacketView> all = packets(stream);
    // The beginning, where the outer id is not known any more, and places anywhere.
    for (const size_t size : {size_t{50}, size_t{300}, size_t{1000}, size_t{70000}})
      check_change(stream, raw, all, {Kind::OVERWRITE, 0, size});
    for (int round = 0; round < testdata::rounds(100); round++)
      check_change(stream, raw, all, damage::random_change(random, stream.size(), 65536));
  }
}
END_TEST

START_TEST(garbage_around_and_between_streams_costs_nothing) {
  const Bytes one = testdata::log_lines(200000);
  const Bytes two = testdata::samples(100000);
  const Bytes noise = testdata::random_bytes(5000);
  const Salvaged salvaged =
      salvage(joined({noise, codec::encode(one), noise, noise, codec::encode(two), noise}));
  ck_assert(salvaged.status.ok());
  ck_assert(salvaged.bytes() == joined({one, two}));
  ck_assert_uint_eq(salvaged.damage.size(), 3);
  for (const sigma::Damage& one_damage : salvaged.damage)
    ck_assert_uint_eq(one_damage.bytes(), 0);
  ck_assert_uint_eq(salvaged.damage[0].stream_end, noise.size());
  ck_assert_str_eq(salvaged.damage[0].cause.text, "bytes that belong to no stream come before it");
  ck_assert_str_eq(salvaged.damage[1].cause.text, "bytes that belong to no stream follow its end");
}
END_TEST

START_TEST(a_stream_is_found_behind_headers_that_lie_in_one_another) {
  forge::Stream s;
  s.begin();
  Bytes hostile = s.bytes;
  sigma::PacketHeader header =
      s.header(sigma::GlyphType::COMPOSITE, sigma::Primitive::BLOCK, sigma::kFlagKey);
  header.body_size = s.head.body_max;
  header.raw_size = 1;
  uint8_t front[sigma::kPacketFront];
  sigma::write_packet_front(front, header);
  for (int i = 0; i < 5000; i++)
    hostile.insert(hostile.end(), front, front + sigma::packet_front_size(header));
  // Bytes enough that the last of the bodies ends before the stream.
  append(hostile, testdata::random_bytes(s.head.body_max));
  const Bytes raw = testdata::log_lines(100000);
  const Salvaged salvaged = salvage(joined({hostile, codec::encode(raw)}), codec::pieces_of(65536));
  ck_assert(salvaged.status.ok());
  ck_assert(salvaged.bytes() == raw);
}
END_TEST

int main() {
  return run_suite(
      "decode/joints", 600,
      {{"P6", {a_stream_behind_a_cut_one_is_found_wherever_the_cut_is}},
       {"P7", {a_stream_is_found_behind_headers_that_lie_in_one_another}},
       {"P8", {zeros_behind_a_stream_are_padding}},
       {"joints",
        {a_stream_cut_and_begun_again_gives_both, a_lost_head_is_replaced_by_the_copy_behind_it,
         a_lost_beginning_costs_what_comes_before_the_next_copy_of_the_head,
         a_stream_without_any_head_is_lost_and_its_size_told, zeros_elsewhere_are_damage,
         a_damaged_stored_chunk_never_yields_the_stream_inside_it,
         garbage_around_and_between_streams_costs_nothing}}});
}
