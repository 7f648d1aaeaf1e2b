/* Chunks coded and decoded in threads: the same bytes, in order, whatever the pool does. */
#include <cinttypes>
#include <cstdlib>
#include <memory>

#include "bytes.hpp"
#include "codec.hpp"
#include "damage.hpp"
#include "forge.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::Bytes;
using sigma::EncoderSettings;
using testdata::append;
using testdata::MiB;
using threads::in_groups;
using threads::rounds;
using threads::values;

EncoderSettings with_threads(EncoderSettings settings, unsigned count) {
  settings.threads = count;
  settings.max_memory = 64 * MiB;
  return settings;
}

/// Feeds `input` in pieces, ends a chunk after every `flush_every` of them, and changes the level
/// in the middle.
Bytes encode_with_changes(const Bytes& input, const EncoderSettings& settings,
                          sigma::TaskPool* pool, size_t flush_every) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(settings, pool).ok());
  Bytes out;
  const auto take_all = [&] {
    for (sigma::Packet packet; encoder.take(packet);)
      for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
        out.insert(out.end(), part.begin(), part.end());
  };
  size_t pieces = 0;
  for (sigma::ByteSpan rest(input); !rest.empty(); pieces++) {
    if (pieces == 40) ck_assert(encoder.set_level(6).ok());
    const auto used = encoder.push_lent(rest.first(std::min<size_t>(rest.size(), 30000)));
    ck_assert(used.ok());
    rest = rest.subspan(used.value);
    take_all();
    if (pieces % flush_every == flush_every - 1) ck_assert(encoder.flush().ok());
    take_all();
  }
  ck_assert(encoder.finish().ok());
  take_all();
  return out;
}

/// Decodes in order and in threads, and compares all that comes of it.
void check_same(const Bytes& stream, sigma::OnError on_error, sigma::TaskPool* pool, unsigned count,
                const codec::Split& split = codec::whole()) {
  sigma::StreamingDecoder in_order(64 * MiB, on_error);
  codec::OwnMemory memory;
  sigma::ParallelDecoder ahead(64 * MiB, on_error);
  ahead.set_threads(pool, count);
  ahead.set_chunk_memory(&memory);
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
  sigma::ParallelDecoder decoder(limit);
  decoder.set_threads(pool, 4);
  const codec::Salvaged outcome = codec::drive(decoder, stream, codec::pieces_of(1 << 20));
  ck_assert(outcome.status.ok() && outcome.bytes() == raw);
  ck_assert_msg(decoder.stats().peak_memory <= limit, "%" PRIu64 " of %" PRIu64 " bytes",
                decoder.stats().peak_memory, limit);
}

}  // namespace

START_TEST(decoding_in_threads_gives_the_same_chunks) {
  threads::Pool pool(3);
  threads::Refusing refusing;
  threads::Busy busy;
  const Bytes raw = testdata::mixed(3 * MiB);
  Bytes joined;
  for (const unsigned level : values<unsigned>({0, 1, 6, 3}))
    for (const uint32_t keys : {1U, 4U, 16U}) {
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
  check_same(codec::encode(testdata::mixed(70 * MiB)), sigma::OnError::FAIL, &pool, 8,
             codec::pieces_of(1000000));
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
  sigma::ParallelDecoder decoder(64 * MiB);
  decoder.set_threads(&pool, 2);
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
  sigma::ParallelDecoder decoder(64 * MiB);
  decoder.set_threads(&pool, 2);
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
  const Bytes raw = testdata::joined({testdata::random_bytes(40 * MiB), testdata::mixed(40 * MiB)});
  const Bytes stream = codec::encode(raw);
  for (const uint64_t limit : values<uint64_t>({6 * MiB, 30 * MiB, 128 * MiB, 64 * MiB}))
    check_memory(stream, raw, limit, &pool);
}
END_TEST

START_TEST(memory_of_decoding_joined_streams_in_threads_is_bounded) {
  threads::Pool pool(4);
  const Bytes raw = testdata::mixed(24 * MiB);
  const Bytes large = codec::encode(raw, in_groups(1, 1048576, 8));
  const Bytes small = codec::encode(raw, in_groups(1, 262144, 8));
  const Bytes joined = testdata::joined({small, large, small, large});
  for (const uint64_t limit : values<uint64_t>({34 * MiB, 64 * MiB, 46 * MiB}))
    check_memory(joined, testdata::joined({raw, raw, raw, raw}), limit, &pool);
}
END_TEST

START_TEST(the_number_of_threads_does_not_change_a_byte) {
  threads::Pool pool(3);
  const Bytes data = testdata::mixed(6 * MiB);
  for (const unsigned level : values<unsigned>({0, 1, 8, 3}))
    for (const uint32_t chunk : {65536u, 1048576u})
      for (const uint32_t keys : {1u, 3u, 16u}) {
        const EncoderSettings settings = with_threads(in_groups(level, chunk, keys), 1);
        const Bytes expected = codec::encode(data, settings);
        for (const unsigned count : {2u, 3u, 7u})
          ck_assert(codec::encode(data, with_threads(settings, count), codec::pieces_of(200000),
                                  &pool) == expected);
      }
}
END_TEST

START_TEST(flushes_and_changes_of_level_give_the_same_bytes_with_threads) {
  threads::Pool pool(2);
  const Bytes data = testdata::mixed(5 * MiB);
  for (const size_t flush_every : {1u, 3u, 7u, 1000u}) {
    const EncoderSettings settings = with_threads(in_groups(3, 65536, 4), 1);
    const Bytes expected = encode_with_changes(data, settings, nullptr, flush_every);
    ck_assert(encode_with_changes(data, with_threads(settings, 4), &pool, flush_every) == expected);
    const codec::Decoded decoded = codec::decode(expected);
    ck_assert(decoded.status.ok() && decoded.bytes == data);
  }
}
END_TEST

START_TEST(a_pool_without_free_threads_costs_time_only) {
  const Bytes data = testdata::mixed(3 * MiB);
  const EncoderSettings settings = with_threads(in_groups(3, 65536, 16), 4);
  const Bytes expected = codec::encode(data, with_threads(settings, 1));
  threads::Refusing refusing;
  ck_assert(codec::encode(data, settings, codec::whole(), &refusing) == expected);
  threads::Busy busy;
  ck_assert(codec::encode(data, settings, codec::whole(), &busy) == expected);
}
END_TEST

START_TEST(an_encoder_may_be_reset_or_go_while_threads_work) {
  threads::Pool pool(2);
  const Bytes data = testdata::mixed(8 * MiB);
  const EncoderSettings settings = with_threads(in_groups(3, 65536, 16), 3);
  const Bytes expected = codec::encode(data, settings, codec::whole(), &pool);
  testdata::Random random(7);
  for (int round = 0; round < rounds(60); round++) {
    auto encoder = std::make_unique<sigma::StreamingEncoder>();
    ck_assert(encoder->configure(settings, &pool).ok());
    for (int again = 0; again < 2; again++) {
      sigma::ByteSpan rest = sigma::ByteSpan(data).first(random.below(data.size() / 8));
      for (sigma::Packet packet; !rest.empty();) {
        rest = rest.subspan(encoder->push(rest).value);
        while (encoder->take(packet))
          continue;
      }
      encoder->reset();
      ck_assert_uint_eq(encoder->stats().bytes_in, 0);
    }
    for (sigma::ByteSpan rest = sigma::ByteSpan(data).first(5 * 65536); !rest.empty();) {
      rest = rest.subspan(encoder->push(rest).value);
      for (sigma::Packet packet; encoder->take(packet);)
        continue;
    }
  }
  ck_assert(codec::encode(data, settings, codec::whole(), &pool) == expected);
}
END_TEST

START_TEST(threads_get_the_memory_that_they_need_if_nothing_is_said_of_it) {
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++) {
    EncoderSettings settings;
    settings.level = level;
    const sigma::EncoderPlan one = sigma::plan_encoder(settings).value;
    ck_assert_uint_le(one.memory.total(), sigma::kDefaultEncoderMemory);
    settings.threads = 4;
    const sigma::EncoderPlan four = sigma::plan_encoder(settings).value;
    ck_assert_uint_eq(four.threads, 4);
    ck_assert_uint_gt(four.memory.total(), one.memory.total());
    ck_assert_uint_eq(four.chunk_size, one.chunk_size);
    ck_assert_uint_eq(four.history_size, one.history_size);
    // Another level has the sizes of the first one, and its threads.
    const auto other = sigma::plan_level(settings, four, level == 0 ? 3 : level - 1);
    ck_assert(other.ok());
    ck_assert_uint_eq(other.value.threads, 4);
  }
}
END_TEST

START_TEST(threads_that_memory_has_no_room_for_are_left_out) {
  EncoderSettings settings;
  settings.threads = 8;
  settings.max_memory = sigma::kDefaultEncoderMemory;
  const auto at_default = sigma::plan_encoder(settings);
  ck_assert(at_default.ok());
  ck_assert_uint_eq(at_default.value.threads, 1);
  settings.max_memory = 64 * MiB;
  const auto larger = sigma::plan_encoder(settings);
  ck_assert(larger.ok());
  ck_assert_uint_eq(larger.value.threads, 8);
  ck_assert_uint_le(larger.value.memory.total(), settings.max_memory);
  ck_assert_uint_eq(larger.value.chunk_size, at_default.value.chunk_size);
  settings.level = 9;
  const auto highest = sigma::plan_encoder(settings);
  settings.threads = 1;
  ck_assert_uint_eq(highest.value.chunk_size, sigma::plan_encoder(settings).value.chunk_size);
}
END_TEST

START_TEST(memory_of_threads_is_what_was_planned) {
  threads::Pool pool(4);
  const Bytes data = testdata::mixed(20 * MiB);
  for (const unsigned count : {2u, 4u}) {
    const EncoderSettings settings = with_threads({}, count);
    sigma::StreamingEncoder encoder;
    ck_assert(encoder.configure(settings, &pool).ok());
    ck_assert_uint_eq(encoder.plan().threads, count);
    for (sigma::ByteSpan rest(data); !rest.empty();) {
      rest = rest.subspan(encoder.push(rest).value);
      for (sigma::Packet packet; encoder.take(packet);)
        continue;
    }
    ck_assert_uint_le(encoder.stats().peak_memory, encoder.plan().memory.codec() * 105 / 100);
    ck_assert_uint_ge(encoder.stats().peak_memory, encoder.plan().memory.codec() / 2);
  }
}
END_TEST

START_TEST(verify_works_in_threads) {
  threads::Pool pool(2);
  const Bytes data = testdata::mixed(4 * MiB);
  EncoderSettings settings = with_threads(in_groups(3, 65536, 16), 2);
  const Bytes expected = codec::encode(data, with_threads(settings, 1));
  settings.verify = true;
  ck_assert(codec::encode(data, settings, codec::whole(), &pool) == expected);
}
END_TEST

int main() {
  return run_suite("decode/threads", 600,
                   {{"P2",
                     {the_number_of_threads_does_not_change_a_byte,
                      flushes_and_changes_of_level_give_the_same_bytes_with_threads}},
                    {"P5",
                     {damage_costs_and_tells_the_same_in_threads,
                      what_needs_no_missing_chunk_is_given_alike_in_threads}},
                    {"P7",
                     {memory_of_decoding_in_threads_is_bounded,
                      memory_of_decoding_joined_streams_in_threads_is_bounded}},
                    {"P8", {streams_behind_zeros_are_decoded_alike_in_threads}},
                    {"threads",
                     {decoding_in_threads_gives_the_same_chunks,
                      a_chunk_inside_a_packet_that_the_end_cuts_is_decoded_alike_in_threads,
                      chunks_that_move_or_come_twice_are_judged_alike_in_threads,
                      packets_of_other_streams_are_judged_alike_in_threads,
                      a_stream_that_lost_its_first_head_is_decoded_with_its_own_limits_in_threads,
                      what_came_is_given_when_it_is_asked_for, decoding_begins_anew_at_any_moment,
                      a_pool_without_free_threads_costs_time_only,
                      an_encoder_may_be_reset_or_go_while_threads_work,
                      threads_get_the_memory_that_they_need_if_nothing_is_said_of_it,
                      threads_that_memory_has_no_room_for_are_left_out,
                      memory_of_threads_is_what_was_planned, verify_works_in_threads}}});
}
