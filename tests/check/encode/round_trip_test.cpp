/* Encoder and decoder on real bytes: the promises that need no pipeline. */
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/sync_search.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::check_round_trip;
using codec::decode;
using codec::Decoded;
using codec::encode;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using testdata::Bytes;
using testdata::MiB;

std::vector<Bytes> kinds_of_data(size_t size) {
  return {testdata::random_bytes(size), testdata::log_lines(size), testdata::samples(size),
          testdata::mixed(size), Bytes(size, 0)};
}

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

START_TEST(empty_input_round_trips) {
  check_round_trip({});
}
END_TEST

START_TEST(one_byte_round_trips) {
  for (unsigned byte = 0; byte < 256; byte++)
    check_round_trip({static_cast<uint8_t>(byte)});
}
END_TEST

START_TEST(short_inputs_round_trip) {
  for (size_t size = 2; size < 300; size++) {
    check_round_trip(testdata::log_lines(size, size));
    check_round_trip(testdata::random_bytes(size, size));
  }
}
END_TEST

START_TEST(five_MB_of_every_kind_round_trip) {
  for (const Bytes& data : kinds_of_data(5 * MiB))
    check_round_trip(data);
}
END_TEST

START_TEST(fifty_MB_round_trip) {
  check_round_trip(testdata::mixed(50 * MiB));
}
END_TEST

START_TEST(every_level_round_trips) {
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (const Bytes& data : kinds_of_data(3 * MiB / 2))
      check_round_trip(data, at_level(level));
}
END_TEST

START_TEST(every_chunk_size_and_key_interval_round_trips) {
  const Bytes data = testdata::mixed(3 * MiB);
  for (const uint32_t chunk : {65536u, 65537u, 100000u, 262144u, 1048576u, 4194304u})
    for (const uint32_t keys : {1u, 2u, 7u, 1000000u}) {
      EncoderSettings settings = at_level(3, chunk);
      settings.key_interval = keys;
      settings.max_memory = 64 * MiB;
      check_round_trip(data, settings);
    }
}
END_TEST

START_TEST(with_more_memory_round_trips_at_the_high_levels) {
  const Bytes data = testdata::mixed(10 * MiB);
  for (const unsigned level : {4u, 5u, 6u, 7u, 8u, 9u}) {
    EncoderSettings settings = at_level(level);
    settings.max_memory = 64 * MiB;
    check_round_trip(data, settings);
  }
}
END_TEST

START_TEST(without_index_and_with_verify_round_trips) {
  EncoderSettings settings = at_level(3);
  settings.index = false;
  settings.verify = true;
  check_round_trip(testdata::mixed(4 * MiB), settings);
  settings.level = 0;
  check_round_trip(testdata::mixed(4 * MiB), settings);
}
END_TEST

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

START_TEST(the_split_of_the_input_does_not_change_a_byte) {
  const Bytes data = testdata::mixed(5 * MiB + 12345);
  const Bytes whole = encode(data);
  for (const size_t piece : {size_t{7}, size_t{1000}, size_t{4096}, size_t{65536}, 4 * MiB})
    ck_assert(encode(data, {}, codec::pieces_of(piece)) == whole);
  for (uint64_t seed = 1; seed < 5; seed++)
    ck_assert(encode(data, {}, codec::random_pieces(seed, 3 * MiB)) == whole);
  const Bytes part(data.begin(), data.begin() + 2 * MiB);
  ck_assert(encode(part, {}, codec::pieces_of(1)) == encode(part));
}
END_TEST

START_TEST(a_reset_encoder_gives_the_same_bytes) {
  const Bytes data = testdata::mixed(2 * MiB);
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.push({data.data(), 1000}).ok());
  encoder.reset();
  Bytes out;
  sigma::Packet packet;
  for (sigma::ByteSpan rest(data); !rest.empty();) {
    rest = rest.subspan(encoder.push(rest).value);
    while (encoder.take(packet)) {
      const auto bytes = packet.bytes.bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  }
  ck_assert(encoder.finish().ok());
  while (encoder.take(packet)) {
    const auto bytes = packet.bytes.bytes();
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  ck_assert(out == encode(data));
}
END_TEST

START_TEST(finish_waits_for_packets_to_be_taken) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.finish().ok());
  for (int i = 0; i < 5; i++)
    ck_assert(encoder.finish().code == ErrorCode::INVALID_ARGUMENT);
  Bytes out;
  for (sigma::Packet packet; encoder.take(packet);)
    out.insert(out.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  ck_assert(out == encode({}));
  ck_assert(encoder.finish().ok());
}
END_TEST

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
      decoder.set_chunk_memory(&memory);
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

START_TEST(incompressible_input_grows_by_a_twentieth_of_a_percent_at_most) {
  const Bytes data = testdata::random_bytes(8 * MiB);
  const size_t fixed = encode({}).size();
  for (const uint32_t chunk : {262144u, 524288u, 1048576u})
    for (const uint32_t keys : {1u, 2u, 16u}) {
      EncoderSettings settings = at_level(3, chunk);
      settings.key_interval = keys;
      const size_t size = encode(data, settings).size();
      ck_assert_uint_le(size, data.size() + data.size() / 2000 + fixed);
    }
  ck_assert_uint_le(encode(data).size(), data.size() + data.size() / 2000 + fixed);
}
END_TEST

START_TEST(small_incompressible_chunks_grow_by_96_bytes_at_most) {
  const Bytes data = testdata::random_bytes(400 * 65536);
  const size_t fixed = encode({}).size();
  for (const uint32_t keys : {1u, 16u}) {
    EncoderSettings settings = at_level(1, 65536);
    settings.key_interval = keys;
    ck_assert_uint_le(encode(data, settings).size(), data.size() + 400 * 96 + fixed);
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
    for (const unsigned level : {0u, 1u, 3u, 9u})
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

START_TEST(files_round_trip_and_stats_agree) {
  namespace fs = std::filesystem;
  const std::string dir = fs::temp_directory_path() / ("sigma-test-" + std::to_string(getpid()));
  fs::create_directory(dir);
  const Bytes data = testdata::mixed(3 * MiB);
  std::ofstream(dir + "/in", std::ios::binary)
      .write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  const auto encoded = sigma::encode_file((dir + "/in").c_str(), (dir + "/coded").c_str());
  ck_assert(encoded.ok());
  ck_assert_uint_eq(encoded.value.bytes_in, data.size());
  ck_assert_uint_eq(encoded.value.bytes_out, fs::file_size(dir + "/coded"));
  const auto decoded = sigma::decode_file((dir + "/coded").c_str(), (dir + "/out").c_str());
  ck_assert(decoded.ok());
  ck_assert_uint_eq(decoded.value.bytes_out, data.size());
  std::ifstream out(dir + "/out", std::ios::binary);
  const Bytes back((std::istreambuf_iterator<char>(out)), std::istreambuf_iterator<char>());
  ck_assert(back == data);
  const auto onto_itself = sigma::encode_file((dir + "/in").c_str(), (dir + "/in").c_str());
  ck_assert(onto_itself.status.code == ErrorCode::INVALID_ARGUMENT);
  ck_assert_uint_eq(fs::file_size(dir + "/in"), data.size());
  const auto missing = sigma::encode_file((dir + "/none").c_str(), (dir + "/x").c_str());
  ck_assert(missing.status.code == ErrorCode::IO && missing.status.value == ENOENT);
  const auto folder = sigma::encode_file(dir.c_str(), (dir + "/x").c_str());
  ck_assert(folder.status.code == ErrorCode::IO && folder.status.value == EISDIR);
  const auto full = sigma::encode_file((dir + "/in").c_str(), "/dev/full");
  ck_assert(full.status.code == ErrorCode::IO && full.status.value == ENOSPC);
  fs::remove_all(dir);
}
END_TEST

START_TEST(a_damaged_file_gives_what_is_intact_if_asked) {
  std::string path = std::filesystem::temp_directory_path() / "sigma-rescue-XXXXXX";
  ck_assert(mkdtemp(path.data()) != nullptr);
  const std::string in = path + "/in";
  const std::string out = path + "/out";
  const Bytes raw = testdata::samples(400000);
  EncoderSettings settings = at_level(1, 65536);
  settings.key_interval = 2;
  Bytes stream = encode(raw, settings);
  stream[codec::packets(stream)[4].offset + 500] ^=
      1;  // the second group's key, which integers do not need
  std::ofstream(in, std::ios::binary)
      .write(reinterpret_cast<const char*>(stream.data()),
             static_cast<std::streamsize>(stream.size()));
  struct Log : sigma::DamageListener {
    std::vector<sigma::Damage> damage;
    void on_damage(const sigma::Damage& one) override { damage.push_back(one); }
  } log;
  ck_assert(sigma::decode_file(in.c_str(), out.c_str()).status.code == ErrorCode::DAMAGED);
  const auto rescued = sigma::decode_file(in.c_str(), out.c_str(), sigma::kDefaultDecoderMemory,
                                          sigma::OnError::SKIP, &log);
  ck_assert(rescued.ok());
  ck_assert_uint_eq(log.damage.size(), 1);
  ck_assert_uint_eq(rescued.value.bytes_lost, 65536);
  // An input that gives nothing leaves what was there.
  ck_assert(sigma::decode_file(out.c_str(), in.c_str()).status.code == ErrorCode::NOT_SIGMA);
  ck_assert_uint_eq(std::filesystem::file_size(in), stream.size());
  ck_assert_uint_eq(std::filesystem::file_size(out), raw.size() - 65536);
  // The same file through FileSource.
  sigma::FileSource source(in.c_str());
  ck_assert(source.status().ok());
  sigma::RandomAccessDecoder decoder(source);
  uint8_t bytes[100];
  ck_assert(decoder.read(300000, bytes).ok());
  ck_assert(std::equal(std::begin(bytes), std::end(bytes), raw.begin() + 300000));
  ck_assert(decoder.read(2 * 65536, bytes).status.code == ErrorCode::DAMAGED);
  ck_assert(sigma::FileSource((path + "/none").c_str()).status().code == ErrorCode::IO);
  ck_assert(!sigma::FileSource(path.c_str()).status().ok());
  std::filesystem::remove_all(path);
}
END_TEST

START_TEST(stats_start_at_zero_and_reset) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert_uint_eq(encoder.stats().bytes_in, 0);
  ck_assert_uint_eq(encoder.stats().chunks, 0);
  ck_assert_double_eq(encoder.stats().ratio(), 0.0);
  ck_assert(encoder.stats().started_ns != 0);
  const Bytes data = testdata::log_lines(1000);
  ck_assert(encoder.push(data).ok());
  ck_assert(encoder.flush().ok());
  ck_assert_uint_eq(encoder.stats().bytes_in, 1000);
  ck_assert_uint_eq(encoder.stats().chunks, 1);
  encoder.reset();
  ck_assert_uint_eq(encoder.stats().bytes_in, 0);
  ck_assert_uint_eq(encoder.stats().chunks, 0);
}
END_TEST

START_TEST(stats_ratio_throughput_and_counts_are_those_of_the_stream) {
  const Bytes data = testdata::log_lines(4 * MiB);
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(at_level(3, 65536)).ok());
  size_t out = 0;
  sigma::Packet packet;
  const auto drain = [&] {
    while (encoder.take(packet))
      out += packet.bytes.size();
  };
  for (sigma::ByteSpan rest(data); !rest.empty();) {
    // 10000 bytes at a time: every chunk spans inputs
    const auto piece = rest.first(std::min<size_t>(10000, rest.size()));
    rest = rest.subspan(encoder.push(piece).value);
    drain();
  }
  ck_assert(encoder.finish().ok());
  drain();
  const sigma::StreamStats& stats = encoder.stats();
  ck_assert_uint_eq(stats.bytes_in, data.size());
  ck_assert_uint_eq(stats.bytes_out, out);
  ck_assert_uint_eq(stats.chunks, 64);
  ck_assert_uint_eq(stats.chunks_bytes, 64);
  ck_assert_uint_eq(stats.boundary_crossings, 64);
  ck_assert(stats.glyphs > 64);
  ck_assert_double_eq(stats.ratio(), static_cast<double>(data.size()) / static_cast<double>(out));
  ck_assert(stats.ratio() > 2.0);
  ck_assert(stats.codec_time_ns > 0 && stats.codec_time_ns <= stats.wall_time_ns());
  const double expected =
      static_cast<double>(data.size()) / 1e6 / (static_cast<double>(stats.wall_time_ns()) / 1e9);
  ck_assert_double_eq_tol(stats.throughput(stats.bytes_in), expected, expected * 1e-9);
}
END_TEST

START_TEST(optimal_chunk_size_for_small_medium_large_and_very_large_files) {
  ck_assert_uint_eq(sigma::optimal_chunk_size(0), 65536);
  ck_assert_uint_eq(sigma::optimal_chunk_size(10 * MiB - 1), 65536);
  ck_assert_uint_eq(sigma::optimal_chunk_size(10 * MiB), 262144);
  ck_assert_uint_eq(sigma::optimal_chunk_size(100 * MiB - 1), 262144);
  ck_assert_uint_eq(sigma::optimal_chunk_size(100 * MiB), 1048576);
  ck_assert_uint_eq(sigma::optimal_chunk_size(1024 * MiB - 1), 1048576);
  ck_assert_uint_eq(sigma::optimal_chunk_size(1024 * MiB), 4194304);
}
END_TEST

START_TEST(memory_estimate_breaks_down_and_is_what_the_codec_owns) {
  // All models have their turn.
  const Bytes data = testdata::joined({testdata::mixed(6 * MiB), testdata::server_log(3 * MiB)});
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (const bool verify : {false, true})
      for (const uint32_t chunk : {0u, 65536u, 262144u}) {
        EncoderSettings settings = at_level(level, chunk);
        settings.verify = verify;
        const sigma::MemoryEstimate estimate = sigma::estimate_memory_usage(settings);
        ck_assert_uint_eq(estimate.codec(), estimate.window + estimate.output + estimate.coder +
                                                estimate.filter + estimate.verify +
                                                estimate.shared + estimate.tables);
        ck_assert(estimate.window > 0 && estimate.output > 0);
        ck_assert_uint_le(estimate.total(), sigma::kDefaultEncoderMemory);
        sigma::StreamingEncoder encoder;
        ck_assert(encoder.configure(settings).ok());
        // Several chunks, also of the automatic size.
        const sigma::ByteSpan all(data);
        for (sigma::ByteSpan rest = chunk == 0 ? all : all.last(5 * MiB); !rest.empty();) {
          rest = rest.subspan(encoder.push(rest).value);
          // Each packet goes before the next chunk is made, as in a pipeline.
          for (sigma::Packet packet; encoder.take(packet);)
            continue;
        }
        ck_assert(encoder.finish().ok());
        const double peak = static_cast<double>(encoder.stats().peak_memory);
        ck_assert_msg(peak <= 1.15 * static_cast<double>(estimate.codec()) &&
                          peak >= 0.85 * static_cast<double>(estimate.codec()),
                      "level %u verify %d chunk %u: owned %.0f, estimated %llu", level, verify,
                      chunk, peak, static_cast<unsigned long long>(estimate.codec()));
      }
}
END_TEST

START_TEST(memory_streaming_against_full_load_is_a_small_fraction) {
  const uint64_t full_load = 1024 * MiB;
  const sigma::MemoryEstimate estimate = sigma::estimate_memory_usage({});
  ck_assert(full_load / estimate.total() > 150);
}
END_TEST

START_TEST(settings_out_of_range_are_refused) {
  const auto refuses = [](auto change) {
    sigma::EncoderSettings settings;
    change(settings);
    sigma::StreamingEncoder encoder;
    return encoder.configure(settings).code == sigma::ErrorCode::INVALID_ARGUMENT;
  };
  ck_assert(refuses([](auto& s) { s.level = 10; }));
  ck_assert(refuses([](auto& s) { s.chunk_size = 65535; }));
  ck_assert(refuses([](auto& s) { s.chunk_size = 4194305; }));
  ck_assert(refuses([](auto& s) { s.key_interval = 0; }));
}
END_TEST

START_TEST(a_decoder_refuses_input_before_the_last_is_used_up) {
  const Bytes stream = codec::encode(testdata::from_text("raw"));
  sigma::StreamingDecoder decoder;
  ck_assert(decoder.push(stream).ok());
  ck_assert(decoder.push(stream).code == sigma::ErrorCode::INVALID_ARGUMENT);
}
END_TEST

START_TEST(settings_that_memory_cannot_hold_name_the_least_that_would_do) {
  EncoderSettings settings = at_level(3, 4 * MiB);
  const auto refused = sigma::plan_encoder(settings);
  ck_assert(refused.status.code == ErrorCode::INVALID_SETTINGS);
  settings.max_memory = refused.status.value - 1;
  ck_assert(!sigma::plan_encoder(settings).ok());
  settings.max_memory = refused.status.value;
  ck_assert(sigma::plan_encoder(settings).ok());
  check_round_trip(testdata::mixed(5 * MiB), settings);
  ck_assert(sigma::plan_encoder(at_level(3, 1000)).status.code == ErrorCode::INVALID_ARGUMENT);
  ck_assert(sigma::plan_encoder(at_level(10)).status.code == ErrorCode::INVALID_ARGUMENT);
}
END_TEST

START_TEST(lane_memory_formula_follows_zstd) {
  const Bytes data = testdata::mixed(2 * MiB);
  for (unsigned level = 1; level <= sigma::kMaxLevel; level++)
    for (const uint64_t memory : {6 * MiB, 64 * MiB}) {
      EncoderSettings settings = at_level(level);
      settings.max_memory = memory;
      const sigma::EncoderPlan plan = sigma::plan_encoder(settings).value;
      sigma::GlyphBufferPool pool;
      sigma::LaneEncoder lanes(pool);
      ck_assert(lanes.configure(plan.models.lane).ok());
      Bytes out(data.size());
      const size_t size = std::min<size_t>(plan.chunk_size, data.size());
      ck_assert(lanes.encode({data.data(), size}, {}, out).ok());
      const double real = static_cast<double>(pool.peak());
      const double formula =
          static_cast<double>(sigma::lane_encoder_memory(plan.models.lane, plan.chunk_size));
      // A chunk shorter than planned makes zstd choose smaller tables.
      if (size == plan.chunk_size)
        ck_assert_msg(real / formula > 0.9 && real / formula < 1.05, "level %u: %.0f, formula %.0f",
                      level, real, formula);
    }
}
END_TEST

START_TEST(index_links_reach_every_packet_in_logarithmic_steps) {
  // Packet i lies at stream offset 1000 (i + 1); its only entry is chunk i.
  constexpr size_t kPackets = 3000;
  std::vector<sigma::IndexPacket> packets(kPackets);
  sigma::IndexBuilder builder;
  Bytes body(sigma::kMaxIndexBody);
  for (size_t i = 0; i < kPackets; i++) {
    builder.add({i, uint64_t{i} * 65536, uint64_t{i} * 1000 + 500});
    const size_t size = builder.take_body(body, 1000 * (i + 1));
    ck_assert(sigma::parse_index({body.data(), size}, 0, packets[i]).ok());
    ck_assert_uint_eq(packets[i].number, i);
    ck_assert(packets[i].entry_count == 1 &&
              packets[i].entries[0].raw_offset == uint64_t{i} * 65536);
  }
  for (size_t target = 0; target < kPackets; target++) {
    size_t at = kPackets - 1;
    size_t steps = 0;
    for (; at != target; steps++) {
      // The farthest link that does not pass the target.
      size_t next = at;
      for (size_t l = 0; l < packets[at].link_count; l++) {
        const sigma::IndexLink& link = packets[at].links[l];
        ck_assert_uint_eq(link.raw_offset, (link.stream_offset / 1000 - 1) * 65536);
        if (link.raw_offset >= uint64_t{target} * 65536)
          next = static_cast<size_t>(link.stream_offset / 1000 - 1);
      }
      ck_assert_uint_lt(next, at);
      at = next;
    }
    ck_assert_uint_le(steps, 24);
  }
}
END_TEST

START_TEST(index_of_a_stream_names_its_keys) {
  EncoderSettings settings = at_level(1, 65536);
  settings.key_interval = 1;
  const Bytes stream = encode(testdata::log_lines(600 * 65536), settings);
  // Every packet by header hops; every index entry must be a key chunk met on the way.
  std::vector<sigma::IndexEntry> keys;
  std::vector<sigma::IndexEntry> entries;
  size_t heads = 0;
  for (const codec::PacketView& packet : codec::packets(stream)) {
    const sigma::PacketHeader& header = packet.header;
    if (header.is_key()) keys.push_back({header.sequence, header.raw_offset, packet.offset});
    if (header.kind() == sigma::PacketKind::HEAD) heads++;
    if (header.kind() == sigma::PacketKind::INDEX) {
      sigma::IndexPacket index;
      ck_assert(sigma::parse_index(packet.body, packet.offset, index).ok());
      entries.insert(entries.end(), index.entries.begin(),
                     index.entries.begin() + index.entry_count);
    }
  }
  ck_assert_uint_eq(keys.size(), 600);
  ck_assert_uint_eq(entries.size(), 600);
  for (size_t i = 0; i < keys.size(); i++)
    ck_assert(keys[i].sequence == entries[i].sequence &&
              keys[i].raw_offset == entries[i].raw_offset &&
              keys[i].stream_offset == entries[i].stream_offset);
  ck_assert_uint_eq(heads, 2 + 599 / 16);  // the head, twice, and a copy every 16 chunks
}
END_TEST

int main() {
  return run_suite(
      "encode/round_trip", 600,
      {{"P1",
        {empty_input_round_trips, one_byte_round_trips, short_inputs_round_trip,
         five_MB_of_every_kind_round_trip, fifty_MB_round_trip, every_level_round_trips,
         every_chunk_size_and_key_interval_round_trips,
         with_more_memory_round_trips_at_the_high_levels,
         without_index_and_with_verify_round_trips}},
       {"P2",
        {the_split_of_the_input_does_not_change_a_byte, a_reset_encoder_gives_the_same_bytes,
         dense_bytes_end_a_chunk_early_whatever_the_split}},
       {"P6", {a_stream_cut_anywhere_is_an_error_after_what_is_complete}},
       {"P8",
        {joined_streams_decode_one_after_the_other,
         joined_streams_need_the_memory_of_the_largest_one,
         streams_joined_after_a_cut_are_an_error}},
       {"P10",
        {incompressible_input_grows_by_a_twentieth_of_a_percent_at_most,
         small_incompressible_chunks_grow_by_96_bytes_at_most}},
       {"round_trip",
        {chunks_small_file_is_one_chunk,
         chunks_of_an_exact_multiple_have_no_empty_last_one,
         finish_waits_for_packets_to_be_taken,
         a_chunk_that_is_denser_than_it_looked_has_room,
         decoder_takes_any_split,
         chunks_in_memory_of_the_application_are_the_same,
         no_body_holds_the_header_of_a_packet,
         level_can_change_at_the_next_key,
         files_round_trip_and_stats_agree,
         a_damaged_file_gives_what_is_intact_if_asked,
         stats_start_at_zero_and_reset,
         stats_ratio_throughput_and_counts_are_those_of_the_stream,
         optimal_chunk_size_for_small_medium_large_and_very_large_files,
         memory_estimate_breaks_down_and_is_what_the_codec_owns,
         memory_streaming_against_full_load_is_a_small_fraction,
         settings_out_of_range_are_refused,
         a_decoder_refuses_input_before_the_last_is_used_up,
         settings_that_memory_cannot_hold_name_the_least_that_would_do,
         lane_memory_formula_follows_zstd,
         index_links_reach_every_packet_in_logarithmic_steps,
         index_of_a_stream_names_its_keys}}});
}
