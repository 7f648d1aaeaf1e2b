/* Index packets: links, times, and what is malformed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/wire/index.hpp"
#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "hostile.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::decode;
using codec::encode;
using forge::Stream;
using hostile::check_bounded;
using hostile::check_fails;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::Primitive;
using testdata::Bytes;
using testdata::from_text;

}  // namespace

START_TEST(malformed_indexes_are_refused) {
  const auto with_index = [](const Bytes& body) {
    Stream s;
    s.begin().stored(from_text("raw"), true);
    return s.index(body).end().bytes;
  };
  sigma::IndexBuilder builder;
  builder.add({0, 0, 107});
  builder.add({5, 50, 300});
  Bytes good(sigma::kMaxIndexBody);
  good.resize(builder.take_body(good, 1000));
  ck_assert(decode(with_index(good)).status.ok());
  for (size_t cut = 0; cut < good.size(); cut++)
    check_fails(with_index(Bytes(good.begin(), good.begin() + cut)), ErrorCode::DAMAGED,
                from_text("raw"));
  Bytes doubled = good;
  doubled.insert(doubled.end(), good.begin() + 4, good.end());
  check_fails(with_index(doubled), ErrorCode::DAMAGED, from_text("raw"));
  Bytes twice = good;  // its counts again
  twice.insert(twice.end(), good.begin(), good.begin() + 4);
  check_fails(with_index(twice), ErrorCode::DAMAGED, from_text("raw"));
  Stream gap;  // index packet 1 where 0 is due
  gap.begin().stored(from_text("raw"), true);
  builder.add({9, 90, 900});
  Bytes second(sigma::kMaxIndexBody);
  second.resize(builder.take_body(second, 2000));
  check_fails(gap.index(second).end().bytes, ErrorCode::DAMAGED, from_text("raw"));
  Bytes ascending = good;  // links, which lead backwards
  const Bytes links =
      forge::glyph(GlyphType::REFERENCE, static_cast<uint8_t>(Primitive::POINTER), {5, 5, 9, 9});
  ascending.insert(ascending.end(), links.begin(), links.end());
  check_fails(with_index(ascending), ErrorCode::DAMAGED, from_text("raw"));
  Bytes future = good;
  const Bytes unknown = forge::glyph(GlyphType::PRIMITIVE, 0x7e, from_text("unknown"));
  future.insert(future.end(), unknown.begin(), unknown.end());
  ck_assert(decode(with_index(future)).status.ok());
}
END_TEST

START_TEST(malformed_times_in_an_index_are_refused) {
  const auto with_times = [](const Bytes& times, const Bytes& link_times, bool has_both = true) {
    sigma::IndexBuilder builder;
    builder.add({0, 0, 140});
    Bytes body(sigma::kMaxIndexBody);
    body.resize(builder.take_body(body, 500));
    const Bytes columns = testdata::joined(
        {forge::glyph(GlyphType::PRIMITIVE, 0x05, times),
         has_both ? forge::glyph(GlyphType::REFERENCE, 0x05, link_times) : Bytes()});
    body.insert(body.end(), columns.begin(), columns.end());
    Stream s;
    s.begin().stored(from_text("raw"), true).index(body).end();
    return s.bytes;
  };
  const Bytes whole = from_text("raw");
  ck_assert(decode(with_times({7, 3}, {})).status.ok());
  ck_assert(decode(with_times({0, 1}, {})).status.ok());
  check_fails(with_times({7}, {}), ErrorCode::DAMAGED, whole);        // no end
  check_fails(with_times({7, 3, 1}, {}), ErrorCode::DAMAGED, whole);  // too many
  check_fails(with_times({0, 0}, {}), ErrorCode::DAMAGED, whole);     // no times
  check_fails(with_times({7, 3}, {1}), ErrorCode::DAMAGED, whole);    // of no link
  check_fails(with_times({7, 3}, {}, false), ErrorCode::DAMAGED, whole);
  const Bytes most = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  check_fails(with_times(testdata::joined({most, {1}}), {}), ErrorCode::DAMAGED, whole);
}
END_TEST

START_TEST(indexes_with_numbers_that_wrap_lead_nowhere) {
  // Sequences, offsets and links near 2^64, in every place of an index.
  Stream s;
  s.begin().stored(testdata::log_lines(1000), true);
  sigma::IndexBuilder builder;
  builder.add({0, 0, 107});
  Bytes body(sigma::kMaxIndexBody);
  body.resize(builder.take_body(body, s.bytes.size()));
  for (size_t at = 0; at < body.size(); at++)
    for (const uint8_t value : std::initializer_list<uint8_t>{0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      Stream changed = s;
      Bytes wrong = body;
      wrong[at] = value;
      check_bounded(changed.index(wrong).end().bytes);
      // The number in ten bytes, of the glyph that holds it.
      wrong[at] = 0xFF;
      wrong.insert(wrong.begin() + static_cast<std::ptrdiff_t>(at), 8, 0xFF);
      Stream longer = s;
      check_bounded(longer.index(wrong).end().bytes);
    }
}
END_TEST

START_TEST(index_links_reach_every_packet_in_logarithmic_steps) {
  // Packet i lies at stream offset 1000 (i + 1); its only entry is chunk i.
  constexpr size_t kPackets = 3000;
  std::vector<sigma::IndexPacket> packets(kPackets);
  sigma::IndexBuilder builder;
  Bytes body(sigma::kMaxIndexBody);
  for (size_t i = 0; i < kPackets; i++) {
    builder.add({i, uint64_t{i} * 65536, uint64_t{i} * 1000 + 500});
    const size_t size = builder.take_body(body, 1000 * (i + 1));
    ck_assert(sigma::parse_index({body.data(), size}, 0, packets[i]).ok());
    ck_assert_uint_eq(packets[i].number, i);
    ck_assert(packets[i].entry_count == 1 &&
              packets[i].entries[0].raw_offset == uint64_t{i} * 65536);
  }
  for (size_t target = 0; target < kPackets; target++) {
    size_t at = kPackets - 1;
    size_t steps = 0;
    for (; at != target; steps++) {
      // The farthest link that does not pass the target.
      size_t next = at;
      for (size_t l = 0; l < packets[at].link_count; l++) {
        const sigma::IndexLink& link = packets[at].links[l];
        ck_assert_uint_eq(link.raw_offset, (link.stream_offset / 1000 - 1) * 65536);
        if (link.raw_offset >= uint64_t{target} * 65536)
          next = static_cast<size_t>(link.stream_offset / 1000 - 1);
      }
      ck_assert_uint_lt(next, at);
      at = next;
    }
    ck_assert_uint_le(steps, 24);
  }
}
END_TEST

START_TEST(index_of_a_stream_names_its_keys) {
  EncoderSettings settings = at_level(1, 65536);
  settings.key_interval = 1;
  const Bytes stream = encode(testdata::log_lines(600 * 65536), settings);
  // Every packet by header hops; every index entry must be a key chunk met on the way.
  std::vector<sigma::IndexEntry> keys;
  std::vector<sigma::IndexEntry> entries;
  size_t heads = 0;
  for (const codec::PacketView& packet : codec::packets(stream)) {
    const sigma::PacketHeader& header = packet.header;
    if (header.is_key()) keys.push_back({header.sequence, header.raw_offset, packet.offset});
    if (header.kind() == sigma::PacketKind::HEAD) heads++;
    if (header.kind() == sigma::PacketKind::INDEX) {
      sigma::IndexPacket index;
      ck_assert(sigma::parse_index(packet.body, packet.offset, index).ok());
      entries.insert(entries.end(), index.entries.begin(),
                     index.entries.begin() + index.entry_count);
    }
  }
  ck_assert_uint_eq(keys.size(), 600);
  ck_assert_uint_eq(entries.size(), 600);
  for (size_t i = 0; i < keys.size(); i++)
    ck_assert(keys[i].sequence == entries[i].sequence &&
              keys[i].raw_offset == entries[i].raw_offset &&
              keys[i].stream_offset == entries[i].stream_offset);
  ck_assert_uint_eq(heads, 2 + 599 / 16);  // the head, twice, and a copy every 16 chunks
}
END_TEST

int main() {
  return run_suite(
      "wire/index", 900,
      {{"P7", {indexes_with_numbers_that_wrap_lead_nowhere}},
       {"index",
        {malformed_indexes_are_refused, malformed_times_in_an_index_are_refused,
         index_links_reach_every_packet_in_logarithmic_steps, index_of_a_stream_names_its_keys}}});
}
