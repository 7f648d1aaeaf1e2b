/* Chunks that are encoded in threads of willing and unwilling pools.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <memory>

#include "bytes.hpp"
#include "codec.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::Bytes;
using sigma::EncoderSettings;
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

}  // namespace

START_TEST(the_number_of_threads_does_not_change_a_byte) {
  threads::Pool pool(3);
  const Bytes data = testdata::mixed(threads::bytes(6 * MiB));
  for (const unsigned level : values<unsigned>({0, 1, 8, 3}))
    for (const uint32_t chunk : values<uint32_t>({1048576, 65536}))
      for (const uint32_t keys : values<uint32_t>({1, 16, 3})) {
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
  const Bytes data = testdata::mixed(threads::bytes(8 * MiB));
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
  const Bytes data = testdata::mixed(threads::bytes(20 * MiB));
  for (const unsigned count : values<unsigned>({4, 2})) {
    const EncoderSettings settings = with_threads({}, count);
    sigma::StreamingEncoder encoder;
    ck_assert(encoder.configure(settings, &pool).ok());
    ck_assert_uint_eq(encoder.threads(), count);
    for (sigma::ByteSpan rest(data); !rest.empty();) {
      rest = rest.subspan(encoder.push(rest).value);
      for (sigma::Packet packet; encoder.take(packet);)
        continue;
    }
    const uint64_t planned = sigma::estimate_memory_usage(settings).codec();
    ck_assert_uint_le(encoder.stats().peak_memory, planned * 105 / 100);
    ck_assert_uint_ge(encoder.stats().peak_memory, planned / 2);
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
  return run_suite("encode/threads", 600,
                   {{"P2",
                     {the_number_of_threads_does_not_change_a_byte,
                      flushes_and_changes_of_level_give_the_same_bytes_with_threads}},
                    {"threads",
                     {a_pool_without_free_threads_costs_time_only,
                      an_encoder_may_be_reset_or_go_while_threads_work,
                      threads_get_the_memory_that_they_need_if_nothing_is_said_of_it,
                      threads_that_memory_has_no_room_for_are_left_out,
                      memory_of_threads_is_what_was_planned, verify_works_in_threads}}});
}
