/* Streams, also joined ones, in any split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::decode;
using codec::Decoded;
using codec::encode;
using forge::Stream;
using hostile::kMemory;
using sigma::ErrorCode;
using testdata::Bytes;
using testdata::MiB;

/// Ends a chunk after each `every` bytes.
Bytes encode_with_flushes(const Bytes& input, const sigma::EncoderSettings& settings,
                          size_t every) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(settings).ok());
  Bytes out;
  const auto take_all = [&] {
    for (sigma::Packet packet; encoder.take(packet);)
      out.insert(out.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  };
  for (sigma::ByteSpan rest(input); !rest.empty();) {
    sigma::ByteSpan piece = rest.first(std::min(rest.size(), every));
    rest = rest.subspan(piece.size());
    while (!piece.empty()) {
      const auto used = encoder.push(piece);
      ck_assert(used.ok());
      piece = piece.subspan(used.value);
      take_all();
    }
    ck_assert(encoder.flush().ok());
    take_all();
  }
  ck_assert(encoder.finish().ok());
  take_all();
  return out;
}

}  // namespace

START_TEST(decoder_takes_any_split) {
  const Bytes data = testdata::mixed(3 * MiB);
  const Bytes stream = encode(data, at_level(3, 65536));
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}, size_t{65536}}) {
    const Decoded decoded = decode(stream, codec::pieces_of(piece));
    ck_assert(decoded.status.ok() && decoded.bytes == data);
  }
  for (uint64_t seed = 1; seed < 5; seed++)
    ck_assert(decode(stream, codec::random_pieces(seed, 200000)).bytes == data);
}
END_TEST

START_TEST(chunks_in_memory_of_the_application_are_the_same) {
  const Bytes whole = testdata::joined(
      {testdata::mixed(3000000), testdata::random_bytes(500000), testdata::samples(900001)});
  sigma::EncoderSettings roomy;
  roomy.level = 8;
  roomy.max_memory = 64 << 20;
  roomy.chunk_size = 1 << 20;
  for (const sigma::EncoderSettings& settings :
       {codec::small_groups(0), codec::small_groups(1), codec::small_groups(3), roomy}) {
    // Chunks shorter than the history of those behind them, and full ones.
    const Bytes cut = encode_with_flushes(whole, settings, 90001);
    const Bytes stream = testdata::joined({cut, codec::encode(testdata::samples(70000)), cut});
    for (const codec::Split& split : {codec::whole(), codec::pieces_of(30011)}) {
      sigma::StreamingDecoder plain;
      sigma::StreamingDecoder decoder;
      codec::OwnMemory memory;
      ck_assert(decoder.set_chunk_memory(&memory).ok());
      const codec::Salvaged expected = codec::drive(plain, stream, split);
      ck_assert(expected.status.ok());
      codec::check_same(codec::drive(decoder, stream, split), expected);
    }
  }
}
END_TEST

START_TEST(a_stream_cut_anywhere_is_an_error_after_what_is_complete) {
  const Bytes data = testdata::mixed(600000);
  const Bytes stream = encode(data, at_level(3, 65536));
  testdata::Random random(3);
  size_t delivered = 0;
  for (size_t cut = 0; cut < stream.size(); cut += 1 + random.below(2000)) {
    const Decoded decoded = decode(Bytes(stream.begin(), stream.begin() + cut));
    ck_assert(decoded.status.code == ErrorCode::TRUNCATED);
    ck_assert(codec::is_prefix(decoded.bytes, data));
    ck_assert(decoded.bytes.size() >= delivered);
    delivered = decoded.bytes.size();
  }
  ck_assert(delivered > 500000);
}
END_TEST

START_TEST(joined_streams_decode_one_after_the_other) {
  const Bytes a = testdata::mixed(2 * MiB, 1);
  const Bytes b = testdata::log_lines(300000, 2);
  Bytes joined = encode(a);
  for (const Bytes& more : {encode({}), encode(b, at_level(6, 65536)), encode(a)})
    joined.insert(joined.end(), more.begin(), more.end());
  Bytes expected = a;
  expected.insert(expected.end(), b.begin(), b.end());
  expected.insert(expected.end(), a.begin(), a.end());
  for (const size_t piece : {size_t{1000}, size_t{1} << 30}) {
    const Decoded decoded = decode(joined, codec::pieces_of(piece));
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    ck_assert(decoded.bytes == expected);
  }
}
END_TEST

START_TEST(joined_streams_need_the_memory_of_the_largest_one) {
  // One needs much for its packets, one for its history.
  forge::Stream packets;
  packets.head.body_max = 3 << 20;
  packets.begin().stored(testdata::from_text("one"), true).end();
  forge::Stream history;
  history.id = 7;
  history.head.history_max = 3 << 20;
  history.begin().stored(testdata::from_text("two"), true).end();
  const auto needs = [](const Bytes& stream) {
    return decode(stream, codec::whole(), 1).status.value;
  };
  const uint64_t memory = std::max(needs(packets.bytes), needs(history.bytes));
  ck_assert_uint_gt(memory, 3 << 20);
  const Bytes both = testdata::joined({packets.bytes, history.bytes, packets.bytes});
  for (const size_t piece : {size_t{1}, size_t{50}, size_t{1000}, both.size()}) {
    const Decoded decoded = decode(both, codec::pieces_of(piece), memory);
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    ck_assert(decoded.bytes == testdata::from_text("onetwoone"));
    ck_assert_uint_le(decoded.stats.peak_memory, memory);
  }
}
END_TEST

START_TEST(streams_joined_after_a_cut_are_an_error) {
  const Bytes a = encode(testdata::log_lines(300000));
  Bytes joined(a.begin(), a.end() - 140);  // without its end packet
  joined.insert(joined.end(), a.begin(), a.end());
  const Decoded decoded = decode(joined);
  ck_assert(decoded.status.code == ErrorCode::TRUNCATED);
  ck_assert(decoded.bytes == testdata::log_lines(300000));
}
END_TEST

START_TEST(a_decoder_refuses_input_before_the_last_is_used_up) {
  const Bytes stream = codec::encode(testdata::from_text("raw"));
  sigma::StreamingDecoder decoder;
  ck_assert(decoder.push(stream).ok());
  ck_assert(decoder.push(stream).code == sigma::ErrorCode::INVALID_ARGUMENT);
}
END_TEST

START_TEST(every_packet_and_operator_decodes) {
  const Stream s = forge::every_operator();
  for (const size_t piece : {size_t{1}, size_t{100}, size_t{1} << 20}) {
    const Decoded decoded = decode(s.bytes, codec::pieces_of(piece), kMemory);
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    ck_assert(decoded.bytes == s.decoded);
  }
}
END_TEST

START_TEST(the_memory_a_stream_names_is_enough_to_decode_it) {
  const Bytes data = testdata::mixed(5 * 1024 * 1024);
  const Bytes stream = codec::encode(data);
  const Decoded refused = decode(stream, codec::whole(), 1000000);
  ck_assert(refused.status.code == ErrorCode::NEEDS_MORE_MEMORY);
  ck_assert_uint_lt(refused.status.value, 6 * 1024 * 1024);
  ck_assert(decode(stream, codec::pieces_of(100000), refused.status.value - 1).status.code ==
            ErrorCode::NEEDS_MORE_MEMORY);
  const Decoded decoded = decode(stream, codec::pieces_of(100000), refused.status.value);
  ck_assert(decoded.status.ok() && decoded.bytes == data);
  ck_assert_uint_le(decoded.stats.peak_memory, refused.status.value);
}
END_TEST

int main() {
  return run_suite(
      "decode/decoder", 900,
      {{"P6", {a_stream_cut_anywhere_is_an_error_after_what_is_complete}},
       {"P7", {the_memory_a_stream_names_is_enough_to_decode_it}},
       {"P8",
        {joined_streams_decode_one_after_the_other,
         joined_streams_need_the_memory_of_the_largest_one,
         streams_joined_after_a_cut_are_an_error}},
       {"decoder",
        {decoder_takes_any_split, chunks_in_memory_of_the_application_are_the_same,
         a_decoder_refuses_input_before_the_last_is_used_up, every_packet_and_operator_decodes}}});
}
