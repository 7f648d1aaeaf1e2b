/* When recordings play: what was recorded late plays at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/app/gstappsrc.h>

#include <string>
#include <vector>

#include "files.hpp"
#include "gstsupport.hpp"
#include "playing.hpp"
#include "shown.hpp"
#include "suite.hpp"

using files::TemporaryFolder;
using gstsupport::buffer_of;
using playing::Player;
using shown::check_gapless;
using shown::check_player;
using shown::Ended;
using shown::kNone;
using shown::kPictures;
using shown::make;
using shown::run;
using shown::Shown;
using shown::shown_of;
using shown::Watch;
using testdata::Bytes;
using trace::launch;

namespace {

/// Buffers as an application makes them, in segments of its own.
struct Given {
  guint64 pts = kNone;
  guint64 dts = kNone;
  bool is_delta = false;
  guint64 duration = 40 * GST_MSECOND;
};

/// Records them in a segment; gives what the file shows.
std::vector<Shown> record_given(const std::string& file, const std::vector<Given>& given,
                                const GstSegment& segment, const std::string& settings = "") {
  GstElement* pipeline = launch("appsrc name=a format=time ! sigmaenc name=e framing=buffers " +
                                settings + " ! filesink location=" + file);
  // appsrc would set bases by itself.
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "e");
  GstPad* pad = gst_element_get_static_pad(encoder, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      +[](GstPad*, GstPadProbeInfo* info, gpointer data) {
        if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_SEGMENT) {
          gst_event_unref(GST_PAD_PROBE_INFO_EVENT(info));
          info->data = gst_event_new_segment(static_cast<const GstSegment*>(data));
        }
        return GST_PAD_PROBE_OK;
      },
      const_cast<GstSegment*>(&segment), nullptr);
  gst_object_unref(pad);
  gst_object_unref(encoder);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  for (size_t i = 0; i < given.size(); i++) {
    GstBuffer* buffer = buffer_of(testdata::random_bytes(3000, i));
    GST_BUFFER_PTS(buffer) = given[i].pts;
    GST_BUFFER_DTS(buffer) = given[i].dts;
    GST_BUFFER_DURATION(buffer) = given[i].duration;
    if (given[i].is_delta) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  gst_object_unref(source);
  const Ended how = run(pipeline);
  ck_assert_str_eq(how.error.c_str(), "");
  gst_object_unref(pipeline);
  return shown_of(file);
}

GstSegment segment_from(guint64 start, guint64 time = 0, guint64 base = 0) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.position = start;
  segment.time = time;
  segment.base = base;
  return segment;
}

}  // namespace

START_TEST(a_clip_recorded_late_plays_at_once_as_one_of_matroska_does) {
  const TemporaryFolder folder;
  const std::string sigma = folder.file("late.sigma");
  const std::string matroska = folder.file("late.mkv");
  make("videotestsrc num-buffers=50 timestamp-offset=6000000000 ! " + kPictures +
       " ! jpegenc ! tee name=t t. ! queue ! sigmaenc ! filesink async=false location=" + sigma +
       " t. ! queue ! matroskamux ! filesink async=false location=" + matroska);
  const std::vector<Shown> shown = shown_of(sigma);
  ck_assert_uint_eq(shown.size(), 50);
  ck_assert_uint_eq(shown[0].pts, 6 * GST_SECOND);
  check_gapless(shown, 2 * GST_SECOND);
  check_player(sigma, shown);
  Player ours("filesrc location=" + sigma + " ! sigmadec ! fakesink name=s sync=false");
  Player theirs("filesrc location=" + matroska + " ! matroskademux ! fakesink name=s sync=false");
  ck_assert_int_eq(ours.duration(), theirs.duration());
  for (const guint64 time : {kNone, guint64{GST_SECOND}, guint64{0}}) {
    if (time != kNone) ck_assert(ours.seek(time) && theirs.seek(time));
    ck_assert_int_eq(ours.position(), theirs.position());
    const playing::Shown here = ours.shown();
    const playing::Shown there = theirs.shown();
    ck_assert_uint_eq(here.pts, there.pts);
    for (const GstSegment& segment : {here.segment, there.segment}) {
      ck_assert_uint_eq(segment.base, 0);
      ck_assert_uint_eq(segment.start, here.pts);
      ck_assert_uint_eq(segment.time, time == kNone ? 0 : time);
    }
  }
}
END_TEST

START_TEST(a_clip_of_a_branch_added_late_plays_in_its_own_time) {
  const TemporaryFolder folder;
  const std::string file = folder.file("branch.sigma");
  GstElement* pipeline =
      launch("videotestsrc num-buffers=200 ! " + kPictures + " ! tee name=t t. ! fakesink name=k");
  GstElement* tee = gst_bin_get_by_name(GST_BIN(pipeline), "t");
  // Behind buffers of 7 s, from the streaming thread, so that it is known when.
  struct Late {
    GstElement* pipeline;
    GstElement* tee;
    std::string file;
    int count = 0;
  } late{pipeline, tee, file};
  GstPad* pad = gst_element_get_static_pad(tee, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      +[](GstPad*, GstPadProbeInfo*, gpointer data) {
        auto* added = static_cast<Late*>(data);
        if (added->count++ != 175) return GST_PAD_PROBE_OK;
        GstElement* branch = gst_parse_bin_from_description(
            ("queue ! sigmaenc ! filesink async=false location=" + added->file).c_str(), TRUE,
            nullptr);
        gst_bin_add(GST_BIN(added->pipeline), branch);
        gst_element_link(added->tee, branch);
        gst_element_sync_state_with_parent(branch);
        return GST_PAD_PROBE_OK;
      },
      &late, nullptr);
  gst_object_unref(pad);
  gst_object_unref(tee);
  const Ended how = run(pipeline);
  ck_assert_str_eq(how.error.c_str(), "");
  gst_object_unref(pipeline);
  const std::vector<Shown> shown = shown_of(file);
  ck_assert_uint_eq(shown.size(), 25);
  ck_assert_uint_eq(shown[0].pts, 7 * GST_SECOND);
  check_gapless(shown, GST_SECOND);
  check_player(file, shown);
  // With a clock: were it shown late, it would take 8 s.
  GstElement* player = launch("filesrc location=" + file + " ! sigmadec ! fakesink sync=true");
  const gint64 before = g_get_monotonic_time();
  const Ended played = run(player);
  ck_assert_str_eq(played.error.c_str(), "");
  gst_object_unref(player);
  const gint64 took = g_get_monotonic_time() - before;
  ck_assert_int_ge(took, 900000);
  ck_assert_int_lt(took, 6000000);
}
END_TEST

START_TEST(bytes_that_come_with_times_begin_a_stream_when_they_come) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  make("videotestsrc num-buffers=25 timestamp-offset=6000000000 ! " + kPictures +
       " ! sigmaenc ! filesink location=" + file);
  // As udpsrc gives them: in a time segment, with the running time at which they came.
  gstsupport::Harness decoder("sigmadec");
  GstBuffer* buffer = buffer_of(files::read_file(file));
  GST_BUFFER_PTS(buffer) = 3 * GST_SECOND;
  ck_assert_int_eq(gst_harness_push(decoder.get(), buffer), GST_FLOW_OK);
  decoder.push_eos();
  bool has_segment = false;
  while (GstEvent* event = gst_harness_try_pull_event(decoder.get())) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      ck_assert_uint_eq(segment->start, 6 * GST_SECOND);
      ck_assert_uint_eq(segment->base, 3 * GST_SECOND);
      has_segment = true;
    }
    gst_event_unref(event);
  }
  ck_assert(has_segment);
}
END_TEST

START_TEST(segments_begin_with_the_earliest_buffer_that_is_shown) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  constexpr guint64 kMs = GST_MSECOND;
  for (const std::string settings : {"", "max-latency=1000000000", "threads=2 chunk-size=65536"}) {
    // Pictures that are shown in another order than they come; decoding times lie before.
    std::vector<Given> given;
    for (guint64 i = 0; i < 100; i++) {
      const guint64 order[] = {0, 3, 1, 2};
      given.push_back({8080 * kMs + (i / 4 * 4 + order[i % 4]) * 40 * kMs,
                       8000 * kMs + i * 40 * kMs, i % 20 != 0});
    }
    std::vector<Shown> shown = record_given(file, given, segment_from(0), settings);
    ck_assert_uint_eq(shown.size(), 100);
    for (const Shown& one : shown) {
      ck_assert_uint_eq(one.segment.start, 8080 * kMs);
      ck_assert_uint_eq(one.running, one.pts - 8080 * kMs);
      ck_assert_uint_eq(one.time, one.running);
    }
    Player player("filesrc location=" + file + " ! sigmadec name=d ! fakesink name=s sync=false");
    ck_assert_int_eq(player.duration(), 4 * GST_SECOND);
    ck_assert(player.seek(2 * GST_SECOND));
    ck_assert_uint_eq(player.shown().segment.start, 10080 * kMs);
    ck_assert_int_eq(player.position(), 2 * GST_SECOND);
  }
  // The earliest is not the first.
  std::vector<Shown> shown = record_given(
      file, {{5080 * kMs}, {5000 * kMs, kNone, true}, {5040 * kMs, kNone, true}, {5120 * kMs}},
      segment_from(0));
  for (const Shown& one : shown)
    ck_assert_uint_eq(one.running, one.pts - 5000 * kMs);
  // Before the recorded segment buffers are decoded and not shown, as they were.
  shown = record_given(file, {{900 * kMs}, {980 * kMs, kNone, true}, {1020 * kMs, kNone, true}},
                       segment_from(1000 * kMs, 77 * GST_SECOND, 55 * GST_SECOND));
  for (const Shown& one : shown) {
    ck_assert_uint_eq(one.segment.start, 1000 * kMs);
    ck_assert_uint_eq(one.segment.base, 0);
    ck_assert_uint_eq(one.segment.time, 0);
  }
  // A segment that was moved by an offset.
  GstSegment moved = segment_from(1000 * kMs);
  moved.offset = 500 * kMs;
  shown = record_given(file, {{1600 * kMs}, {1640 * kMs}}, moved);
  ck_assert_uint_eq(shown[0].running, 0);
  ck_assert_uint_eq(shown[1].running, 40 * kMs);
}
END_TEST

START_TEST(pauses_inside_a_stream_are_kept) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  const std::vector<Shown> shown =
      record_given(file, {{3 * GST_SECOND}, {9 * GST_SECOND}, {10 * GST_SECOND}}, segment_from(0));
  ck_assert_uint_eq(shown[0].running, 0);
  ck_assert_uint_eq(shown[1].running, 6 * GST_SECOND);
  ck_assert_uint_eq(shown[2].running, 7 * GST_SECOND);
}
END_TEST

START_TEST(buffers_without_times_come_through_and_wait_for_nothing) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  // None has a time.
  std::vector<Given> given(10);
  for (const Shown& one : record_given(file, given, segment_from(GST_SECOND)))
    ck_assert_uint_eq(one.segment.base, 0);
  // Headers have none; each in a chunk of its own, or all in one.
  given.resize(3);
  for (guint64 i = 0; i < 20; i++)
    given.push_back({8 * GST_SECOND + i * 40 * GST_MSECOND});
  for (const std::string settings : {"", "level=0 chunk-size=65536"}) {
    const std::vector<Shown> shown = record_given(file, given, segment_from(0), settings);
    ck_assert_uint_eq(shown.size(), 23);
    for (size_t i = 3; i < shown.size(); i++)
      ck_assert_uint_eq(shown[i].running, (i - 3) * 40 * GST_MSECOND);
  }
}
END_TEST

START_TEST(sinks_drop_nothing_of_what_comes_in_any_order) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  const std::string raw = folder.file("raw");
  testdata::Random random(5);
  std::vector<Given> given;
  for (int i = 0; i < 300; i++)
    given.push_back({random.below(10 * GST_SECOND), kNone, false, 0});
  for (const std::string settings : {"", "chunk-size=65536", "chunk-size=65536 level=0"}) {
    const std::vector<Shown> shown = record_given(file, given, segment_from(0), settings);
    ck_assert_uint_eq(shown.size(), 300);
    for (const Shown& one : shown)
      ck_assert_uint_ge(one.pts, one.segment.start);
    make("filesrc location=" + file + " ! sigmadec ! filesink location=" + raw);
    Bytes all;
    for (size_t i = 0; i < given.size(); i++) {
      const Bytes bytes = testdata::random_bytes(3000, i);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    ck_assert(files::read_file(raw) == all);
  }
}
END_TEST

START_TEST(behind_its_encoder_in_one_pipeline_nothing_is_moved) {
  GstElement* pipeline = launch("videotestsrc num-buffers=25 timestamp-offset=60000000000 ! " +
                                kPictures + " ! sigmaenc ! sigmadec name=d ! fakesink");
  {
    Watch watch(pipeline, "d", "src");
    const Ended how = run(pipeline);
    ck_assert_str_eq(how.error.c_str(), "");
    const std::vector<Shown> shown = watch.all();
    ck_assert_uint_eq(shown.size(), 25);
    ck_assert_uint_eq(shown[0].running, 60 * GST_SECOND);
  }
  gst_object_unref(pipeline);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "pipelines/starts", 300,
      {{"starts",
        {a_clip_recorded_late_plays_at_once_as_one_of_matroska_does,
         a_clip_of_a_branch_added_late_plays_in_its_own_time,
         bytes_that_come_with_times_begin_a_stream_when_they_come,
         segments_begin_with_the_earliest_buffer_that_is_shown, pauses_inside_a_stream_are_kept,
         buffers_without_times_come_through_and_wait_for_nothing,
         sinks_drop_nothing_of_what_comes_in_any_order,
         behind_its_encoder_in_one_pipeline_nothing_is_moved}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
