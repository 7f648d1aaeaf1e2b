/* Calls that compile and make no sense: each gives an error, and what comes after it works.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "memory_source.hpp"
#include "suite.hpp"

#if defined(__SANITIZE_ADDRESS__)
// What nobody can give is refused, as malloc() does it, and not reported.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}
#endif

namespace {

using codec::Bytes;
using sigma::ByteSpan;
using sigma::DecodedChunk;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using sigma::Packet;
using sigma::Status;
using sigma::StreamingDecoder;
using sigma::StreamingEncoder;
using testdata::MemorySource;
using testdata::MiB;

/// No bytes lie there, though the span says so.
const ByteSpan kNull(static_cast<const uint8_t*>(nullptr), 100);

const uint8_t kSome[100] = {};

void check_invalid(const Status& status) {
  ck_assert_msg(status.code == ErrorCode::INVALID_ARGUMENT, "%s", sigma::error_name(status.code));
  ck_assert_uint_gt(std::strlen(sigma::describe(status).text), 10);
}

/// All calls of an encoder that could do something.
void check_refuses_all(StreamingEncoder& encoder) {
  check_invalid(encoder.push(kSome).status);
  check_invalid(encoder.push_lent(kSome).status);
  check_invalid(encoder.set_framing(true));
  check_invalid(encoder.add_event(sigma::FramedEvent::CAPS, kSome));
  check_invalid(encoder.add_meta(1, kSome));
  check_invalid(encoder.begin_buffer({}));
  check_invalid(encoder.flush());
  check_invalid(encoder.repeat_head());
  check_invalid(encoder.set_level(3));
  check_invalid(encoder.finish());
  Packet packet;
  ck_assert(!encoder.take(packet) && !encoder.is_holding() && !encoder.is_framed());
}

void check_works(StreamingEncoder& encoder) {
  const Bytes raw = testdata::samples(300000);
  ck_assert(encoder.configure(codec::small_groups()).ok());
  Bytes out;
  const auto take_all = [&] {
    for (Packet packet; encoder.take(packet);)
      testdata::append(out, packet.bytes.bytes());
  };
  for (ByteSpan rest(raw); !rest.empty(); take_all()) {
    const auto used = encoder.push(rest);
    ck_assert(used.ok());
    rest = rest.subspan(used.value);
  }
  ck_assert(encoder.finish().ok());
  take_all();
  ck_assert(codec::decode(out).bytes == raw);
}

void check_works(StreamingDecoder& decoder) {
  const Bytes raw = testdata::samples(300000);
  decoder.reset();
  const codec::Salvaged all =
      codec::drive(decoder, codec::encode(raw, codec::small_groups()), codec::pieces_of(1000));
  ck_assert(all.status.ok() && all.bytes() == raw);
}

Bytes stream_of(size_t size) {
  return codec::encode(testdata::samples(size), codec::small_groups());
}

Status drain(StreamingDecoder& decoder) {
  for (DecodedChunk chunk;;) {
    const auto more = decoder.next(chunk);
    if (!more.ok() || !more.value) return more.status;
  }
}

}  // namespace

START_TEST(an_encoder_without_settings_refuses_all) {
  StreamingEncoder encoder;
  check_refuses_all(encoder);
  encoder.reset();
  check_refuses_all(encoder);
  check_works(encoder);
}
END_TEST

START_TEST(an_encoder_whose_settings_were_refused_refuses_all) {
  StreamingEncoder encoder;
  EncoderSettings settings;
  settings.max_memory = 1;
  ck_assert(encoder.configure(settings).code == ErrorCode::INVALID_SETTINGS);
  check_refuses_all(encoder);
  check_works(encoder);
  ck_assert(encoder.configure(settings).code == ErrorCode::INVALID_SETTINGS);
  check_refuses_all(encoder);
  check_works(encoder);
}
END_TEST

START_TEST(absurd_settings_are_refused_or_work) {
  const auto refuses = [](auto set) {
    EncoderSettings settings;
    set(settings);
    StreamingEncoder encoder;
    const Status status = encoder.configure(settings);
    ck_assert_uint_eq(sigma::estimate_memory_usage(settings).window != 0, status.ok());
    return !status.ok();
  };
  ck_assert(refuses([](EncoderSettings& s) { s.level = 10; }));
  ck_assert(refuses([](EncoderSettings& s) { s.level = UINT32_MAX; }));
  ck_assert(refuses([](EncoderSettings& s) { s.chunk_size = 1; }));
  ck_assert(refuses([](EncoderSettings& s) { s.chunk_size = UINT32_MAX; }));
  ck_assert(!refuses([](EncoderSettings& s) { s.key_interval = 0; }));
  ck_assert(refuses([](EncoderSettings& s) { s.model = static_cast<sigma::Model>(77); }));
  for (const char* name : {"auto", "bytes", "records", "samples"})
    ck_assert(!refuses([name](EncoderSettings& s) { sigma::model_by_name(name, s.model); }));
  ck_assert(!refuses([](EncoderSettings& s) { s.key_interval = UINT32_MAX; }));
  ck_assert(!refuses([](EncoderSettings& s) { s.chain = 0; }));
  ck_assert(!refuses([](EncoderSettings& s) { s.chain = UINT32_MAX; }));
  ck_assert(!refuses([](EncoderSettings& s) { s.threads = UINT32_MAX; }));
  ck_assert(!refuses([](EncoderSettings& s) { s.max_memory = UINT64_MAX; }));
}
END_TEST

START_TEST(bytes_at_the_null_pointer_are_refused) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  check_invalid(encoder.push(kNull).status);
  check_invalid(encoder.push_lent(kNull).status);
  ck_assert(encoder.set_framing(true).ok());
  check_invalid(encoder.add_event(sigma::FramedEvent::CAPS, kNull));
  check_invalid(encoder.add_meta(1, kNull));
  check_works(encoder);
  StreamingDecoder decoder;
  check_invalid(decoder.push(kNull));
  check_works(decoder);
  const Bytes stream = stream_of(100000);
  MemorySource source(stream);
  sigma::RandomAccessDecoder random(source);
  check_invalid(random.read(0, {static_cast<uint8_t*>(nullptr), 10}).status);
  check_invalid(random.stream_info(1).status);
  ck_assert(sigma::looks_like_stream(kNull) == sigma::Likeness::NONE);
  uint8_t out[10];
  check_invalid(sigma::encode_bytes(kNull, out).status);
  check_invalid(sigma::decode_bytes(kNull, out).status);
  check_invalid(sigma::decoded_size(kNull).status);
}
END_TEST

START_TEST(empty_spans_are_nothing) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.push({}).ok() && encoder.push({}).value == 0);
  StreamingDecoder decoder;
  ck_assert(decoder.push({}).ok() && drain(decoder).ok());
  ck_assert(decoder.finish().code == ErrorCode::TRUNCATED);
  check_works(decoder);
}
END_TEST

START_TEST(pushing_while_packets_wait_takes_nothing) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure(codec::small_groups()).ok());
  const Bytes raw = testdata::samples(300000);
  size_t total = 0;
  for (size_t i = 0; i < 1000; i++)
    total += encoder.push(ByteSpan(raw).subspan(total)).value;
  ck_assert_uint_le(total, 65536);
  check_invalid(encoder.finish());
  check_invalid(encoder.repeat_head());
  check_works(encoder);
}
END_TEST

START_TEST(ending_twice_is_refused_until_packets_are_taken_and_then_makes_an_empty_stream) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.finish().ok());
  check_invalid(encoder.finish());
  Bytes out;
  const auto take_all = [&] {
    for (Packet packet; encoder.take(packet);)
      testdata::append(out, packet.bytes.bytes());
  };
  take_all();
  ck_assert(encoder.finish().ok());
  take_all();
  const codec::Decoded decoded = codec::decode(out);
  ck_assert(decoded.status.ok() && decoded.bytes.empty());
}
END_TEST

START_TEST(framing_in_the_middle_of_a_stream_is_refused) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(encoder.push(kSome).ok());
  check_invalid(encoder.set_framing(true));
  check_invalid(encoder.begin_buffer({}));
  check_invalid(encoder.add_event(sigma::FramedEvent::TAG, kSome));
  check_works(encoder);
}
END_TEST

START_TEST(bytes_outside_buffers_and_unknown_or_too_large_events_are_refused) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok() && encoder.set_framing(true).ok());
  check_invalid(encoder.push(kSome).status);
  check_invalid(encoder.add_event(static_cast<sigma::FramedEvent>(0), kSome));
  check_invalid(encoder.add_event(static_cast<sigma::FramedEvent>(200), kSome));
  check_invalid(encoder.add_event(sigma::FramedEvent::TAG, Bytes(sigma::kMaxEvent + 1)));
  sigma::FramedBuffer buffer;
  buffer.size = 50;
  ck_assert(encoder.begin_buffer(buffer).ok());
  check_invalid(encoder.push(kSome).status);
  check_invalid(encoder.begin_buffer(buffer));
  check_invalid(encoder.finish());
  ck_assert_uint_eq(encoder.left(), 50);
  ck_assert(encoder.push(ByteSpan(kSome).first(50)).ok() && encoder.finish().ok());
}
END_TEST

START_TEST(a_level_that_does_not_exist_is_refused_and_nothing_changes) {
  StreamingEncoder encoder;
  ck_assert(encoder.configure({}).ok());
  ck_assert(!encoder.set_level(10).ok());
  ck_assert(!encoder.set_level(UINT32_MAX).ok());
  check_works(encoder);
}
END_TEST

START_TEST(decoding_before_there_are_bytes_gives_nothing) {
  StreamingDecoder decoder;
  DecodedChunk chunk;
  for (int i = 0; i < 3; i++) {
    const auto more = decoder.next(chunk);
    ck_assert(more.ok() && !more.value);
  }
  ck_assert(decoder.finish().code == ErrorCode::TRUNCATED);
  ck_assert_uint_eq(decoder.position(), 0);
  check_works(decoder);
}
END_TEST

START_TEST(pushing_while_input_is_left_is_refused) {
  const Bytes stream = stream_of(300000);
  StreamingDecoder decoder;
  DecodedChunk chunk;
  ck_assert(decoder.push(stream).ok());
  check_invalid(decoder.push(stream));
  ck_assert(decoder.next(chunk).value);
  check_invalid(decoder.push(stream));
  check_works(decoder);
}
END_TEST

START_TEST(pushing_behind_the_end_is_refused) {
  StreamingDecoder decoder;
  decoder.end_input();
  decoder.end_input();
  check_invalid(decoder.push(kSome));
  ck_assert(drain(decoder).ok());
  ck_assert(!decoder.finish().ok());
  check_works(decoder);
}
END_TEST

START_TEST(asking_for_the_end_before_the_end_says_truncated) {
  const Bytes stream = stream_of(300000);
  StreamingDecoder decoder;
  ck_assert(decoder.push(ByteSpan(stream).first(stream.size() / 2)).ok() && drain(decoder).ok());
  for (int i = 0; i < 2; i++)
    ck_assert(decoder.finish().code == ErrorCode::TRUNCATED);
  check_works(decoder);
}
END_TEST

START_TEST(what_must_be_set_before_the_first_byte_is_refused_behind_it) {
  sigma::ThreadPool pool(2);
  codec::OwnMemory memory;
  StreamingDecoder decoder;
  ck_assert(decoder.set_threads(&pool, 2).ok() && decoder.set_threads(nullptr, 7).ok());
  const Bytes stream = stream_of(300000);
  ck_assert(decoder.push(ByteSpan(stream).first(200)).ok());
  check_invalid(decoder.set_threads(&pool, 2));
  check_invalid(decoder.set_chunk_memory(&memory));
  check_works(decoder);
  decoder.reset();
  ck_assert(decoder.set_threads(&pool, UINT32_MAX).ok());
  check_works(decoder);
}
END_TEST

START_TEST(a_place_that_no_stream_has_is_refused) {
  StreamingDecoder decoder;
  ck_assert(!decoder.start_at({}).ok());
  ck_assert(!decoder.push(kSome).ok());
  sigma::EntryPoint point;
  std::fill(point.head.begin(), point.head.end(), uint8_t{0xff});
  ck_assert(!decoder.start_at(point).ok());
  sigma::ThreadPool pool(2);
  decoder.reset();
  ck_assert(decoder.set_threads(&pool, 2).ok());
  ck_assert(!decoder.start_at(point).ok());
  ck_assert(!decoder.push(kSome).ok());
  check_works(decoder);
}
END_TEST

START_TEST(memory_of_another_size_than_a_chunk_is_refused) {
  struct Small : sigma::ChunkMemory {
    uint8_t bytes[10] = {};
    sigma::Result<sigma::MutableByteSpan> reserve(size_t) override {
      return sigma::MutableByteSpan(bytes);
    }
  } small;
  const Bytes stream = stream_of(300000);
  StreamingDecoder decoder;
  ck_assert(decoder.set_chunk_memory(&small).ok() && decoder.push(stream).ok());
  check_invalid(drain(decoder));
  decoder.reset();
  ck_assert(decoder.set_chunk_memory(nullptr).ok());
  check_works(decoder);
}
END_TEST

START_TEST(decoding_without_memory_to_decode_in_is_an_error) {
  for (const uint64_t memory : {uint64_t{0}, uint64_t{1}, uint64_t{100000}}) {
    const codec::Decoded decoded = codec::decode(stream_of(300000), codec::whole(), memory);
    ck_assert(!decoded.status.ok() || memory == 0);
  }
}
END_TEST

START_TEST(stopping_in_the_middle_leaves_nothing_behind) {
  sigma::ThreadPool pool(4);
  const Bytes raw = testdata::mixed(4 * MiB);
  const Bytes stream = codec::encode(raw, codec::small_groups());
  for (size_t part = 0; part < 8; part++) {
    EncoderSettings settings = codec::small_groups();
    settings.threads = 4;
    StreamingEncoder encoder;
    ck_assert(encoder.configure(settings, &pool).ok());
    ByteSpan rest = ByteSpan(raw).first(part * raw.size() / 8);
    for (Packet packet; !rest.empty();) {
      rest = rest.subspan(encoder.push(rest).value);
      while (encoder.take(packet))
        continue;
    }
    StreamingDecoder decoder;
    ck_assert(decoder.set_threads(&pool, 4).ok());
    ck_assert(decoder.push(ByteSpan(stream).first(part * stream.size() / 8)).ok());
    DecodedChunk chunk;
    for (size_t i = 0; i < part; i++)
      ck_assert(decoder.next(chunk).ok());
    if (part % 2 == 0) check_works(decoder);
  }
}
END_TEST

START_TEST(reading_where_there_is_nothing_gives_nothing) {
  const Bytes stream = stream_of(300000);
  MemorySource source(stream);
  sigma::RandomAccessDecoder decoder(source);
  uint8_t out[100];
  ck_assert_uint_eq(decoder.size(), 0);  // not open yet
  ck_assert(decoder.read(300000, out).value == 0);
  ck_assert(decoder.read(UINT64_MAX, out).value == 0);
  ck_assert(decoder.read(299990, out).value == 10);
  ck_assert(decoder.read(0, {}).value == 0);
  check_invalid(decoder.locate(300000).status);
  check_invalid(decoder.locate(UINT64_MAX).status);
  check_invalid(decoder.locate_time(0).status);
  ck_assert(decoder.duration().value == sigma::kNoTime);
  ck_assert(decoder.locate(299999).ok());
}
END_TEST

START_TEST(reading_of_what_is_no_stream_is_an_error_each_time) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}}) {
    const Bytes bytes(size, 'x');
    MemorySource source(bytes);
    sigma::RandomAccessDecoder decoder(source);
    uint8_t out[100];
    for (int i = 0; i < 2; i++) {
      ck_assert(!decoder.open().ok());
      ck_assert(!decoder.read(0, out).ok());
      ck_assert(!decoder.locate(0).ok() && !decoder.duration().ok() && !decoder.is_framed());
    }
  }
}
END_TEST

START_TEST(files_without_a_name_are_refused) {
  check_invalid(sigma::encode_file(nullptr, "/dev/null").status);
  check_invalid(sigma::encode_file("/dev/null", nullptr).status);
  check_invalid(sigma::decode_file(nullptr, nullptr).status);
  sigma::FileSource source(nullptr);
  check_invalid(source.status());
  uint8_t out[10];
  ck_assert(!source.read(0, out).ok());
}
END_TEST

START_TEST(too_little_room_is_refused_and_the_bound_is_enough) {
  const Bytes raw = testdata::random_bytes(200000);
  Bytes out(raw.size());
  check_invalid(sigma::encode_bytes(raw, out).status);
  check_invalid(sigma::encode_bytes(raw, {}).status);
  out.resize(sigma::encode_bound(raw.size()));
  const auto size = sigma::encode_bytes(raw, out);
  ck_assert(size.ok());
  out.resize(size.value);
  ck_assert_uint_eq(sigma::decoded_size(out).value, raw.size());
  Bytes back(raw.size() - 1);
  check_invalid(sigma::decode_bytes(out, back).status);
  check_invalid(sigma::decode_bytes(out, {}).status);
  // What is full of packet headers grows most.
  Bytes headers;
  const Bytes empty = codec::encode({});
  while (headers.size() < 300000)
    testdata::append(headers, empty);
  EncoderSettings settings = codec::small_groups(0);
  settings.key_interval = 1;
  out.resize(sigma::encode_bound(headers.size()));
  ck_assert(sigma::encode_bytes(headers, out, settings).ok());
  ck_assert(sigma::encode_bound(UINT64_MAX) == UINT64_MAX);
}
END_TEST

START_TEST(buffers_that_nobody_can_give_are_refused) {
  sigma::GlyphBufferPool pool;
  for (const size_t size : {SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX - (size_t{1} << 24)})
    ck_assert(pool.acquire(size).status.code == ErrorCode::NO_MEMORY);
  sigma::GlyphBufferPool bounded(1000);
  ck_assert(bounded.acquire(1001).status.code == ErrorCode::NO_MEMORY);
  sigma::Buffer none;
  none.append(kSome);  // there is no room
  ck_assert(none.bytes().empty());
  none.shrink_to_fit();
  none.disown();
  pool.release(std::move(none));
}
END_TEST

START_TEST(a_pool_takes_no_work_that_is_none) {
  sigma::ThreadPool pool(UINT32_MAX);
  ck_assert(!pool.push(nullptr, nullptr));
}
END_TEST

int main() {
  return run_suite(
      "face/misuse", 120,
      {{"encoder",
        {an_encoder_without_settings_refuses_all,
         an_encoder_whose_settings_were_refused_refuses_all, absurd_settings_are_refused_or_work,
         bytes_at_the_null_pointer_are_refused, empty_spans_are_nothing,
         pushing_while_packets_wait_takes_nothing,
         ending_twice_is_refused_until_packets_are_taken_and_then_makes_an_empty_stream,
         framing_in_the_middle_of_a_stream_is_refused,
         bytes_outside_buffers_and_unknown_or_too_large_events_are_refused,
         a_level_that_does_not_exist_is_refused_and_nothing_changes}},
       {"decoder",
        {decoding_before_there_are_bytes_gives_nothing, pushing_while_input_is_left_is_refused,
         pushing_behind_the_end_is_refused, asking_for_the_end_before_the_end_says_truncated,
         what_must_be_set_before_the_first_byte_is_refused_behind_it,
         a_place_that_no_stream_has_is_refused, memory_of_another_size_than_a_chunk_is_refused,
         decoding_without_memory_to_decode_in_is_an_error,
         stopping_in_the_middle_leaves_nothing_behind}},
       {"access",
        {reading_where_there_is_nothing_gives_nothing,
         reading_of_what_is_no_stream_is_an_error_each_time}},
       {"whole",
        {files_without_a_name_are_refused, too_little_room_is_refused_and_the_bound_is_enough,
         buffers_that_nobody_can_give_are_refused, a_pool_takes_no_work_that_is_none}}});
}
