/* Buffers, times and events of a stream, without GStreamer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/random_access.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/sync_search.hpp"
#include "memory_source.hpp"
#include "recording.hpp"
#include "suite.hpp"

using recording::Decoded;
using recording::Entry;
using recording::Recording;
using sigma::FramedEvent;
using testdata::Bytes;
using testdata::MiB;
using testdata::Random;

namespace {

/// Buffers of all sizes with all kinds of times, events between them, and metas.
Recording irregular(size_t count, uint64_t seed) {
  Random random(seed);
  const Bytes content = testdata::mixed(MiB);
  Recording all;
  all.push_back(recording::event(FramedEvent::STREAM_START, "one"));
  for (size_t i = 0; i < count; i++) {
    if (random.below(20) == 0) all.push_back(recording::event(FramedEvent::TAG, "\1tags"));
    if (random.below(30) == 0) all.push_back(recording::event(FramedEvent::GAP, "123"));
    if (random.below(50) == 0)
      all.push_back(recording::event(FramedEvent::CAPS, i % 2 != 0 ? "odd/caps" : "even/caps"));
    const size_t size = random.below(8) == 0   ? 0
                        : random.below(9) == 0 ? random.below(400000)
                                               : random.below(3000);
    const size_t at = random.below(content.size() - size);
    Entry entry =
        recording::buffer(testdata::part_of(content, at, at + size),
                          random.below(3) == 0 ? sigma::kNoTime : i * 40000000 + random.below(9),
                          random.below(4) == 0 ? sigma::kNoTime : random.below(80000000));
    if (random.below(2) == 0) entry.buffer.dts = random.next();
    if (random.below(5) == 0) entry.buffer.offset = random.next();
    if (random.below(5) == 0) entry.buffer.offset_end = random.below(1000000);
    entry.buffer.flags = random.below(3) == 0 ? random.next() : 64;
    while (random.below(4) == 0)
      entry.metas.push_back(testdata::random_bytes(random.below(100), i));
    all.push_back(entry);
  }
  all.push_back(recording::event(FramedEvent::CUSTOM, "the end"));
  return all;
}

sigma::EncoderSettings small(unsigned level = 3) {
  sigma::EncoderSettings settings = codec::small_groups(level);
  return settings;
}

void check_stream(const Recording& raw, const Bytes& stream,
                  const codec::Split& split = codec::whole()) {
  const Decoded decoded = recording::decode(stream, split);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert_uint_eq(decoded.entries.size(), raw.size());
  for (size_t i = 0; i < raw.size(); i++)
    ck_assert_msg(decoded.entries[i] == raw[i], "entry %zu differs", i);
  ck_assert(decoded.context.empty());
}

void check_same(const Recording& raw, const recording::Options& options,
                const codec::Split& split = codec::whole()) {
  check_stream(raw, recording::encode(raw, options), split);
}

/// The bytes of all buffers, joined.
Bytes bytes_of(const Recording& entries) {
  Bytes all;
  for (const Entry& entry : entries)
    all.insert(all.end(), entry.bytes.begin(), entry.bytes.end());
  return all;
}

}  // namespace

START_TEST(buffers_and_events_come_back_at_every_level) {
  for (unsigned level = 0; level <= 9; level++) {
    recording::Options options;
    options.settings.level = level;
    check_same(irregular(testdata::portion(300), level), options);
    options.settings = small(level);
    options.settings.verify = true;
    check_same(irregular(testdata::portion(60), level + 50), options, codec::pieces_of(997));
  }
}
END_TEST

START_TEST(buffers_come_back_however_often_chunks_end) {
  for (const size_t flush_every : {1U, 2U, 7U}) {
    recording::Options options;
    options.settings = small();
    options.flush_every = flush_every;
    options.rate = 25;
    check_same(irregular(testdata::portion(200), flush_every), options,
               codec::random_pieces(flush_every, 5000));
    check_same(recording::regular(100, 1000, 25, testdata::samples(MiB)), options);
  }
}
END_TEST

START_TEST(what_has_no_bytes_comes_back) {
  for (const size_t flush_every : {0U, 1U}) {
    recording::Options options;
    options.flush_every = flush_every;
    check_same({}, options);
    check_same({recording::event(FramedEvent::CAPS, "nothing/follows")}, options);
    Recording empty;
    for (uint64_t i = 0; i < 20000; i++)
      empty.push_back(recording::buffer({}, i % 3, i % 7));
    check_same(empty, options);
  }
}
END_TEST

START_TEST(many_and_large_events_come_back) {
  Recording all;
  for (size_t i = 0; i < 300; i++) {
    Entry entry = recording::event(FramedEvent::CUSTOM, "");
    entry.payload = testdata::random_bytes(i % 3 == 0 ? sigma::kMaxEvent : 50 * i, i);
    all.push_back(entry);
    if (i % 10 == 0) all.push_back(recording::buffer(testdata::random_bytes(i * 100), i, 1));
  }
  check_same(all, {});
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.set_framing(true).ok());
  ck_assert(!encoder.add_event(FramedEvent::CUSTOM, Bytes(sigma::kMaxEvent + 1)).ok());
}
END_TEST

START_TEST(a_stream_in_an_event_does_not_come_out_as_one) {
  // Its headers are not to be found where the stream is searched.
  const Bytes inner = codec::encode(testdata::from_text("inner"));
  Recording all;
  all.push_back(recording::event(FramedEvent::CUSTOM, ""));
  all.back().payload = inner;
  all.push_back(recording::buffer(testdata::random_bytes(1000), 0, 1));
  all.push_back(all.front());  // no bytes follow: it has a packet of its own
  for (int i = 0; i < 30; i++)
    all.back().payload.insert(all.back().payload.end(), inner.begin(), inner.end());
  all.back().payload.resize(sigma::kMaxEvent / 2);
  check_same(all, {});
  const Bytes stream = recording::encode(all);
  size_t headers = 0;
  for (size_t at = 0; (at = sigma::find_packet_header(stream, at)) < stream.size(); at++)
    headers++;
  ck_assert_uint_eq(headers, codec::packets(stream).size());
}
END_TEST

START_TEST(framing_does_not_depend_on_threads) {
  const Recording raw = irregular(testdata::portion(400), 5);
  recording::Options options;
  options.settings = small();
  const Bytes stream = recording::encode(raw, options);
  options.threads = 3;
  ck_assert(recording::encode(raw, options) == stream);
}
END_TEST

START_TEST(regular_buffers_cost_less_than_two_bytes_each) {
  const struct {
    size_t count, size;
    uint32_t rate, step;
    Bytes content;
  } streams[] = {{300, 115200, 30, 1, testdata::mixed(8 * MiB)},
                 {testdata::portion(300), 115200, 30000, 1001, testdata::random_bytes(8 * MiB)},
                 {testdata::portion(3000), 2048, 44100, 1024, testdata::samples(4 * MiB)},
                 {testdata::portion(20), 3110400, 25, 1, testdata::samples(8 * MiB)}};
  for (const auto& stream : streams) {
    constexpr uint64_t kSecond = 1000000000;
    Recording raw = recording::regular(stream.count, stream.size, 1, stream.content);
    uint64_t i = 0;
    for (Entry& entry : raw) {
      if (!entry.is_buffer) continue;
      entry.buffer.pts = i * stream.step * kSecond / stream.rate;
      entry.buffer.duration = (i + 1) * stream.step * kSecond / stream.rate - entry.buffer.pts;
      i++;
    }
    recording::Options options;
    options.rate = stream.rate;
    options.step = stream.step;
    const Bytes framed = recording::encode(raw, options);
    check_stream(raw, framed);
    const size_t plain = codec::encode(bytes_of(raw)).size();
    // Each key repeats what is in effect.
    size_t keys = 0;
    for (const codec::PacketView& packet : codec::packets(framed))
      keys += packet.header.is_key() ? 1 : 0;
    ck_assert_uint_le(framed.size(), plain + std::max(2 * stream.count, 120 * keys));
  }
}
END_TEST

START_TEST(who_joins_late_gets_what_is_in_effect_and_whole_buffers) {
  Recording raw = recording::regular(400, 7001, 30, testdata::mixed(3 * MiB));
  // Caps may be as large as those with the headers of an audio codec.
  raw[1].payload = testdata::log_lines(9000);
  recording::Options options;
  options.settings = small();
  options.joins = true;
  const Bytes stream = recording::encode(raw, options);
  const std::vector<codec::PacketView> packets = codec::packets(stream);
  const size_t head = packets[0].size;
  size_t keys = 0;
  for (const codec::PacketView& packet : packets) {
    if (packet.header.kind() != sigma::PacketKind::CHUNK || packet.header.sequence == 0) continue;
    keys += packet.header.is_key() ? 1 : 0;
    if (packet.header.sequence % testdata::stride() != 0) continue;
    Bytes late(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(head));
    late.insert(late.end(), stream.begin() + static_cast<std::ptrdiff_t>(packet.offset),
                stream.end());
    const Decoded decoded = recording::decode(late);
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    if (decoded.entries.empty()) continue;  // behind the last key
    // Caps and segment, but not the name of the stream.
    ck_assert_uint_eq(decoded.context.size(), 2);
    ck_assert(std::equal(decoded.context.begin(), decoded.context.end(), raw.begin() + 1));
    // The rest of the stream, from a buffer on.
    ck_assert(std::equal(decoded.entries.rbegin(), decoded.entries.rend(), raw.rbegin()));
  }
  ck_assert_uint_gt(keys, 5);
}
END_TEST

START_TEST(damage_costs_whole_buffers_of_the_groups_it_touches) {
  const Recording raw = recording::regular(400, 7001, 30, testdata::mixed(3 * MiB));
  recording::Options options;
  options.settings = small();
  const Bytes stream = recording::encode(raw, options);
  Random random(9);
  for (int round = 0; round < testdata::rounds(60); round++) {
    Bytes damaged = stream;
    const size_t at = random.below(stream.size());
    damaged[at] = static_cast<uint8_t>(damaged[at] ^ (1 << random.below(8)));
    const Decoded failed = recording::decode(damaged);
    ck_assert(!failed.status.ok() && failed.entries.size() < raw.size());
    ck_assert(std::equal(failed.entries.begin(), failed.entries.end(), raw.begin()));
    const Decoded skipped = recording::decode(damaged, codec::whole(), sigma::OnError::SKIP);
    // All that comes is as it was.
    size_t i = 0;
    for (const Entry& entry : skipped.entries) {
      while (i < raw.size() && !(raw[i] == entry))
        i++;
      ck_assert_uint_lt(i, raw.size());
    }
    ck_assert_uint_ge(skipped.entries.size() + 60, raw.size());
  }
}
END_TEST

namespace {

/// What StreamMap::locate_time() must find: the raw offset of the last group before `time` that is
/// entered later than all before it; 0 if there is none.
uint64_t group_of(const Recording& all, size_t group, uint64_t time) {
  uint64_t best = 0;
  uint64_t latest = 0;
  uint64_t raw = 0;
  for (size_t i = 0; i < all.size(); i += group) {
    const uint64_t begin = raw;
    bool is_entered = false;
    for (size_t k = i; k < std::min(i + group, all.size()); k++) {
      const sigma::FramedBuffer& buffer = all[k].buffer;
      raw += buffer.size;
      if (is_entered || buffer.pts == sigma::kNoTime || (buffer.flags & recording::kDelta) != 0)
        continue;
      is_entered = true;
      if (buffer.pts + 1 <= latest) continue;
      latest = buffer.pts + 1;
      if (buffer.pts <= time) best = begin;
    }
  }
  return best;
}

/// Buffers of 100 ns and 1 to 3 bytes, which none or some begin anew, and time that goes back.
Recording timed(size_t count, unsigned entries, Random& random) {
  Recording all;
  for (size_t i = 0; i < count; i++) {
    const uint64_t pts = (i < count / 2 || i > count * 3 / 4 ? i : i - count / 3) * 100 + 1000;
    all.push_back(recording::buffer(testdata::random_bytes(1 + random.below(3), i),
                                    random.below(9) == 0 ? sigma::kNoTime : pts, 100));
    if (entries == 0 || random.below(entries) != 0) all.back().buffer.flags = recording::kDelta;
  }
  return all;
}

}  // namespace

START_TEST(a_time_leads_to_the_group_from_which_it_is_played) {
  Random random(12);
  for (const unsigned entries : {1u, 10u, 1000u, 0u}) {
    const Recording all = timed(5000, entries, random);
    recording::Options options;
    options.settings.key_interval = 3;
    options.flush_every = 1;  // each buffer is a chunk
    const Bytes stream = recording::encode(all, options);
    testdata::MemorySource source(stream);
    sigma::RandomAccessDecoder decoder(source);
    ck_assert(decoder.open().ok());
    uint64_t end = 0;
    // Of the first buffer that needs none before it, if an entry of the first index packet has it.
    uint64_t begin = sigma::kNoTime;
    for (const Entry& entry : all) {
      if (entry.buffer.pts == sigma::kNoTime) continue;
      end = std::max(end, entry.buffer.pts + 100);
      const bool is_near =
          static_cast<size_t>(&entry - all.data()) < size_t{3} * sigma::kIndexEntries;
      if (begin == sigma::kNoTime && is_near && entry.buffer.flags != recording::kDelta)
        begin = entry.buffer.pts;
    }
    if (begin == sigma::kNoTime) begin = 0;
    const auto duration = decoder.duration();
    ck_assert(duration.ok());
    ck_assert_uint_eq(duration.value, end - begin);
    for (int i = 0; i < testdata::rounds(300); i++) {
      const uint64_t time = i == 0 ? end + 5 : begin + random.below(end - begin);
      const uint64_t reads = source.reads;
      const auto found = decoder.locate_time(time - begin);
      ck_assert_msg(found.ok(), "%s", sigma::describe(found.status).text);
      ck_assert_msg(found.value.entry.raw_offset == group_of(all, 3, time),
                    "one of %u, %llu: %llu instead of %llu", entries,
                    static_cast<unsigned long long>(time),
                    static_cast<unsigned long long>(found.value.entry.raw_offset),
                    static_cast<unsigned long long>(group_of(all, 3, time)));
      // Packets of 256 groups each, and what no group enters.
      ck_assert_uint_le(source.reads - reads, 40);
    }
  }
}
END_TEST

START_TEST(the_times_of_joined_streams_follow_one_another) {
  Random random(13);
  const Recording one = timed(50, 1, random);
  recording::Options options;
  options.flush_every = 1;
  const Bytes stream = recording::encode(one, options);
  const Bytes empty = recording::encode({}, options);
  const Bytes all = testdata::joined({stream, empty, stream, stream});
  testdata::MemorySource source(all);
  sigma::RandomAccessDecoder decoder(source);
  ck_assert(decoder.open().ok());
  const uint64_t length = decoder.duration().value / 3;
  ck_assert_uint_gt(length, 0);
  for (const auto& [time, number, base] : {std::tuple<uint64_t, uint64_t, uint64_t>{0, 0, 0},
                                           {length - 1, 0, 0},
                                           {length, 2, length},
                                           {2 * length + 5, 3, 2 * length},
                                           {3 * length, 3, 2 * length}}) {
    const auto found = decoder.locate_time(time);
    ck_assert(found.ok());
    ck_assert_uint_eq(found.value.entry.stream, number);
    ck_assert_uint_eq(found.value.base, base);
  }
  // One that says nothing of its times makes all of it unknown.
  const Bytes silent = testdata::joined({stream, codec::encode(testdata::from_text("bytes"))});
  testdata::MemorySource silent_source(silent);
  sigma::RandomAccessDecoder silent_decoder(silent_source);
  ck_assert(silent_decoder.open().ok());
  ck_assert(silent_decoder.duration().value == sigma::kNoTime);
  ck_assert(!silent_decoder.locate_time(0).ok());
}
END_TEST

START_TEST(scripts_with_anything_in_them_end) {
  recording::Options options;
  options.settings = small();
  const Bytes stream = recording::encode(irregular(100, 3), options);
  Bytes script;
  sigma::StreamingDecoder decoder;
  ck_assert(decoder.push(stream).ok());
  for (sigma::DecodedChunk chunk; decoder.next(chunk).value;)
    script.insert(script.end(), chunk.framing.script.begin(), chunk.framing.script.end());
  ck_assert_uint_gt(script.size(), 1000);
  Random random(1);
  size_t sound = 0;
  for (int round = 0; round < testdata::rounds(100000); round++) {
    const size_t from = random.below(script.size());
    Bytes bad = testdata::part_of(script, from, from + random.below(300));
    for (size_t i = random.below(4); i > 0 && !bad.empty(); i--)
      bad[random.below(bad.size())] = static_cast<uint8_t>(random.next());
    sigma::FramingReader reader(bad, {}, random.below(100), round % 2 == 0, 5000);
    size_t items = 0;
    while (reader.next())
      ck_assert_uint_lt(items++, 200000);
    sound += reader.failed() ? 0 : 1;
  }
  ck_assert_uint_gt(sound, 0);
}
END_TEST

START_TEST(misuse_is_refused) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(!encoder.begin_buffer({}).ok());
  ck_assert(encoder.set_framing(true).ok());
  ck_assert(!encoder.push(Bytes(1)).ok());
  sigma::FramedBuffer buffer;
  buffer.size = 2;
  ck_assert(encoder.begin_buffer(buffer).ok());
  ck_assert(!encoder.begin_buffer(buffer).ok());
  ck_assert(!encoder.add_event(FramedEvent::GAP, {}).ok());
  ck_assert(!encoder.set_framing(false).ok());
  ck_assert(!encoder.push(Bytes(3)).ok());
  ck_assert_uint_eq(encoder.push(Bytes(1)).value, 1);
  ck_assert(!encoder.finish().ok());
  ck_assert_uint_eq(encoder.push(Bytes(1)).value, 1);
  ck_assert(encoder.finish().ok());
}
END_TEST

int main() {
  return run_suite(
      "framing/framing", 600,
      {{"P1",
        {buffers_and_events_come_back_at_every_level, buffers_come_back_however_often_chunks_end,
         what_has_no_bytes_comes_back, many_and_large_events_come_back}},
       {"P2", {framing_does_not_depend_on_threads}},
       {"P5",
        {a_stream_in_an_event_does_not_come_out_as_one,
         damage_costs_whole_buffers_of_the_groups_it_touches}},
       {"P7", {scripts_with_anything_in_them_end}},
       {"P8", {the_times_of_joined_streams_follow_one_another}},
       {"P9", {a_time_leads_to_the_group_from_which_it_is_played}},
       {"framing",
        {regular_buffers_cost_less_than_two_bytes_each,
         who_joins_late_gets_what_is_in_effect_and_whole_buffers, misuse_is_refused}}});
}
