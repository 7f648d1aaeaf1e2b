/* Streams that are cut, changed, or wrong behind their checks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <utility>

#include "codec.hpp"
#include "forge.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using codec::decode;
using codec::Decoded;
using forge::Stream;
using hostile::check_fails;
using hostile::kMemory;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;

Bytes small_stream(unsigned level) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 65536;
  settings.key_interval = 2;
  Bytes data = testdata::log_lines(3 * 65536 + 100);
  std::fill(data.begin() + 1000, data.begin() + 190000, uint8_t{'z'});
  return codec::encode(data, settings);
}

/// Every cut and every flipped bit of `stream` gives an error, or exactly the right bytes.
void check_every_cut_and_flip(const Bytes& stream) {
  const Decoded good = decode(stream);
  ck_assert_msg(good.status.ok(), "%s", sigma::describe(good.status).text);
  for (size_t cut = 0; cut < stream.size(); cut += testdata::stride()) {
    const Decoded decoded =
        decode(Bytes(stream.begin(), stream.begin() + cut), codec::whole(), kMemory);
    ck_assert_msg(decoded.status.code == ErrorCode::TRUNCATED, "cut at %zu: %s", cut,
                  sigma::describe(decoded.status).text);
    ck_assert(codec::is_prefix(decoded.bytes, good.bytes));
    ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
  }
  Bytes flipped = stream;
  for (size_t bit = 0; bit < stream.size() * 8; bit += testdata::stride()) {
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
    const Decoded decoded = decode(flipped, codec::whole(), kMemory);
    flipped[bit / 8] = stream[bit / 8];
    ck_assert_msg(!decoded.status.ok() || decoded.bytes == good.bytes, "bit %zu", bit);
    ck_assert(codec::is_prefix(decoded.bytes, good.bytes));
    ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
  }
}

}  // namespace

START_TEST(every_cut_and_flip_of_every_packet_and_operator) {
  check_every_cut_and_flip(forge::every_operator().bytes);
}
END_TEST

START_TEST(every_cut_and_flip_of_encoded_streams) {
  for (const unsigned level : {1u, 3u, 9u})
    check_every_cut_and_flip(small_stream(level));
}
END_TEST

START_TEST(every_cut_and_flip_of_joined_and_empty_streams) {
  Bytes joined = codec::encode(from_text("one"));
  for (const Bytes& more : {codec::encode({}), codec::encode(from_text("two"))})
    joined.insert(joined.end(), more.begin(), more.end());
  const Bytes expected = from_text("onetwo");
  ck_assert(decode(joined).bytes == expected);
  Bytes flipped = joined;
  for (size_t bit = 0; bit < joined.size() * 8; bit++) {
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
    const Decoded decoded = decode(flipped, codec::whole(), kMemory);
    flipped[bit / 8] = joined[bit / 8];
    ck_assert(!decoded.status.ok());
    ck_assert(codec::is_prefix(decoded.bytes, expected));
  }
}
END_TEST

START_TEST(random_damage_never_gives_wrong_bytes) {
  const Bytes data = testdata::mixed(2000000);
  sigma::EncoderSettings settings;
  settings.chunk_size = 65536;
  const Bytes stream = codec::encode(data, settings);
  testdata::Random random(11);
  for (int round = 0; round < testdata::rounds(300); round++) {
    Bytes damaged = stream;
    const size_t at = random.below(damaged.size() - 5000);
    const size_t size = 1 + random.below(4999);
    switch (round % 4) {
      case 0:
        for (size_t i = 0; i < size; i++)
          damaged[at + i] = static_cast<uint8_t>(random.next());
        break;
      case 1:
        damaged.erase(damaged.begin() + at, damaged.begin() + at + size);
        break;
      case 2: {
        const Bytes noise = testdata::random_bytes(size, random.next());
        damaged.insert(damaged.begin() + at, noise.begin(), noise.end());
        break;
      }
      default: {
        const Bytes part(stream.begin() + at, stream.begin() + at + size);
        damaged.insert(damaged.begin() + random.below(damaged.size()), part.begin(), part.end());
        break;
      }
    }
    if (damaged == stream) continue;
    const Decoded decoded = decode(damaged);
    ck_assert(!decoded.status.ok());
    ck_assert(codec::is_prefix(decoded.bytes, data));
  }
}
END_TEST

START_TEST(packets_lost_repeated_or_exchanged_are_errors) {
  // Each part is one whole packet; chunks are keys, so that nothing but their numbers ties them.
  std::vector<Bytes> parts;
  Stream s;
  const auto take = [&] { parts.push_back(std::exchange(s.bytes, {})); };
  s.begin();
  take();
  for (const char* text : {"first", "second", "third"}) {
    s.stored(from_text(text), true);
    take();
  }
  const auto joined = [&](std::initializer_list<size_t> order) {
    Stream last = s;
    Bytes all;
    for (const size_t i : order)
      all.insert(all.end(), parts[i].begin(), parts[i].end());
    last.bytes = all;
    return last.end().bytes;
  };
  ck_assert(decode(joined({0, 1, 2, 3})).bytes == s.decoded);
  check_fails(joined({0, 1, 3}), ErrorCode::DAMAGED, s.decoded, "chunks are missing");
  check_fails(joined({0, 2, 3}), ErrorCode::DAMAGED);
  check_fails(joined({0, 1, 1, 2, 3}), ErrorCode::DAMAGED, s.decoded,
              "a chunk comes twice or too late");
  check_fails(joined({0, 2, 1, 3}), ErrorCode::DAMAGED);
  check_fails(joined({0, 1, 2}), ErrorCode::DAMAGED, s.decoded);
  check_fails(joined({1, 2, 3}), ErrorCode::DAMAGED);
  Stream foreign;
  foreign.id = 99;
  foreign.sequence = 1;
  foreign.raw_offset = 5;
  foreign.stored(from_text("foreign"), true);
  Bytes mixed_up = parts[0];
  for (const Bytes& part : {parts[1], foreign.bytes})
    mixed_up.insert(mixed_up.end(), part.begin(), part.end());
  check_fails(mixed_up, ErrorCode::DAMAGED, s.decoded, "a packet belongs to another stream");
}
END_TEST

START_TEST(a_wrong_raw_hash_keeps_bytes_back) {
  Stream s;
  s.begin();
  sigma::PacketHeader header = s.header(GlyphType::COMPOSITE, Primitive::BLOCK, sigma::kFlagKey);
  header.raw_size = 5;
  header.raw_hash = 1234;
  s.packet(header, forge::tree([](TreeWriter& t) { t.literal(from_text("wrong")); }));
  check_fails(s.bytes, ErrorCode::DAMAGED);
}
END_TEST

START_TEST(random_bytes_behind_valid_checks_never_crash) {
  testdata::Random random(5);
  for (int round = 0; round < testdata::rounds(20000); round++) {
    Stream s;
    s.begin();
    s.stored(testdata::random_bytes(50, random.next()), true);
    const Bytes body = testdata::random_bytes(1 + random.below(60), random.next());
    s.coded(body, Bytes(1 + random.below(100), 'x'), random.below(2) == 0);
    const Decoded decoded = decode(s.end().bytes, codec::whole(), kMemory);
    ck_assert(!decoded.status.ok());
    ck_assert_uint_eq(decoded.bytes.size(), 50);
  }
}
END_TEST

int main() {
  return run_suite(
      "decode/hostile", 900,
      {{"P4",
        {random_damage_never_gives_wrong_bytes, packets_lost_repeated_or_exchanged_are_errors,
         a_wrong_raw_hash_keeps_bytes_back}},
       {"P7",
        {every_cut_and_flip_of_every_packet_and_operator, every_cut_and_flip_of_encoded_streams,
         every_cut_and_flip_of_joined_and_empty_streams,
         random_bytes_behind_valid_checks_never_crash}}});
}
