/* What repeats at a distance that no lane looks at.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bytes.hpp"
#include "codec.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::Bytes;
using sigma::EncoderSettings;
using testdata::MiB;

constexpr uint64_t kMuchMemory = 80 * MiB;
constexpr size_t kSmallChunk = 65536;

/// Groups of 4 MiB with as long a history, which moves in its window again and again.
EncoderSettings in_small_chunks(unsigned level) {
  EncoderSettings settings = threads::in_groups(level, kSmallChunk, 64);
  settings.max_memory = kMuchMemory;
  return settings;
}

/// Pieces of a few texts, cut anywhere, with bytes changed here and there.
Bytes make_versions(size_t size, uint64_t seed) {
  const Bytes sources[] = {testdata::random_bytes(700000), testdata::server_log(900000),
                           testdata::mixed(400000), Bytes(100000, 'x')};
  testdata::Random random(seed);
  Bytes made;
  while (made.size() < size) {
    const Bytes& source = sources[random.below(4)];
    const size_t begin = random.below(source.size());
    Bytes piece = testdata::part_of(source, begin, begin + random.below(300000));
    for (size_t i = random.below(20000); i < piece.size(); i += 1 + random.below(20000))
      piece[i]++;
    testdata::append(made, piece);
  }
  return made;
}

void check(const Bytes& raw, EncoderSettings settings) {
  const Bytes stream = codec::encode(raw, settings);
  const codec::Decoded decoded = codec::decode(stream, codec::random_pieces(3, 100000));
  ck_assert_msg(decoded.status.ok(), "%s", decoded.status.text);
  ck_assert(decoded.bytes == raw);
  threads::Pool pool(2);
  for (const unsigned count : threads::values<unsigned>({2, 3})) {
    settings.threads = count;
    ck_assert(codec::encode(raw, settings, codec::random_pieces(count, 200000), &pool) == stream);
  }
}

}  // namespace

START_TEST(what_came_long_before_costs_next_to_nothing) {
  const Bytes again = testdata::random_bytes(4 * MiB);
  const Bytes raw = testdata::joined({again, testdata::server_log(3 * MiB), again});
  EncoderSettings settings = codec::at_level(6);
  settings.max_memory = 64 * MiB;
  const size_t without = codec::encode(raw, settings).size();
  ck_assert_uint_gt(without, 2 * again.size());
  settings.max_memory = kMuchMemory;
  ck_assert_uint_lt(codec::encode(raw, settings).size(), without - again.size() + 4096);
  check(raw, settings);
  settings.model = sigma::Model::BYTES;
  check(raw, settings);
  ck_assert_uint_ge(sigma::plan_encoder(settings).value.minor, 7);  // that has copies
  settings.model = sigma::Model::AUTO;
  // A group of three chunks ends before.
  settings.key_interval = 3;
  ck_assert_uint_gt(codec::encode(raw, settings).size(), 2 * again.size());
}
END_TEST

START_TEST(pieces_of_many_places_are_put_together) {
  for (const unsigned level : threads::values<unsigned>({7, 6})) {
    const Bytes raw = make_versions(6 * MiB, level);
    EncoderSettings settings = in_small_chunks(level);
    check(raw, settings);
    settings.verify = true;
    const size_t size = codec::encode(raw, settings).size();
    settings.max_memory = 64 * MiB;
    ck_assert_uint_lt(size * 2, codec::encode(raw, settings).size());
  }
}
END_TEST

START_TEST(a_group_has_twice_the_history_and_its_chunks_need_one_another) {
  EncoderSettings settings = codec::at_level(6);
  settings.max_memory = kMuchMemory;
  const Bytes raw(70 * MiB, 'a');
  const Bytes stream = codec::encode(raw, settings);
  size_t keys = 0;
  for (const codec::PacketView& packet : codec::packets(stream))
    keys += packet.header.kind() == sigma::PacketKind::CHUNK && packet.header.is_key() ? 1 : 0;
  ck_assert_uint_eq(keys, 2);
  ck_assert(codec::decode(stream).bytes == raw);
}
END_TEST

START_TEST(a_level_that_stores_stores_repeats_too) {
  const Bytes once = testdata::server_log(MiB);
  const Bytes raw = testdata::joined({once, once, once, once, once, once});
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(in_small_chunks(6)).ok());
  Bytes stream;
  for (sigma::ByteSpan rest(raw); !rest.empty();) {
    if (rest.size() == raw.size() / 2) ck_assert(encoder.set_level(0).ok());
    rest = rest.subspan(encoder.push(rest.first(std::min(rest.size(), kSmallChunk))).value);
    for (sigma::Packet packet; encoder.take(packet);)
      for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
        stream.insert(stream.end(), part.begin(), part.end());
  }
  ck_assert(encoder.finish().ok());
  for (sigma::Packet packet; encoder.take(packet);)
    testdata::append(stream, packet.bytes.bytes());
  ck_assert(codec::decode(stream).bytes == raw);
}
END_TEST

int main() {
  return run_suite(
      "encode/repeats", 600,
      {{"repeats",
        {what_came_long_before_costs_next_to_nothing, pieces_of_many_places_are_put_together,
         a_group_has_twice_the_history_and_its_chunks_need_one_another,
         a_level_that_stores_stores_repeats_too}}});
}
