/* Streams that keep buffers and events, in real pipelines. */
#include <gst/app/gstappsrc.h>

#include <atomic>
#include <string>
#include <vector>

#include "codec.hpp"
#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"
#include "trace.hpp"

using files::TemporaryFolder;
using gstsupport::buffer_of;
using gstsupport::Run;
using gstsupport::run_pipeline;
using testdata::Bytes;
using testdata::Random;
using trace::launch;
using trace::play;
using trace::record;
using trace::run_traced;
using trace::Trace;

namespace {

void check_equal(const Trace& before, const Trace& after) {
  for (size_t i = 0; i < std::min(before.items.size(), after.items.size()); i++)
    ck_assert_str_eq(before.items[i].c_str(), after.items[i].c_str());
  ck_assert_uint_eq(before.items.size(), after.items.size());
}

}  // namespace

START_TEST(buffers_times_and_events_come_back_from_a_file_P1) {
  const TemporaryFolder folder;
  const std::string file = folder.file("recorded.sigma");
  const std::string ogg = folder.file("audio.ogg");
  ck_assert(
      run_pipeline("audiotestsrc num-buffers=100 ! vorbisenc ! oggmux ! filesink location=" + ogg)
          .reached_eos);
  for (const std::string& source : std::vector<std::string>{
           "videotestsrc num-buffers=70", "audiotestsrc num-buffers=500",
           "videotestsrc num-buffers=9 ! video/x-raw,width=1280,height=720,framerate=30000/1001",
           "audiotestsrc num-buffers=90 samplesperbuffer=441 ! audio/x-raw,rate=44100,channels=6 ! "
           "audioconvert ! audio/x-raw,format=F64BE",
           "filesrc location=" + ogg + " ! oggdemux ! vorbisdec",
           "audiotestsrc num-buffers=100 ! vorbisenc",
           "videotestsrc num-buffers=30 pattern=ball ! jpegenc"})
    for (const std::string settings : {"", "threads=2 chunk-size=65536", "level=0 verify=true"}) {
      const Trace recorded = record(source, file, settings);
      check_equal(recorded, play(file));
    }
}
END_TEST

START_TEST(irregular_buffers_of_an_application_come_back_P1) {
  const TemporaryFolder folder;
  const std::string file = folder.file("telemetry.sigma");
  GstElement* pipeline = launch(
      "appsrc name=a format=time caps=application/x-json ! sigmaenc name=x chunk-size=65536 ! "
      "filesink location=" +
      file);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  Random random(3);
  GstCaps* reference = gst_caps_from_string("timestamp/x-unix");
  for (int i = 0; i < 400; i++) {
    GstBuffer* buffer =
        buffer_of(testdata::log_lines(random.below(3000), static_cast<uint64_t>(i) + 1));
    if (random.below(9) != 0) GST_BUFFER_PTS(buffer) = random.below(1000000000) * 1000;
    if (random.below(3) == 0) GST_BUFFER_DTS(buffer) = random.next() >> 1;
    if (random.below(3) == 0) GST_BUFFER_DURATION(buffer) = random.below(1000000);
    if (random.below(9) == 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_MARKER);
    if (random.below(9) == 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    if (random.below(5) == 0)
      gst_buffer_add_reference_timestamp_meta(buffer, reference, random.next() >> 1,
                                              GST_CLOCK_TIME_NONE);
    ck_assert_int_eq(gst_app_src_push_buffer(GST_APP_SRC(source), buffer), GST_FLOW_OK);
    if (i == 200) {
      GstCaps* caps = gst_caps_from_string("application/x-json, version=(int)2");
      gst_app_src_set_caps(GST_APP_SRC(source), caps);
      gst_caps_unref(caps);
    }
  }
  gst_caps_unref(reference);
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  gst_object_unref(source);
  const Trace recorded = run_traced(pipeline, "sink");
  check_equal(recorded, play(file));
}
END_TEST

std::string title_of_first_chapter(GstEvent* event) {
  GstToc* toc = nullptr;
  gst_event_parse_toc(event, &toc, nullptr);
  auto* edition = static_cast<GstTocEntry*>(gst_toc_get_entries(toc)->data);
  auto* chapter = static_cast<GstTocEntry*>(gst_toc_entry_get_sub_entries(edition)->data);
  gint64 stop = 0;
  gst_toc_entry_get_start_stop_times(chapter, nullptr, &stop);
  gchar* title = nullptr;
  gst_tag_list_get_string(gst_toc_entry_get_tags(chapter), GST_TAG_TITLE, &title);
  const std::string text = std::string(gst_toc_entry_get_uid(edition)) + " " +
                           gst_toc_entry_get_uid(chapter) + " " + std::to_string(stop) + " " +
                           title;
  g_free(title);
  gst_toc_unref(toc);
  return text;
}

START_TEST(events_of_all_kinds_that_are_kept_come_back) {
  GstHarness* encoder = gst_harness_new_parse("sigmaenc framing=buffers");
  GstHarness* decoder = gst_harness_new("sigmadec");
  gst_harness_set_src_caps_str(encoder, "text/x-raw, format=(string)utf8");
  gst_harness_set_src_caps_str(decoder, "application/x-sigmalang");
  GstTagList* tags =
      gst_tag_list_new(GST_TAG_TITLE, "a \"title\"", GST_TAG_BITRATE, 12345U, nullptr);
  std::vector<std::string> expected;
  const auto push = [&](GstEvent* event) {
    expected.push_back(trace::describe(event));
    ck_assert(gst_harness_push_event(encoder, event));
  };
  push(gst_event_new_tag(tags));
  push(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                            gst_structure_new("mine", "x", G_TYPE_INT, -3, nullptr)));
  push(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, gst_structure_new_empty("sticky")));
  GstToc* toc = gst_toc_new(GST_TOC_SCOPE_GLOBAL);
  GstTocEntry* edition = gst_toc_entry_new(GST_TOC_ENTRY_TYPE_EDITION, "e1");
  GstTocEntry* chapter = gst_toc_entry_new(GST_TOC_ENTRY_TYPE_CHAPTER, "c1");
  gst_toc_entry_set_start_stop_times(chapter, 0, 5 * GST_SECOND);
  gst_toc_entry_set_tags(chapter, gst_tag_list_new(GST_TAG_TITLE, "chapter one", nullptr));
  gst_toc_entry_append_sub_entry(edition, chapter);
  gst_toc_append_entry(toc, edition);
  ck_assert(gst_harness_push_event(encoder, gst_event_new_toc(toc, FALSE)));
  gst_toc_unref(toc);
  gst_harness_push(encoder, buffer_of(testdata::from_text("one")));
  push(gst_event_new_gap(5 * GST_SECOND, GST_SECOND));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.rate = -2.5;
  segment.start = 7;
  segment.stop = 100 * GST_SECOND;
  segment.flags = GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS;
  push(gst_event_new_segment(&segment));
  gst_harness_push(encoder, buffer_of({}));
  gst_harness_push_event(encoder, gst_event_new_eos());
  while (GstBuffer* buffer = gst_harness_try_pull(encoder))
    ck_assert_int_eq(gst_harness_push(decoder, buffer), GST_FLOW_OK);
  gst_harness_push_event(decoder, gst_event_new_eos());
  std::vector<std::string> got;
  std::string title;
  while (GstEvent* event = gst_harness_try_pull_event(decoder)) {
    got.push_back(trace::describe(event));
    if (GST_EVENT_TYPE(event) == GST_EVENT_TOC) title = title_of_first_chapter(event);
    gst_event_unref(event);
  }
  ck_assert_str_eq(title.c_str(), "e1 c1 5000000000 chapter one");
  size_t at = 0;
  for (const std::string& one : got)
    if (at < expected.size() && one == expected[at]) at++;
  ck_assert_msg(at == expected.size(), "missing: %s",
                at < expected.size() ? expected[at].c_str() : "");
  GstBuffer* first = gst_harness_pull(decoder);
  ck_assert_uint_eq(gst_buffer_get_size(first), 3);
  GstBuffer* second = gst_harness_pull(decoder);
  ck_assert_uint_eq(gst_buffer_get_size(second), 0);
  gst_buffer_unref(first);
  gst_buffer_unref(second);
  gst_harness_teardown(encoder);
  gst_harness_teardown(decoder);
}
END_TEST

START_TEST(framing_follows_the_segment_and_the_property) {
  const TemporaryFolder folder;
  const std::string bytes = folder.file("bytes.sigma");
  const std::string raw = folder.file("raw");
  files::write_file(raw, testdata::log_lines(300000));
  const auto is_framed = [&] {
    const Bytes stream = files::read_file(bytes);
    sigma::Head head;
    ck_assert(sigma::parse_head(codec::packets(stream)[0].body, 0, head).ok());
    return head.is_framed();
  };
  record("filesrc location=" + raw, bytes);
  ck_assert(!is_framed());
  record("filesrc location=" + raw, bytes, "framing=buffers");
  ck_assert(is_framed());
  record("audiotestsrc num-buffers=3", bytes);
  ck_assert(is_framed());
  record("audiotestsrc num-buffers=3", bytes, "framing=bytes");
  ck_assert(!is_framed());
}
END_TEST

START_TEST(joined_recordings_play_one_after_the_other_P8) {
  const TemporaryFolder folder;
  const std::string a = folder.file("a");
  const std::string b = folder.file("b");
  const Trace first = record("audiotestsrc num-buffers=40", a);
  const Trace second = record("audiotestsrc num-buffers=30 freq=800", b);
  Bytes joined = files::read_file(a);
  const Bytes more = files::read_file(b);
  joined.insert(joined.end(), more.begin(), more.end());
  files::write_file(folder.file("ab"), joined);
  const Trace both = play(folder.file("ab"));
  const std::vector<std::string> segments = both.of("segment");
  std::vector<std::string> expected = first.of("buffer");
  for (const std::string& item : second.of("buffer"))
    expected.push_back(item);
  ck_assert(both.of("buffer") == expected);
  ck_assert_uint_eq(segments.size(), 2);
  // 40 buffers of 1024 samples at 44100 a second.
  ck_assert_msg(segments[1].find("base=(guint64)928798185") != std::string::npos, "%s",
                segments[1].c_str());
  ck_assert_msg(segments[1].find("time=(guint64)928798185") != std::string::npos, "%s",
                segments[1].c_str());
  // Other framings cannot follow.
  const Bytes plain = codec::encode(testdata::from_text("bytes"));
  joined = files::read_file(a);
  joined.insert(joined.end(), plain.begin(), plain.end());
  files::write_file(folder.file("ab"), joined);
  std::string error;
  play(folder.file("ab"), &error);
  ck_assert_msg(error.find("different framings") != std::string::npos, "%s", error.c_str());
}
END_TEST

START_TEST(a_recording_plays_in_decodebin_and_answers_in_time) {
  const TemporaryFolder folder;
  const std::string file = folder.file("video.sigma");
  record("videotestsrc num-buffers=40 ! video/x-raw,format=I420", file);
  for (const std::string middle : {"decodebin", "decodebin3", "parsebin"}) {
    const Run run = run_pipeline("filesrc location=" + file + " ! " + middle +
                                 " ! video/x-raw,format=I420 ! fakesink sync=false");
    ck_assert_msg(run.reached_eos, "%s: %s", middle.c_str(), run.error.c_str());
  }
}
END_TEST

START_TEST(a_buffer_larger_than_max_memory_is_refused_P7) {
  const TemporaryFolder folder;
  const std::string file = folder.file("large.sigma");
  record("videotestsrc num-buffers=2 ! video/x-raw,format=ARGB,width=3000,height=2000", file);
  const Run run =
      run_pipeline("filesrc location=" + file + " ! sigmadec max-memory=8000000 ! fakesink");
  ck_assert_msg(run.error.find("24000000") != std::string::npos, "%s", run.error.c_str());
}
END_TEST

/// Waits until `count` buffers came out of a pipeline's fakesink "s".
bool wait_for_buffers(GstElement* pipeline, unsigned count) {
  static std::atomic<unsigned> seen;
  seen = 0;
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "s");
  g_object_set(sink, "signal-handoffs", TRUE, nullptr);
  g_signal_connect(sink, "handoff", G_CALLBACK(+[] { seen++; }), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  for (int i = 0; i < 6000 && seen < count; i++)
    g_usleep(10000);
  gst_object_unref(sink);
  return seen >= count;
}

START_TEST(a_source_that_stops_does_not_hold_its_chunk) {
  for (const std::string encoder :
       {"sigmaenc framing=buffers max-latency=20000000",
        "sigmaenc framing=bytes max-latency=20000000",
        "sigmaenc max-latency=20000000 threads=2 max-memory=67108864"}) {
    // No end of the stream comes, nor a full chunk.
    GstElement* pipeline = launch("appsrc name=a format=time ! " + encoder +
                                  " ! sigmadec ! fakesink name=s sync=false");
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(testdata::from_text("one")));
    ck_assert_msg(wait_for_buffers(pipeline, 1), "%s", encoder.c_str());
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(source);
    gst_object_unref(pipeline);
  }
}
END_TEST

START_TEST(each_buffer_of_a_live_source_leaves_at_once) {
  GstElement* pipeline = launch(
      "appsrc name=a format=time is-live=true ! sigmaenc ! sigmadec ! fakesink name=s sync=false");
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  for (int i = 0; i < 3; i++)
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(testdata::from_text("one")));
  ck_assert(wait_for_buffers(pipeline, 3));
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(source);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(latency_is_what_upstream_has_and_what_a_chunk_may_wait) {
  GstHarness* harness = gst_harness_new_parse("sigmaenc max-latency=33000000");
  gst_harness_set_upstream_latency(harness, 5 * GST_MSECOND);
  ck_assert_uint_eq(gst_harness_query_latency(harness), 38 * GST_MSECOND);
  gst_harness_teardown(harness);
}
END_TEST

START_TEST(who_joins_late_over_tcp_sees_the_next_key) {
  GstElement* sender = launch(
      "videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=100/1 ! "
      "sigmaenc key-interval=4 ! tcpserversink name=t port=0 host=127.0.0.1");
  gst_element_set_state(sender, GST_STATE_PLAYING);
  GstElement* server = gst_bin_get_by_name(GST_BIN(sender), "t");
  gint port = 0;
  for (int i = 0; i < 1000 && port <= 0; i++) {
    g_usleep(10000);
    g_object_get(server, "current-port", &port, nullptr);
  }
  g_usleep(300000);  // many buffers went before
  for (int late = 0; late < 3; late++) {
    GstElement* receiver =
        launch("tcpclientsrc host=127.0.0.1 port=" + std::to_string(port) +
               " ! sigmadec ! video/x-raw,width=160 ! fakesink name=s sync=false");
    ck_assert(wait_for_buffers(receiver, 5));
    gst_element_set_state(receiver, GST_STATE_NULL);
    gst_object_unref(receiver);
  }
  gst_element_set_state(sender, GST_STATE_NULL);
  gst_object_unref(server);
  gst_object_unref(sender);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(make_suite(
      "buffers", 600, buffers_times_and_events_come_back_from_a_file_P1,
      irregular_buffers_of_an_application_come_back_P1, events_of_all_kinds_that_are_kept_come_back,
      framing_follows_the_segment_and_the_property, joined_recordings_play_one_after_the_other_P8,
      a_recording_plays_in_decodebin_and_answers_in_time,
      a_buffer_larger_than_max_memory_is_refused_P7, a_source_that_stops_does_not_hold_its_chunk,
      each_buffer_of_a_live_source_leaves_at_once,
      latency_is_what_upstream_has_and_what_a_chunk_may_wait,
      who_joins_late_over_tcp_sees_the_next_key));
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
