/* P7: malformed, absurd and hostile streams give an error or the right bytes, within max-memory. */
#include <algorithm>
#include <cstring>
#include <utility>

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
using hostile::check_tree_fails;
using hostile::kMemory;
using hostile::with_tree;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;

Bytes small_stream(unsigned level) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 65536;
  settings.key_interval = 2;
  Bytes data = testdata::log_lines(3 * 65536 + 100);
  std::fill(data.begin() + 1000, data.begin() + 190000, uint8_t{'z'});
  return codec::encode(data, settings);
}

/// Every cut and every flipped bit of `stream` gives an error, or exactly the right bytes.
void check_every_cut_and_flip(const Bytes& stream) {
  const Decoded good = decode(stream);
  ck_assert_msg(good.status.ok(), "%s", sigma::describe(good.status).text);
  for (size_t cut = 0; cut < stream.size(); cut += testdata::stride()) {
    const Decoded decoded =
        decode(Bytes(stream.begin(), stream.begin() + cut), codec::whole(), kMemory);
    ck_assert_msg(decoded.status.code == ErrorCode::TRUNCATED, "cut at %zu: %s", cut,
                  sigma::describe(decoded.status).text);
    ck_assert(codec::is_prefix(decoded.bytes, good.bytes));
    ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
  }
  Bytes flipped = stream;
  for (size_t bit = 0; bit < stream.size() * 8; bit += testdata::stride()) {
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
    const Decoded decoded = decode(flipped, codec::whole(), kMemory);
    flipped[bit / 8] = stream[bit / 8];
    ck_assert_msg(!decoded.status.ok() || decoded.bytes == good.bytes, "bit %zu", bit);
    ck_assert(codec::is_prefix(decoded.bytes, good.bytes));
    ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
  }
}

}  // namespace

START_TEST(every_packet_and_operator_decodes) {
  const Stream s = forge::every_operator();
  for (const size_t piece : {size_t{1}, size_t{100}, size_t{1} << 20}) {
    const Decoded decoded = decode(s.bytes, codec::pieces_of(piece), kMemory);
    ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
    ck_assert(decoded.bytes == s.decoded);
  }
}
END_TEST

START_TEST(every_cut_and_flip_of_every_packet_and_operator) {
  check_every_cut_and_flip(forge::every_operator().bytes);
}
END_TEST

START_TEST(every_cut_and_flip_of_encoded_streams) {
  for (const unsigned level : {1u, 3u, 9u})
    check_every_cut_and_flip(small_stream(level));
}
END_TEST

START_TEST(every_cut_and_flip_of_joined_and_empty_streams) {
  Bytes joined = codec::encode(from_text("one"));
  for (const Bytes& more : {codec::encode({}), codec::encode(from_text("two"))})
    joined.insert(joined.end(), more.begin(), more.end());
  const Bytes expected = from_text("onetwo");
  ck_assert(decode(joined).bytes == expected);
  Bytes flipped = joined;
  for (size_t bit = 0; bit < joined.size() * 8; bit++) {
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
    const Decoded decoded = decode(flipped, codec::whole(), kMemory);
    flipped[bit / 8] = joined[bit / 8];
    ck_assert(!decoded.status.ok());
    ck_assert(codec::is_prefix(decoded.bytes, expected));
  }
}
END_TEST

START_TEST(random_damage_never_gives_wrong_bytes) {
  const Bytes data = testdata::mixed(2000000);
  sigma::EncoderSettings settings;
  settings.chunk_size = 65536;
  const Bytes stream = codec::encode(data, settings);
  testdata::Random random(11);
  for (int round = 0; round < testdata::rounds(300); round++) {
    Bytes damaged = stream;
    const size_t at = random.below(damaged.size() - 5000);
    const size_t size = 1 + random.below(4999);
    switch (round % 4) {
      case 0:
        for (size_t i = 0; i < size; i++)
          damaged[at + i] = static_cast<uint8_t>(random.next());
        break;
      case 1:
        damaged.erase(damaged.begin() + at, damaged.begin() + at + size);
        break;
      case 2: {
        const Bytes noise = testdata::random_bytes(size, random.next());
        damaged.insert(damaged.begin() + at, noise.begin(), noise.end());
        break;
      }
      default: {
        const Bytes part(stream.begin() + at, stream.begin() + at + size);
        damaged.insert(damaged.begin() + random.below(damaged.size()), part.begin(), part.end());
        break;
      }
    }
    if (damaged == stream) continue;
    const Decoded decoded = decode(damaged);
    ck_assert(!decoded.status.ok());
    ck_assert(codec::is_prefix(decoded.bytes, data));
  }
}
END_TEST

START_TEST(packets_lost_repeated_or_exchanged_are_errors) {
  // Each part is one whole packet; chunks are keys, so that nothing but their numbers ties them.
  std::vector<Bytes> parts;
  Stream s;
  const auto take = [&] { parts.push_back(std::exchange(s.bytes, {})); };
  s.begin();
  take();
  for (const char* text : {"first", "second", "third"}) {
    s.stored(from_text(text), true);
    take();
  }
  const auto joined = [&](std::initializer_list<size_t> order) {
    Stream last = s;
    Bytes all;
    for (const size_t i : order)
      all.insert(all.end(), parts[i].begin(), parts[i].end());
    last.bytes = all;
    return last.end().bytes;
  };
  ck_assert(decode(joined({0, 1, 2, 3})).bytes == s.decoded);
  check_fails(joined({0, 1, 3}), ErrorCode::DAMAGED, s.decoded, "chunks are missing");
  check_fails(joined({0, 2, 3}), ErrorCode::DAMAGED);
  check_fails(joined({0, 1, 1, 2, 3}), ErrorCode::DAMAGED, s.decoded,
              "a chunk comes twice or too late");
  check_fails(joined({0, 2, 1, 3}), ErrorCode::DAMAGED);
  check_fails(joined({0, 1, 2}), ErrorCode::DAMAGED, s.decoded);
  check_fails(joined({1, 2, 3}), ErrorCode::DAMAGED);
  Stream foreign;
  foreign.id = 99;
  foreign.sequence = 1;
  foreign.raw_offset = 5;
  foreign.stored(from_text("foreign"), true);
  Bytes mixed_up = parts[0];
  for (const Bytes& part : {parts[1], foreign.bytes})
    mixed_up.insert(mixed_up.end(), part.begin(), part.end());
  check_fails(mixed_up, ErrorCode::DAMAGED, s.decoded, "a packet belongs to another stream");
}
END_TEST

START_TEST(a_wrong_raw_hash_keeps_bytes_back) {
  Stream s;
  s.begin();
  sigma::PacketHeader header = s.header(GlyphType::COMPOSITE, Primitive::BLOCK, sigma::kFlagKey);
  header.raw_size = 5;
  header.raw_hash = 1234;
  s.packet(header, forge::tree([](TreeWriter& t) { t.literal(from_text("wrong")); }));
  check_fails(s.bytes, ErrorCode::DAMAGED);
}
END_TEST

START_TEST(malformed_trees_are_refused) {
  check_tree_fails([](TreeWriter&) {});                                      // nothing
  check_tree_fails([](TreeWriter& t) { t.set_slot(0, from_text("raw")); });  // no expression
  check_tree_fails([](TreeWriter& t) { t.literal(from_text("ra")); });       // too short
  check_tree_fails([](TreeWriter& t) { t.literal(from_text("rawr")); });     // too long
  check_tree_fails([](TreeWriter& t) {                                       // two expressions
    t.literal(from_text("raw"));
    t.literal({});
  });
  check_tree_fails([](TreeWriter& t) { t.concatenate(2), t.literal(from_text("raw")); });
  check_tree_fails([](TreeWriter& t) { t.concatenate(UINT64_MAX), t.literal(from_text("raw")); });
  check_tree_fails([](TreeWriter& t) {  // a statement as a child
    t.concatenate(2);
    t.set_slot(0, {});
    t.literal(from_text("raw"));
  });
  check_tree_fails([](TreeWriter& t) { t.run(3, {}); });               // a run of nothing
  check_tree_fails([](TreeWriter& t) { t.run(3, Bytes(256, 'r')); });  // of too long a pattern
  check_tree_fails([](TreeWriter& t) { t.run(UINT64_MAX, from_text("r")); });
  check_tree_fails([](TreeWriter& t) { t.history(3, 3); });  // a key has no history
  check_tree_fails([](TreeWriter& t) { t.slot(7); });        // an empty slot
  check_tree_fails([](TreeWriter& t) { t.append_slot(1), t.append_slot(1), t.literal({}); });
}
END_TEST

START_TEST(trees_may_be_16_deep_and_no_deeper) {
  const auto nested = [](unsigned depth) {
    return with_tree([depth](TreeWriter& t) {
      for (unsigned i = 1; i < depth; i++)
        t.concatenate(1);
      t.literal(from_text("raw"));
    });
  };
  ck_assert(decode(nested(16)).bytes == from_text("raw"));
  check_fails(nested(17), ErrorCode::DAMAGED);
  check_fails(nested(20000), ErrorCode::DAMAGED);
  // Prefixes count as levels, too.
  check_tree_fails([](TreeWriter& t) {
    for (int i = 0; i < 40; i++)
      t.prefixed_lane(forge::frame(from_text("raw")));
    t.literal({});
  });
}
END_TEST

START_TEST(lanes_must_be_one_sound_frame) {
  const Bytes raw = testdata::log_lines(5000);
  const Bytes good = forge::frame(raw);
  ck_assert(decode(with_tree([&](TreeWriter& t) { t.lane(good); }, raw)).bytes == raw);
  Bytes two = good;
  two.insert(two.end(), good.begin(), good.end());
  Bytes both = raw;
  both.insert(both.end(), raw.begin(), raw.end());
  check_tree_fails([&](TreeWriter& t) { t.lane(two); }, both);
  Bytes tail = good;
  tail.push_back(0);
  check_tree_fails([&](TreeWriter& t) { t.lane(tail); }, raw);
  check_tree_fails([&](TreeWriter& t) { t.lane({good.data(), good.size() - 1}); }, raw);
  check_tree_fails([&](TreeWriter& t) { t.lane({}); }, raw);
  const Bytes skippable = {0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'r', 'a', 'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(skippable); });
  Bytes hidden_size = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58, 0x19, 0, 0, 'r', 'a', 'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(hidden_size); });
  // A sound frame with a window of its own instead of a single segment.
  const Bytes windowed = {0x28, 0xB5, 0x2F, 0xFD, 0x40, 0x00, 0x03,
                          0x00, 0x19, 0x00, 0x00, 'r',  'a',  'w'};
  check_tree_fails([&](TreeWriter& t) { t.lane(windowed); });
  const Bytes bomb = {0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0x7F, 0x03, 0x00, 0x00, 'r'};  // declares 2^63 − 1 bytes
  check_tree_fails([&](TreeWriter& t) { t.lane(bomb); });
  check_tree_fails(
      [&](TreeWriter& t) {
        t.prefixed_lane(forge::frame(raw, Bytes(raw)));
        t.literal({});  // not the prefix that it was made with
      },
      raw);
  for (size_t at = 4; at < good.size(); at++) {
    Bytes damaged = good;
    damaged[at] ^= 0x41;
    const Decoded decoded =
        decode(with_tree([&](TreeWriter& t) { t.lane(damaged); }, raw), codec::whole(), kMemory);
    ck_assert(!decoded.status.ok() || decoded.bytes == raw);
  }
}
END_TEST

START_TEST(slots_and_workspace_keep_to_the_heads_limits) {
  const Bytes large(4096, 's');
  const Bytes raw = from_text("raw");
  const auto with_slots = [&](size_t more) {
    return with_tree([&](TreeWriter& t) {
      t.set_slot(0, large);  // all that slots_max allows
      if (more != 0) t.set_slot(1, {large.data(), more});
      t.literal(raw);
    });
  };
  ck_assert(decode(with_slots(0)).status.ok());
  check_fails(with_slots(1), ErrorCode::DAMAGED);
  check_tree_fails([&](TreeWriter& t) {  // the old value still counts while it is replaced
    t.set_slot(0, large);
    t.set_slot(0, {large.data(), 1});
    t.literal(raw);
  });
  check_tree_fails(
      [&](TreeWriter& t) { t.store_slot(3), t.run(5000, from_text("s")), t.literal(raw); });
  check_tree_fails([&](TreeWriter& t) {  // a bomb that doubles itself
    t.set_slot(0, from_text("s"));
    for (int i = 0; i < 64; i++)
      t.store_slot(0), t.concatenate(2), t.slot(0), t.slot(0);
    t.literal(raw);
  });
  const Bytes content = from_text("raw");
  // A prefix in a prefix: both are there at once. Another one takes the room of those before.
  const auto with_workspace = [&](size_t outer, size_t inner) {
    const Bytes prefix(outer, 'p');
    return with_tree([&](TreeWriter& t) {
      t.concatenate(3);
      t.prefixed_lane(forge::frame(content));
      t.prefixed_lane(forge::frame(prefix));
      t.run(inner, from_text("w"));
      for (int i = 0; i < 2; i++) {
        t.prefixed_lane(forge::frame({}));
        t.run(4096, from_text("w"));
      }
    });
  };
  ck_assert(decode(with_workspace(2048, 2048)).bytes == content);
  check_fails(with_workspace(2048, 2049), ErrorCode::DAMAGED);
  check_fails(with_workspace(4097, 0), ErrorCode::DAMAGED);
}
END_TEST

START_TEST(work_that_does_not_come_out_is_in_proportion_to_what_does) {
  const Bytes raw = testdata::log_lines(1000);
  const auto with_work = [&](size_t into_slot, size_t as_workspace) {
    Stream s;
    s.head.slots_max = s.head.workspace_max = 1 << 19;
    const Bytes nothing = forge::frame({});
    const auto write = [&](TreeWriter& t) {
      t.store_slot(0), t.run(into_slot, from_text("w"));
      t.concatenate(2);
      t.prefixed_lane(nothing), t.run(as_workspace, from_text("w"));
      t.literal(raw);
    };
    const Bytes tree = forge::tree(write);
    const size_t allowed = 65536 + 16 * (tree.size() + raw.size());
    ck_assert_uint_lt(into_slot, allowed);
    return std::pair(s.begin().coded(tree, raw, true).end().bytes, allowed);
  };
  const size_t slot = 50000;
  const size_t allowed = with_work(slot, 40000).second;  // varints of the same sizes
  ck_assert(decode(with_work(slot, allowed - slot).first, codec::whole(), kMemory).status.ok());
  check_fails(with_work(slot, allowed - slot + 1).first, ErrorCode::DAMAGED, {},
              "a chunk's tree does more work than the format allows");
}
END_TEST

START_TEST(slots_are_forgotten_at_a_key) {
  Stream s;
  s.begin();
  s.coded(forge::tree([](TreeWriter& t) { t.set_slot(9, from_text("kept")), t.slot(9); }),
          from_text("kept"), true);
  s.coded(forge::tree([](TreeWriter& t) { t.slot(9); }), from_text("kept"), false);
  const Bytes before = s.decoded;
  s.coded(forge::tree([](TreeWriter& t) { t.slot(9); }), from_text("kept"), true);
  check_fails(s.end().bytes, ErrorCode::DAMAGED, before);
}
END_TEST

START_TEST(history_reaches_to_the_groups_key_and_no_further) {
  const auto referring = [](uint64_t distance, uint64_t size, const char* raw) {
    Stream s;
    s.begin();
    s.stored(from_text("old group"), true);
    s.stored(from_text("abc"), true);
    s.stored(from_text("defg"), false);
    s.coded(forge::tree([=](TreeWriter& t) { t.history(distance, size); }), from_text(raw), false);
    return s.end().bytes;
  };
  ck_assert(decode(referring(7, 7, "abcdefg")).status.ok());
  ck_assert(decode(referring(5, 2, "cd")).status.ok());
  for (const auto& [distance, size] :
       {std::pair{8, 1}, std::pair{3, 4}, std::pair{3, 0}, std::pair{0, 0}})
    check_fails(referring(distance, size, "c"), ErrorCode::DAMAGED, from_text("old groupabcdefg"));
}
END_TEST

START_TEST(history_is_right_however_small_the_chunks_are) {
  for (const uint32_t chunk_max : {1u, 100u, 3000u, 60000u}) {
    Stream s;
    s.head.chunk_max = chunk_max;
    s.head.history_max = 20000;
    s.head.key_interval = 100000;
    s.begin();
    testdata::Random random(chunk_max);
    s.stored(testdata::random_bytes(chunk_max, 3), true);
    for (int i = 0; i < 3000; i++) {
      const size_t reach = std::min<size_t>(s.decoded.size(), s.head.history_max);
      const size_t distance = 1 + random.below(reach);
      const size_t size = 1 + random.below(std::min<size_t>(distance, chunk_max));
      const auto from = s.decoded.end() - static_cast<std::ptrdiff_t>(distance);
      const Bytes copied(from, from + static_cast<std::ptrdiff_t>(size));
      if (i % 3 == 0)
        s.stored(testdata::random_bytes(size, random.next()), false);
      else
        s.coded(forge::tree([&](TreeWriter& t) { t.history(distance, size); }), copied, false);
    }
    const Bytes stream = s.end().bytes;
    for (const size_t piece : {stream.size(), size_t{777}}) {
      const Decoded decoded = decode(stream, codec::pieces_of(piece), kMemory);
      ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
      ck_assert(decoded.bytes == s.decoded);
    }
  }
}
END_TEST

START_TEST(unknown_operators_are_named_with_the_version_needed) {
  Stream s;
  s.head.minor = 7;
  const Bytes unknown = forge::glyph(GlyphType::DELTA, 0x2B, {});
  const Bytes stream = s.begin().coded(unknown, from_text("raw"), true).end().bytes;
  const Decoded decoded = decode(stream);
  ck_assert(decoded.status.code == ErrorCode::UNSUPPORTED_OPERATOR);
  const sigma::StatusText text = sigma::describe(decoded.status);
  ck_assert_msg(strstr(text.text, "PRODUCT_OP") && strstr(text.text, "1.7"), "%s", text.text);
}
END_TEST

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
  ck_assert(strstr(sigma::describe(decode(major.bytes).status).text, "2.3"));
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

START_TEST(the_memory_a_stream_names_is_enough_to_decode_it) {
  const Bytes data = testdata::mixed(5 * 1024 * 1024);
  const Bytes stream = codec::encode(data);
  const Decoded refused = decode(stream, codec::whole(), 1000000);
  ck_assert(refused.status.code == ErrorCode::NEEDS_MORE_MEMORY);
  ck_assert_uint_lt(refused.status.value, 6 * 1024 * 1024);
  ck_assert(decode(stream, codec::pieces_of(100000), refused.status.value - 1).status.code ==
            ErrorCode::NEEDS_MORE_MEMORY);
  const Decoded decoded = decode(stream, codec::pieces_of(100000), refused.status.value);
  ck_assert(decoded.status.ok() && decoded.bytes == data);
  ck_assert_uint_le(decoded.stats.peak_memory, refused.status.value);
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

START_TEST(random_bytes_behind_valid_checks_never_crash) {
  testdata::Random random(5);
  for (int round = 0; round < testdata::rounds(20000); round++) {
    Stream s;
    s.begin();
    s.stored(testdata::random_bytes(50, random.next()), true);
    const Bytes body = testdata::random_bytes(1 + random.below(60), random.next());
    s.coded(body, Bytes(1 + random.below(100), 'x'), random.below(2) == 0);
    const Decoded decoded = decode(s.end().bytes, codec::whole(), kMemory);
    ck_assert(!decoded.status.ok());
    ck_assert_uint_eq(decoded.bytes.size(), 50);
  }
}
END_TEST

int main() {
  return run_suite(
      "decode/hostile", 900,
      {{"P4",
        {random_damage_never_gives_wrong_bytes, packets_lost_repeated_or_exchanged_are_errors,
         a_wrong_raw_hash_keeps_bytes_back}},
       {"P7",
        {every_cut_and_flip_of_every_packet_and_operator, every_cut_and_flip_of_encoded_streams,
         every_cut_and_flip_of_joined_and_empty_streams, malformed_trees_are_refused,
         trees_may_be_16_deep_and_no_deeper, lanes_must_be_one_sound_frame,
         slots_and_workspace_keep_to_the_heads_limits,
         work_that_does_not_come_out_is_in_proportion_to_what_does,
         heads_with_absurd_needs_are_refused_before_anything_is_reserved,
         the_memory_a_stream_names_is_enough_to_decode_it,
         forged_packet_sizes_and_positions_are_refused,
         headers_that_contradict_themselves_are_refused,
         a_head_stands_at_the_beginning_and_offsets_do_not_wrap, a_wrong_end_packet_is_refused,
         random_bytes_behind_valid_checks_never_crash}},
       {"hostile",
        {every_packet_and_operator_decodes, slots_are_forgotten_at_a_key,
         history_reaches_to_the_groups_key_and_no_further,
         history_is_right_however_small_the_chunks_are,
         unknown_operators_are_named_with_the_version_needed,
         unknown_packets_are_passed_over_unless_critical,
         newer_versions_and_features_are_refused_by_name, copies_of_the_head_are_its_bytes,
         groups_keep_to_the_heads_key_interval, malformed_indexes_are_refused,
         malformed_times_in_an_index_are_refused, what_is_not_a_sigma_stream_is_said_to_be_none,
         a_stream_marked_join_may_be_entered_at_any_key}}});
}
