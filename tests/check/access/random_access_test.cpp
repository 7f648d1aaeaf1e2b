/* Reading anywhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
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
  for (int i = 0; i < testdata::rounds(200); i++)
    check_read(decoder, raw, random.below(raw.size() + 10), random.below(200000));
  check_read(decoder, raw, raw.size() - std::min<size_t>(raw.size(), 1), 10);
  check_read(decoder, raw, 0, raw.size());
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

START_TEST(each_stream_is_known_by_its_ends_and_its_index) {
  sigma::EncoderSettings settings = small_groups();
  const Bytes first = testdata::mixed(2 * MiB + 5);
  const Bytes one = codec::encode(first, settings);
  settings.index = false;
  const Bytes both = joined({one, codec::encode(testdata::log_lines(100000), settings)});
  MemorySource source(both);
  RandomAccessDecoder decoder(source);
  const sigma::Result<sigma::StreamInfo> info = decoder.stream_info(0);
  ck_assert(info.ok());
  ck_assert_uint_eq(info.value.stream_end, one.size());
  ck_assert_uint_eq(info.value.size, first.size());
  size_t chunks = 0;
  size_t keys = 0;
  for (const PacketView& packet : packets(one)) {
    chunks += packet.header.kind() == sigma::PacketKind::CHUNK ? 1 : 0;
    keys += packet.header.kind() == sigma::PacketKind::CHUNK && packet.header.is_key() ? 1 : 0;
  }
  ck_assert(info.value.is_ended && info.value.has_index && !info.value.is_framed);
  ck_assert_uint_eq(info.value.chunks, chunks);
  ck_assert_uint_eq(info.value.groups, keys);
  ck_assert_uint_eq(info.value.key_interval, settings.key_interval);
  ck_assert_uint_eq(info.value.duration, sigma::kNoTime);
  ck_assert(info.value.memory > info.value.chunk_size);
  const sigma::Result<sigma::StreamInfo> next = decoder.stream_info(1);
  ck_assert(next.ok() && !next.value.has_index && next.value.position == first.size());
  ck_assert(decoder.stream_info(2).status.code == sigma::ErrorCode::INVALID_ARGUMENT);
  // It reads no chunk.
  ck_assert_uint_lt(source.bytes_read, 20000);
}
END_TEST

START_TEST(a_read_costs_the_groups_it_touches_and_the_look_up) {
  sigma::EncoderSettings settings = small_groups();
  settings.level = 1;
  const Bytes raw = testdata::mixed(testdata::portion(64 * MiB), 3);
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
    for (int i = 0; i < testdata::rounds(100); i++) {
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

namespace {}  // namespace

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
    for (int i = 0; i < testdata::rounds(300); i++)
      check_read(decoder, s.decoded, random.below(s.decoded.size()), 20);
    ck_assert_uint_lt(decoder.stats().peak_memory, 2 * MiB);
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

int main() {
  return run_suite(
      "access/random_access", 600,
      {{"P8",
        {joined_streams_are_read_across_their_joints,
         zeros_behind_streams_are_passed_from_both_ends}},
       {"P9",
        {a_read_costs_the_groups_it_touches_and_the_look_up,
         each_stream_is_known_by_its_ends_and_its_index, reading_on_continues_the_group,
         streams_of_very_many_groups_are_read_anywhere}},
       {"random_access",
        {every_way_to_go_about_gives_the_right_bytes, without_an_index_hops_find_the_keys,
         small_streams_of_every_packet_are_read,
         a_stored_chunk_without_history_is_not_taken_for_the_one_before,
         what_a_newer_version_wrote_is_refused_each_time,
         an_index_that_leads_astray_is_not_followed, what_is_no_stream_is_said_to_be_none}}});
}
