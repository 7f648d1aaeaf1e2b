/* Reading anywhere in streams that are cut, joined or damaged.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <cstring>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "damage.hpp"
#include "forge.hpp"
#include "memory_source.hpp"
#include "reads.hpp"
#include "suite.hpp"

namespace {

using codec::packets;
using codec::PacketView;
using codec::small_groups;
using reads::check_read;
using sigma::OnError;
using sigma::RandomAccessDecoder;
using testdata::Bytes;
using testdata::joined;
using testdata::MemorySource;
using testdata::part_of;

/// Every byte that is delivered reads right, every missing one is an error, nothing else.
std::string check_damaged(const Bytes& damaged, const damage::Expected& expected,
                          const Bytes& raw) {
  MemorySource source(damaged);
  RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
  if (const sigma::Status status = decoder.open(); !status.ok())
    return sigma::describe(status).text;
  testdata::Random random(42);
  Bytes out(1000);
  const auto probe = [&](uint64_t position, bool sound) {
    const sigma::Result<size_t> got = decoder.read(position, {out.data(), 1});
    if (got.ok() && got.value == 1 && out[0] != raw[static_cast<size_t>(position)])
      return std::string("a wrong byte");
    const bool given = got.ok() && got.value == 1;
    if (given != sound)
      return (sound ? "lost at " : "given at ") + std::to_string(position) + ": " +
             sigma::describe(got.status).text;
    return std::string();
  };
  std::vector<std::pair<uint64_t, bool>> probes;
  for (const auto& [ranges, sound] :
       {std::pair(&expected.delivered, true), std::pair(&expected.missing, false)})
    for (const damage::Range& range : *ranges)
      for (const uint64_t at :
           {range.begin, range.end - 1,
            range.begin + random.below(static_cast<size_t>(range.end - range.begin))})
        probes.push_back({at, sound});
  for (size_t i = 0; i < probes.size(); i++)
    std::swap(probes[i], probes[random.below(probes.size())]);
  for (const auto& [at, sound] : probes)
    if (const std::string wrong = probe(at, sound); !wrong.empty()) return wrong;
  return "";
}

/// Whatever the decoder gives in order can be read at the same position.
void check_same_positions(const Bytes& damaged, const codec::Salvaged& salvaged) {
  MemorySource source(damaged);
  RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
  for (const codec::Salvaged::Piece& piece : salvaged.pieces) {
    Bytes out(piece.bytes.size());
    const sigma::Result<size_t> got = decoder.read(piece.position, out);
    ck_assert_msg(got.ok(), "at %llu: %s", static_cast<unsigned long long>(piece.position),
                  sigma::describe(got.status).text);
    ck_assert(out == piece.bytes);
  }
}

}  // namespace

START_TEST(a_cut_stream_is_read_up_to_the_cut_and_its_end_is_an_error) {
  const Bytes raw = testdata::samples(20 * 65536);
  for (const bool index : {true, false}) {
    const Bytes stream = codec::encode(raw, small_groups(3, index));
    for (size_t cut = 300; cut < stream.size(); cut += 9973) {
      const Bytes part = part_of(stream, 0, cut);
      const Bytes expected = codec::decode(part).bytes;
      for (const OnError on_error : {OnError::FAIL, OnError::SKIP}) {
        MemorySource source(part);
        RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, on_error);
        ck_assert(decoder.open().ok());
        ck_assert_uint_eq(decoder.size(), expected.size());
        ck_assert(decoder.end_status().code == sigma::ErrorCode::TRUNCATED);
        check_read(decoder, expected, 0, expected.size() + 10);
      }
    }
  }
}
END_TEST

START_TEST(lost_bytes_are_errors_and_all_others_are_read) {
  const Bytes raw = testdata::mixed(3000000);
  testdata::Random random(44);
  for (const bool index : {true, false}) {
    const Bytes stream = codec::encode(raw, small_groups(3, index));
    const std::vector<PacketView> all = packets(stream);
    for (int round = 0; round < testdata::rounds(150); round++) {
      const damage::Change change = damage::random_change(random, stream.size(), 65536);
      const damage::Expected expected = damage::expect(all, damage::whole_packets(all, change));
      const Bytes damaged = damage::apply(stream, change, change.at + 1);
      damage::Expected probed = expected;
      // Nobody knows of lost bytes at the end of a stream that has lost its end packet.
      if (expected.unknown_end) probed.missing.clear();
      const std::string wrong = check_damaged(damaged, probed, raw);
      ck_assert_msg(wrong.empty(), "%s of %zu bytes at %zu: %s", damage::name_of(change.kind),
                    change.size, change.at, wrong.c_str());
    }
  }
}
END_TEST

START_TEST(without_skipping_too_what_needs_no_damaged_chunk_is_read) {
  // Noise is stored: chunks need none of those before.
  const Bytes raw = testdata::random_bytes(8 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const PacketView hit = packets(stream)[4];
  stream[hit.offset + hit.size / 2] ^= 1;
  const auto lost = static_cast<size_t>(hit.header.raw_offset);
  MemorySource source(stream);
  RandomAccessDecoder decoder(source);
  Bytes out(100);
  for (int round = 0; round < 3; round++) {
    check_read(decoder, raw, lost - 100, 100);
    ck_assert(decoder.read(lost, out).status.code == sigma::ErrorCode::DAMAGED);
    check_read(decoder, raw, lost + 65536, 1000);
    check_read(decoder, raw, lost + 2 * 65536, 100000);
    ck_assert(decoder.read(lost + 65535, out).status.code == sigma::ErrorCode::DAMAGED);
  }
}
END_TEST

START_TEST(damage_of_every_byte_of_a_small_stream) {
  const forge::Stream s = forge::every_operator();
  const std::vector<PacketView> all = packets(s.bytes);
  for (size_t at = 0; at < s.bytes.size(); at += testdata::stride())
    for (const damage::Kind kind :
         {damage::Kind::OVERWRITE, damage::Kind::DELETE, damage::Kind::INSERT}) {
      const damage::Change change = {kind, at, 1};
      damage::Expected expected = damage::expect(all, damage::whole_packets(all, change));
      if (expected.unknown_end) expected.missing.clear();
      // Here the end packet's copy replaces a lost head, too.
      const std::string wrong =
          check_damaged(damage::apply(s.bytes, change, at + 1), expected, s.decoded);
      ck_assert_msg(wrong.empty() || wrong.starts_with("given"), "%s at %zu: %s",
                    damage::name_of(kind), at, wrong.c_str());
    }
}
END_TEST

START_TEST(a_lost_head_is_replaced_by_the_end_packets_copy) {
  const Bytes raw = testdata::from_text("a stream of one short chunk has no second head");
  const Bytes stream = codec::encode(raw);
  const size_t head = packets(stream)[0].size;
  for (const damage::Change& change : {damage::Change{damage::Kind::OVERWRITE, 0, head},
                                       damage::Change{damage::Kind::DELETE, 0, head},
                                       damage::Change{damage::Kind::INSERT, 30, 1000}}) {
    const Bytes damaged = damage::apply(stream, change, 1);
    MemorySource source(damaged);
    RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
    check_read(decoder, raw, 0, 100);
    check_read(decoder, raw, 10, 5);
  }
}
END_TEST

START_TEST(joined_and_cut_streams_have_the_same_positions_as_when_decoded_in_order) {
  const Bytes a = testdata::samples(500000, 1);
  const Bytes b = testdata::log_lines(300000, 2);
  const Bytes first = codec::encode(a, small_groups());
  const Bytes second = codec::encode(b, small_groups());
  for (size_t cut = 250; cut < first.size(); cut += 7001)
    for (const Bytes& damaged :
         {joined({part_of(first, 0, cut), second}),
          joined({part_of(second, 0, std::min(cut, second.size() - 1)), second})}) {
      const codec::Salvaged salvaged = codec::salvage(damaged);
      MemorySource source(damaged);
      RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
      for (const codec::Salvaged::Piece& piece : salvaged.pieces) {
        Bytes out(piece.bytes.size());
        const sigma::Result<size_t> got = decoder.read(piece.position, out);
        ck_assert_msg(got.ok(), "cut %zu, at %llu: %s", cut,
                      static_cast<unsigned long long>(piece.position),
                      sigma::describe(got.status).text);
        ck_assert(out == piece.bytes);
      }
    }
}
END_TEST

START_TEST(damage_on_both_sides_of_a_joint_costs_what_it_touches) {
  const Bytes a = codec::encode(testdata::samples(6 * 65536, 1), small_groups());
  const Bytes b = codec::encode(testdata::log_lines(500000, 2), small_groups());
  const Bytes s = codec::encode(testdata::log_lines(3000, 3));
  const Bytes c = codec::encode(testdata::samples(300000, 4), small_groups());
  const std::vector<PacketView> in_a = packets(a);
  size_t last_chunk = 0;
  for (size_t i = 0; i < in_a.size(); i++)
    if (in_a[i].header.kind() == sigma::PacketKind::CHUNK) last_chunk = i;
  for (const Bytes& middle : {b, s}) {
    Bytes damaged = joined({a, middle, c});
    damaged[in_a[last_chunk].offset + 1000] ^= 1;
    damaged[a.size() + 50] ^= 1;  // the next stream's head
    const codec::Salvaged salvaged = codec::salvage(damaged);
    ck_assert(salvaged.status.ok());
    check_same_positions(damaged, salvaged);
    // The last chunk of the first stream; of the next one nothing, as its head has a copy, or all.
    const size_t lost_of_a = 65536;
    const size_t lost = middle == s ? lost_of_a + 3000 : lost_of_a;
    const Bytes raw = testdata::joined({testdata::samples(6 * 65536, 1),
                                        codec::decode(middle).bytes, testdata::samples(300000, 4)});
    ck_assert_uint_eq(salvaged.stats.bytes_lost, lost);
    ck_assert_uint_eq(salvaged.bytes().size(), raw.size() - lost);
    for (const codec::Salvaged::Piece& piece : salvaged.pieces)
      ck_assert(piece.bytes == part_of(raw, static_cast<size_t>(piece.position),
                                       static_cast<size_t>(piece.position) + piece.bytes.size()));
  }
}
END_TEST

START_TEST(positions_behind_a_lost_end_count_what_any_header_tells) {
  const Bytes a = codec::encode(testdata::samples(6 * 65536, 1), small_groups());
  const Bytes b = codec::encode(testdata::log_lines(500000, 2), small_groups());
  const std::vector<PacketView> in_a = packets(a);
  for (const size_t more : {size_t{1}, size_t{2}, size_t{3}}) {
    // The headers of the end packet and of what comes before it.
    Bytes damaged = joined({a, b});
    for (size_t i = 1; i <= more; i++)
      damaged[in_a[in_a.size() - i].offset + 30] ^= 1;
    const codec::Salvaged salvaged = codec::salvage(damaged);
    ck_assert(salvaged.status.ok());
    check_same_positions(damaged, salvaged);
  }
  // The last chunk and the end: the index between them tells.
  Bytes damaged = joined({a, b});
  for (const size_t i : {in_a.size() - 1, in_a.size() - 3})
    damaged[in_a[i].offset + 30] ^= 1;
  const codec::Salvaged salvaged = codec::salvage(damaged);
  check_same_positions(damaged, salvaged);
  ck_assert_uint_eq(salvaged.pieces.back().position + salvaged.pieces.back().bytes.size(),
                    6 * 65536 + 500000);
}
END_TEST

START_TEST(a_stream_cut_and_begun_again_is_read_as_it_is_decoded) {
  const Bytes stream = codec::encode(testdata::samples(12 * 65536), small_groups());
  const std::vector<PacketView> all = packets(stream);
  const Bytes other = codec::encode(testdata::log_lines(100000), small_groups());
  for (const size_t first : {size_t{5}, size_t{8}})
    for (const size_t second : {size_t{3}, size_t{9}})
      for (const Bytes& behind : {Bytes(), other}) {
        const Bytes damaged = joined({part_of(stream, 0, all[first].offset + 20),
                                      part_of(stream, 0, all[second].offset), behind});
        const codec::Salvaged salvaged = codec::salvage(damaged);
        ck_assert_uint_ge(salvaged.pieces.size(), 4);
        MemorySource source(damaged);
        RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
        for (const codec::Salvaged::Piece& piece : salvaged.pieces) {
          Bytes out(piece.bytes.size());
          ck_assert(decoder.read(piece.position, out).ok());
          ck_assert(out == piece.bytes);
        }
      }
}
END_TEST

START_TEST(what_has_no_head_left_is_said_to_be_lost) {
  const Bytes stream = codec::encode(testdata::samples(3 * 65536), small_groups());
  const std::vector<PacketView> all = packets(stream);
  // Chunks alone: no head, no copy, no end packet.
  const Bytes chunks = part_of(stream, all[2].offset, all[4].offset);
  for (const OnError on_error : {OnError::FAIL, OnError::SKIP}) {
    MemorySource source(chunks);
    RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, on_error);
    for (int i = 0; i < 2; i++)
      ck_assert(decoder.open().code == sigma::ErrorCode::DAMAGED);
  }
}
END_TEST

START_TEST(a_chunk_that_is_damaged_before_a_cut_does_not_move_what_follows) {
  const Bytes a = testdata::samples(8 * 65536, 1);
  const Bytes b = testdata::log_lines(300000, 2);
  const Bytes first = codec::encode(a, small_groups());
  const std::vector<PacketView> all = packets(first);
  for (const size_t last : {size_t{9}, size_t{8}, size_t{6}}) {
    Bytes cut = part_of(first, 0, all[last].offset + all[last].size);
    cut[all[last].offset + 300] ^= 1;
    const Bytes damaged = joined({cut, codec::encode(b, small_groups())});
    const codec::Salvaged salvaged = codec::salvage(damaged);
    for (const size_t detour : {size_t{0}, a.size() / 2}) {
      MemorySource source(damaged);
      RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, OnError::SKIP);
      Bytes out(100);
      static_cast<void>(decoder.read(detour, out));
      ck_assert_uint_eq(decoder.size(),
                        salvaged.pieces.back().position + salvaged.pieces.back().bytes.size());
      for (const codec::Salvaged::Piece& piece : salvaged.pieces) {
        Bytes bytes(piece.bytes.size());
        ck_assert(decoder.read(piece.position, bytes).ok());
        ck_assert(bytes == piece.bytes);
      }
    }
  }
}
END_TEST

START_TEST(random_reads_of_random_damage_stay_within_memory) {
  const Bytes stream = joined({codec::encode(testdata::mixed(2000000)),
                               codec::encode(testdata::samples(300000), small_groups())});
  testdata::Random random(45);
  for (int round = 0; round < testdata::rounds(60); round++) {
    Bytes damaged = stream;
    for (size_t i = 0; i < 1 + random.below(40); i++)
      damaged = damage::apply(damaged, damage::random_change(random, damaged.size(), 3000), i + 1);
    MemorySource source(damaged);
    RandomAccessDecoder decoder(source, 8 << 20, round % 2 ? OnError::SKIP : OnError::FAIL);
    Bytes out(100000);
    for (int i = 0; i < 30; i++) {
      const sigma::Result<size_t> got = decoder.read(random.below(2300000), out);
      ck_assert(got.ok() || sigma::is_damage(got.status) ||
                got.status.code == sigma::ErrorCode::NOT_SIGMA);
    }
    ck_assert_uint_le(decoder.stats().peak_memory, 8 << 20);
  }
}
END_TEST

int main() {
  return run_suite("access/damage", 600,
                   {{"P5",
                     {lost_bytes_are_errors_and_all_others_are_read,
                      without_skipping_too_what_needs_no_damaged_chunk_is_read,
                      damage_of_every_byte_of_a_small_stream,
                      joined_and_cut_streams_have_the_same_positions_as_when_decoded_in_order,
                      damage_on_both_sides_of_a_joint_costs_what_it_touches,
                      positions_behind_a_lost_end_count_what_any_header_tells,
                      a_stream_cut_and_begun_again_is_read_as_it_is_decoded,
                      a_chunk_that_is_damaged_before_a_cut_does_not_move_what_follows}},
                    {"P6", {a_cut_stream_is_read_up_to_the_cut_and_its_end_is_an_error}},
                    {"P7", {random_reads_of_random_damage_stay_within_memory}},
                    {"damage",
                     {a_lost_head_is_replaced_by_the_end_packets_copy,
                      what_has_no_head_left_is_said_to_be_lost}}});
}
