/* Reading decoded bytes at any position: right bytes, no more input than needed. P4, P5, P6, P9. */
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
using testdata::MiB;
using testdata::part_of;

/// All ways to go about in a stream.
void check_reads(const Bytes& stream, const Bytes& raw) {
  MemorySource source(stream);
  RandomAccessDecoder decoder(source);
  ck_assert_msg(decoder.open().ok(), "%s", sigma::describe(decoder.open()).text);
  ck_assert_uint_eq(decoder.size(), raw.size());
  ck_assert(decoder.end_status().ok());
  for (size_t at = 0; at <= raw.size(); at += 50000)
    check_read(decoder, raw, at, 50000);
  for (size_t at = raw.size(); at > 70000; at -= 70000)
    check_read(decoder, raw, at - 70000, 70000);
  testdata::Random random(41);
  for (int i = 0; i < 200; i++)
    check_read(decoder, raw, random.below(raw.size() + 10), random.below(200000));
  check_read(decoder, raw, raw.size() - std::min<size_t>(raw.size(), 1), 10);
  check_read(decoder, raw, 0, raw.size());
}

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

}  // namespace

START_TEST(every_way_to_go_about_gives_the_right_bytes) {
  const Bytes raw = testdata::mixed(3 * MiB + 77);
  check_reads(codec::encode(raw), raw);
  check_reads(codec::encode(raw, small_groups()), raw);
  sigma::EncoderSettings settings = small_groups();
  settings.level = 0;
  check_reads(codec::encode(raw, settings), raw);
  settings.key_interval = 1;
  check_reads(codec::encode(raw, settings), raw);
}
END_TEST

START_TEST(without_an_index_hops_find_the_keys) {
  const Bytes raw = testdata::mixed(3 * MiB + 77);
  check_reads(codec::encode(raw, small_groups(3, false)), raw);
}
END_TEST

START_TEST(joined_streams_are_read_across_their_joints) {
  const Bytes a = testdata::mixed(900000, 1);
  const Bytes b = testdata::from_text("in between");
  const Bytes c = testdata::log_lines(800000, 2);
  check_reads(joined({codec::encode(a, small_groups()), codec::encode({}), codec::encode(b),
                      codec::encode(c, small_groups(3, false))}),
              joined({a, b, c}));
  Bytes many;
  Bytes many_raw;
  for (int i = 0; i < testdata::rounds(2000); i++) {
    const Bytes one = testdata::from_text("stream " + std::to_string(i) + "\n");
    many = i == 0 ? codec::encode(one) : many;
    const Bytes coded = codec::encode(one);
    if (i > 0) many.insert(many.end(), coded.begin(), coded.end());
    many_raw.insert(many_raw.end(), one.begin(), one.end());
  }
  check_reads(many, many_raw);
}
END_TEST

START_TEST(small_streams_of_every_packet_are_read) {
  const forge::Stream s = forge::every_operator();
  MemorySource source(s.bytes);
  RandomAccessDecoder decoder(source);
  for (size_t at = 0; at < s.decoded.size(); at++)
    check_read(decoder, s.decoded, at, 10);
  const Bytes empty = codec::encode({});
  MemorySource empty_source(empty);
  RandomAccessDecoder empty_decoder(empty_source);
  check_read(empty_decoder, {}, 0, 10);
  ck_assert(empty_decoder.end_status().ok());
}
END_TEST

START_TEST(a_read_costs_the_groups_it_touches_and_the_look_up) {
  sigma::EncoderSettings settings = small_groups();
  settings.level = 1;
  const Bytes raw = testdata::mixed(64 * MiB, 3);
  for (const bool index : {true, false}) {
    settings.index = index;
    const Bytes stream = codec::encode(raw, settings);
    const std::vector<PacketView> all = packets(stream);
    MemorySource source(stream);
    RandomAccessDecoder decoder(source);
    ck_assert(decoder.open().ok());
    ck_assert_uint_le(source.bytes_read, 1000);  // end packet and head
    testdata::Random random(43);
    uint64_t most_look_up = 0;
    for (int i = 0; i < 100; i++) {
      const size_t position = random.below(raw.size() - 65536);
      // From the key before the first byte to the end of the last chunk.
      size_t key = 0;
      size_t end = 0;
      for (const PacketView& packet : all) {
        if (packet.header.kind() != sigma::PacketKind::CHUNK) continue;
        if (packet.header.raw_offset >= position + 65536) break;
        if (packet.header.is_key() && packet.header.raw_offset <= position) key = packet.offset;
        end = packet.offset + packet.size;
      }
      const uint64_t touched = end - key;
      const uint64_t before = source.bytes_read;
      check_read(decoder, raw, position, 65536);
      const uint64_t used = source.bytes_read - before;
      most_look_up = std::max(most_look_up, used > touched ? used - touched : 0);
    }
    // An index packet or two and a header; without an index, all headers up to there.
    ck_assert_msg(most_look_up < (index ? 6000u : 1024u * sigma::kPacketFront + 6000u),
                  "%llu bytes for a look-up", static_cast<unsigned long long>(most_look_up));
  }
}
END_TEST

START_TEST(reading_on_continues_the_group) {
  const Bytes raw = testdata::mixed(16 * MiB, 4);
  const Bytes stream = codec::encode(raw);
  MemorySource source(stream);
  RandomAccessDecoder decoder(source);
  for (size_t at = 0; at < raw.size(); at += 100000)
    check_read(decoder, raw, at, 100000);
  ck_assert_uint_le(source.bytes_read, stream.size() + 3000);
  // Two places in turn, as a player reads a file whose tracks are not interleaved.
  const uint64_t before = source.bytes_read;
  for (size_t i = 0; i < 20; i++) {
    check_read(decoder, raw, 1000 + i * 1000, 1000);
    check_read(decoder, raw, 8 * MiB + i * 1000, 1000);
  }
  ck_assert_uint_le(source.bytes_read - before, stream.size());
}
END_TEST

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

START_TEST(zeros_behind_streams_are_passed_from_both_ends) {
  const Bytes a = testdata::log_lines(300000, 1);
  const Bytes b = testdata::samples(200000, 2);
  for (const bool index : {true, false})
    for (const size_t zeros : {size_t{1}, size_t{7}, size_t{10240}, size_t{65536}, 2 * MiB}) {
      const Bytes padding(zeros, 0);
      const Bytes first = codec::encode(a, small_groups(3, index));
      const Bytes second = codec::encode(b, small_groups(3, index));
      const Bytes padded = joined({first, padding, second, padding});
      check_reads(joined({first, padding}), a);
      check_reads(padded, joined({a, b}));
      // Two MiB are more than is passed backwards.
      MemorySource source(padded);
      RandomAccessDecoder decoder(source);
      const sigma::Result<bool> opened = decoder.open_from_ends();
      ck_assert(opened.ok() && opened.value == (zeros < MiB));
    }
}
END_TEST

START_TEST(a_stored_chunk_without_history_is_not_taken_for_the_one_before) {
  sigma::EncoderSettings keys = small_groups();
  keys.key_interval = 1;
  const Bytes raw = joined({testdata::log_lines(65536), testdata::random_bytes(100)});
  const Bytes stream = codec::encode(raw, keys);
  MemorySource source(stream);
  RandomAccessDecoder decoder(source);
  check_read(decoder, raw, 65536 - 10, 50);
  check_read(decoder, raw, 65536 + 50, 50);
  check_read(decoder, raw, 65536 - 1000, 500);
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

namespace {

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

namespace {

/// `chunks` groups of a few bytes each; with an index packet for every `entries` of them, if not 0.
forge::Stream many_groups(size_t chunks, size_t entries) {
  forge::Stream s;
  s.begin();
  sigma::IndexBuilder index;
  for (size_t i = 0; i < chunks; i++) {
    if (entries != 0) index.add({s.sequence, s.raw_offset, s.bytes.size()});
    s.stored(Bytes(1 + i % 3, static_cast<uint8_t>('a' + i % 26)), true);
    if (entries == 0 || (i + 1) % entries != 0) continue;
    Bytes body(sigma::kMaxIndexBody);
    body.resize(index.take_body(body, s.bytes.size()));
    s.index(body);
  }
  s.end();
  return s;
}

}  // namespace

START_TEST(streams_of_very_many_groups_are_read_anywhere) {
  testdata::Random random(71);
  for (const auto& [chunks, entries] : {std::pair{40000, 0}, std::pair{4000, 2}}) {
    const forge::Stream s = many_groups(static_cast<size_t>(chunks), static_cast<size_t>(entries));
    MemorySource source(s.bytes);
    RandomAccessDecoder decoder(source);
    // From the end first: everything has to be hopped over once.
    check_read(decoder, s.decoded, s.decoded.size() - 5, 10);
    for (int i = 0; i < 300; i++)
      check_read(decoder, s.decoded, random.below(s.decoded.size()), 20);
    ck_assert_uint_lt(decoder.stats().peak_memory, 2 * MiB);
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

START_TEST(what_a_newer_version_wrote_is_refused_each_time) {
  forge::Stream newer;
  newer.id = 5;
  newer.head.major = 2;
  newer.begin().stored(testdata::from_text("raw"), true);
  const Bytes stream = joined({codec::encode(testdata::from_text("old")), newer.bytes});
  for (const OnError on_error : {OnError::FAIL, OnError::SKIP}) {
    MemorySource source(stream);
    RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, on_error);
    for (int i = 0; i < 2; i++)
      ck_assert(decoder.open().code == sigma::ErrorCode::UNSUPPORTED_VERSION);
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

START_TEST(an_index_that_leads_astray_is_not_followed) {
  forge::Stream s;
  s.head.key_interval = 1;
  s.begin();
  sigma::IndexBuilder index;
  for (int i = 0; i < 20; i++) {
    // Every second entry is false.
    index.add({s.sequence, s.raw_offset + i % 2, s.bytes.size() + 3 * (i % 2)});
    s.stored(testdata::random_bytes(100, i), true);
  }
  Bytes body(sigma::kMaxIndexBody);
  body.resize(index.take_body(body, s.bytes.size()));
  s.index(body).end();
  MemorySource source(s.bytes);
  RandomAccessDecoder decoder(source);
  for (size_t at = s.decoded.size(); at-- > 0;)
    check_read(decoder, s.decoded, at, 1);
}
END_TEST

START_TEST(what_is_no_stream_is_said_to_be_none) {
  for (const Bytes& bytes : {Bytes(), testdata::from_text("x"), testdata::log_lines(100000)}) {
    MemorySource source(bytes);
    RandomAccessDecoder decoder(source);
    const sigma::ErrorCode code = decoder.open().code;
    ck_assert(code ==
              (bytes.size() == 1 ? sigma::ErrorCode::TRUNCATED : sigma::ErrorCode::NOT_SIGMA));
  }
  forge::Stream newer;
  newer.head.major = 2;
  newer.begin().end();
  MemorySource source(newer.bytes);
  RandomAccessDecoder decoder(source);
  uint8_t byte = 0;
  ck_assert(!decoder.open().ok() || decoder.size() == 0 || !decoder.read(0, {&byte, 1}).ok());
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
  return run_suite(
      "access/random_access", 600,
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
       {"P8",
        {joined_streams_are_read_across_their_joints,
         zeros_behind_streams_are_passed_from_both_ends}},
       {"P9",
        {a_read_costs_the_groups_it_touches_and_the_look_up, reading_on_continues_the_group,
         streams_of_very_many_groups_are_read_anywhere}},
       {"random_access",
        {every_way_to_go_about_gives_the_right_bytes, without_an_index_hops_find_the_keys,
         small_streams_of_every_packet_are_read,
         a_stored_chunk_without_history_is_not_taken_for_the_one_before,
         a_lost_head_is_replaced_by_the_end_packets_copy, what_has_no_head_left_is_said_to_be_lost,
         what_a_newer_version_wrote_is_refused_each_time,
         an_index_that_leads_astray_is_not_followed, what_is_no_stream_is_said_to_be_none}}});
}
