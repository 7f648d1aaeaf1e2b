/* sigmadec on-error=skip: what is left out, and what is said of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "gstsupport.hpp"
#include "reading.hpp"
#include "suite.hpp"

namespace {

using codec::small_groups;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::Harness;
using gstsupport::Run;
using gstsupport::run_pipeline;
using gstsupport::stat;
using reading::Pulled;
using reading::Seekable;
using testdata::Bytes;
using testdata::joined;
using testdata::part_of;

/// The details of the last warning so far, as text.
std::string last_warning_details(GstBus* bus) {
  std::string text;
  while (GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING)) {
    const GstStructure* details = nullptr;
    gst_message_parse_warning_details(message, &details);
    gchar* fields = gst_structure_to_string(details);
    text = fields;
    g_free(fields);
    gst_message_unref(message);
  }
  return text;
}

}  // namespace

START_TEST(skip_leaves_out_what_is_damaged_and_says_so) {
  const Bytes raw = testdata::samples(20 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  for (const size_t piece : {size_t{5000}, stream.size()}) {
    Bytes damaged = stream;
    damaged[all[9].offset + 1000] ^= 1;
    Harness harness("sigmadec on-error=skip");
    for (size_t at = 0; at < damaged.size(); at += piece)
      ck_assert_int_eq(harness.push(part_of(damaged, at, at + piece)), GST_FLOW_OK);
    harness.push_eos();
    const codec::Salvaged expected = codec::salvage(damaged);
    size_t chunk = 0;
    guint64 due = 0;
    while (GstBuffer* buffer = gst_harness_try_pull(harness.get())) {
      ck_assert_uint_lt(chunk, expected.pieces.size());
      const codec::Salvaged::Piece& wanted = expected.pieces[chunk++];
      ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), wanted.position);
      ck_assert_uint_eq(gst_buffer_get_size(buffer), wanted.bytes.size());
      ck_assert_int_eq(gst_buffer_memcmp(buffer, 0, wanted.bytes.data(), wanted.bytes.size()), 0);
      const bool jumps = wanted.position != due || chunk == 1;
      ck_assert(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) == jumps);
      due = wanted.position + wanted.bytes.size();
      gst_buffer_unref(buffer);
    }
    ck_assert_uint_eq(chunk, expected.pieces.size());
    GstMessage* message = gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_WARNING);
    ck_assert(message != nullptr);
    GError* warning = nullptr;
    gst_message_parse_warning(message, &warning, nullptr);
    ck_assert(g_error_matches(warning, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE));
    g_error_free(warning);
    const GstStructure* details = nullptr;
    gst_message_parse_warning_details(message, &details);
    const sigma::Damage& one = expected.damage[0];
    const std::pair<const char*, guint64> fields[] = {{"stream-offset", one.stream_begin},
                                                      {"stream-end", one.stream_end},
                                                      {"decoded-offset", one.position_begin},
                                                      {"decoded-end", one.position_end},
                                                      {"chunks-lost", one.chunks},
                                                      {"bytes-lost", one.bytes()}};
    for (const auto& [name, value] : fields) {
      guint64 got = 0;
      ck_assert(gst_structure_get_uint64(details, name, &got));
      ck_assert_uint_eq(got, value);
    }
    gst_message_unref(message);
    ck_assert_uint_eq(harness.errors(), 0);
    ck_assert_uint_eq(harness.warnings(), 1);  // the sum
    ck_assert_uint_eq(stat(harness.element(), "chunks-lost"), expected.stats.chunks_lost);
    ck_assert_uint_eq(stat(harness.element(), "bytes-lost"), expected.stats.bytes_lost);
    ck_assert_uint_gt(expected.stats.bytes_lost, 0);
  }
}
END_TEST

START_TEST(skip_warns_of_a_cut_stream_and_gives_all_before_it) {
  const Bytes raw = testdata::samples(10 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  Harness harness("sigmadec on-error=skip");
  harness.push(part_of(stream, 0, stream.size() - 200));
  harness.push_eos();
  ck_assert(codec::is_prefix(harness.take_all(), raw));
  ck_assert_uint_eq(harness.errors(), 0);
  ck_assert_uint_eq(harness.warnings(), 2);  // the place, and the sum
}
END_TEST

START_TEST(skip_sums_up_at_the_end_what_is_missing) {
  const Bytes raw = testdata::samples(20 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  Bytes damaged = stream;
  damaged[all[5].offset + 1000] ^= 1;
  damaged[all[15].offset + 1000] ^= 1;
  Harness harness("sigmadec on-error=skip");
  harness.push(damaged);
  harness.push_eos();
  const codec::Salvaged expected = codec::salvage(damaged);
  ck_assert_uint_eq(expected.damage.size(), 2);
  const std::string sum = "losses, places=(guint64)2, bytes-lost=(guint64)" +
                          std::to_string(expected.stats.bytes_lost) + ", chunks-lost=(guint64)" +
                          std::to_string(expected.stats.chunks_lost) +
                          ", end-lost=(boolean)false, bytes-in-all=(guint64)" +
                          std::to_string(raw.size()) + ";";
  const std::string details = last_warning_details(harness.bus());
  ck_assert_str_eq(details.c_str(), sum.c_str());
  // Another input is another sum.
  harness.restart_input();
  harness.push(stream);
  harness.push_eos();
  ck_assert_uint_eq(harness.warnings(), 0);
}
END_TEST

START_TEST(skip_sums_up_what_a_cut_stream_is_known_to_miss) {
  const Bytes stream = codec::encode(testdata::samples(20 * 65536), small_groups());
  Harness harness("sigmadec on-error=skip");
  harness.push(part_of(stream, 0, stream.size() / 2));
  harness.push_eos();
  const std::string sum = "losses, places=(guint64)1, bytes-lost=(guint64)0, ";
  const std::string details = last_warning_details(harness.bus());
  ck_assert_msg(details.starts_with(sum), "%s", details.c_str());
  ck_assert(details.find("end-lost=(boolean)true;") != details.npos);
}
END_TEST

START_TEST(skip_of_what_is_no_stream_is_an_error) {
  Harness harness("sigmadec on-error=skip");
  harness.push(testdata::log_lines(10000));
  harness.push_eos();
  ck_assert(harness.error_matches(GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE));
}
END_TEST

START_TEST(skip_finds_a_stream_appended_to_a_cut_one) {
  const TemporaryFolder folder;
  const Bytes a = testdata::samples(10 * 65536, 1);
  const Bytes b = testdata::log_lines(100000, 2);
  const Bytes first = codec::encode(a, small_groups());
  write_file(folder.file("in"),
             joined({part_of(first, 0, first.size() / 2 + 77), codec::encode(b)}));
  const Run run =
      run_pipeline("filesrc location=" + folder.file("in") +
                   " ! sigmadec on-error=skip ! filesink location=" + folder.file("out"));
  ck_assert(run.reached_eos);
  const Bytes out = files::read_file(folder.file("out"));
  ck_assert_uint_gt(out.size(), b.size());
  ck_assert(part_of(out, out.size() - b.size(), out.size()) == b);
  ck_assert(codec::is_prefix(part_of(out, 0, out.size() - b.size()), a));
}
END_TEST

START_TEST(zeros_behind_a_stream_are_padding_pushed_and_pulled) {
  const TemporaryFolder folder;
  const Bytes one = testdata::samples(300000);
  const Bytes two = testdata::log_lines(200000);
  const Bytes padding(10240, 0);
  write_file(folder.file("in"), joined({codec::encode(one, small_groups()), padding,
                                        codec::encode(two, small_groups()), padding}));
  const Bytes raw = joined({one, two});
  Pulled pulled(folder.file("in"));
  ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
  Bytes out;
  for (const size_t at : {size_t{0}, one.size() - 500, raw.size() - 1000}) {
    ck_assert_int_eq(pulled.read(at, 1000, out), GST_FLOW_OK);
    ck_assert(out == part_of(raw, at, at + 1000));
  }
  ck_assert_int_eq(pulled.read(raw.size(), 1000, out), GST_FLOW_EOS);
  ck_assert_uint_eq(pulled.errors() + pulled.warnings(), 0);
  for (const char* way : {" ! ", " ! queue ! "}) {
    ck_assert(run_pipeline("filesrc location=" + folder.file("in") + way +
                           "sigmadec ! filesink location=" + folder.file("out"))
                  .reached_eos);
    ck_assert(files::read_file(folder.file("out")) == raw);
  }
}
END_TEST

START_TEST(pulled_ranges_that_are_lost_are_errors_never_zeros) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(20 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  const uint64_t hit = all[9].header.raw_offset;
  stream[all[9].offset + 1000] ^= 1;
  write_file(folder.file("in"), stream);
  const codec::Salvaged expected = codec::salvage(stream);
  {
    Pulled pulled(folder.file("in"), "on-error=skip");
    Bytes out;
    ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
    for (int round = 0; round < 3; round++) {
      ck_assert_int_eq(pulled.read(0, 1000, out), GST_FLOW_OK);
      ck_assert(out == part_of(raw, 0, 1000));
      ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
      ck_assert_int_eq(pulled.read(hit - 5, 10, out), GST_FLOW_ERROR);
      ck_assert_int_eq(pulled.read(raw.size() - 1000, 1000, out), GST_FLOW_OK);
      ck_assert(out == part_of(raw, raw.size() - 1000, raw.size()));
    }
    // The same place is told of once.
    ck_assert_uint_eq(pulled.warnings(), 1);
    ck_assert_uint_eq(pulled.errors(), 0);
    ck_assert_uint_eq(stat(pulled.element(), "bytes-lost"), expected.stats.bytes_lost);
    ck_assert_uint_eq(stat(pulled.element(), "chunks-lost"), expected.stats.chunks_lost);
  }
  Pulled pulled(folder.file("in"));
  Bytes out;
  ck_assert_int_eq(pulled.read(0, 1000, out), GST_FLOW_OK);
  ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
  // What does not need the damaged group can still be read.
  ck_assert_int_eq(pulled.read(raw.size() - 1000, 1000, out), GST_FLOW_OK);
  ck_assert(out == part_of(raw, raw.size() - 1000, raw.size()));
  ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
  ck_assert_uint_eq(pulled.errors(), 1);
}
END_TEST

START_TEST(pulled_ranges_without_a_key_before_them_are_told_of) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(12 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  const auto first = std::find_if(all.begin(), all.end(), [](const codec::PacketView& packet) {
    return packet.header.kind() == sigma::PacketKind::CHUNK;
  });
  stream[first->offset + 30] ^= 1;
  write_file(folder.file("in"), stream);
  Pulled pulled(folder.file("in"), "on-error=skip");
  Bytes got;
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(pulled.read(100, 1000, got), GST_FLOW_ERROR);
  ck_assert_uint_eq(pulled.warnings(), 1);
  ck_assert_int_eq(pulled.read(5 * 65536, 1000, got), GST_FLOW_OK);
  ck_assert(got == part_of(raw, 5 * 65536, 5 * 65536 + 1000));
  ck_assert_uint_eq(pulled.errors(), 0);
  // Where no stream is left at all, that is an error.
  write_file(folder.file("in"), part_of(stream, first->offset, all[all.size() - 3].offset));
  Pulled nothing(folder.file("in"), "on-error=skip");
  ck_assert_int_eq(nothing.read(0, 100, got), GST_FLOW_ERROR);
  ck_assert_uint_eq(nothing.errors(), 1);
}
END_TEST

START_TEST(seeks_over_damage_land_behind_it) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(20 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  stream[all[9].offset + 1000] ^= 1;
  write_file(folder.file("in"), stream);
  const codec::Salvaged expected = codec::salvage(stream);
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  for (const sigma::Damage& one : expected.damage) {
    ck_assert(pipeline.seek(static_cast<gint64>(one.position_begin + 10)));
    guint64 offset = 0;
    const Bytes got = pipeline.read(1000, &offset);
    ck_assert_uint_eq(offset, one.position_end);
    ck_assert(got == part_of(raw, offset, offset + got.size()));
  }
}
END_TEST

START_TEST(seeks_into_a_lost_beginning_find_what_is_left) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(40 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const size_t cut = codec::packets(stream)[4].offset + 10;
  write_file(folder.file("in"), part_of(stream, cut, stream.size()));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  for (const gint64 target : {1000, 20 * 65536, 5}) {
    ck_assert(pipeline.seek(target));
    guint64 offset = 0;
    const Bytes got = pipeline.read(1000, &offset);
    // The first copy of the head stands before chunk 16.
    ck_assert_int_eq(static_cast<gint64>(offset), std::max<gint64>(target, 16 * 65536));
    ck_assert(got == part_of(raw, offset, offset + got.size()));
  }
}
END_TEST

START_TEST(the_duration_stays_that_of_the_stream_when_its_end_is_lost) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(10 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  stream[codec::packets(stream)[11].offset + 500] ^= 1;  // the last chunk
  write_file(folder.file("in"), stream);
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  pipeline.read(SIZE_MAX);
  ck_assert_int_eq(pipeline.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/skip", 600,
      {{"P5",
        {skip_leaves_out_what_is_damaged_and_says_so,
         pulled_ranges_that_are_lost_are_errors_never_zeros,
         pulled_ranges_without_a_key_before_them_are_told_of, seeks_over_damage_land_behind_it,
         seeks_into_a_lost_beginning_find_what_is_left}},
       {"P6", {skip_warns_of_a_cut_stream_and_gives_all_before_it}},
       {"P8",
        {skip_finds_a_stream_appended_to_a_cut_one,
         zeros_behind_a_stream_are_padding_pushed_and_pulled}},
       {"skip",
        {skip_sums_up_at_the_end_what_is_missing, skip_sums_up_what_a_cut_stream_is_known_to_miss,
         skip_of_what_is_no_stream_is_an_error,
         the_duration_stays_that_of_the_stream_when_its_end_is_lost}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
