/* Records: where they are found, and what that saves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "codec.hpp"
#include "gst/sigma/models/records/format_probe.hpp"
#include "lines.hpp"
#include "suite.hpp"
#include "threads.hpp"

namespace {

using codec::check_round_trip;
using codec::encode;
using lines::at_level;
using lines::Coded;
using lines::encode_with_stats;
using lines::make_name;
using lines::pick;
using lines::repeat;
using sigma::EncoderSettings;
using testdata::Bytes;
using testdata::from_text;
using testdata::MiB;
using testdata::Random;
using testdata::server_log;

Bytes json_lines(size_t size) {
  return repeat(size, [](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(
        text, room,
        "{\"id\": %zu, \"name\": \"n\\\"%zu\\\\\", \"on\": %s, \"x\": -%zu.%02zue+3, "
        "\"tags\": [%zu, %zu], \"none\": null}\n",
        i, random.below(50), pick(random, {"true", "false"}), random.below(9), random.below(100),
        random.below(10), random.below(10));
  });
}

Bytes json_array(size_t size) {
  Bytes out = from_text("[");
  const Bytes items = repeat(size, [](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(text, room, "{\"from\":\"%s\",\"delay\":%d,\"distance\":%zu},",
                         pick(random, {"ABE", "ABI", "ABQ", "ALB"}),
                         static_cast<int>(random.below(200)) - 100, i % 997);
  });
  out.insert(out.end(), items.begin(), items.end());
  return out;
}

/// A virtual machine's log: tags with commas, and messages of which others come all the time.
Bytes log_with_commas(size_t size) {
  struct Message {
    std::string tag, first, rest;
  };
  Random words(5);
  std::vector<Message> messages(400);
  const auto word = [&words] {
    return pick(words, {"region",    "heap",     "young",   "survivor", "class",  "space",
                        "committed", "reserved", "thread",  "attached", "worker", "marker",
                        "phase",     "roots",    "scan",    "update",   "copy",   "total",
                        "pause",     "initial",  "cleanup", "loaded",   "source", "shared",
                        "lookup",    "compiled", "entrant", "zombie",   "handler"});
  };
  for (Message& message : messages) {
    message.tag = pick(words, {"gc,heap     ", "gc,phases   ", "class,load  ", "jit,compilation",
                               "os,thread   ", "gc,heap,region", "gc,task,time"});
    message.first = word();
    for (size_t count = 1 + words.below(7); count > 0; count--)
      message.rest += std::string(" ") + word();
  }
  const size_t lines = size / 100;
  return repeat(size, [&](char* text, size_t room, size_t i, Random& random) {
    const size_t k = std::min(i, lines) * 360 / lines + random.below(40);
    const Message& message = messages[k];
    char number[16] = "";
    if (k % 3 == 0) std::snprintf(number, sizeof number, " %zuK,", random.below(9000));
    char place[16] = "";
    if (k % 2 == 0) std::snprintf(place, sizeof place, " 0x%08zx", random.below(size_t{1} << 32));
    const size_t ms = 4 * i + random.below(4);
    return std::snprintf(
        text, room,
        "[2026-11-30T13:%02zu:%02zu.%03zu+0000][%zu.%03zus][debug][%s] GC(%zu) %s%s%s%s\n",
        ms / 60000 % 60, ms / 1000 % 60, ms % 1000, ms / 1000, ms % 1000, message.tag.c_str(),
        ms / 5000, message.first.c_str(), number, message.rest.c_str(), place);
  });
}

/// Points of lines on a map, in one line of text.
Bytes number_arrays(size_t size) {
  Bytes out = from_text("{\"arcs\":[");
  const Bytes arcs = repeat(size, [](char* text, size_t room, size_t i, Random& random) {
    const int x = static_cast<int>(random.below(60)) - 30;
    const int y = static_cast<int>(random.below(900)) - 450;
    return std::snprintf(text, room, i % 50 == 49 ? "[%d,%d]],[" : "[%d,%d],", x, y);
  });
  out.insert(out.end(), arcs.begin(), arcs.end());
  return out;
}

Bytes table(size_t size, char delimiter) {
  return repeat(size, [delimiter](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(text, room, "%zu%c\"%s, the %zuth\"%c%zu.%03zu%c%c%04zX\r\n", i, delimiter,
                         pick(random, {"one", "two", "three"}), random.below(20), delimiter,
                         random.below(1000), random.below(1000), delimiter, delimiter,
                         random.below(65536));
  });
}

/// Each byte as a character of `width` bytes, that of the text at `place`; every 997th character
/// is none of Latin-1.
Bytes widened(const Bytes& narrow, size_t width, size_t place) {
  Bytes wide(narrow.size() * width);
  for (size_t i = 0; i < narrow.size(); i++) {
    wide[i * width + place] = narrow[i];
    if (i % 997 == 0) wide[i * width + width - 1 - place] = 0x20;
  }
  return wide;
}

size_t size_as_bytes(const Bytes& raw) {
  EncoderSettings settings;
  settings.model = sigma::Model::BYTES;
  return encode(raw, settings).size();
}

}  // namespace

START_TEST(records_of_every_kind_come_back) {
  const Bytes kinds[] = {server_log(3 * MiB), json_lines(2 * MiB),  json_array(2 * MiB),
                         table(2 * MiB, ','), table(2 * MiB, '\t'), table(2 * MiB, ';'),
                         table(2 * MiB, '|')};
  for (const Bytes& raw : kinds) {
    for (const unsigned level : {3U, 1U, 9U, 6U}) {
      check_round_trip(raw, at_level(level));
      if (testdata::is_short_run()) break;
    }
    const Coded coded = encode_with_stats(raw, at_level(6));
    // But for what is left at the end.
    ck_assert_uint_ge(coded.stats.chunks_records, coded.stats.chunks - 1);
    // They are a third smaller than one zstd lane at the least.
    EncoderSettings plain = at_level(6);
    plain.chunk_size = 262144;  // too small for records
    ck_assert_uint_lt(coded.stream.size(), encode(raw, plain).size() * 2 / 3);
  }
}
END_TEST

START_TEST(arrays_of_numbers_in_one_line_are_records) {
  const Bytes raw = number_arrays(3 * MiB);
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  check_round_trip(raw);
  ck_assert_uint_lt(coded.stream.size(), size_as_bytes(raw) * 3 / 4);
}
END_TEST

/// Rows of a dump in one line, now and then with line feeds in quotes, and lines that end with
/// other bytes.
START_TEST(records_need_no_line_feeds) {
  const Bytes rows = repeat(2 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    const char* const note = i % 1000 == 7 ? "\"two\nlines\"" : i % 1000 == 9 ? "'\n'" : "NULL";
    return std::snprintf(text, room, "(%zu,%zu,'%s','2024-0%zu-1%zu',%s),", i, random.below(9000),
                         pick(random, {"paid", "open", "sent"}), random.below(9) + 1,
                         random.below(10), note);
  });
  Bytes carriage_returns = server_log(2 * MiB);
  Bytes zeros = carriage_returns;
  std::replace(carriage_returns.begin(), carriage_returns.end(), uint8_t{'\n'}, uint8_t{'\r'});
  std::replace(zeros.begin(), zeros.end(), uint8_t{'\n'}, uint8_t{0});
  for (const Bytes& raw : {rows, carriage_returns, zeros}) {
    const Coded coded = encode_with_stats(raw, {});
    ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
    check_round_trip(raw, at_level(3, true));
    ck_assert_uint_lt(coded.stream.size(), size_as_bytes(raw) * 3 / 4);
  }
}
END_TEST

START_TEST(a_chunk_is_what_most_of_it_is) {
  // What is in the middle of it, as long as a look at one place, says something else.
  const Bytes log = server_log(2 * MiB);
  const Bytes other = testdata::part_of(table(MiB / 4, ','), 0, 200000);
  const Bytes raw = testdata::joined(
      {testdata::part_of(log, 0, 640000), other, testdata::part_of(log, 640000, log.size())});
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  check_round_trip(raw);
  const size_t alone = encode(log).size() + encode(other).size();
  ck_assert_uint_lt(coded.stream.size(), alone + alone / 10);
}
END_TEST

START_TEST(chunks_of_another_kind_have_a_format_of_their_own) {
  const Bytes log = server_log(5 * MiB);
  const Bytes json = json_lines(2 * MiB);
  const Bytes commas = table(3 * MiB, ',');
  for (const Bytes& raw : {testdata::joined({json, log}), testdata::joined({log, commas}),
                           testdata::joined({commas, json, log})}) {
    const Coded coded = encode_with_stats(raw, {});
    ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
    check_round_trip(raw, at_level(3, true));
    ck_assert_uint_lt(coded.stream.size(), size_as_bytes(raw) * 3 / 4);
  }
}
END_TEST

/// A document has counters whose names come at several places of it.
START_TEST(fields_of_documents_are_told_apart_by_all_texts_before_them) {
  const Bytes raw = repeat(4 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(text, room,
                         "{\"in\":{\"bytes\":%zu,\"count\":%zu},\"out\":{\"bytes\":%zu,\"count\":"
                         "%zu},\"host\":\"h%zu\"}\n",
                         i * 1500 + random.below(64), i, 7000000000 + i * 90 + random.below(8),
                         5 * i + 12345678, random.below(20));
  });
  check_round_trip(raw);
  ck_assert_uint_lt(encode(raw, {}).size(), size_as_bytes(raw) / 4);
}
END_TEST

START_TEST(decoders_count_chunks_of_records) {
  const Bytes raw = server_log(2 * MiB);
  const codec::Decoded decoded = codec::decode(encode(raw, at_level(6)));
  ck_assert_uint_ge(decoded.stats.chunks_records, 1);
  ck_assert_uint_eq(
      decoded.stats.chunks_records + decoded.stats.chunks_bytes + decoded.stats.chunks_stored,
      decoded.stats.chunks);
}
END_TEST

/// Fields have places of 21 bits in a part of a chunk, which may have 4 MiB.
START_TEST(chunks_of_four_mib_come_back) {
  EncoderSettings settings;
  settings.chunk_size = 4 * MiB;
  settings.max_memory = 64 * MiB;
  settings.model = sigma::Model::RECORDS;
  for (const Bytes& raw : {server_log(4 * MiB), json_lines(4 * MiB), table(4 * MiB, ','),
                           repeat(4 * MiB, [](char*text, size_t room, size_t i, Random&random) {
                             return std::snprintf(text, room, "%010zu a line that says little %s\n",
                                                  i, pick(random, {"now", "then", "again"}));
                           })})
    check_round_trip(raw, settings);
}
END_TEST

START_TEST(verify_follows_what_chunks_of_a_group_share) {
  EncoderSettings settings = at_level(6, true);
  settings.key_interval = 3;
  check_round_trip(server_log(8 * MiB), settings);
}
END_TEST

START_TEST(records_do_not_depend_on_splits_or_threads) {
  const Bytes raw = testdata::joined({server_log(5 * MiB), json_lines(3 * MiB)});
  for (const unsigned level : testdata::values<unsigned>({6, 3})) {
    EncoderSettings settings = at_level(level);
    settings.key_interval = 3;
    const Bytes expected = encode(raw, settings);
    ck_assert(encode(raw, settings, codec::random_pieces(5, 300000)) == expected);
    threads::Pool pool(3);
    threads::Busy busy;
    for (const unsigned count : {2U, 3U}) {
      settings.threads = count;
      ck_assert(encode(raw, settings, codec::pieces_of(1 << 20), &pool) == expected);
      ck_assert(encode(raw, settings, codec::pieces_of(1 << 20), &busy) == expected);
    }
  }
}
END_TEST

START_TEST(a_stream_that_begins_stored_may_have_records_later) {
  const Bytes raw = server_log(6 * MiB);
  EncoderSettings settings;
  settings.level = 0;
  settings.key_interval = 1;
  settings.max_memory = 64 * MiB;
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(settings).ok());
  Bytes stream;
  const auto take = [&] {
    for (sigma::Packet packet; encoder.take(packet);)
      for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
        stream.insert(stream.end(), part.begin(), part.end());
  };
  for (sigma::ByteSpan rest(raw); !rest.empty(); take()) {
    rest = rest.subspan(encoder.push(rest).value);
    if (encoder.stats().chunks == 1) ck_assert(encoder.set_level(6).ok());
  }
  ck_assert(encoder.finish().ok());
  take();
  ck_assert_uint_ge(encoder.stats().chunks_records, 3);
  const codec::Decoded decoded = codec::decode(stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
}
END_TEST

START_TEST(chunks_end_with_whole_records) {
  Bytes raw = server_log(5 * MiB);
  raw.back() = '\n';
  sigma::StreamingDecoder decoder;
  const Bytes stream = encode(raw, at_level(6));
  ck_assert(decoder.push(stream).ok());
  size_t chunks = 0;
  for (sigma::DecodedChunk chunk;; chunks++) {
    const auto more = decoder.next(chunk);
    ck_assert(more.ok());
    if (!more.value) break;
    ck_assert(chunk.bytes.back() == '\n');
  }
  ck_assert_uint_ge(chunks, 3);
}
END_TEST

START_TEST(records_may_be_anything) {
  const Bytes log = server_log(1200000);
  const size_t half = log.size() / 2;
  const Bytes first = testdata::part_of(log, 0, half);
  const Bytes second = testdata::part_of(log, half, log.size());
  Bytes nul = log;
  Bytes invalid = log;
  Bytes no_feeds = log;
  for (size_t i = 5000; i < log.size(); i += 997)
    nul[i] = 0, invalid[i] = 0xff;
  std::replace(no_feeds.begin(), no_feeds.end(), uint8_t{'\n'}, uint8_t{' '});
  const Bytes long_lines = repeat(1200000, [](char* text, size_t room, size_t i, Random& random) {
    return std::snprintf(text, room, "%zu,%s", random.below(100), i % 5000 == 4999 ? "\n" : "");
  });
  const Bytes all_different = repeat(1200000, [](char* text, size_t room, size_t, Random& random) {
    char words[200];
    const size_t count = 1 + random.below(sizeof words - 1);
    for (size_t k = 0; k < count; k++)
      words[k] = "abcdefghijklmnop  .,;:1234567890\"\\{}[]"[random.below(38)];
    return std::snprintf(text, room, "%.*s\n", static_cast<int>(count), words);
  });
  const Bytes empty_lines(1200000, '\n');
  const Bytes commas(1200000, ',');
  const Bytes one_digit = repeat(1200000, [](char* text, size_t room, size_t, Random& random) {
    return std::snprintf(text, room, "%zu\n", random.below(10));
  });
  const Bytes strange[] = {nul,
                           invalid,
                           no_feeds,
                           long_lines,
                           empty_lines,
                           commas,
                           all_different,
                           one_digit,
                           testdata::joined({first, testdata::random_bytes(40000), second}),
                           testdata::part_of(log, 1, log.size() - 1)};
  for (const Bytes& raw : strange)
    for (const unsigned level : testdata::values<unsigned>({9, 6}))
      check_round_trip(raw, at_level(level, true));
}
END_TEST

/// Records know the key chunk's texts only: bytes, which have the history, win where it comes
/// again.
START_TEST(what_the_history_repeats_is_not_larger_as_records) {
  const Bytes block = server_log(600000);
  Bytes raw;
  for (int i = 0; i < 6; i++)
    raw.insert(raw.end(), block.begin(), block.end());
  EncoderSettings bytes;
  bytes.model = sigma::Model::BYTES;
  ck_assert_uint_le(encode(raw, {}).size(), encode(raw, bytes).size());
  check_round_trip(raw);
}
END_TEST

/// What a group that began as noise does with records does not depend on the groups before it.
START_TEST(groups_that_begin_stored_forget_the_ones_before) {
  const Bytes raw = testdata::joined(
      {server_log(13 * MiB), testdata::random_bytes(13 * MiB), server_log(8 * MiB)});
  const Bytes expected = encode(raw, at_level(3));
  EncoderSettings threads = at_level(3);
  threads.threads = 2;
  threads.max_memory = 64 * MiB;
  ck_assert(encode(raw, threads) == expected);
  ck_assert(codec::encode(raw, at_level(3), codec::pieces_of(1000003)) == expected);
}
END_TEST

START_TEST(the_model_asked_for_is_looked_for) {
  const Bytes raw = server_log(2 * MiB);
  EncoderSettings settings;
  settings.level = 1;
  ck_assert_uint_eq(encode_with_stats(raw, settings).stats.chunks_records, 0);
  ck_assert(!sigma::model_by_name("logs", settings.model));
  ck_assert(sigma::model_by_name("records", settings.model));
  ck_assert_uint_ge(encode_with_stats(raw, settings).stats.chunks_records, 1);
  settings.level = 9;
  settings.model = sigma::Model::BYTES;
  ck_assert_uint_eq(encode_with_stats(raw, settings).stats.chunks_records, 0);
  check_round_trip(raw, settings);
}
END_TEST

START_TEST(short_inputs_of_records_come_back) {
  const Bytes log = server_log(40000);
  for (size_t size = 1; size < log.size(); size = size * 5 / 3 + 1)
    check_round_trip(testdata::part_of(log, 0, size), at_level(6, true));
}
END_TEST

START_TEST(hashes_cost_little_more_than_their_bits) {
  size_t lines = 0;
  const Bytes raw = repeat(2 * MiB, [&lines](char* text, size_t room, size_t i, Random& random) {
    lines++;
    const auto digits = [&random] { return static_cast<unsigned long long>(random.next()); };
    return std::snprintf(text, room, "GET /%zu id=%016llx%016llx ok\n", i % 7, digits(), digits());
  });
  EncoderSettings settings;
  settings.model = sigma::Model::RECORDS;
  check_round_trip(raw, settings);
  ck_assert_uint_lt(encode(raw, settings).size(), lines * 17);
}
END_TEST

/// Places of measurements, most of one length, and now and then none.
START_TEST(digits_without_order_cost_little_more_than_their_bits) {
  double bits = 0;
  const Bytes raw = repeat(2 * MiB, [&bits](char* text, size_t room, size_t i, Random& random) {
    if (i % 50 == 0) return std::snprintf(text, room, "x=0.NA ok\n");
    const size_t size = random.below(10) == 0 ? 12 + random.below(2) : 14;
    std::string digits;
    for (size_t k = 0; k < size; k++)
      digits += static_cast<char>('0' + random.below(10));
    bits += std::log2(10) * static_cast<double>(size) + 1;
    return std::snprintf(text, room, "x=0.%s ok\n", digits.c_str());
  });
  check_round_trip(raw);
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  ck_assert_double_lt(static_cast<double>(coded.stream.size()), bits / 8 * 1.03);
}
END_TEST

START_TEST(words_that_change_are_values) {
  const Bytes raw = repeat(4 * MiB, [](char* text, size_t room, size_t i, Random& random) {
    const size_t name = random.below(random.below(20000) + 1);
    return std::snprintf(text, room, "%02zu:%02zu reply %s.example is <%s> for %zu\n",
                         i / 3600 % 24, i / 60 % 60, make_name(name).c_str(),
                         pick(random, {"CNAME", "NODATA", "NXDOMAIN"}), random.below(400));
  });
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  check_round_trip(raw);
  ck_assert_uint_lt(coded.stream.size(), size_as_bytes(raw) * 3 / 4);
}
END_TEST

/// Instructions, a few of them often, as hexdump shows them.
Bytes hexdump(size_t size) {
  Random random(5);
  std::vector<Bytes> instructions;
  for (size_t i = 0; i < 300; i++)
    instructions.push_back(testdata::random_bytes(1 + random.below(6), i + 1));
  Bytes code;
  while (code.size() < size / 4) {
    const size_t often = random.below(1 + random.below(1 + random.below(300)));
    testdata::append(code, instructions[often]);
    if (random.below(3) == 0) code.push_back(static_cast<uint8_t>(random.below(256)));
  }
  return repeat(size, [&](char* text, size_t room, size_t i, Random&) {
    size_t used = static_cast<size_t>(std::snprintf(text, room, "%08zx  ", i * 16));
    std::string shown;
    for (const uint8_t byte : testdata::part_of(code, i * 16, i * 16 + 16)) {
      used += static_cast<size_t>(std::snprintf(text + used, room - used, "%02x ", byte));
      shown += byte >= ' ' && byte < 127 ? static_cast<char>(byte) : '.';
    }
    return static_cast<int>(used) +
           std::snprintf(text + used, room - used, " |%s|\n", shown.c_str());
  });
}

/// Lines from four places of it are too few to show that.
START_TEST(a_table_of_columns_that_repeat_little_is_records) {
  const Bytes raw = hexdump(3 * MiB / 2);
  const Coded coded = encode_with_stats(raw, {});
  ck_assert_uint_eq(coded.stats.chunks_records, coded.stats.chunks);
  check_round_trip(raw);
  ck_assert_uint_lt(coded.stream.size(), size_as_bytes(raw) * 9 / 10);
}
END_TEST

/// Lines from four places have many templates, which seem to grow; a table of commas does not.
START_TEST(commas_of_a_log_are_not_taken_for_those_of_a_table) {
  const Bytes raw = log_with_commas(3 * MiB);
  const size_t found = encode(raw).size();
  EncoderSettings asked;
  asked.model = sigma::Model::RECORDS;
  ck_assert_uint_le(found, encode(raw, asked).size() * 11 / 10);
  check_round_trip(raw);
}
END_TEST

/// Tables one behind the other, of the same number of columns: numbers are where others have names.
START_TEST(tables_behind_each_other_have_columns_of_their_own) {
  constexpr size_t kTable = 1000;  // rows, the header's, too
  size_t numbers = 0;
  const Bytes raw = repeat(2 * MiB, [&](char* text, size_t room, size_t i, Random& random) {
    if (i % kTable == 0) return std::snprintf(text, room, "first,second,third,fourth\n");
    numbers += 2;
    const size_t one = random.below(65536);
    const size_t two = random.below(65536);
    const char* const name = pick(random, {"north", "east", "south", "west"});
    return i / kTable % 2 == 0 ? std::snprintf(text, room, "%zu,%s,%zu,%s\n", one, name, two, name)
                               : std::snprintf(text, room, "%s,%zu,%s,%zu\n", name, one, name, two);
  });
  check_round_trip(raw);
  // A number has 16 bits, a name 2.
  ck_assert_uint_lt(encode(raw, {}).size() * 8, numbers / 2 * (2 * 17 + 3));
}
END_TEST

START_TEST(records_in_wide_characters_are_records) {
  const Bytes narrow = server_log(2 * MiB);
  const size_t narrow_size = encode(narrow, {}).size();
  for (const size_t width : {size_t{2}, size_t{4}}) {
    for (const size_t place : {size_t{0}, width - 1}) {
      Bytes raw = widened(narrow, width, place);
      ck_assert_uint_lt(encode(raw, {}).size() * 2, narrow_size * 3);
      ck_assert_uint_lt(encode(raw, at_level(9)).size() * 2, narrow_size * 3);
      raw.pop_back();  // no whole character
      for (const unsigned level : testdata::values<unsigned>({1, 6, 3}))
        check_round_trip(raw, at_level(level, true));
      EncoderSettings large = at_level(3);
      large.chunk_size = 2 * MiB;
      check_round_trip(raw, large);
    }
  }
}
END_TEST

START_TEST(a_group_may_have_records_in_characters_of_all_widths) {
  const Bytes narrow = server_log(MiB);
  Bytes raw;
  for (const size_t width : {size_t{1}, size_t{2}, size_t{1}, size_t{4}, size_t{2}}) {
    const Bytes wide = width == 1 ? narrow : widened(narrow, width, width / 4);
    raw.insert(raw.end(), wide.begin(), wide.end());
  }
  check_round_trip(raw);
  check_round_trip(raw, at_level(6, true));
}
END_TEST

START_TEST(prose_and_noise_are_not_taken_for_records) {
  const Bytes noise = testdata::random_bytes(100000);
  ck_assert_uint_eq(sigma::find_record_formats(noise).count, 0);
  ck_assert_uint_eq(sigma::find_record_formats({}).count, 0);
  ck_assert_uint_ge(sigma::find_record_formats(server_log(100000)).count, 1);
}
END_TEST

int main() {
  return run_suite(
      "models/records", 600,
      {{"P1",
        {records_of_every_kind_come_back, records_need_no_line_feeds,
         arrays_of_numbers_in_one_line_are_records,
         a_stream_that_begins_stored_may_have_records_later, records_may_be_anything,
         short_inputs_of_records_come_back, hashes_cost_little_more_than_their_bits,
         digits_without_order_cost_little_more_than_their_bits, words_that_change_are_values,
         a_table_of_columns_that_repeat_little_is_records,
         commas_of_a_log_are_not_taken_for_those_of_a_table,
         chunks_of_another_kind_have_a_format_of_their_own,
         fields_of_documents_are_told_apart_by_all_texts_before_them,
         tables_behind_each_other_have_columns_of_their_own, records_in_wide_characters_are_records,
         a_group_may_have_records_in_characters_of_all_widths}},
       {"P2",
        {records_do_not_depend_on_splits_or_threads,
         groups_that_begin_stored_forget_the_ones_before}},
       {"records",
        {a_chunk_is_what_most_of_it_is, decoders_count_chunks_of_records,
         verify_follows_what_chunks_of_a_group_share, chunks_of_four_mib_come_back,
         chunks_end_with_whole_records, what_the_history_repeats_is_not_larger_as_records,
         the_model_asked_for_is_looked_for, prose_and_noise_are_not_taken_for_records}}});
}
