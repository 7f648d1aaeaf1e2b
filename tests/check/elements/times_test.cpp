/* Seeks, duration and position in time, of streams that keep buffers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsrc.h>

#include <cstdio>
#include <string>

#include "files.hpp"
#include "gstsupport.hpp"
#include "playing.hpp"
#include "suite.hpp"

using namespace playing;
using files::TemporaryFolder;
using testdata::Bytes;
using testdata::Random;
using trace::launch;
using trace::record;

namespace {

std::string reading(const std::string& file, const std::string& between = "",
                    const std::string& settings = "") {
  return "filesrc location=" + file + " ! " + between + "sigmadec name=d " + settings +
         " ! fakesink name=s sync=false";
}

/// Buffers of 40 ms, of which every tenth can be shown without the ones before, in a segment whose
/// first buffer has these times.
void record_pictures(const std::string& file, guint64 start, guint64 time) {
  GstElement* pipeline =
      launch("appsrc name=a format=time handle-segment-change=true caps=video/x-test ! sigmaenc " +
             kSmallGroups + " ! filesink location=" + file);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.position = start;
  segment.time = time;
  for (size_t i = 0; i < 200; i++) {
    GstBuffer* buffer = gstsupport::buffer_of(testdata::random_bytes(9000, i));
    GST_BUFFER_PTS(buffer) = start + i * 40 * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 40 * GST_MSECOND;
    if (i % 10 != 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    GstSample* sample = gst_sample_new(buffer, nullptr, &segment, nullptr);
    gst_app_src_push_sample(GST_APP_SRC(source), sample);
    gst_sample_unref(sample);
    gst_buffer_unref(buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ck_assert(message != nullptr && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS);
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(source);
  gst_object_unref(pipeline);
}

}  // namespace

START_TEST(a_seek_shows_the_buffer_of_that_time_and_plays_on) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  Random random(1);
  for (const std::string& source : {kVideo, kAudio}) {
    const Recorded recorded = {record(source, file, kSmallGroups).of("buffer")};
    const guint64 end = recorded.end_of(recorded.buffers.size() - 1);
    for (const std::string& line :
         {reading(file), reading(file, "typefind ! "), reading(file, "queue ! "),
          reading(file, "", "threads=2"), reading(file, "typefind ! ", "threads=2")}) {
      Player player(line);
      if (line.find("queue") == std::string::npos)
        ck_assert_uint_eq(static_cast<guint64>(player.duration()), end);
      ck_assert(player.is_seekable());
      for (int i = 0; i < testdata::rounds(12); i++) {
        const guint64 time = i == 0 ? end - 1 : i == 1 ? 0 : random.below(end);
        ck_assert_msg(player.seek(time), "%s to %llu", line.c_str(),
                      static_cast<unsigned long long>(time));
        const Shown shown = player.shown();
        ck_assert(shown.is_there);
        const size_t at = recorded.at(time);
        ck_assert_uint_eq(shown.pts, recorded.begin_of(at));
        ck_assert_uint_eq(shown.segment.start, time);
        ck_assert_uint_eq(shown.segment.time, time);
        ck_assert_uint_eq(shown.segment.base, 0);
        ck_assert_int_eq(player.position(), static_cast<gint64>(time));
        ck_assert_uint_eq(static_cast<guint64>(player.duration()), end);
      }
      const guint64 time = end / 3;
      ck_assert(player.seek(time));
      const Trace rest = player.play();
      const std::vector<std::string> buffers = rest.of("buffer");
      // What is shown in PAUSED passed before; the rest comes as it was recorded.
      const size_t at = recorded.at(time);
      ck_assert_uint_eq(buffers.size(), recorded.buffers.size() - at - 1);
      for (size_t i = 0; i < buffers.size(); i++)
        ck_assert_str_eq(buffers[i].c_str(), recorded.buffers[at + 1 + i].c_str());
    }
  }
}
END_TEST

START_TEST(a_seek_to_a_key_unit_begins_where_one_begins) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  const Recorded recorded = {record(kVideo, file, kSmallGroups).of("buffer")};
  Player player(reading(file));
  for (const size_t i : {5u, 60u, 89u}) {
    ck_assert(player.seek(recorded.begin_of(i) + 1000, with(GST_SEEK_FLAG_KEY_UNIT)));
    ck_assert_uint_eq(player.shown().pts, recorded.begin_of(i));
    ck_assert_uint_eq(player.shown().segment.start, recorded.begin_of(i));
    ck_assert_uint_eq(player.shown().segment.time, recorded.begin_of(i));
  }
  for (const size_t i : {5u, 60u}) {
    ck_assert(player.seek(recorded.begin_of(i) + 1000,
                          with(GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_AFTER)));
    ck_assert_uint_eq(player.shown().pts, recorded.begin_of(i + 1));
    ck_assert_uint_eq(player.shown().segment.start, recorded.begin_of(i + 1));
  }
}
END_TEST

START_TEST(what_depends_on_buffers_before_is_played_with_them) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  // Times in the stream are not those of the buffers.
  constexpr guint64 kStart = 1000 * GST_SECOND;
  constexpr guint64 kTime = 30 * GST_SECOND;
  record_pictures(file, kStart, kTime);
  for (const std::string& line : {reading(file), reading(file, "typefind ! ")}) {
    Player player(line);
    // What was recorded late begins at 0.
    ck_assert_int_eq(player.duration(), 8 * GST_SECOND);
    for (const guint64 time : {0, 399, 401, 3333, 7990}) {
      const guint64 target = time * GST_MSECOND;
      for (const bool is_key_unit : {false, true}) {
        ck_assert(player.seek(target, with(is_key_unit ? GST_SEEK_FLAG_KEY_UNIT : 0)));
        const guint64 pts = number_behind(player.first_decoded(), " pts ");
        ck_assert_uint_eq(pts % (400 * GST_MSECOND), 0);
        ck_assert_uint_le(pts, kStart + time * GST_MSECOND);
        ck_assert_uint_ge(pts + GST_SECOND, kStart + time * GST_MSECOND);
        const guint64 start = is_key_unit ? pts : kStart + time * GST_MSECOND;
        const Shown shown = player.shown();
        ck_assert_uint_eq(shown.segment.start, start);
        ck_assert_uint_eq(shown.segment.time, start - kStart);
        ck_assert_uint_le(shown.pts, start);
        ck_assert_uint_gt(shown.end, start);
      }
      ck_assert(player.seek(target, with(GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_AFTER)));
      const Shown after = player.shown();
      if (time < 7700) {
        ck_assert_uint_eq(after.pts, kStart + (time + 399) / 400 * 400 * GST_MSECOND);
      }
    }
    ck_assert(player.seek(3 * GST_SECOND));
    ck_assert_uint_eq(player.play().of("buffer").size(), 200 - 75 - 1);
  }
}
END_TEST

START_TEST(rates_stops_and_segments_are_those_that_were_asked_for) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  record(kVideo, file, kSmallGroups);
  for (const std::string& line : {reading(file), reading(file, "typefind ! ")}) {
    Player player(line);
    ck_assert(player.seek(GST_SECOND, kFlush, 2, 2 * GST_SECOND));
    ck_assert_double_eq(player.shown().segment.rate, 2);
    ck_assert_uint_eq(player.shown().segment.stop, 2 * GST_SECOND);
    ck_assert_uint_eq(player.play().of("buffer").size(), 29);
    ck_assert(player.seek(GST_SECOND / 2, with(GST_SEEK_FLAG_SEGMENT), 1, GST_SECOND));
    ck_assert((player.shown().segment.flags & GST_SEGMENT_FLAG_SEGMENT) != 0);
    player.play(GST_MESSAGE_SEGMENT_DONE);
    ck_assert_int_eq(player.done(), GST_SECOND);
    ck_assert(player.seek(2 * GST_SECOND, with(GST_SEEK_FLAG_SEGMENT)));
    player.play(GST_MESSAGE_SEGMENT_DONE);
    ck_assert_int_eq(player.done(), 3 * GST_SECOND);
  }
}
END_TEST

START_TEST(a_seek_without_flush_goes_on_where_the_running_time_is) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  record(kVideo, file, kSmallGroups);
  // As players do that repeat a part without a gap.
  Player player(reading(file, "typefind ! "));
  ck_assert(player.seek(GST_SECOND, with(GST_SEEK_FLAG_SEGMENT), 1, 2 * GST_SECOND));
  player.play(GST_MESSAGE_SEGMENT_DONE);
  ck_assert(player.seek(GST_SECOND / 2, GST_SEEK_FLAG_SEGMENT, 1, GST_SECOND));
  player.wait_for(GST_MESSAGE_SEGMENT_DONE);
  const Shown shown = player.shown();
  ck_assert_uint_eq(shown.segment.start, GST_SECOND / 2);
  ck_assert_uint_eq(shown.segment.base, GST_SECOND);
  ck_assert(player.seek(0, GST_SEEK_FLAG_NONE));
  player.wait_for(GST_MESSAGE_EOS);
  ck_assert_uint_eq(player.shown().segment.base, GST_SECOND + GST_SECOND / 2);
}
END_TEST

START_TEST(what_cannot_be_sought_is_refused_and_plays_on) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  const Recorded recorded = {record(kVideo, file, kSmallGroups).of("buffer")};
  for (const std::string& line : {reading(file), reading(file, "typefind ! ")}) {
    Player player(line);
    ck_assert(!player.seek(GST_SECOND, kFlush, -1));
    ck_assert(!player.seek(4 * GST_SECOND));
    ck_assert(!gst_element_seek_simple(player.pipeline(), GST_FORMAT_BYTES, kFlush, 1000));
    ck_assert_uint_eq(player.play().of("buffer").size(), recorded.buffers.size() - 1);
  }
  record(kVideo, file, kSmallGroups + " index=false");
  for (const std::string& line : {reading(file), reading(file, "typefind ! ")}) {
    Player player(line);
    ck_assert_int_eq(player.duration(), -1);
    ck_assert(!player.is_seekable());
    ck_assert(!player.seek(GST_SECOND));
    ck_assert_uint_eq(player.play().of("buffer").size(), recorded.buffers.size() - 1);
    ck_assert_int_eq(player.duration(), 3 * GST_SECOND);  // all of it was seen
  }
}
END_TEST

START_TEST(a_storm_of_seeks_ends_where_the_last_one_leads) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  record(kVideo, file, kSmallGroups);
  Random random(7);
  for (const std::string& line :
       {reading(file), reading(file, "queue ! ", "threads=2"), reading(file, "typefind ! "),
        reading(file, "typefind ! ", "threads=2 ! queue")}) {
    Player player(line);
    for (int i = 0; i < testdata::rounds(120); i++) {
      const int more = random.below(4) == 0   ? GST_SEEK_FLAG_KEY_UNIT
                       : random.below(4) == 0 ? GST_SEEK_FLAG_SEGMENT
                                              : 0;
      const gint64 stop = random.below(5) == 0 ? 3 * GST_SECOND : -1;
      // Nobody waits for what it shows.
      gst_element_seek(player.pipeline(), random.below(5) == 0 ? 2 : 1, GST_FORMAT_TIME, with(more),
                       GST_SEEK_TYPE_SET, static_cast<gint64>(random.below(3 * GST_SECOND)),
                       stop >= 0 ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE, stop);
      if (random.below(3) == 0) g_usleep(random.below(2000));
    }
    gst_element_seek(player.pipeline(), 1, GST_FORMAT_TIME, kFlush, GST_SEEK_TYPE_SET, GST_SECOND,
                     GST_SEEK_TYPE_NONE, -1);
    gst_element_get_state(player.pipeline(), nullptr, nullptr, 60 * GST_SECOND);
    ck_assert_int_eq(player.position(), GST_SECOND);
    ck_assert_uint_eq(player.play().of("buffer").size(), 60 - 1);
  }
}
END_TEST

START_TEST(joined_recordings_are_sought_as_one) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  record(kVideo, file, kSmallGroups);
  const Bytes one = files::read_file(file);
  files::write_file(file, testdata::joined({one, one, one}));
  for (const std::string& line : {reading(file), reading(file, "typefind ! ")}) {
    Player player(line);
    ck_assert_int_eq(player.duration(), 9 * GST_SECOND);
    for (const guint64 time : {7u, 2u, 4u, 0u, 8u}) {
      ck_assert(player.seek(time * GST_SECOND));
      const Shown shown = player.shown();
      ck_assert_uint_eq(shown.pts, time % 3 * GST_SECOND);
      ck_assert_uint_eq(shown.segment.time, time * GST_SECOND);
      ck_assert_int_eq(player.position(), static_cast<gint64>(time * GST_SECOND));
    }
    ck_assert(player.seek(4 * GST_SECOND));
    const Trace rest = player.play();
    ck_assert_uint_eq(rest.of("buffer").size(), 150 - 1);
    // The third one begins 2 s later.
    ck_assert_uint_eq(rest.of("segment").size(), 1);
    const std::string segment = rest.of("segment")[0];
    ck_assert_msg(segment.find("base=(guint64)2000000000") != std::string::npos &&
                      segment.find("time=(guint64)6000000000") != std::string::npos,
                  "%s", segment.c_str());
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite("elements/times", 300,
                               {{"P8", {joined_recordings_are_sought_as_one}},
                                {"times",
                                 {a_seek_shows_the_buffer_of_that_time_and_plays_on,
                                  a_seek_to_a_key_unit_begins_where_one_begins,
                                  what_depends_on_buffers_before_is_played_with_them,
                                  rates_stops_and_segments_are_those_that_were_asked_for,
                                  a_seek_without_flush_goes_on_where_the_running_time_is,
                                  what_cannot_be_sought_is_refused_and_plays_on,
                                  a_storm_of_seeks_ends_where_the_last_one_leads}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
