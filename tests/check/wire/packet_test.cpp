/* Heads, packets and ends of streams that are wrong, newer, or entered in the middle.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/wire/head.hpp"
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
using testdata::Bytes;
using testdata::from_text;

}  // namespace

START_TEST(unknown_packets_are_passed_over_unless_critical) {
  Stream s;
  s.begin().metadata(forge::glyph(GlyphType::PRIMITIVE, 1, from_text("note")), 0);
  s.packet(s.header(GlyphType::DELTA, Primitive::EVENT, 0x55), from_text("of the future"));
  s.stored(from_text("raw"), true);
  Stream critical = s;
  ck_assert(decode(s.end().bytes).bytes == from_text("raw"));
  Stream metadata = critical;
  critical.packet(critical.header(GlyphType::DELTA, Primitive::EVENT, sigma::kFlagCritical), {});
  check_fails(critical.end().bytes, ErrorCode::UNSUPPORTED_PACKET, s.decoded);
  metadata.metadata({}, sigma::kFlagCritical);
  check_fails(metadata.end().bytes, ErrorCode::UNSUPPORTED_PACKET, s.decoded);
  Stream flagged;
  flagged.begin();
  flagged.packet(flagged.header(GlyphType::REFERENCE, Primitive::LIST, 0x10), {});
  check_fails(flagged.bytes, ErrorCode::UNSUPPORTED_PACKET);
}
END_TEST

START_TEST(newer_versions_and_features_are_refused_by_name) {
  Stream major;
  major.head.major = 2;
  check_fails(major.begin().end().bytes, ErrorCode::UNSUPPORTED_VERSION);
  ck_assert(strstr(sigma::describe(decode(major.bytes).status).text,
                   ("2." + std::to_string(sigma::kFormatMinor)).c_str()));
  Stream flagged;
  flagged.head.flags = 4;
  check_fails(flagged.begin().end().bytes, ErrorCode::UNSUPPORTED_VERSION);
  Stream minor;  // newer, but uses nothing new
  minor.head.minor = 200;
  ck_assert(decode(minor.begin().stored(from_text("raw"), true).end().bytes).status.ok());
}
END_TEST

START_TEST(heads_with_absurd_needs_are_refused_before_anything_is_reserved) {
  const auto head_with = [](auto change) {
    Stream s;
    change(s.head);
    return s.begin().stored(from_text("raw"), true).end().bytes;
  };
  using sigma::Head;
  const Bytes large[] = {
      head_with([](Head& h) { h.chunk_max = sigma::kMaxChunk; }),
      head_with([](Head& h) { h.body_max = sigma::kMaxBody; }),
      head_with([](Head& h) { h.slots_max = UINT32_MAX; }),
      head_with([](Head& h) { h.history_max = UINT32_MAX; }),
      head_with([](Head& h) { h.workspace_max = UINT32_MAX; }),
  };
  for (const Bytes& stream : large) {
    check_fails(stream, ErrorCode::NEEDS_MORE_MEMORY);
    ck_assert_uint_lt(decode(stream, codec::whole(), kMemory).stats.peak_memory, 100000);
  }
  for (const Bytes& stream : {head_with([](Head& h) { h.chunk_max = 0; }),
                              head_with([](Head& h) { h.chunk_max = sigma::kMaxChunk + 1; }),
                              head_with([](Head& h) { h.body_max = sigma::kMaxBody + 1; }),
                              head_with([](Head& h) { h.key_interval = 0; })})
    check_fails(stream, ErrorCode::DAMAGED);
}
END_TEST

START_TEST(forged_packet_sizes_and_positions_are_refused) {
  const auto with_header = [](auto change, const Bytes& body = from_text("raw")) {
    Stream s;
    s.begin();
    sigma::PacketHeader h = s.header(GlyphType::PRIMITIVE, Primitive::BLOCK, sigma::kFlagKey);
    h.raw_size = static_cast<uint32_t>(body.size());
    h.raw_hash = sigma::hash_bytes(body);
    change(h);
    return s.packet(h, body).bytes;
  };
  using Header = sigma::PacketHeader;
  const Bytes wrong[] = {
      with_header([](Header& h) { h.raw_size = 4; }),
      with_header([](Header& h) { h.raw_size = 65537; }),
      with_header([](Header& h) { h.raw_size = 0; }, {}),
      with_header([](Header& h) { h.framing_size = 1; }),
      with_header([](Header& h) { h.raw_hash++; }),
      with_header([](Header& h) { h.sequence = 1; }),
      with_header([](Header& h) { h.raw_offset = 1; }),
      with_header([](Header& h) { h.raw_offset = UINT64_MAX; }),
      with_header([](Header& h) { h.flags = 0; }),
      with_header([](Header& h) { h.type = GlyphType::DELTA; }),
      with_header([](Header&) {}, Bytes(65537, 'x')),
  };
  for (const Bytes& stream : wrong)
    check_fails(stream, ErrorCode::DAMAGED);
  // Only the header of the largest possible packet: refused at once, not waited for.
  Stream s;
  s.begin();
  sigma::PacketHeader huge = s.header(GlyphType::PRIMITIVE, Primitive::BLOCK, sigma::kFlagKey);
  huge.body_size = static_cast<uint32_t>(sigma::kMaxBody);
  huge.raw_size = huge.body_size;
  Bytes front(sigma::packet_front_size(huge));
  sigma::write_packet_front(front.data(), huge);
  s.bytes.insert(s.bytes.end(), front.begin(), front.end());
  check_fails(s.bytes, ErrorCode::DAMAGED, {},
              "a packet is larger than the format or its head allows");
}
END_TEST

START_TEST(headers_that_contradict_themselves_are_refused) {
  // The check is right, but the glyph says another kind and size than the header.
  Stream s;
  Bytes packet = s.begin().bytes;
  const size_t glyph_size = 3;
  const Bytes other = forge::glyph(GlyphType::PRIMITIVE, 0x7F, Bytes(104));
  std::copy(other.begin(), other.begin() + glyph_size, packet.begin());
  const uint64_t check = sigma::hash_bytes({packet.data(), glyph_size + 64});
  sigma::store_le(packet.data() + glyph_size + 64, check);
  check_fails(packet, ErrorCode::DAMAGED, {}, "a packet header contradicts its glyph");
  Stream counted;
  sigma::PacketHeader header = counted.header(GlyphType::PRIMITIVE, Primitive::STREAM);
  header.raw_size = 1;
  uint8_t head[sigma::kHeadBodySize];
  sigma::write_head(head, counted.head);
  check_fails(counted.packet(header, Bytes(std::begin(head), std::end(head))).bytes,
              ErrorCode::DAMAGED, {}, "a packet that is no chunk declares decoded bytes");
  Stream shorter;
  shorter.packet(shorter.header(GlyphType::PRIMITIVE, Primitive::STREAM), Bytes(31, 1));
  check_fails(shorter.bytes, ErrorCode::DAMAGED, {}, "a head has an impossible size");
  Stream ended;
  ended.begin();
  ended.packet(ended.header(GlyphType::PRIMITIVE, Primitive::BOUNDARY), Bytes(63, 0));
  check_fails(ended.bytes, ErrorCode::DAMAGED, {}, "an end packet has an impossible size");
}
END_TEST

START_TEST(copies_of_the_head_are_its_bytes) {
  // Bytes that a decoder ignores must be the same all the same.
  Stream s;
  uint8_t head[sigma::kHeadBodySize];
  sigma::write_head(head, s.head);
  Bytes body(std::begin(head), std::end(head));
  body.push_back(77);  // of a later minor version
  const auto put = [](Stream& to, const Bytes& what, uint8_t flags) {
    to.packet(to.header(GlyphType::PRIMITIVE, Primitive::STREAM, flags), what);
  };
  put(s, body, 0);
  s.stored(from_text("raw"), true);
  Stream wrong = s;
  put(s, body, sigma::kFlagCopy);
  ck_assert(decode(s.end().bytes).status.ok());
  body.back() = 78;
  put(wrong, body, sigma::kFlagCopy);
  check_fails(wrong.end().bytes, ErrorCode::DAMAGED, from_text("raw"),
              "a copy of the head differs from it");
}
END_TEST

START_TEST(a_head_stands_at_the_beginning_and_offsets_do_not_wrap) {
  Stream middle;
  middle.sequence = 2;
  middle.raw_offset = 20;
  check_fails(middle.begin().bytes, ErrorCode::DAMAGED, {},
              "a head claims to stand in the middle of its stream");
  Stream impossible;
  impossible.raw_offset = 20;
  check_fails(impossible.begin().bytes, ErrorCode::DAMAGED, {},
              "a packet's sequence and decoded offset contradict each other");
  // Two streams that were entered late, near the last offset there can be.
  Stream late;
  late.head.flags = sigma::kHeadJoin;
  late.sequence = 5;
  late.raw_offset = UINT64_MAX - 10;
  const Bytes raw = from_text("raw");
  late.head_copy().stored(raw, true).end();
  ck_assert(decode(late.bytes).status.ok());
  check_fails(testdata::joined({late.bytes, late.bytes}), ErrorCode::DAMAGED, raw,
              "a stream cannot be that long");
  Stream later = late;
  later.bytes.clear();
  later.sequence = 0;
  later.raw_offset = 0;
  later.begin().stored(Bytes(11, 'x'), true).end();
  check_fails(testdata::joined({late.bytes, later.bytes}), ErrorCode::DAMAGED, raw,
              "a stream cannot be that long");
}
END_TEST

START_TEST(groups_keep_to_the_heads_key_interval) {
  Stream s;
  s.head.key_interval = 2;
  s.begin();
  s.stored(from_text("a"), true).stored(from_text("b"), false);
  Stream longer = s;
  ck_assert(decode(s.stored(from_text("c"), true).end().bytes).status.ok());
  longer.stored(from_text("c"), false).end();
  check_fails(longer.bytes, ErrorCode::DAMAGED, from_text("ab"));
}
END_TEST

START_TEST(a_wrong_end_packet_is_refused) {
  const auto with_end = [](auto change) {
    Stream s;
    s.begin().stored(from_text("raw"), true);
    change(s);
    return s.end().bytes;
  };
  check_fails(with_end([](Stream& s) { s.raw_offset++; }), ErrorCode::DAMAGED, from_text("raw"));
  check_fails(with_end([](Stream& s) { s.sequence++; }), ErrorCode::DAMAGED, from_text("raw"));
  check_fails(with_end([](Stream& s) { s.head.slots_max++; }), ErrorCode::DAMAGED,
              from_text("raw"));
  Bytes stream = with_end([](Stream&) {});
  stream.push_back(1);
  check_fails(stream, ErrorCode::DAMAGED, from_text("raw"));
  stream.resize(stream.size() + 300);
  check_fails(stream, ErrorCode::DAMAGED, from_text("raw"));
  // Nor may anything but another stream follow padding.
  stream = with_end([](Stream&) {});
  stream.resize(stream.size() + 300);
  stream.push_back(1);
  check_fails(stream, ErrorCode::DAMAGED, from_text("raw"));
}
END_TEST

START_TEST(what_is_not_a_sigma_stream_is_said_to_be_none) {
  check_fails(from_text("a text file, longer than a packet header, that has nothing to do with it, "
                        "and goes on for a while yet"),
              ErrorCode::NOT_SIGMA);
  check_fails(from_text("short"), ErrorCode::NOT_SIGMA);
  check_fails(Bytes(1000, 0), ErrorCode::NOT_SIGMA);
  check_fails(Bytes(1000, 0xff), ErrorCode::NOT_SIGMA);
  check_fails(testdata::log_lines(100000), ErrorCode::NOT_SIGMA);
  check_fails(forge::frame(testdata::log_lines(100000)), ErrorCode::NOT_SIGMA);
  check_fails({}, ErrorCode::TRUNCATED);
  // However it is split.
  testdata::Random random(8);
  for (int round = 0; round < testdata::rounds(3000); round++) {
    const Bytes noise = testdata::random_bytes(1 + random.below(120), random.next());
    const Decoded decoded = decode(noise, codec::whole(), kMemory);
    for (const size_t piece : {size_t{1}, size_t{3}}) {
      const Decoded pieces = decode(noise, codec::pieces_of(piece), kMemory);
      ck_assert_int_eq(static_cast<int>(pieces.status.code), static_cast<int>(decoded.status.code));
    }
  }
}
END_TEST

START_TEST(a_stream_marked_join_may_be_entered_at_any_key) {
  const auto entered_late = [](uint16_t flags) {
    Stream s;
    s.head.flags = flags;
    s.sequence = 7;
    s.raw_offset = 700;
    s.head_copy();
    s.stored(from_text("left out"), false);
    s.stored(from_text("from the key on"), true);
    s.stored(from_text(", all"), false);
    return s.end().bytes;
  };
  const Decoded joined = decode(entered_late(sigma::kHeadJoin));
  ck_assert_msg(joined.status.ok(), "%s", sigma::describe(joined.status).text);
  ck_assert(joined.bytes == from_text("from the key on, all"));
  check_fails(entered_late(0), ErrorCode::DAMAGED);
  Stream s;  // sequence 0 is no middle to enter at
  s.head.flags = sigma::kHeadJoin;
  check_fails(s.begin().stored(from_text("raw"), false).end().bytes, ErrorCode::DAMAGED);
  Stream past_all;  // offsets that would wrap
  past_all.head.flags = sigma::kHeadJoin;
  past_all.raw_offset = UINT64_MAX - 2;
  past_all.sequence = 5;
  check_fails(past_all.head_copy().stored(from_text("raw"), true).bytes, ErrorCode::DAMAGED);
  Stream no_key;
  no_key.head.flags = sigma::kHeadJoin;
  no_key.sequence = 5;
  no_key.raw_offset = 500;
  ck_assert(decode(no_key.head_copy().stored(from_text("raw"), false).end().bytes).status.ok());
}
END_TEST

int main() {
  return run_suite(
      "wire/packet", 900,
      {{"P7",
        {heads_with_absurd_needs_are_refused_before_anything_is_reserved,
         forged_packet_sizes_and_positions_are_refused,
         headers_that_contradict_themselves_are_refused,
         a_head_stands_at_the_beginning_and_offsets_do_not_wrap, a_wrong_end_packet_is_refused}},
       {"packet",
        {unknown_packets_are_passed_over_unless_critical,
         newer_versions_and_features_are_refused_by_name, copies_of_the_head_are_its_bytes,
         groups_keep_to_the_heads_key_interval, what_is_not_a_sigma_stream_is_said_to_be_none,
         a_stream_marked_join_may_be_entered_at_any_key}}});
}
