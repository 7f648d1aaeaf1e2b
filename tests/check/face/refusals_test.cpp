/* The codec when the system refuses memory, reads and writes: an error that says so, no wrong byte,
 * nothing leaked, and it works again afterwards. P4, P6, P7.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "codec.hpp"
#include "files.hpp"
#include "forge.hpp"
#include "gst/sigma/explain.hpp"
#include "memory_source.hpp"
#include "refusals.hpp"
#include "suite.hpp"

namespace {

using refusals::Call;
using refusals::Counting;
using sigma::ErrorCode;
using sigma::OnError;
using sigma::Status;
using testdata::Bytes;
using testdata::MemorySource;

/// What came of an attempt. Room for the bytes is there before calls are counted, so that only
/// those of the library are.
struct Outcome {
  Status status;
  Bytes bytes;
  explicit Outcome(size_t room) { bytes.reserve(room); }
  void add(sigma::ByteSpan more) {
    if (more.size() > bytes.capacity() - bytes.size()) abort();  // Check would allocate
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
};

void feed(sigma::StreamingEncoder& encoder, const Bytes& input, Outcome& outcome) {
  const auto take_all = [&] {
    for (sigma::Packet packet; encoder.take(packet);)
      outcome.add(packet.bytes.bytes());
  };
  for (size_t at = 0; outcome.status.ok() && at < input.size();) {
    const auto used = encoder.push({input.data() + at, std::min<size_t>(50000, input.size() - at)});
    outcome.status = used.status;
    if (used.ok()) at += used.value;
    take_all();
  }
  if (outcome.status.ok()) outcome.status = encoder.finish();
  take_all();
}

void feed(sigma::StreamingDecoder& decoder, const Bytes& stream, size_t piece, Outcome& outcome) {
  const auto take_all = [&] {
    for (sigma::DecodedChunk chunk; outcome.status.ok();) {
      const auto more = decoder.next(chunk);
      outcome.status = more.status;
      if (!more.ok() || !more.value) break;
      outcome.add(chunk.bytes);
    }
  };
  for (size_t at = 0; outcome.status.ok() && at < stream.size(); at += piece) {
    outcome.status = decoder.push({stream.data() + at, std::min(piece, stream.size() - at)});
    take_all();
  }
  decoder.end_input();
  take_all();
  if (outcome.status.ok()) outcome.status = decoder.finish();
}

sigma::EncoderSettings settings_of(unsigned level) {
  sigma::EncoderSettings settings = codec::small_groups(level);
  settings.verify = level == 3;
  return settings;
}

/// Three groups, the last chunk a short one; a stretch of them is a stream, with headers in it.
Bytes input() {
  static const Bytes bytes =
      testdata::joined({testdata::mixed(450000), codec::encode(testdata::random_bytes(9000)),
                        testdata::mixed(80000)});
  return bytes;
}

Outcome encode(unsigned level) {
  Outcome outcome(1000000);
  const Bytes bytes = input();
  const sigma::EncoderSettings settings = settings_of(level);
  const Counting counting;
  sigma::StreamingEncoder encoder;
  outcome.status = encoder.configure(settings);
  feed(encoder, bytes, outcome);
  return outcome;
}

Outcome decode(const Bytes& stream, size_t piece, OnError on_error) {
  Outcome outcome(1000000);
  const Counting counting;
  sigma::StreamingDecoder decoder(sigma::kDefaultDecoderMemory, on_error);
  feed(decoder, stream, piece, outcome);
  return outcome;
}

/// Reads here and there, as far as it goes.
Outcome read_at_random(const Bytes& stream, OnError on_error) {
  Outcome outcome(1000000);
  MemorySource source(stream);
  Bytes part(10000);
  const Counting counting;
  sigma::RandomAccessDecoder decoder(source, sigma::kDefaultDecoderMemory, on_error);
  for (const uint64_t at : {300000, 5000, 490000, 295000}) {
    const sigma::Result<size_t> got = decoder.read(at, part);
    outcome.status = got.status;
    if (!got.ok()) break;
    outcome.add({part.data(), got.value});
  }
  return outcome;
}

/// Keeps a byte of each number of an explanation.
class Sizes : public sigma::ExplanationListener {
 public:
  explicit Sizes(Outcome& outcome) : outcome_(outcome) {}
  void on_chunk(sigma::ChunkKind, uint64_t, uint64_t coded) override { add(coded); }
  void on_records(uint64_t records) override { add(records); }
  void on_shared(uint64_t coded) override { add(coded); }
  void on_lane(const char*, uint64_t, uint64_t coded) override { add(coded); }
  void on_template(const sigma::ExplainedTemplate& found) override { add(found.records); }
  void on_column(const sigma::ExplainedColumn& found) override { add(found.values); }
  void on_samples(const sigma::ExplainedSamples& found) override { add(found.size_bytes); }

 private:
  void add(uint64_t number) {
    const auto byte = static_cast<uint8_t>(number);
    outcome_.add({&byte, 1});
  }
  Outcome& outcome_;
};

/// The nth allocation fails, once or from then on, for every n that there is. Everything the
/// library allocated must be free again; gives n.
template <typename Attempt>
uint64_t refuse_every_allocation(Attempt attempt, const Bytes& expected) {
  for (uint64_t nth = 1;; nth++)
    for (const bool for_good : {false, true}) {
      refusals::refuse(Call::ALLOCATE, nth, ENOMEM, for_good);
      const Outcome outcome = attempt();
      refusals::stop();
      ck_assert_int_eq(refusals::blocks(), 0);
      ck_assert_int_eq(refusals::mapped(), 0);
      ck_assert_msg(outcome.status.ok() || outcome.status.code == ErrorCode::NO_MEMORY,
                    "allocation %u: %s", static_cast<unsigned>(nth),
                    sigma::describe(outcome.status).text);
      if (outcome.status.ok()) ck_assert(outcome.bytes == expected);
      ck_assert(codec::is_prefix(outcome.bytes, expected));
      if (!refusals::was_reached()) return nth - 1;
    }
}

}  // namespace

START_TEST(the_encoder_survives_every_refused_allocation) {
  for (const unsigned level : {0u, 1u, 3u, 7u}) {
    const Outcome good = encode(level);
    ck_assert(good.status.ok() && codec::decode(good.bytes).bytes == input());
    ck_assert_uint_ge(refuse_every_allocation([&] { return encode(level); }, good.bytes), 5);
  }
}
END_TEST

START_TEST(the_decoder_survives_every_refused_allocation) {
  const Bytes raw = input();
  const Bytes stream = codec::encode(raw, settings_of(3));
  for (const size_t piece : {stream.size(), size_t{1000}})
    for (const OnError on_error : {OnError::FAIL, OnError::SKIP})
      ck_assert_uint_ge(
          refuse_every_allocation([&] { return decode(stream, piece, on_error); }, raw), 2);
  const forge::Stream every = forge::every_operator();
  refuse_every_allocation([&] { return decode(every.bytes, 100, OnError::FAIL); }, every.decoded);
}
END_TEST

START_TEST(leaving_out_damage_survives_every_refused_allocation) {
  Bytes stream = codec::encode(input(), settings_of(3));
  for (const size_t at : {size_t{90000}, size_t{200000}})
    std::fill_n(stream.begin() + static_cast<std::ptrdiff_t>(at), 300, uint8_t{'x'});
  const Outcome good = decode(stream, 5000, OnError::SKIP);
  ck_assert(good.status.ok() && good.bytes.size() > 100000);
  refuse_every_allocation([&] { return decode(stream, 5000, OnError::SKIP); }, good.bytes);
  const Outcome read = read_at_random(stream, OnError::SKIP);
  refuse_every_allocation(
      [&] {
        Outcome outcome = read_at_random(stream, OnError::SKIP);
        // What is lost without a refusal is lost with one.
        if (outcome.status.code == ErrorCode::DAMAGED) outcome.status = {};
        if (outcome.status.ok() && outcome.bytes.size() < read.bytes.size())
          outcome.bytes = read.bytes;
        return outcome;
      },
      read.bytes);
}
END_TEST

START_TEST(reading_at_random_survives_every_refused_allocation) {
  const Bytes stream = codec::encode(input(), settings_of(1));
  const Bytes joined = testdata::joined({stream, stream});
  for (const Bytes& bytes : {stream, joined}) {
    const Outcome good = read_at_random(bytes, OnError::FAIL);
    ck_assert(good.status.ok());
    ck_assert_uint_ge(
        refuse_every_allocation([&] { return read_at_random(bytes, OnError::FAIL); }, good.bytes),
        3);
  }
}
END_TEST

START_TEST(explaining_survives_every_refused_allocation) {
  const Bytes stream = testdata::joined(
      {codec::encode(testdata::log_lines(60000)), codec::encode(testdata::samples(60000))});
  const auto attempt = [&stream] {
    Outcome outcome(1000);
    MemorySource source(stream);
    Sizes sizes(outcome);
    const Counting counting;
    outcome.status = sigma::explain(source, sizes);
    return outcome;
  };
  const Outcome good = attempt();
  ck_assert(good.status.ok() && good.bytes.size() >= 2);
  ck_assert_uint_ge(refuse_every_allocation(attempt, good.bytes), 5);
}
END_TEST

START_TEST(after_a_refusal_the_same_object_works_again) {
  const Bytes raw = input();
  const Bytes stream = codec::encode(raw, settings_of(3));
  for (uint64_t nth = 1; nth < 40; nth++) {
    Outcome refused(1000000);
    Outcome again(1000000);
    {
      sigma::StreamingEncoder encoder;
      refusals::refuse(Call::ALLOCATE, nth, ENOMEM, false);
      {
        const Counting counting;
        refused.status = encoder.configure(settings_of(3));
        feed(encoder, raw, refused);
      }
      refusals::stop();
      ck_assert(encoder.configure(settings_of(3)).ok());
      feed(encoder, raw, again);
      ck_assert(again.status.ok() && again.bytes == stream);
    }
    Outcome decoded(1000000);
    Outcome whole(1000000);
    sigma::StreamingDecoder decoder;
    refusals::refuse(Call::ALLOCATE, nth, ENOMEM, false);
    {
      const Counting counting;
      feed(decoder, stream, 1000, decoded);
    }
    refusals::stop();
    decoder.reset();
    feed(decoder, stream, 1000, whole);
    ck_assert(whole.status.ok() && whole.bytes == raw);
  }
}
END_TEST

/// The nth call of that kind fails for every n that there is, in coding a file to a file.
template <typename Attempt>
void refuse_every_file_call(Call call, int error, Attempt attempt) {
  for (uint64_t nth = 1;; nth++) {
    refusals::refuse(call, nth, error, false);
    const auto result = attempt();
    refusals::stop();
    if (!refusals::was_reached()) {
      ck_assert(result.ok());
      ck_assert_uint_gt(nth, 1);
      return;
    }
    // A call that was interrupted is made again.
    ck_assert(result.ok() == (error == EINTR));
    if (error == EINTR) continue;
    ck_assert(result.status.code == ErrorCode::IO);
    ck_assert_uint_eq(result.status.value, static_cast<uint64_t>(error));
  }
}

START_TEST(a_file_that_cannot_be_read_or_written_is_an_error_with_its_reason) {
  const files::TemporaryFolder folder;
  const Bytes raw = input();
  const std::string in = folder.file("raw");
  const std::string encoded = folder.file("sigma");
  const std::string out = folder.file("out");
  files::write_file(in, raw);
  const auto encode_it = [&] {
    const Counting counting;
    return sigma::encode_file(in.c_str(), encoded.c_str(), settings_of(3));
  };
  const auto decode_it = [&] {
    const Counting counting;
    return sigma::decode_file(encoded.c_str(), out.c_str());
  };
  for (const auto& [call, error] :
       {std::pair(Call::READ, EIO), std::pair(Call::READ, EINTR), std::pair(Call::WRITE, ENOSPC),
        std::pair(Call::WRITE, EIO), std::pair(Call::WRITE, EINTR)}) {
    refuse_every_file_call(call, error, encode_it);
    refuse_every_file_call(call, error, decode_it);
    ck_assert(files::read_file(out) == raw);
  }
  // A file system that says only at the end that it could not keep the bytes.
  refusals::refuse(Call::CLOSE, 1, EIO, false);
  ck_assert(encode_it().status.code == ErrorCode::IO);
  refusals::refuse(Call::CLOSE, 1, EIO, false);
  ck_assert(decode_it().status.code == ErrorCode::IO);
}
END_TEST

START_TEST(a_file_source_that_cannot_be_read_is_an_error_and_reads_on_when_it_can) {
  const files::TemporaryFolder folder;
  const Bytes raw = input();
  files::write_file(folder.file("sigma"), codec::encode(raw, settings_of(3)));
  Bytes out(1000);
  for (uint64_t nth = 1;; nth++) {
    sigma::FileSource source(folder.file("sigma").c_str());
    sigma::RandomAccessDecoder decoder(source);
    refusals::refuse(Call::READ, nth, EIO, false);
    sigma::Result<size_t> got(size_t{0});
    {
      const Counting counting;
      got = decoder.read(300000, out);
    }
    refusals::stop();
    if (!refusals::was_reached()) break;
    ck_assert(got.status.code == ErrorCode::IO && got.status.value == EIO);
    got = decoder.read(300000, out);
    ck_assert_msg(got.ok(), "%s", sigma::describe(got.status).text);
    ck_assert(std::equal(out.begin(), out.end(), raw.begin() + 300000));
  }
}
END_TEST

int main() {
  return run_suite("face/refusals", 900,
                   {{"P7",
                     {the_encoder_survives_every_refused_allocation,
                      the_decoder_survives_every_refused_allocation,
                      leaving_out_damage_survives_every_refused_allocation,
                      reading_at_random_survives_every_refused_allocation,
                      explaining_survives_every_refused_allocation}},
                    {"refusals",
                     {after_a_refusal_the_same_object_works_again,
                      a_file_that_cannot_be_read_or_written_is_an_error_with_its_reason,
                      a_file_source_that_cannot_be_read_is_an_error_and_reads_on_when_it_can}}});
}
