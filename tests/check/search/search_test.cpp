/* Chunks that are passed, as they lack what is sought.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/random_access.hpp"
#include "gst/sigma/search/piece_set.hpp"
#include "lines.hpp"
#include "memory_source.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::Bytes;
using sigma::ByteSpan;
using testdata::MiB;
using testdata::Random;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Much faster than std::search() where nothing is optimised.
bool has(ByteSpan bytes, ByteSpan text) {
  return text_of(bytes).find(text_of(text)) != std::string_view::npos;
}

int64_t count_lines(ByteSpan bytes) {
  int64_t count = 0;
  for (size_t at = 0; (at = text_of(bytes).find('\n', at)) != std::string_view::npos; at++)
    count++;
  return count;
}

/// A log in which `rare` stands in two places.
Bytes make_log(size_t size, const char* rare) {
  return lines::repeat(size, [&](char* to, size_t room, size_t i, Random& random) {
    const char* const what =
        i == 9000 || i == 70000 ? rare
                                : lines::pick(random, {"opened", "closed", "refused", "timed out"});
    return std::snprintf(to, room, "2026-01-%02zu host%u sshd[%u]: session %s for %s after %u ms\n",
                         i / 9000 % 28 + 1, unsigned(random.below(4)), unsigned(random.below(3000)),
                         what, lines::make_name(random.below(500)).c_str(),
                         unsigned(random.below(10000)));
  });
}

/// Lines that are no records, in a chunk of their own.
Bytes make_noise(size_t size, unsigned letters = 90) {
  return lines::repeat(size, [&](char* to, size_t, size_t, Random& random) {
    for (int i = 0; i < 63; i++)
      to[i] = static_cast<char>('!' + random.below(letters));
    to[63] = '\n';
    return 64;
  });
}

struct Found {
  size_t chunks = 0;
  size_t passed = 0;
};

/// Decodes with texts that are sought: what comes is as it was, what is passed lacks them.
Found check_search(const Bytes& raw, const Bytes& stream, const sigma::SoughtTexts& sought,
                   sigma::TaskPool* tasks, uint64_t memory = 64 * MiB) {
  sigma::StreamingDecoder decoder(memory);
  ck_assert(decoder.set_threads(tasks, tasks != nullptr ? 3 : 1).ok());
  ck_assert(decoder.set_sought(&sought).ok());
  ck_assert(decoder.push(stream).ok());
  ck_assert_int_eq(int(decoder.set_sought(nullptr).code), int(sigma::ErrorCode::INVALID_ARGUMENT));
  Found found;
  size_t at = 0;
  for (int round = 0; round < 2; round++) {
    for (sigma::DecodedChunk chunk;;) {
      const sigma::Result<bool> more = decoder.next(chunk);
      ck_assert_msg(more.ok(), "%s", more.status.text);
      if (!more.value) break;
      found.chunks++;
      ck_assert_uint_eq(chunk.position, at);
      const size_t size = chunk.bytes.size() + chunk.passed_size;
      const ByteSpan expected = ByteSpan(raw).subspan(at, size);
      at += size;
      if (chunk.passed_size == 0) {
        ck_assert(std::equal(expected.begin(), expected.end(), chunk.bytes.begin()));
        continue;
      }
      found.passed++;
      ck_assert(chunk.bytes.empty() && expected.back() == '\n');
      ck_assert_int_eq(chunk.passed_lines, count_lines(expected));
      for (const ByteSpan text : sought.texts)
        ck_assert(!has(expected, text));
    }
    decoder.end_input();
  }
  ck_assert(decoder.finish().ok());
  ck_assert_uint_eq(at, raw.size());
  return found;
}

sigma::EncoderSettings in_chunks(unsigned level, uint32_t keys = 8) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 512 * 1024;
  settings.key_interval = keys;
  settings.max_memory = 64 * MiB;
  return settings;
}

}  // namespace

START_TEST(chunks_without_a_text_are_passed) {
  threads::Pool pool(3);
  const Bytes raw = make_log(8 * MiB, "lost in hyperspace");
  const Bytes text = bytes_of("hyperspace");
  const Bytes absent = bytes_of("no such thing");
  for (const unsigned level : testdata::values<unsigned>({2, 6, 3}))
    for (const uint32_t keys : {1U, 8U}) {
      const Bytes stream = codec::encode(raw, in_chunks(level, keys));
      for (sigma::TaskPool* tasks :
           {static_cast<sigma::TaskPool*>(nullptr), static_cast<sigma::TaskPool*>(&pool)}) {
        const ByteSpan texts[] = {text, absent};
        Found found = check_search(raw, stream, {std::span(texts), false}, tasks);
        ck_assert_msg(found.passed >= 10 && found.passed <= found.chunks - 2, "%zu of %zu",
                      found.passed, found.chunks);
        found = check_search(raw, stream, {std::span(texts).last(1), true}, tasks);
        ck_assert_uint_ge(found.passed + 1, found.chunks);
        const ByteSpan common[] = {ByteSpan(raw).subspan(8, 8)};
        found = check_search(raw, stream, {std::span(common), false}, tasks);
        ck_assert_uint_eq(found.passed, 0);
      }
    }
}
END_TEST

START_TEST(texts_across_values_are_possible) {
  // "host3 sshd" has a text, a number and a text.
  const Bytes raw = make_log(2 * MiB, "closed");
  const Bytes stream = codec::encode(raw, in_chunks(3));
  for (const char* text : {"host3 sshd", "session closed for", "ed for ", "]: s"}) {
    const Bytes bytes = bytes_of(text);
    const ByteSpan texts[] = {bytes};
    ck_assert_uint_eq(check_search(raw, stream, {texts, false}, nullptr).passed, 0);
  }
}
END_TEST

START_TEST(chunks_without_a_number_are_passed) {
  const Bytes raw = lines::repeat(6 * MiB, [](char* to, size_t room, size_t i, Random& random) {
    return std::snprintf(to, room, "%02zu:%02zu:%02zu.%03u id=%zu at 0x%08x, %d of %u.%02u ms\n",
                         i / 36000 % 24, i / 600 % 60, i / 10 % 60, unsigned(random.below(1000)),
                         700000 + i, 0xA0000000U + unsigned(i) * 16, int(random.below(2000)) - 1000,
                         unsigned(random.below(30)), unsigned(random.below(100)));
  });
  threads::Pool pool(3);
  Random random(12);
  for (const unsigned level : testdata::values<unsigned>({2, 3, 6})) {
    const Bytes stream = codec::encode(raw, in_chunks(level));
    for (const char* text : {"id=712345 at", "=712345", "0xa000ff30,", "id=71234"}) {
      const Bytes bytes = bytes_of(text);
      const ByteSpan texts[] = {bytes};
      const Found found = check_search(raw, stream, {texts, true}, &pool);
      ck_assert_msg(found.passed + 2 >= found.chunks, "%s: %zu of %zu", text, found.passed,
                    found.chunks);
    }
    for (int round = 0; round < testdata::rounds(40); round++) {
      const size_t begin = random.below(raw.size() - 30);
      Bytes bytes(raw.begin() + std::ptrdiff_t(begin),
                  raw.begin() + std::ptrdiff_t(begin + 3 + random.below(20)));
      bytes.erase(std::remove(bytes.begin(), bytes.end(), '\n'), bytes.end());
      const ByteSpan texts[] = {bytes};
      check_search(raw, stream, {texts, false}, nullptr);
    }
  }
}
END_TEST

/// A number as a column writes it.
static std::string digits_of(sigma::NumberKind kind, unsigned width, int64_t number) {
  char text[32];
  const char* const format = kind == sigma::NumberKind::HEX      ? "%0*llx"
                             : kind == sigma::NumberKind::PADDED ? "%0*lld"
                                                                 : "%.*lld";
  std::snprintf(text, sizeof text, format, width != 0 ? int(width) : 1, (long long)number);
  return text;
}

START_TEST(ranges_tell_of_digits_what_numbers_have) {
  Random random(3);
  size_t lacking = 0;
  for (int round = 0; round < testdata::rounds(4000); round++) {
    const auto kind =
        std::array{sigma::NumberKind::DECIMAL, sigma::NumberKind::SIGNED, sigma::NumberKind::PADDED,
                   sigma::NumberKind::HEX}[random.below(4)];
    const bool is_wide = kind == sigma::NumberKind::PADDED || kind == sigma::NumberKind::HEX;
    const unsigned width = is_wide ? 5 : 0;
    const int64_t least =
        int64_t(random.below(3000)) - (kind == sigma::NumberKind::SIGNED ? 1500 : 0);
    const int64_t most = least + int64_t(random.below(300));
    const sigma::NumberRange range(kind, width, least, most);
    const std::string digits = digits_of(kind, width, int64_t(random.below(5000)));
    const size_t begin = random.below(digits.size());
    const Bytes text = bytes_of(digits.substr(begin, 1 + random.below(digits.size() - begin)));
    bool is_one = false;
    bool is_begin = false;
    bool is_end = false;
    bool is_part = false;
    for (int64_t number = least; number <= most; number++) {
      const std::string all = digits_of(kind, width, number);
      const std::string part(text.begin(), text.end());
      is_one = is_one || all == part;
      is_begin = is_begin || all.starts_with(part);
      is_end = is_end || all.ends_with(part);
      is_part = is_part || all.find(part) != std::string::npos;
    }
    ck_assert(range.has(text) || !is_one);
    ck_assert(range.has_begin(text) || !is_begin);
    ck_assert(range.has_end(text) || !is_end);
    ck_assert(range.has_part(text) || !is_part);
    lacking += range.has_part(text) ? 0 : 1;
  }
  ck_assert_uint_gt(lacking, testdata::rounds(4000) / 8);
  const sigma::NumberRange widest(sigma::NumberKind::DECIMAL, 0, 0, INT64_MAX);
  ck_assert(widest.has(bytes_of("9223372036854775807")));
  for (const char* none :
       {"9223372036854775808", "99999999999999999999", "184467440737095516160", "00"})
    ck_assert(!widest.has(bytes_of(none)) && !widest.has_begin(bytes_of(none)));
}
END_TEST

START_TEST(case_is_passed_over_in_texts_of_any_size) {
  // The sizes of texts between values are letters, too: 65 to 90.
  const Bytes raw = lines::repeat(4 * MiB, [](char* to, size_t room, size_t i, Random& random) {
    const std::string text(60 + i % 40, char('a' + i % 23));
    return std::snprintf(to, room, "%u %s %zu Behind%c\n", unsigned(random.below(10000)),
                         text.c_str(), i, char('A' + i % 26));
  });
  const Bytes stream = codec::encode(raw, in_chunks(3));
  for (const char* text : {"behindq", "behindz", "ccc", "www", "behind1"}) {
    const Bytes bytes = bytes_of(text);
    const ByteSpan texts[] = {bytes};
    const Found found = check_search(raw, stream, {texts, true}, nullptr);
    ck_assert_uint_eq(found.passed != 0, bytes.back() == '1');
  }
}
END_TEST

START_TEST(records_behind_bytes_are_passed_as_others) {
  Bytes raw;
  const Bytes log = make_log(8 * MiB, "closed");
  const Bytes noise = make_noise(MiB, 10);
  for (std::ptrdiff_t i = 0; i < 8; i++) {
    raw.insert(raw.end(), log.begin() + i * std::ptrdiff_t(MiB),
               log.begin() + (i + 1) * std::ptrdiff_t(MiB));
    raw.insert(raw.end(), noise.begin(), noise.end());
  }
  const Bytes absent = bytes_of("no such thing");
  const ByteSpan texts[] = {absent};
  const Found found =
      check_search(raw, codec::encode(raw, in_chunks(3, 1)), {std::span(texts), false}, nullptr);
  ck_assert_msg(found.passed >= 15, "%zu of %zu", found.passed, found.chunks);
}
END_TEST

START_TEST(chunks_that_refer_to_passed_ones_are_decoded) {
  Bytes raw;
  const Bytes log = make_log(6 * MiB, "closed");
  const Bytes noise = make_noise(4 * MiB);
  for (size_t i = 0; i < 6; i++) {
    const auto add = [&](const Bytes& from, size_t begin, size_t size) {
      raw.insert(raw.end(), from.begin() + std::ptrdiff_t(begin),
                 from.begin() + std::ptrdiff_t(begin + size));
    };
    add(log, i * MiB, MiB / 2);
    add(noise, i * MiB / 2, MiB / 2);
    // What was passed comes again as part of bytes.
    add(log, i * MiB + 1000, 200000);
    add(noise, i * MiB / 2, MiB / 4);
  }
  const Bytes absent = bytes_of("no such thing");
  const ByteSpan texts[] = {absent};
  threads::Pool pool(3);
  for (const unsigned level : testdata::values<unsigned>({3, 6, 9}))
    for (sigma::TaskPool* tasks :
         {static_cast<sigma::TaskPool*>(nullptr), static_cast<sigma::TaskPool*>(&pool)})
      check_search(raw, codec::encode(raw, in_chunks(level)), {texts, false}, tasks);
}
END_TEST

/// Decoded bytes that the index does not tell to lack the text; checks what it says of the others.
static size_t check_ranges(const Bytes& raw, const Bytes& stream, const Bytes& text) {
  testdata::MemorySource source(stream);
  sigma::RandomAccessDecoder decoder(source);
  const ByteSpan texts[] = {text};
  size_t told = 0;
  for (uint64_t position = 0; position < raw.size();) {
    const auto range = decoder.find_texts({texts, false}, position);
    ck_assert_msg(range.ok(), "%s", range.status.text);
    const ByteSpan passed = ByteSpan(raw).subspan(position, range.value.begin - position);
    ck_assert(!has(passed, text));
    ck_assert_int_eq(range.value.lines, count_lines(passed));
    ck_assert(passed.empty() || passed.back() == '\n');
    if (range.value.begin != range.value.end)
      ck_assert_uint_eq(range.value.entry.base + range.value.entry.raw_offset, range.value.begin);
    told += range.value.end - range.value.begin;
    position = range.value.end;
  }
  return told;
}

START_TEST(the_index_tells_which_groups_can_have_a_text) {
  sigma::EncoderSettings settings = in_chunks(3, 1);
  settings.search_index = true;
  threads::Pool pool(2);
  const Bytes raw = make_log(8 * MiB, "lost in hyperspace");
  const Bytes stream = codec::encode(raw, settings);
  settings.threads = 2;
  ck_assert(codec::encode(raw, settings, codec::random_pieces(7, 300000), &pool) == stream);
  ck_assert_uint_lt(check_ranges(raw, stream, bytes_of("lost in hyperspace")), 2 * MiB);
  ck_assert_uint_lt(check_ranges(raw, stream, bytes_of("perforated")), MiB);
  ck_assert_uint_eq(check_ranges(raw, stream, bytes_of("refused")), raw.size());
  Bytes joined = stream;
  joined.insert(joined.end(), stream.begin(), stream.end());
  Bytes twice = raw;
  twice.insert(twice.end(), raw.begin(), raw.end());
  check_ranges(twice, joined, bytes_of("lost in hyperspace"));
  // Any part of what is there must be found.
  Random random(9);
  for (int round = 0; round < testdata::rounds(300); round++) {
    const size_t begin = random.below(raw.size() - 40);
    Bytes text(raw.begin() + std::ptrdiff_t(begin),
               raw.begin() + std::ptrdiff_t(begin + 1 + random.below(30)));
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    if (!text.empty()) check_ranges(raw, stream, text);
  }
  // What is no text has no filter; without lines there is nothing to tell.
  const Bytes noise = testdata::random_bytes(2 * MiB);
  ck_assert_uint_eq(check_ranges(noise, codec::encode(noise, settings), bytes_of("perforated")),
                    noise.size());
}
END_TEST

START_TEST(the_index_takes_a_hundredth_and_leaves_chunks_as_they_are) {
  const Bytes raw = make_log(10 * MiB, "lost in hyperspace");
  for (const unsigned level : testdata::values<unsigned>({3, 6, 8, 2})) {
    sigma::EncoderSettings settings = codec::at_level(level);
    const size_t without = codec::encode(raw, settings).size();
    settings.search_index = true;
    ck_assert_uint_le(codec::encode(raw, settings).size(), without + without / 100 + 32);
  }
}
END_TEST

START_TEST(the_index_tells_where_lines_are) {
  sigma::EncoderSettings settings = in_chunks(1, 2);
  settings.search_index = true;
  const Bytes raw = make_log(6 * MiB, "closed");
  Bytes joined = codec::encode(raw, settings);
  const Bytes one = joined;
  joined.insert(joined.end(), one.begin(), one.end());
  Bytes twice = raw;
  twice.insert(twice.end(), raw.begin(), raw.end());
  testdata::MemorySource source(joined);
  sigma::RandomAccessDecoder decoder(source);
  const auto all = uint64_t(std::count(twice.begin(), twice.end(), '\n'));
  for (const uint64_t lines : {uint64_t{0}, uint64_t{1}, all / 3, all / 2, all / 2 + 1, all}) {
    const auto point = decoder.locate_line(lines);
    ck_assert(point.ok());
    const auto begin = std::ptrdiff_t(point.value.entry.base + point.value.entry.raw_offset);
    ck_assert_int_eq(point.value.lines, std::count(twice.begin(), twice.begin() + begin, '\n'));
    ck_assert(point.value.lines < lines || begin == 0);
    // The group holds the line feed, so that no later one would do.
    const auto end =
        std::min<std::ptrdiff_t>(begin + 4 * std::ptrdiff_t(MiB), std::ptrdiff_t(twice.size()));
    ck_assert_int_ge(std::count(twice.begin(), twice.begin() + end, '\n'), std::ptrdiff_t(lines));
  }
}
END_TEST

START_TEST(rows_of_pieces_that_have_a_text_are_possible) {
  Random random(25);
  unsigned impossible = 0;
  for (int round = 0; round < testdata::rounds(20000); round++) {
    const auto make = [&](size_t size) {
      Bytes bytes(size);
      for (uint8_t& byte : bytes)
        byte = "abc1"[random.below(4)];
      return bytes;
    };
    std::vector<Bytes> pieces(1 + random.below(4));
    for (Bytes& piece : pieces)
      piece = make(random.below(6));
    const Bytes text = make(1 + random.below(8));
    sigma::PieceSet set{ByteSpan(text)};
    const bool has_numbers = random.below(3) == 0;
    for (const Bytes& piece : pieces)
      set.add(piece, random.below(2) == 0 ? sigma::PieceKind::TEXT : sigma::PieceKind::VALUE);
    // Any order.
    set.join(sigma::PieceKind::TEXT);
    set.join(sigma::PieceKind::VALUE);
    if (has_numbers) set.add_numbers(sigma::NumberRange(sigma::NumberKind::DECIMAL));
    Bytes row;
    for (int i = 0; i < 40; i++) {
      const Bytes number(1 + random.below(3), '1');
      const Bytes& next =
          has_numbers && random.below(3) == 0 ? number : pieces[random.below(pieces.size())];
      row.insert(row.end(), next.begin(), next.end());
    }
    if (has(row, text)) ck_assert(set.is_possible());
    impossible += set.is_possible() ? 0 : 1;
  }
  ck_assert_uint_gt(impossible, testdata::rounds(20000) / 4);
}
END_TEST

int main() {
  return run_suite(
      "search/search", 600,
      {{"P4", {chunks_that_refer_to_passed_ones_are_decoded}},
       {"search",
        {the_index_tells_which_groups_can_have_a_text,
         the_index_takes_a_hundredth_and_leaves_chunks_as_they_are, the_index_tells_where_lines_are,
         chunks_without_a_text_are_passed, texts_across_values_are_possible,
         case_is_passed_over_in_texts_of_any_size, records_behind_bytes_are_passed_as_others,
         chunks_without_a_number_are_passed, ranges_tell_of_digits_what_numbers_have,
         rows_of_pieces_that_have_a_text_are_possible}}});
}
