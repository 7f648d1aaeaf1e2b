/* The rules of a stream: what a tracker makes of packets in and out of their places.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "forge.hpp"
#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/decode/stream_tracker.hpp"
#include "suite.hpp"

namespace {

using sigma::Damage;
using sigma::ErrorCode;
using sigma::OnError;
using sigma::PacketHeader;
using sigma::PacketKind;
using sigma::Primitive;
using sigma::Status;
using sigma::StreamTracker;
using State = sigma::StreamTracker::State;
using Verdict = sigma::StreamTracker::Verdict;
using testdata::Bytes;

constexpr uint64_t kPacket = 1000;  ///< bytes of each packet, in these tests
constexpr uint32_t kChunk = 100;

/// The packets of a stream in groups of four chunks, one behind the other in an input.
class Input : private sigma::DamageListener {
 public:
  explicit Input(OnError on_error = OnError::SKIP, uint16_t flags = 0) : tracker(on_error) {
    tracker.set_listener(this);
    head_.chunk_max = kChunk;
    head_.body_max = kChunk;
    head_.key_interval = 4;
    head_.minor = sigma::kUnframedMinor;
    head_.flags = flags;
  }

  StreamTracker tracker;
  std::vector<Damage> damage;
  Status status;        ///< of the packet last seen
  uint64_t offset = 0;  ///< of the packet that comes next
  uint64_t id = 7;

  std::optional<Verdict> head(uint8_t flags = 0, uint64_t chunks = 0) {
    PacketHeader header = make(Primitive::STREAM, flags, chunks);
    uint8_t body[sigma::kHeadBodySize];
    sigma::write_head(body, head_);
    return see(header, {body, sizeof body});
  }

  std::optional<Verdict> chunk(uint64_t sequence, bool can_be_decoded = true) {
    PacketHeader header = make(Primitive::BLOCK, sequence % 4 == 0 ? sigma::kFlagKey : 0, sequence);
    header.raw_size = kChunk;
    const Bytes body(kChunk, 1);
    header.raw_hash = sigma::hash_bytes(body);
    can_decode_ = can_be_decoded;
    return see(header, body);
  }

  std::optional<Verdict> end(uint64_t chunks, uint64_t size) {
    PacketHeader header = make(Primitive::BOUNDARY, 0, chunks);
    uint8_t body[sigma::kEndBodySize];
    sigma::write_end(body, {chunks * kChunk, chunks, size, 0}, head_);
    return see(header, {body, sizeof body});
  }

  void expect_status(ErrorCode code, const char* text) const {
    ck_assert_str_eq(status.text, text);
    ck_assert(status.code == code);
  }

 private:
  void on_damage(const Damage& one) override { damage.push_back(one); }

  PacketHeader make(Primitive primitive, uint8_t flags, uint64_t sequence) const {
    PacketHeader header;
    header.primitive = primitive;
    header.flags = flags;
    header.stream_id = id;
    header.sequence = sequence;
    header.raw_offset = sequence * kChunk;
    return header;
  }

  /// As a decoder does it.
  std::optional<Verdict> see(PacketHeader header, sigma::ByteSpan body) {
    header.body_size = static_cast<uint32_t>(body.size());
    header.body_hash = sigma::hash_bytes(body);
    status = tracker.admit(header, offset);
    offset += kPacket;
    if (status.ok()) status = tracker.check();
    std::optional<Verdict> verdict;
    if (status.ok()) {
      const sigma::Result<Verdict> seen = tracker.see(body, offset);
      status = seen.status;
      if (seen.ok()) verdict = seen.value;
    }
    if (!status.ok() && tracker.on_error() == OnError::SKIP) tracker.leave_out(status);
    if (verdict == Verdict::NEW_STREAM) tracker.start_stream();
    if (verdict == Verdict::DECODE) tracker.decoded(can_decode_);
    if (verdict == Verdict::END) tracker.end_stream();
    return verdict;
  }

  sigma::Head head_;
  bool can_decode_ = true;
};

START_TEST(a_sound_stream_is_decoded_to_its_end) {
  for (const OnError on_error : {OnError::FAIL, OnError::SKIP}) {
    Input in(on_error);
    ck_assert(in.head() == Verdict::NEW_STREAM && in.tracker.state() == State::INSIDE);
    for (uint64_t i = 0; i < 6; i++)
      ck_assert(in.chunk(i) == Verdict::DECODE && !in.tracker.may_lack());
    ck_assert(in.head(sigma::kFlagCopy, 6) == Verdict::PASS);
    ck_assert(in.end(6, 9 * kPacket) == Verdict::END);
    ck_assert(in.tracker.state() == State::BETWEEN && in.tracker.may_be_padding());
    ck_assert_uint_eq(in.tracker.streams(), 1);
    ck_assert_uint_eq(in.tracker.base(), 6 * kChunk);
    ck_assert_uint_eq(in.tracker.ended().end, 9 * kPacket);
    ck_assert(in.tracker.finish(in.offset, 0).ok() && in.damage.empty());
  }
}
END_TEST

START_TEST(a_stream_without_its_end_is_cut_off) {
  Input in(OnError::FAIL);
  in.head();
  in.chunk(0);
  in.status = in.tracker.finish(in.offset, 5);
  in.expect_status(ErrorCode::TRUNCATED, "the stream stops before its end packet");
  ck_assert_uint_eq(in.status.offset, 2 * kPacket + 5);
  Input skipping;
  skipping.head();
  skipping.chunk(0);
  ck_assert(skipping.tracker.finish(skipping.offset, 5).ok());
  ck_assert_uint_eq(skipping.damage.size(), 1);
  ck_assert_uint_eq(skipping.damage[0].position_end, sigma::kUnknownPosition);
}
END_TEST

START_TEST(what_is_out_of_place_is_an_error_without_skip) {
  Input missing(OnError::FAIL);
  missing.head();
  missing.chunk(0);
  ck_assert(!missing.chunk(2));
  missing.expect_status(ErrorCode::DAMAGED, "chunks are missing");
  Input repeated(OnError::FAIL);
  repeated.head();
  repeated.chunk(0);
  ck_assert(!repeated.chunk(0));
  repeated.expect_status(ErrorCode::DAMAGED, "a chunk comes twice or too late");
  Input foreign(OnError::FAIL);
  foreign.head();
  foreign.id = 8;
  ck_assert(!foreign.chunk(0));
  foreign.expect_status(ErrorCode::DAMAGED, "a packet belongs to another stream");
  ck_assert(!foreign.head());
  foreign.expect_status(ErrorCode::TRUNCATED,
                        "a new stream begins before the end packet of the one before");
  Input headless(OnError::FAIL);
  ck_assert(!headless.chunk(0));
  headless.expect_status(ErrorCode::DAMAGED, "a stream does not begin with its head");
}
END_TEST

START_TEST(missing_chunks_are_counted_and_their_group_goes_on) {
  Input in;
  in.head();
  in.chunk(0);
  ck_assert(in.chunk(3) == Verdict::DECODE);
  ck_assert(in.tracker.is_broken() && in.tracker.has_key());
  ck_assert_uint_eq(in.damage.size(), 1);
  ck_assert_uint_eq(in.damage[0].chunks, 2);
  ck_assert_uint_eq(in.damage[0].position_begin, kChunk);
  ck_assert_uint_eq(in.damage[0].position_end, 3 * kChunk);
  ck_assert(in.chunk(4) == Verdict::DECODE && !in.tracker.is_broken());
}
END_TEST

START_TEST(a_key_that_must_be_missing_is_lost) {
  Input in;
  in.head();
  in.chunk(0);
  ck_assert(in.chunk(5) == Verdict::DECODE);
  ck_assert(in.tracker.is_broken() && !in.tracker.has_key());
}
END_TEST

START_TEST(a_chunk_that_cannot_be_decoded_is_missing) {
  Input in;
  in.head();
  ck_assert(in.chunk(0, false) == Verdict::DECODE);
  ck_assert(!in.tracker.has_key() && in.tracker.is_broken());
  ck_assert_uint_eq(in.tracker.sequence(), 0);
  in.chunk(4);
  ck_assert_uint_eq(in.damage.size(), 1);
  ck_assert_uint_eq(in.damage[0].chunks, 4);
}
END_TEST

START_TEST(a_chunk_that_comes_twice_is_left_out) {
  Input in;
  in.head();
  in.chunk(0);
  in.chunk(1);
  ck_assert(in.chunk(0) == Verdict::REPEATED);
  ck_assert(in.chunk(2) == Verdict::DECODE);
  ck_assert_uint_eq(in.damage.size(), 1);
  ck_assert_uint_eq(in.damage[0].bytes(), 0);
}
END_TEST

START_TEST(a_place_that_no_chunks_explain_is_refused) {
  Input in;
  in.head();
  in.chunk(0);
  PacketHeader header = in.tracker.packet();
  header.sequence = 3;
  header.raw_offset = 3 * kChunk + 1;
  ck_assert(in.tracker.admit(header, in.offset).ok());
  in.status = in.tracker.check();
  in.expect_status(ErrorCode::DAMAGED, "chunks are missing");
}
END_TEST

START_TEST(the_same_head_behind_nothing_is_a_repetition) {
  Input in;
  in.head();
  ck_assert(in.head() == Verdict::REPEATED_HEAD);
  ck_assert(in.chunk(0) == Verdict::DECODE);
  ck_assert_uint_eq(in.tracker.streams(), 0);
}
END_TEST

START_TEST(the_same_stream_may_begin_again_behind_a_part_of_it) {
  Input in;
  in.head();
  in.chunk(0);
  in.chunk(1);
  ck_assert(in.head() == Verdict::REPEATED_HEAD);
  ck_assert_uint_eq(in.tracker.streams(), 0);
  ck_assert(in.chunk(0) == Verdict::DECODE);
  ck_assert_uint_eq(in.tracker.streams(), 1);
  ck_assert_uint_eq(in.tracker.ended().end, 3 * kPacket);
  ck_assert_uint_eq(in.tracker.base(), 2 * kChunk);
  ck_assert(in.end(1, 3 * kPacket) == Verdict::END);
}
END_TEST

START_TEST(a_repeated_head_in_a_stream_that_goes_on_changes_nothing) {
  Input in;
  in.head();
  in.chunk(0);
  in.head();
  ck_assert(in.chunk(1) == Verdict::DECODE);
  ck_assert(in.chunk(2) == Verdict::DECODE);
  ck_assert_uint_eq(in.tracker.streams(), 0);
  ck_assert_uint_eq(in.tracker.raw_offset(), 3 * kChunk);
}
END_TEST

START_TEST(another_head_cuts_the_stream) {
  Input in;
  in.head();
  in.chunk(0);
  in.id = 8;
  ck_assert(in.head() == Verdict::NEW_STREAM);
  ck_assert_uint_eq(in.tracker.ended().id, 7);
  ck_assert_uint_eq(in.tracker.ended().end, 2 * kPacket);
  ck_assert_uint_eq(in.tracker.base(), kChunk);
}
END_TEST

START_TEST(an_end_before_chunks_it_counts_is_held) {
  Input misplaced;
  misplaced.head();
  misplaced.chunk(0);
  ck_assert(misplaced.end(3, 9) == Verdict::HELD_END);
  ck_assert(misplaced.chunk(1) == Verdict::DECODE);
  ck_assert_uint_eq(misplaced.tracker.streams(), 0);
  Input right;
  right.head();
  right.chunk(0);
  right.end(3, 9);
  ck_assert(right.tracker.finish(right.offset, 0).ok());
  ck_assert_uint_eq(right.tracker.streams(), 1);
  ck_assert_uint_eq(right.tracker.base(), 3 * kChunk);
  ck_assert_uint_eq(right.damage.size(), 1);
  ck_assert_uint_eq(right.damage[0].chunks, 2);
}
END_TEST

START_TEST(a_stream_without_its_head_is_counted_by_its_end) {
  Input in;
  ck_assert(!in.chunk(0));
  ck_assert(in.tracker.state() == State::HEADLESS);
  ck_assert(in.end(2, 3 * kPacket) == Verdict::HELD_END);
  in.id = 8;
  ck_assert(in.head() == Verdict::NEW_STREAM);
  ck_assert_uint_eq(in.tracker.streams(), 1);
  ck_assert_uint_eq(in.tracker.base(), 2 * kChunk);
  ck_assert_uint_eq(in.tracker.ended().begin, 0);
  ck_assert_uint_eq(in.damage.size(), 1);
  ck_assert_uint_eq(in.damage[0].bytes(), 2 * kChunk);
}
END_TEST

START_TEST(nothing_but_chunks_is_no_stream) {
  Input in;
  in.chunk(0);
  in.status = in.tracker.finish(in.offset, 0);
  in.expect_status(ErrorCode::DAMAGED, "neither the head of the stream nor a copy of it is left");
}
END_TEST

START_TEST(a_stream_is_joined_at_its_next_key) {
  Input in(OnError::FAIL, sigma::kHeadJoin);
  ck_assert(in.head(sigma::kFlagCopy, 2) == Verdict::NEW_STREAM);
  ck_assert(in.tracker.state() == State::JOINING);
  ck_assert(in.chunk(2) == Verdict::PASS);
  ck_assert(in.chunk(4) == Verdict::DECODE && in.tracker.state() == State::INSIDE);
  ck_assert_uint_eq(in.tracker.raw_offset(), 5 * kChunk);
  ck_assert(in.end(5, 1) == Verdict::END);
}
END_TEST

START_TEST(a_copy_of_a_head_that_cannot_be_joined_tells_what_is_missing) {
  Input in;
  ck_assert(in.head(sigma::kFlagCopy, 4) == Verdict::NEW_STREAM);
  ck_assert(in.chunk(4) == Verdict::DECODE);
  ck_assert_uint_eq(in.damage.size(), 1);
  ck_assert_uint_eq(in.damage[0].chunks, 4);
  ck_assert_uint_eq(in.damage[0].position_end, 4 * kChunk);
  Input failing(OnError::FAIL);
  ck_assert(!failing.head(sigma::kFlagCopy, 4));
  failing.expect_status(ErrorCode::DAMAGED, "the beginning of the stream is missing");
}
END_TEST

START_TEST(a_lost_body_of_a_key_loses_the_group) {
  Input in;
  in.head();
  in.chunk(0);
  PacketHeader header = in.tracker.packet();
  ck_assert(!in.tracker.lose_body());  // it was passed already
  header.sequence = 1;
  header.raw_offset = kChunk;
  ck_assert(in.tracker.admit(header, in.offset).ok() && in.tracker.check().ok());
  ck_assert(in.tracker.lose_body() && !in.tracker.has_key());
  ck_assert_uint_eq(in.tracker.raw_told(), 2 * kChunk);
}
END_TEST

START_TEST(headers_alone_give_the_same_as_bodies) {
  Input in;
  in.head();
  in.chunk(0);
  PacketHeader header = in.tracker.packet();
  header.flags = 0;
  header.raw_size = 0;
  header.primitive = Primitive::BOUNDARY;
  header.body_size = sigma::kEndBodySize;
  header.sequence = 1;
  header.raw_offset = kChunk;
  ck_assert(in.tracker.admit(header, in.offset).ok() && in.tracker.check().ok());
  ck_assert(!in.tracker.needs_body());
  const sigma::Result<Verdict> seen = in.tracker.see_header(in.offset + kPacket);
  ck_assert(seen.ok() && seen.value == Verdict::END);
  in.tracker.end_stream();
  ck_assert_uint_eq(in.tracker.ended().raw_size, kChunk);
  ck_assert_uint_eq(in.tracker.ended().end, 3 * kPacket);
}
END_TEST

}  // namespace

int main() {
  return run_suite(
      "decode/stream_tracker", 60,
      {{"stream_tracker",
        {a_sound_stream_is_decoded_to_its_end, a_stream_without_its_end_is_cut_off,
         what_is_out_of_place_is_an_error_without_skip,
         missing_chunks_are_counted_and_their_group_goes_on, a_key_that_must_be_missing_is_lost,
         a_chunk_that_cannot_be_decoded_is_missing, a_chunk_that_comes_twice_is_left_out,
         a_place_that_no_chunks_explain_is_refused, the_same_head_behind_nothing_is_a_repetition,
         the_same_stream_may_begin_again_behind_a_part_of_it,
         a_repeated_head_in_a_stream_that_goes_on_changes_nothing, another_head_cuts_the_stream,
         an_end_before_chunks_it_counts_is_held, a_stream_without_its_head_is_counted_by_its_end,
         nothing_but_chunks_is_no_stream, a_stream_is_joined_at_its_next_key,
         a_copy_of_a_head_that_cannot_be_joined_tells_what_is_missing,
         a_lost_body_of_a_key_loses_the_group, headers_alone_give_the_same_as_bodies}}});
}
