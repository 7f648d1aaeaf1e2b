/* Recordings play when they should: at once, however late they were recorded, one behind the other,
 * for as long as what they hold.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/gst.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "files.hpp"
#include "gstsupport.hpp"
#include "playing.hpp"
#include "suite.hpp"
#include "trace.hpp"
#include "watchdog.hpp"

namespace {

using files::read_file;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::Run;
using gstsupport::run_pipeline;
using playing::number_behind;
using playing::Player;
using trace::play;
using trace::Trace;
using watchdog::Deadline;

constexpr guint64 kFrame = GST_SECOND / 30;

/// Running time of each buffer that came out of a pad.
std::vector<guint64> running_times(const Trace& trace) {
  std::vector<guint64> times;
  guint64 start = 0;
  guint64 base = 0;
  for (const std::string& item : trace.items) {
    if (item.starts_with("segment")) {
      start = number_behind(item, "start=(guint64)");
      base = number_behind(item, "base=(guint64)");
      ck_assert_uint_eq(number_behind(item, "offset=(guint64)"), 0);
    }
    if (item.starts_with("buffer")) times.push_back(number_behind(item, " pts ") - start + base);
  }
  return times;
}

/// Frame after frame without a pause, from 0 on.
void check_even(const std::vector<guint64>& times, size_t count) {
  ck_assert_uint_eq(times.size(), count);
  for (size_t i = 0; i < count; i++) {
    const guint64 due = gst_util_uint64_scale(i, GST_SECOND, 30);
    ck_assert_msg(times[i] + 100 > due && times[i] < due + 100, "frame %zu at %" G_GUINT64_FORMAT,
                  i, times[i]);
  }
}

/// One second of pictures that were recorded a minute after the pipeline had begun.
std::string late_clip(int width = 64) {
  return "videotestsrc num-buffers=30 timestamp-offset=60000000000 ! "
         "video/x-raw,format=I420,framerate=30/1,height=48,width=" +
         std::to_string(width);
}

std::string reading(const std::string& file, const std::string& between = "") {
  return "filesrc location=" + file + " ! " + between + "sigmadec name=d ! fakesink name=s";
}

}  // namespace

START_TEST(a_late_clip_plays_at_once_and_keeps_its_times) {
  const TemporaryFolder folder;
  const std::string file = folder.file("late.sigma");
  trace::record(late_clip(), file);
  const Trace played = play(file);
  check_even(running_times(played), 30);
  ck_assert_uint_eq(number_behind(played.of("buffer").at(0), " pts "), 60 * GST_SECOND);
  for (const char* between : {"", "queue ! ", "typefind ! "}) {
    Player player(reading(file, between));
    ck_assert_int_eq(player.shown().pts, 60 * GST_SECOND);
    ck_assert_int_eq(player.position(), 0);
    const std::string line = between;
    if (line != "queue ! ") {
      ck_assert_int_eq(player.duration(), GST_SECOND);
    }
    ck_assert(player.seek(GST_SECOND / 2));
    ck_assert_uint_eq(player.shown().pts, 60 * GST_SECOND + GST_SECOND / 2);
    ck_assert_uint_eq(player.shown().segment.time, GST_SECOND / 2);
    ck_assert_int_eq(player.duration(), GST_SECOND);
  }
}
END_TEST

START_TEST(a_late_clip_has_the_duration_that_matroska_gives_it) {
  const TemporaryFolder folder;
  const std::string file = folder.file("late.sigma");
  const std::string mkv = folder.file("late.mkv");
  ck_assert(run_pipeline(late_clip() + " ! sigmaenc ! filesink location=" + file).reached_eos);
  ck_assert(run_pipeline(late_clip() + " ! matroskamux ! filesink location=" + mkv).reached_eos);
  Player player(reading(file));
  Player other("filesrc location=" + mkv + " ! matroskademux ! fakesink name=s");
  ck_assert_int_le(std::abs(player.duration() - other.duration()),
                   static_cast<gint64>(GST_MSECOND));
}
END_TEST

START_TEST(with_a_clock_a_late_clip_ends_after_what_it_holds) {
  const TemporaryFolder folder;
  const std::string file = folder.file("late.sigma");
  trace::record(late_clip(), file);
  const Deadline deadline("a clip of a second that was recorded a minute late", 40);
  const Run run = run_pipeline("filesrc location=" + file + " ! sigmadec ! fakesink sync=true");
  ck_assert_msg(run.reached_eos, "%s", run.error.c_str());
}
END_TEST

START_TEST(parts_of_a_rotation_play_at_once_alone_and_joined) {
  const TemporaryFolder folder;
  const Run run = run_pipeline(
      "videotestsrc num-buffers=150 ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! "
      "splitmuxsink muxer=sigmaenc max-size-time=2000000000 location=" +
      folder.path() + "/p%d.sigma");
  ck_assert_msg(run.reached_eos, "%s", run.error.c_str());
  testdata::Bytes joined;
  size_t frames = 0;
  for (int i = 0; i < 3; i++) {
    const std::string file = folder.file(("p" + std::to_string(i) + ".sigma").c_str());
    const std::vector<guint64> times = running_times(play(file));
    check_even(times, times.size());
    frames += times.size();
    Player player(reading(file));
    ck_assert_int_le(std::abs(player.duration() - static_cast<gint64>(times.back() + kFrame)),
                     static_cast<gint64>(GST_USECOND));
    joined = testdata::joined({joined, read_file(file)});
  }
  ck_assert_uint_eq(frames, 150);
  const std::string all = folder.file("all.sigma");
  write_file(all, joined);
  check_even(running_times(play(all)), 150);
  Player player(reading(all));
  ck_assert_int_le(std::abs(player.duration() - 5 * static_cast<gint64>(GST_SECOND)),
                   static_cast<gint64>(GST_USECOND));
  ck_assert(player.seek(4 * GST_SECOND + 1000));
  ck_assert_uint_eq(player.shown().pts, 4 * GST_SECOND);
}
END_TEST

START_TEST(inputs_that_concat_joined_follow_without_a_pause) {
  const TemporaryFolder folder;
  const std::string file = folder.file("joined.sigma");
  std::string line = "concat name=c ! sigmaenc ! filesink location=" + file;
  for (const int width : {64, 80, 96, 112, 128})
    line +=
        " videotestsrc num-buffers=30 ! video/x-raw,format=I420,height=48,framerate=30/1,width=" +
        std::to_string(width) + " ! c.";
  ck_assert(run_pipeline(line).reached_eos);
  check_even(running_times(play(file)), 150);
  Player player(reading(file));
  ck_assert_int_eq(player.duration(), 5 * GST_SECOND);
}
END_TEST

START_TEST(late_clips_of_different_sizes_joined_follow_without_a_pause_P8) {
  const TemporaryFolder folder;
  const std::string file = folder.file("joined.sigma");
  testdata::Bytes joined;
  for (const int width : {64, 96, 128}) {
    trace::record(late_clip(width), folder.file("part.sigma"));
    joined = testdata::joined({joined, read_file(folder.file("part.sigma"))});
  }
  write_file(file, joined);
  check_even(running_times(play(file)), 90);
}
END_TEST

START_TEST(a_pause_inside_a_recording_is_kept) {
  const TemporaryFolder folder;
  const std::string file = folder.file("gap.sigma");
  const std::string source =
      "videotestsrc num-buffers=60 timestamp-offset=60000000000 ! "
      "video/x-raw,format=I420,framerate=30/1,height=48,width=64 ! identity drop-probability=0.5";
  const Trace recorded = trace::record(source, file);
  const std::vector<std::string> before = recorded.of("buffer");
  const std::vector<guint64> times = running_times(play(file));
  ck_assert_uint_eq(times.size(), before.size());
  const guint64 first = number_behind(before.at(0), " pts ");
  for (size_t i = 0; i < times.size(); i++)
    ck_assert_uint_eq(times[i], number_behind(before[i], " pts ") - first);
}
END_TEST

START_TEST(sigmaenc_and_sigmadec_in_one_pipeline_move_nothing) {
  GstElement* pipeline = trace::launch(late_clip() + " ! sigmaenc ! sigmadec name=x ! fakesink");
  const std::vector<guint64> times = running_times(trace::run_traced(pipeline, "src"));
  ck_assert_uint_eq(times.size(), 30);
  ck_assert_uint_eq(times.at(0), 60 * GST_SECOND);
}
END_TEST

START_TEST(P6_a_cut_recording_plays_what_is_complete_and_ends_with_a_warning) {
  const TemporaryFolder folder;
  const std::string file = folder.file("cut.sigma");
  trace::record(
      "videotestsrc num-buffers=90 pattern=snow ! "
      "video/x-raw,format=I420,framerate=30/1,width=160,height=120",
      file, playing::kSmallGroups);
  const testdata::Bytes whole = read_file(file);
  write_file(file, testdata::part_of(whole, 0, whole.size() / 2));
  GstElement* pipeline = trace::launch(reading(file));
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  unsigned warnings = 0;
  for (bool ended = false; !ended;) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
    ck_assert_ptr_nonnull(message);
    ck_assert_int_ne(GST_MESSAGE_TYPE(message), GST_MESSAGE_ERROR);
    warnings += GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING ? 1 : 0;
    ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    gst_message_unref(message);
  }
  ck_assert_uint_ge(warnings, 1);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(make_suite(
      "late", 120, a_late_clip_plays_at_once_and_keeps_its_times,
      a_late_clip_has_the_duration_that_matroska_gives_it,
      with_a_clock_a_late_clip_ends_after_what_it_holds,
      parts_of_a_rotation_play_at_once_alone_and_joined,
      inputs_that_concat_joined_follow_without_a_pause,
      late_clips_of_different_sizes_joined_follow_without_a_pause_P8,
      a_pause_inside_a_recording_is_kept, sigmaenc_and_sigmadec_in_one_pipeline_move_nothing,
      P6_a_cut_recording_plays_what_is_complete_and_ends_with_a_warning));
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
