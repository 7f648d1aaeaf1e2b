/* Seeks in push mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "reading.hpp"
#include "suite.hpp"

namespace {

using codec::small_groups;
using files::TemporaryFolder;
using files::write_file;
using reading::Seekable;
using testdata::Bytes;
using testdata::joined;
using testdata::MiB;
using testdata::part_of;

void check_seeks(const std::string& launch_line, const Bytes& raw) {
  Seekable pipeline(launch_line);
  testdata::Random random(51);
  for (int i = 0; i < 25; i++) {
    const size_t target = i == 0 ? raw.size() / 2 : random.below(raw.size());
    ck_assert_msg(pipeline.seek(static_cast<gint64>(target)), "%s", launch_line.c_str());
    guint64 offset = 0;
    const size_t wanted = std::min<size_t>(raw.size() - target, random.below(300000) + 1);
    const Bytes got = pipeline.read(wanted, &offset);
    ck_assert_msg(offset == target, "%s: sought %zu, got %" G_GUINT64_FORMAT " %s",
                  launch_line.c_str(), target, offset, pipeline.error().c_str());
    ck_assert_uint_ge(got.size(), wanted);
    ck_assert(got == part_of(raw, target, target + got.size()));
  }
  ck_assert_int_eq(pipeline.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
  // To the end, from the start, and to the very end.
  ck_assert(pipeline.seek(0));
  ck_assert(pipeline.read(SIZE_MAX) == raw);
  ck_assert(pipeline.at_eos());
  ck_assert(pipeline.seek(static_cast<gint64>(raw.size())));
  ck_assert(pipeline.read(1).empty());
  ck_assert(pipeline.at_eos());
  ck_assert(pipeline.seek(10, 100));
  ck_assert(pipeline.read(SIZE_MAX) == part_of(raw, 10, 100));
  ck_assert(pipeline.seek(60000, 70000));
  guint64 offset = 0;
  const Bytes part = pipeline.read(SIZE_MAX, &offset);
  ck_assert_msg(part == part_of(raw, 60000, 70000), "%s: %zu bytes at %" G_GUINT64_FORMAT " %s",
                launch_line.c_str(), part.size(), offset, pipeline.error().c_str());
  ck_assert(pipeline.error().empty());
}

/// An upstream that refuses seeks.
gboolean deny(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEEK) return gst_pad_event_default(pad, parent, event);
  gst_event_unref(event);
  return FALSE;
}

}  // namespace

START_TEST(seeks_in_push_mode_reach_every_byte) {
  const TemporaryFolder folder;
  const Bytes a = testdata::mixed(2 * MiB, 1);
  const Bytes b = testdata::log_lines(1500000, 2);
  const Bytes raw = joined({a, b});
  const std::string source = "location=" + folder.file("in") + " ! ";
  for (const bool index : {true, false}) {
    write_file(folder.file("in"), joined({codec::encode(a, small_groups(3, index)),
                                          codec::encode(b, small_groups(3, index))}));
    check_seeks("filesrc " + source + "sigmadec", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec ! queue", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec threads=2", raw);
    check_seeks("pushfilesrc " + source + "sigmadec on-error=skip", raw);
  }
}
END_TEST

START_TEST(seeks_that_make_no_sense_are_refused) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(300000);
  write_file(folder.file("in"), codec::encode(raw));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
  ck_assert(pipeline.seek(100));
  ck_assert(!pipeline.read(10).empty());
  ck_assert(!pipeline.seek(static_cast<gint64>(raw.size()) + 1));
  ck_assert(!pipeline.seek(100, 50));
  ck_assert(pipeline.seek(5));
  guint64 offset = 0;
  ck_assert(!pipeline.read(10, &offset).empty());
  ck_assert_uint_eq(offset, 5);
}
END_TEST

START_TEST(a_segment_seek_ends_with_segment_done) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(600000);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
  for (const gint64 stop : {gint64{200000}, gint64{-1}}) {
    ck_assert(pipeline.seek(100000, stop, GST_SEEK_FLAG_SEGMENT));
    const gint64 end = stop < 0 ? static_cast<gint64>(raw.size()) : stop;
    const Bytes got = pipeline.read(static_cast<size_t>(end) - 100000);
    ck_assert(got == part_of(raw, 100000, static_cast<size_t>(end)));
    ck_assert_int_eq(pipeline.segment_done(), end);
    ck_assert(!pipeline.at_eos());
  }
}
END_TEST

START_TEST(an_upstream_that_does_not_seek_any_more_plays_on) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(60 * 65536);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  Seekable pipeline("filesrc location=" + folder.file("in") +
                    " ! queue max-size-buffers=1 name=between ! sigmadec");
  pipeline.hold_one();
  ck_assert(pipeline.seek(100));
  const Bytes before = pipeline.read(1000);
  GstPad* pad = pipeline.pad_of("between", "src");
  gst_pad_set_event_function(pad, deny);
  gst_object_unref(pad);
  ck_assert(!pipeline.seek(3000000));
  guint64 offset = 0;
  const Bytes after = pipeline.read(raw.size(), &offset);
  ck_assert_msg(pipeline.error().empty(), "%s", pipeline.error().c_str());
  ck_assert_uint_eq(offset, 100 + before.size());
  ck_assert(after == part_of(raw, static_cast<size_t>(offset), raw.size()));
}
END_TEST

START_TEST(an_upstream_that_ends_before_its_size_is_an_error) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(60 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  write_file(folder.file("in"), stream);
  Seekable pipeline("filesrc location=" + folder.file("in") +
                    " ! queue max-size-buffers=1 ! sigmadec");
  pipeline.hold_one();
  ck_assert(!pipeline.read(10).empty());
  ck_assert_int_eq(truncate(folder.file("in").c_str(), static_cast<off_t>(stream.size() / 2)), 0);
  pipeline.seek(static_cast<gint64>(raw.size()) - 1000);
  ck_assert(!pipeline.error(60 * GST_SECOND).empty());
}
END_TEST

START_TEST(a_storm_of_seeks_ends_well) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(3 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  for (const char* middle : {" ! sigmadec", " ! queue ! sigmadec ! queue"}) {
    Seekable pipeline("filesrc location=" + folder.file("in") + middle);
    testdata::Random random(54);
    for (int i = 0; i < 200; i++) {
      ck_assert(pipeline.seek_now(static_cast<gint64>(random.below(raw.size()))));
      if (i % 7 == 0) g_usleep(random.below(3000));
    }
    ck_assert(pipeline.seek(1234567));
    guint64 offset = 0;
    const Bytes got = pipeline.read(500000, &offset);
    ck_assert_msg(offset == 1234567, "%s: at %" G_GUINT64_FORMAT " %s", middle, offset,
                  pipeline.error().c_str());
    ck_assert(got == part_of(raw, offset, offset + got.size()));
    ck_assert(pipeline.error().empty());
  }
}
END_TEST

START_TEST(seeks_from_the_first_moment_on_are_no_error) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(3 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  for (const char* source : {"filesrc", "pushfilesrc"})
    for (const char* middle : {" ! sigmadec", " ! queue ! sigmadec"})
      for (int round = 0; round < 10; round++) {
        GstElement* pipeline = gst_parse_launch(
            (std::string(source) + " location=" + folder.file("in") + middle + " ! fakesink")
                .c_str(),
            nullptr);
        gst_element_set_state(pipeline, GST_STATE_PLAYING);
        testdata::Random random(static_cast<uint64_t>(round) + 57);
        for (int i = 0; i < 40; i++)
          gst_element_seek_simple(pipeline, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH,
                                  static_cast<gint64>(random.below(raw.size())));
        gst_element_get_state(pipeline, nullptr, nullptr, 5 * GST_SECOND);
        gst_element_seek_simple(pipeline, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH, 1000000);
        GstBus* bus = gst_element_get_bus(pipeline);
        GstMessage* message = gst_bus_timed_pop_filtered(
            bus, 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
        ck_assert_msg(message == nullptr || GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS, "%s%s",
                      source, middle);
        ck_assert(message != nullptr);
        gst_message_unref(message);
        gst_object_unref(bus);
        gst_element_set_state(pipeline, GST_STATE_NULL);
        gst_object_unref(pipeline);
      }
}
END_TEST

START_TEST(who_asks_for_the_duration_at_an_error_gets_an_answer) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::random_bytes(100000));
  GstElement* pipeline = gst_parse_launch(
      ("filesrc location=" + folder.file("in") + " ! sigmadec name=dec ! wavparse ! fakesink")
          .c_str(),
      nullptr);
  GstElement* decoder = gst_bin_get_by_name(GST_BIN(pipeline), "dec");
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_bus_set_sync_handler(
      bus,
      [](GstBus*, GstMessage*, gpointer element) {
        GstPad* pad = gst_element_get_static_pad(GST_ELEMENT(element), "src");
        gint64 size = 0;
        gst_pad_query_duration(pad, GST_FORMAT_BYTES, &size);
        gst_object_unref(pad);
        return GST_BUS_PASS;
      },
      decoder, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 20 * GST_SECOND, GST_MESSAGE_ERROR);
  ck_assert(message != nullptr);
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler(bus, nullptr, nullptr, nullptr);
  gst_object_unref(bus);
  gst_object_unref(decoder);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(stopping_in_the_middle_of_seeks_does_not_hang) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(2 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups(3, false)));
  testdata::Random random(55);
  for (int i = 0; i < 20; i++) {
    Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
    pipeline.seek(static_cast<gint64>(random.below(raw.size())));
    g_usleep(random.below(2000));
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result =
      run_suite("elements/seek", 600,
                {{"P9", {seeks_in_push_mode_reach_every_byte}},
                 {"seek",
                  {seeks_that_make_no_sense_are_refused, a_segment_seek_ends_with_segment_done,
                   an_upstream_that_does_not_seek_any_more_plays_on,
                   an_upstream_that_ends_before_its_size_is_an_error, a_storm_of_seeks_ends_well,
                   seeks_from_the_first_moment_on_are_no_error,
                   who_asks_for_the_duration_at_an_error_gets_an_answer,
                   stopping_in_the_middle_of_seeks_does_not_hang}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
