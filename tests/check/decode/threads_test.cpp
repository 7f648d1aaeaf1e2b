/* Chunks that are decoded ahead in threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <atomic>
#include <cinttypes>
#include <memory>

#include "bytes.hpp"
#include "codec.hpp"
#include "damage.hpp"
#include "forge.hpp"
#include "gst/sigma/base/hash.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::Bytes;
using sigma::ByteSpan;
using testdata::append;
using testdata::MiB;
using threads::in_groups;
using threads::rounds;
using threads::values;

/// Decodes in order and in threads, and compares all that comes of it.
void check_same(const Bytes& stream, sigma::OnError on_error, sigma::TaskPool* pool, unsigned count,
                const codec::Split& split = codec::whole()) {
  sigma::StreamingDecoder in_order(64 * MiB, on_error);
  codec::OwnMemory memory;
  sigma::StreamingDecoder ahead(64 * MiB, on_error);
  ck_assert(ahead.set_threads(pool, count).ok());
  ck_assert(ahead.set_chunk_memory(&memory).ok());
  codec::check_same(codec::drive(ahead, stream, split), codec::drive(in_order, stream, split));
}

void check_both(const Bytes& stream, sigma::TaskPool* pool, int round) {
  for (const auto on_error : {sigma::OnError::FAIL, sigma::OnError::SKIP})
    check_same(stream, on_error, pool, 2, codec::random_pieces(round + 1, 200000));
}

Bytes bytes_of(const Bytes& stream, const codec::PacketView& packet) {
  return testdata::part_of(stream, packet.offset, packet.offset + packet.size);
}

void check_memory(const Bytes& stream, const Bytes& raw, uint64_t limit, sigma::TaskPool* pool) {
  sigma::StreamingDecoder decoder(limit);
  ck_assert(decoder.set_threads(pool, 4).ok());
  const codec::Salvaged outcome = codec::drive(decoder, stream, codec::pieces_of(1 << 20));
  ck_assert(outcome.status.ok() && outcome.bytes() == raw);
  ck_assert_msg(decoder.stats().peak_memory <= limit, "%" PRIu64 " of %" PRIu64 " bytes",
                decoder.stats().peak_memory, limit);
}

/// Notes the hash of what it is shown; of each third chunk nothing.
class Hashing : public sigma::ChunkExaminer {
 public:
  struct Note : sigma::ChunkFinding {
    uint64_t hash = 0;
  };
  std::unique_ptr<sigma::ChunkFinding> examine(ByteSpan bytes) override {
    if (asked_++ % 3 == 2) return nullptr;
    auto note = std::make_unique<Note>();
    note->hash = sigma::hash_bytes(bytes);
    return note;
  }

 private:
  std::atomic<unsigned> asked_ = 0;
};

/// How many chunks came with what the examiner noted, which is of their bytes.
size_t count_noted(const Bytes& stream, sigma::TaskPool* pool, unsigned count,
                   size_t* chunks = nullptr) {
  Hashing examiner;
  sigma::StreamingDecoder decoder(64 * MiB, sigma::OnError::SKIP);
  ck_assert(decoder.set_threads(pool, count).ok());
  ck_assert(decoder.set_examiner(&examiner).ok());
  size_t noted = 0;
  size_t all = 0;
  ck_assert(decoder.push(stream).ok());
  for (int round = 0; round < 2; round++) {
    sigma::DecodedChunk chunk;
    for (sigma::Result<bool> more = decoder.next(chunk); more.value; more = decoder.next(chunk)) {
      all++;
      if (chunk.finding == nullptr) continue;
      noted++;
      const auto* note = static_cast<const Hashing::Note*>(chunk.finding);
      ck_assert_uint_eq(note->hash, sigma::hash_bytes(chunk.bytes));
    }
    decoder.end_input();
  }
  ck_assert_int_eq(int(decoder.set_examiner(nullptr).code),
                   int(sigma::ErrorCode::INVALID_ARGUMENT));
  if (chunks != nullptr) *chunks = all;
  return noted;
}

}  // namespace

START_TEST(decoding_in_threads_gives_the_same_chunks) {
  threads::Pool pool(3);
  threads::Refusing refusing;
  threads::Busy busy;
  const Bytes raw = testdata::mixed(3 * MiB);
  Bytes joined;
  for (const unsigned level : values<unsigned>({0, 1, 6, 3}))
    for (const uint32_t keys : values<uint32_t>({1, 16, 4})) {
      const Bytes stream = codec::encode(raw, in_groups(level, 65536, keys));
      joined.insert(joined.end(), stream.begin(), stream.end());
      for (sigma::TaskPool* tasks :
           {static_cast<sigma::TaskPool*>(&pool), static_cast<sigma::TaskPool*>(&refusing),
            static_cast<sigma::TaskPool*>(&busy)})
        for (const unsigned count : {1U, 2U, 5U})
          check_same(stream, sigma::OnError::FAIL, tasks, count,
                     codec::random_pieces(count, 300000));
    }
  check_same(joined, sigma::OnError::FAIL, &pool, 3, codec::random_pieces(5, 1000000));
  check_same(forge::every_operator().bytes, sigma::OnError::FAIL, &pool, 2, codec::pieces_of(100));
  check_same({}, sigma::OnError::FAIL, &pool, 2);
  // Groups of the default size, of which memory holds few.
  check_same(codec::encode(testdata::mixed(threads::bytes(70 * MiB))), sigma::OnError::FAIL, &pool,
             8, codec::pieces_of(1000000));
}
END_TEST

START_TEST(chunks_are_examined_where_they_are_decoded_ahead) {
  threads::Pool pool(2);
  const Bytes stream = codec::encode(testdata::mixed(2 * MiB), in_groups(3, 65536, 4));
  size_t chunks = 0;
  const size_t noted = count_noted(stream, &pool, 2, &chunks);
  ck_assert_uint_ge(3 * noted + 2, 2 * chunks);
  ck_assert_uint_le(3 * noted, 2 * chunks + 2);
  ck_assert_uint_eq(count_noted(stream, &pool, 1), 0);
  testdata::Random random(81);
  for (int round = 0; round < rounds(60); round++) {
    Bytes damaged = stream;
    for (int hits = round % 3; hits >= 0; hits--)
      damaged =
          damage::apply(damaged, damage::random_change(random, damaged.size(), 3000), round + 1);
    count_noted(damaged, &pool, 2);
  }
}
END_TEST

START_TEST(damage_costs_and_tells_the_same_in_threads) {
  threads::Pool pool(2);
  const Bytes raw = testdata::mixed(3000000);
  const Bytes stream = codec::encode(raw, codec::small_groups());
  testdata::Random random(77);
  for (int round = 0; round < rounds(150); round++) {
    Bytes damaged = stream;
    if (round % 5 == 0) {
      damaged.resize(random.below(damaged.size()));
    } else {
      for (unsigned hits = 1 + round % 3; hits > 0; hits--)
        damaged =
            damage::apply(damaged, damage::random_change(random, damaged.size(), 30000), round + 1);
    }
    check_both(damaged, &pool, round);
  }
}
END_TEST

START_TEST(what_needs_no_missing_chunk_is_given_alike_in_threads) {
  threads::Pool pool(2);
  // Records, which need their key; noise, which needs nothing; slots that chunks change.
  const Bytes streams[] = {codec::encode(testdata::log_lines(14000000)),
                           codec::encode(testdata::random_bytes(1500000), codec::small_groups()),
                           forge::every_operator().bytes};
  testdata::Random random(79);
  for (const Bytes& stream : streams) {
    const bool is_long = stream.size() > 500000;
    for (int round = 0; round < rounds(is_long ? 30 : 300); round++) {
      Bytes damaged = stream;
      for (unsigned hits = 1 + round % 3; hits > 0; hits--)
        damaged = damage::apply(
            damaged, damage::random_change(random, damaged.size(), is_long ? 1000 : 40), round + 1);
      check_both(damaged, &pool, round);
    }
  }
}
END_TEST

START_TEST(streams_behind_zeros_are_decoded_alike_in_threads) {
  threads::Pool pool(2);
  const Bytes raw = testdata::mixed(1500000);
  const Bytes one = codec::encode(raw, codec::small_groups());
  for (const size_t zeros : {size_t{1}, size_t{100}, size_t{100000}}) {
    const Bytes padding(zeros, 0);
    check_both(testdata::joined({one, padding, one, padding}), &pool, 3);
    check_both(testdata::joined({one, padding, testdata::random_bytes(300), padding, one}), &pool,
               4);
  }
}
END_TEST

START_TEST(a_chunk_inside_a_packet_that_the_end_cuts_is_decoded_alike_in_threads) {
  threads::Pool pool(2);
  forge::Stream s;
  s.begin();
  s.coded(forge::tree([](sigma::TreeWriter& t) {
            t.set_slot(1, testdata::from_text("a value"));
            t.slot(1);
          }),
          testdata::from_text("a value"), true);
  sigma::PacketHeader cut =
      s.header(sigma::GlyphType::COMPOSITE, sigma::Primitive::BLOCK, sigma::kFlagKey);
  cut.body_size = s.head.body_max;
  cut.raw_size = 1;
  uint8_t front[sigma::kPacketFront];
  sigma::write_packet_front(front, cut);
  s.bytes.insert(s.bytes.end(), front, front + sigma::packet_front_size(cut));
  s.coded(forge::tree([](sigma::TreeWriter& t) { t.slot(1); }), testdata::from_text("a value"),
          false);
  s.end();
  ck_assert(codec::salvage(s.bytes).bytes() == s.decoded);
  check_both(s.bytes, &pool, 1);
}
END_TEST

START_TEST(chunks_that_move_or_come_twice_are_judged_alike_in_threads) {
  threads::Pool pool(2);
  const Bytes good = codec::encode(testdata::mixed(1500000), codec::small_groups());
  const std::vector<codec::PacketView> all = codec::packets(good);
  testdata::Random random(78);
  for (int round = 0; round < rounds(200); round++) {
    std::vector<size_t> order(all.size());
    for (size_t i = 0; i < order.size(); i++)
      order[i] = i;
    const auto at = static_cast<std::ptrdiff_t>(random.below(order.size()));
    if (round % 4 == 0) order.erase(order.begin() + at);
    if (round % 4 == 1) order.insert(order.begin() + at, order[random.below(order.size())]);
    if (round % 4 == 2) std::swap(order[random.below(order.size())], order[at]);
    Bytes changed;
    for (const size_t i : order) {
      append(changed, bytes_of(good, all[i]));
      // Bytes between packets, in the middle of a group.
      if (round % 4 == 3 && i == static_cast<size_t>(at)) changed.insert(changed.end(), 50, 0x55);
    }
    check_both(changed, &pool, round);
  }
}
END_TEST

START_TEST(packets_of_other_streams_are_judged_alike_in_threads) {
  threads::Pool pool(2);
  const Bytes good = codec::encode(testdata::mixed(800000), codec::small_groups());
  const Bytes other = codec::encode(testdata::samples(900000), in_groups(2, 131072, 3));
  const std::vector<codec::PacketView> all = codec::packets(good);
  const std::vector<codec::PacketView> others = codec::packets(other);
  testdata::Random random(80);
  for (int round = 0; round < rounds(200); round++) {
    Bytes changed;
    const size_t first = random.below(all.size());
    for (size_t i = 0; i < all.size(); i++) {
      append(changed, bytes_of(good, all[i]));
      // Heads among them, alone or before chunks, and more than once.
      for (size_t left = i == first || random.below(12) == 0 ? 1 + random.below(3) : 0; left > 0;
           left--)
        append(changed, bytes_of(other, others[random.below(others.size())]));
    }
    check_both(changed, &pool, round);
  }
}
END_TEST

START_TEST(a_stream_that_lost_its_first_head_is_decoded_with_its_own_limits_in_threads) {
  threads::Pool pool(2);
  const Bytes rest = forge::every_operator().bytes;
  for (const codec::PacketView& packet : codec::packets(rest)) {
    if ((packet.header.flags & sigma::kFlagCopy) == 0 ||
        packet.header.kind() != sigma::PacketKind::HEAD)
      continue;
    forge::Stream before;
    before.head.workspace_max = 0;
    before.begin().stored(testdata::from_text("bytes"), true).end();
    check_both(
        testdata::joined({before.bytes, testdata::part_of(rest, packet.offset, rest.size())}),
        &pool, 1);
  }
}
END_TEST

START_TEST(what_came_is_given_when_it_is_asked_for) {
  threads::Pool pool(2);
  const Bytes raw = testdata::log_lines(1000000);
  const Bytes stream = codec::encode(raw, codec::small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  sigma::StreamingDecoder decoder(64 * MiB);
  ck_assert(decoder.set_threads(&pool, 2).ok());
  size_t decoded = 0;
  const auto take_all = [&] {
    for (sigma::DecodedChunk chunk;;) {
      const auto more = decoder.next(chunk);
      ck_assert(more.ok());
      if (!more.value) return;
      ck_assert(std::equal(chunk.bytes.begin(), chunk.bytes.end(),
                           raw.begin() + static_cast<std::ptrdiff_t>(decoded)));
      decoded += chunk.bytes.size();
    }
  };
  size_t due = 0;
  for (const codec::PacketView& packet : all) {
    ck_assert(decoder.push(sigma::ByteSpan(stream).subspan(packet.offset, packet.size)).ok());
    take_all();
    due += packet.header.raw_size;
    if (packet.header.sequence % 3 != 0) continue;
    decoder.flush();
    take_all();
    ck_assert_uint_eq(decoded, due);
  }
  decoder.end_input();
  take_all();
  ck_assert(decoder.finish().ok());
  ck_assert_uint_eq(decoded, raw.size());
}
END_TEST

START_TEST(decoding_begins_anew_at_any_moment) {
  threads::Pool pool(2);
  const Bytes raw = testdata::log_lines(2 * MiB);
  const Bytes stream = codec::encode(raw, codec::small_groups());
  sigma::StreamingDecoder decoder(64 * MiB);
  ck_assert(decoder.set_threads(&pool, 2).ok());
  testdata::Random random(79);
  for (int round = 0; round < rounds(40); round++) {
    ck_assert(decoder.push(sigma::ByteSpan(stream).first(random.below(stream.size()))).ok());
    sigma::DecodedChunk chunk;
    for (size_t left = random.below(20); left > 0; left--) {
      const auto more = decoder.next(chunk);
      ck_assert(more.ok());
      if (!more.value) break;
    }
    decoder.reset();
  }
  ck_assert(codec::drive(decoder, stream, codec::pieces_of(100000)).bytes() == raw);
}
END_TEST

START_TEST(memory_of_decoding_in_threads_is_bounded) {
  threads::Pool pool(4);
  const Bytes raw = testdata::joined({testdata::random_bytes(threads::bytes(40 * MiB)),
                                      testdata::mixed(threads::bytes(40 * MiB))});
  const Bytes stream = codec::encode(raw);
  for (const uint64_t limit : values<uint64_t>({6 * MiB, 30 * MiB, 128 * MiB, 64 * MiB}))
    check_memory(stream, raw, limit, &pool);
}
END_TEST

START_TEST(memory_of_decoding_joined_streams_in_threads_is_bounded) {
  threads::Pool pool(4);
  const Bytes raw = testdata::mixed(threads::bytes(24 * MiB));
  const Bytes large = codec::encode(raw, in_groups(1, 1048576, 8));
  const Bytes small = codec::encode(raw, in_groups(1, 262144, 8));
  const Bytes joined = testdata::joined({small, large, small, large});
  for (const uint64_t limit : values<uint64_t>({34 * MiB, 64 * MiB, 46 * MiB}))
    check_memory(joined, testdata::joined({raw, raw, raw, raw}), limit, &pool);
}
END_TEST

int main() {
  return run_suite(
      "decode/threads", 600,
      {{"P5",
        {damage_costs_and_tells_the_same_in_threads,
         what_needs_no_missing_chunk_is_given_alike_in_threads}},
       {"P7",
        {memory_of_decoding_in_threads_is_bounded,
         memory_of_decoding_joined_streams_in_threads_is_bounded}},
       {"P8", {streams_behind_zeros_are_decoded_alike_in_threads}},
       {"threads",
        {decoding_in_threads_gives_the_same_chunks,
         chunks_are_examined_where_they_are_decoded_ahead,
         a_chunk_inside_a_packet_that_the_end_cuts_is_decoded_alike_in_threads,
         chunks_that_move_or_come_twice_are_judged_alike_in_threads,
         packets_of_other_streams_are_judged_alike_in_threads,
         a_stream_that_lost_its_first_head_is_decoded_with_its_own_limits_in_threads,
         what_came_is_given_when_it_is_asked_for, decoding_begins_anew_at_any_moment}}});
}
