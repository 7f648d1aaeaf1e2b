/* Where chunks end, and what is in them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/sync_search.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::decode;
using codec::Decoded;
using codec::encode;
using sigma::EncoderSettings;
using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(chunks_small_file_is_one_chunk) {
  const Decoded decoded = decode(encode(testdata::log_lines(1000)));
  ck_assert_uint_eq(decoded.stats.chunks, 1);
}
END_TEST

START_TEST(chunks_of_an_exact_multiple_have_no_empty_last_one) {
  const Bytes data = testdata::log_lines(4 * 65536);
  const Decoded decoded = decode(encode(data, at_level(3, 65536)));
  ck_assert_uint_eq(decoded.stats.chunks, 4);
  ck_assert(decoded.bytes == data);
  const Bytes longer = testdata::log_lines(4 * 65536 + 1);
  ck_assert_uint_eq(decode(encode(longer, at_level(3, 65536))).stats.chunks, 5);
}
END_TEST

START_TEST(dense_bytes_end_a_chunk_early_whatever_the_split) {
  // Chunks of records end with one.
  sigma::EncoderSettings settings;
  settings.model = sigma::Model::BYTES;
  const uint32_t full = sigma::plan_encoder(settings).value.chunk_size;
  const Bytes data =
      testdata::joined({testdata::log_lines(2 * full), testdata::random_bytes(2 << 20),
                        testdata::log_lines(full + 20000)});
  const Bytes stream = codec::encode(data, settings);
  std::vector<uint32_t> sizes;
  for (const codec::PacketView& packet : codec::packets(stream))
    if (packet.header.kind() == sigma::PacketKind::CHUNK) sizes.push_back(packet.header.raw_size);
  const std::vector<uint32_t> expected = {full, full, 1 << 20, 1 << 20, full, 20000};
  ck_assert(sizes == expected);
  for (const codec::Split& split :
       {codec::pieces_of(1 << 20), codec::pieces_of(1000003), codec::random_pieces(3, 3000000)})
    ck_assert(codec::encode(data, settings, split) == stream);
  ck_assert(codec::decode(stream).bytes == data);
}
END_TEST

START_TEST(a_chunk_that_is_denser_than_it_looked_has_room) {
  // Zeros wherever a sample may be taken.
  Bytes data = testdata::random_bytes(sigma::plan_encoder({}).value.chunk_size);
  for (size_t i = 0; i < 8; i++)
    std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(i * ((1 << 20) / 7 - 1500)), 12000, 0);
  for (const bool verifies : {false, true}) {
    sigma::EncoderSettings settings;
    settings.verify = verifies;
    settings.max_memory = 16 << 20;
    const Bytes stream = codec::encode(data, settings);
    const codec::PacketView chunk = codec::packets(stream)[2];  // behind two heads
    ck_assert_uint_eq(chunk.header.raw_size, data.size());
    ck_assert_uint_gt(chunk.header.body_size, 5 << 18);
    ck_assert(codec::decode(stream).bytes == data);
  }
}
END_TEST

START_TEST(no_body_holds_the_header_of_a_packet) {
  const Bytes part = testdata::mixed(3 * MiB, 5);
  const Bytes inner = encode(part, at_level(1, 65536));
  Bytes tiny;  // many streams, hardly anything but headers
  for (size_t i = 0; i < 3000; i++) {
    const Bytes one = encode(testdata::random_bytes(i % 50, i));
    tiny.insert(tiny.end(), one.begin(), one.end());
  }
  // A stream behind its own first chunk has the same id as the one it is put into.
  const Bytes whole = encode(part);
  Bytes same_id(part.begin(), part.begin() + MiB);
  same_id.insert(same_id.end(), whole.begin(), whole.end());
  Bytes with_text;
  for (size_t at = 0; at < inner.size(); at += 60000) {
    const Bytes text = testdata::log_lines(30000, at);
    with_text.insert(with_text.end(), text.begin(), text.end());
    with_text.insert(with_text.end(), inner.begin() + at,
                     inner.begin() + std::min(inner.size(), at + 60000));
  }
  for (const Bytes& input : {inner, tiny, same_id, with_text, encode(inner)})
    for (const unsigned level : testdata::is_short_run() ? std::vector<unsigned>{0, 3}
                                                         : std::vector<unsigned>{0, 1, 3, 6, 9})
      for (const uint32_t chunk : {0u, 65536u}) {
        EncoderSettings settings = at_level(level, chunk);
        settings.verify = level == 0;
        const Bytes stream = encode(input, settings);
        for (const codec::PacketView& packet : codec::packets(stream))
          ck_assert_uint_eq(sigma::find_packet_header(packet.body), packet.body.size());
        const Decoded decoded = decode(stream);
        ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
        ck_assert(decoded.bytes == input);
        // Cut text still shrinks.
        if (&input == &with_text && level > 0) ck_assert_uint_lt(stream.size(), input.size());
      }
  // What was cut grows by next to nothing.
  ck_assert_uint_le(encode(inner, at_level(0)).size(), inner.size() + inner.size() / 2000 + 1000);
}
END_TEST

START_TEST(level_can_change_at_the_next_key) {
  const Bytes data = testdata::log_lines(40 * 65536);
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(at_level(1, 65536)).ok());
  Bytes stream;
  sigma::Packet packet;
  size_t pushed = 0;
  for (sigma::ByteSpan rest(data); !rest.empty();) {
    const size_t used = encoder.push(rest).value;
    rest = rest.subspan(used);
    pushed += used;
    if (pushed == 20 * 65536 && used != 0) ck_assert(encoder.set_level(0).ok());
    while (encoder.take(packet)) {
      const auto bytes = packet.bytes.bytes();
      stream.insert(stream.end(), bytes.begin(), bytes.end());
    }
  }
  ck_assert(encoder.finish().ok());
  while (encoder.take(packet)) {
    const auto bytes = packet.bytes.bytes();
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  // Groups of 8 chunks: chunks 0 to 23 were begun at level 1, the groups from 24 on are stored.
  ck_assert_uint_eq(encoder.stats().chunks_stored, 16);
  ck_assert(decode(stream).bytes == data);
}
END_TEST

START_TEST(chunks_that_are_lent_are_stored_as_those_that_are_copied) {
  const Bytes noise = testdata::random_bytes(3 * MiB);
  const Bytes lines = testdata::log_lines(MiB + 1000);
  // A stream's header inside, which must not be stored as it is; and noise that comes again.
  const Bytes headers = testdata::joined({testdata::random_bytes(5 * MiB / 2, 4),
                                          codec::encode(testdata::from_text("inside")),
                                          testdata::random_bytes(MiB, 5)});
  for (const unsigned level : testdata::values<unsigned>({0, 1, 3}))
    for (const Bytes& data :
         {noise, testdata::joined({noise, lines, noise, noise, lines}), headers}) {
      sigma::EncoderSettings settings;
      settings.level = level;
      const Bytes stream = codec::encode(data, settings);
      ck_assert(codec::encode(data, settings, codec::pieces_of(MiB / 2)) == stream);
      ck_assert(codec::encode(data, settings, codec::pieces_of(MiB)) == stream);
      ck_assert(codec::encode(data, settings, codec::random_pieces(level, 3 * MiB)) == stream);
      const codec::Decoded decoded = codec::decode(stream);
      ck_assert(decoded.status.ok() && decoded.bytes == data);
    }
}
END_TEST

START_TEST(records_get_long_chunks_where_bytes_get_short_ones_whatever_the_split) {
  constexpr uint32_t kBytes = 768 << 10;
  // Code is neither dense nor records.
  const Bytes code = testdata::machine_code(2 * MiB);
  const Bytes data =
      testdata::joined({code, testdata::server_log(5 * MiB), code, testdata::server_log(MiB)});
  for (const unsigned level : testdata::values<unsigned>({8, 6})) {
    const sigma::EncoderSettings settings = at_level(level);
    const Bytes stream = codec::encode(data, settings);
    const uint32_t full = sigma::plan_encoder(settings).value.chunk_size;
    bool has_long = false;
    for (const codec::PacketView& packet : codec::packets(stream)) {
      if (packet.header.kind() != sigma::PacketKind::CHUNK) continue;
      const uint32_t size = packet.header.raw_size;
      const bool has_records = sigma::has_records(packet.body);
      ck_assert_uint_le(size, full);
      has_long = has_long || (has_records && size > kBytes);
      if (packet.header.raw_offset + size <= code.size()) ck_assert_uint_le(size, kBytes);
    }
    ck_assert(has_long);
    for (const codec::Split& split : {codec::pieces_of(1000003), codec::random_pieces(7, 3000000)})
      ck_assert(codec::encode(data, settings, split) == stream);
    ck_assert(codec::decode(stream).bytes == data);
  }
}
END_TEST

START_TEST(a_chunk_size_without_room_for_records_gives_bytes) {
  sigma::EncoderSettings settings = at_level(2, 1 << 20);
  settings.verify = true;
  const Bytes data = testdata::server_log(3 * MiB);
  const Bytes stream = codec::encode(data, settings);
  for (const codec::PacketView& packet : codec::packets(stream))
    ck_assert(packet.header.kind() != sigma::PacketKind::CHUNK || !sigma::has_records(packet.body));
  ck_assert(codec::decode(stream).bytes == data);
  settings.model = sigma::Model::RECORDS;
  ck_assert(sigma::plan_encoder(settings).status.code == sigma::ErrorCode::INVALID_SETTINGS);
}
END_TEST

int main() {
  return run_suite(
      "encode/chunks", 600,
      {{"P2",
        {dense_bytes_end_a_chunk_early_whatever_the_split,
         records_get_long_chunks_where_bytes_get_short_ones_whatever_the_split,
         chunks_that_are_lent_are_stored_as_those_that_are_copied}},
       {"chunks",
        {chunks_small_file_is_one_chunk, chunks_of_an_exact_multiple_have_no_empty_last_one,
         a_chunk_size_without_room_for_records_gives_bytes,
         a_chunk_that_is_denser_than_it_looked_has_room, no_body_holds_the_header_of_a_packet,
         level_can_change_at_the_next_key}}});
}
