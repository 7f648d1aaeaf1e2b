/* Streams that keep buffers and events, in real pipelines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codec.hpp"
#include "files.hpp"
#include "gst/sigma/encoder.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gstsupport.hpp"
#include "playing.hpp"
#include "recording.hpp"
#include "suite.hpp"
#include "trace.hpp"

using files::TemporaryFolder;
using gstsupport::buffer_of;
using gstsupport::Run;
using gstsupport::run_pipeline;
using playing::number_behind;
using testdata::Bytes;
using testdata::Random;
using trace::launch;
using trace::play;
using trace::record;
using trace::run_traced;
using trace::Trace;

namespace {

constexpr char kSubtitles[] =
    "1\n00:00:01,000 --> 00:00:03,500\nOne line.\n\n"
    "2\n00:00:10,250 --> 00:00:12,000\nTwo <i>lines</i>,\nlater.\n\n"
    "3\n00:59:59,999 --> 01:00:02,000\nMuch later.\n";

void check_equal(const Trace& before, const Trace& after) {
  for (size_t i = 0; i < std::min(before.items.size(), after.items.size()); i++)
    ck_assert_str_eq(before.items[i].c_str(), after.items[i].c_str());
  ck_assert_uint_eq(before.items.size(), after.items.size());
}

/// Whether the segment at `i` is the stream's first, and begins at once, at its first buffer.
bool begins_at_once(const Trace& trace, size_t i) {
  const std::string& segment = trace.items[i];
  const auto is = [](const char* kind) {
    return [kind](const std::string& item) { return item.starts_with(kind); };
  };
  const auto here = trace.items.begin() + static_cast<std::ptrdiff_t>(i);
  const auto first = std::find_if(here, trace.items.end(), is("buffer"));
  return std::none_of(trace.items.begin(), here, is("buffer")) && first != trace.items.end() &&
         number_behind(segment, "start=(guint64)") == number_behind(*first, " pts ") &&
         number_behind(segment, "base=(guint64)") == 0 &&
         number_behind(segment, "offset=(guint64)") == 0 &&
         number_behind(segment, " time=(guint64)") == 0;
}

Trace without_segments(const Trace& trace) {
  Trace rest;
  for (const std::string& item : trace.items)
    if (!item.starts_with("segment")) rest.items.push_back(item);
  return rest;
}

/// What was recorded is played: the same, but that it begins at once.
void check_played(const Trace& before, const Trace& after) {
  for (size_t i = 0; i < std::min(before.items.size(), after.items.size()); i++)
    if (!before.items[i].starts_with("segment") || !begins_at_once(after, i))
      ck_assert_str_eq(before.items[i].c_str(), after.items[i].c_str());
  ck_assert_uint_eq(before.items.size(), after.items.size());
}

}  // namespace

START_TEST(buffers_times_and_events_come_back_from_a_file) {
  const TemporaryFolder folder;
  const std::string file = folder.file("recorded.sigma");
  const std::string ogg = folder.file("audio.ogg");
  ck_assert(
      run_pipeline("audiotestsrc num-buffers=100 ! vorbisenc ! oggmux ! filesink location=" + ogg)
          .reached_eos);
  const std::string subtitles = folder.file("text.srt");
  files::write_file(subtitles, testdata::from_text(kSubtitles));
  for (const std::string& source : std::vector<std::string>{
           "videotestsrc num-buffers=70", "audiotestsrc num-buffers=500",
           "videotestsrc num-buffers=9 ! video/x-raw,width=1280,height=720,framerate=30000/1001",
           "audiotestsrc num-buffers=90 samplesperbuffer=441 ! audio/x-raw,rate=44100,channels=6 ! "
           "audioconvert ! audio/x-raw,format=F64BE",
           "filesrc location=" + ogg + " ! oggdemux ! vorbisdec",
           "audiotestsrc num-buffers=100 ! vorbisenc",
           "videotestsrc num-buffers=30 pattern=ball ! jpegenc",
           // A camera, depth, and subtitles.
           "videotestsrc is-live=true num-buffers=20 ! video/x-raw,format=YUY2,framerate=100/1",
           "videotestsrc num-buffers=20 pattern=zone-plate ! video/x-raw,format=GRAY16_LE",
           "filesrc location=" + subtitles + " ! subparse"})
    for (const std::string settings : {"", "threads=2 chunk-size=65536", "level=0 verify=true"}) {
      const Trace recorded = record(source, file, settings);
      check_played(recorded, play(file));
    }
}
END_TEST

START_TEST(irregular_buffers_of_an_application_come_back) {
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
  const Trace played = play(file);
  check_equal(without_segments(recorded), without_segments(played));
  // Buffers that come in no order of time move the segment, so that sinks show each of them.
  guint64 start = 0;
  for (const std::string& item : played.items) {
    if (item.starts_with("segment")) start = number_behind(item, "start=(guint64)");
    if (item.starts_with("buffer") && number_behind(item, " pts ") != GST_CLOCK_TIME_NONE)
      ck_assert_uint_ge(number_behind(item, " pts "), start);
  }
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

namespace {

/// A tag list with an image of so many bytes.
GstEvent* image_event(size_t size) {
  GstCaps* caps = gst_caps_from_string("image/jpeg");
  GstBuffer* image = buffer_of(testdata::random_bytes(size));
  GstSample* sample = gst_sample_new(image, caps, nullptr, nullptr);
  GstTagList* tags = gst_tag_list_new(GST_TAG_IMAGE, sample, nullptr);
  gst_sample_unref(sample);
  gst_buffer_unref(image);
  gst_caps_unref(caps);
  return gst_event_new_tag(tags);
}

/// The bytes of the image in such an event; empty if there is none.
Bytes image_of(GstEvent* event) {
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  GstSample* sample = nullptr;
  if (!gst_tag_list_get_sample(tags, GST_TAG_IMAGE, &sample)) return {};
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  Bytes bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  gst_sample_unref(sample);
  return bytes;
}

}  // namespace

START_TEST(large_events_come_back_in_one_piece) {
  for (const char* settings : {"", "chunk-size=65536 key-interval=1", "threads=2 level=0"}) {
    GstHarness* encoder =
        gst_harness_new_parse((std::string("sigmaenc framing=buffers ") + settings).c_str());
    GstHarness* decoder = gst_harness_new("sigmadec");
    gst_harness_set_src_caps_str(encoder, "audio/x-test");
    gst_harness_set_src_caps_str(decoder, "application/x-sigmalang");
    // In front, between buffers, in the middle of a chunk, and behind the last byte.
    const size_t sizes[] = {12300, 12200, 300000, 780000, 50000};
    for (const size_t size : sizes) {
      ck_assert(gst_harness_push_event(encoder, image_event(size)));
      gst_harness_push(encoder, buffer_of(testdata::log_lines(40000)));
    }
    ck_assert(gst_harness_push_event(encoder, image_event(100000)));
    gst_harness_push_event(encoder, gst_event_new_eos());
    while (GstBuffer* buffer = gst_harness_try_pull(encoder))
      ck_assert_int_eq(gst_harness_push(decoder, buffer), GST_FLOW_OK);
    gst_harness_push_event(decoder, gst_event_new_eos());
    std::vector<size_t> got;
    while (GstEvent* event = gst_harness_try_pull_event(decoder)) {
      if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
        const Bytes image = image_of(event);
        ck_assert(image == testdata::random_bytes(image.size()));
        got.push_back(image.size());
      }
      gst_event_unref(event);
    }
    ck_assert(got == std::vector<size_t>({12300, 12200, 300000, 780000, 50000, 100000}));
    ck_assert_uint_eq(gst_harness_buffers_in_queue(decoder), 5);
    gst_harness_teardown(encoder);
    gst_harness_teardown(decoder);
  }
}
END_TEST

START_TEST(parts_of_events_that_do_not_fit_together_are_refused) {
  const Bytes start = {3, 10, 0, 1, 2, 3};  // a segment's first 3 bytes of 10
  for (const std::vector<Bytes>& parts :
       std::vector<std::vector<Bytes>>{{{}},
                                       {{3}},
                                       {{3, 10, 0}},          // no byte
                                       {{3, 2, 0, 1, 2, 3}},  // more than there are
                                       {{9, 1, 0, 1}},        // a part of a part
                                       {{0, 1, 0, 1}},
                                       {{3, 0x81, 0x80, 0x80, 2, 0, 1}},  // too large
                                       {start, {3, 10, 4, 1}},            // one is missing
                                       {start, {4, 10, 3, 1}},            // another kind
                                       {start, {3, 11, 3, 1}},            // another size
                                       {start, start},
                                       {start},                  // a buffer in between
                                       {{3, 3, 0, 1, 2, 3}}}) {  // whole, and malformed
    recording::Recording all;
    for (const Bytes& part : parts)
      all.push_back(recording::event(sigma::FramedEvent::PART,
                                     {reinterpret_cast<const char*>(part.data()), part.size()}));
    all.push_back(recording::buffer(testdata::from_text("bytes"), 0, 1));
    gstsupport::Harness decoder("sigmadec");
    decoder.push(recording::encode(all));
    decoder.push_eos();
    ck_assert_uint_eq(decoder.errors(), 1);
    ck_assert(decoder.error_matches(GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE));
  }
}
END_TEST

START_TEST(memories_of_buffers_come_back) {
  const TemporaryFolder folder;
  const std::string file = folder.file("tensors.sigma");
  for (const char* settings : {"", "chunk-size=65536 key-interval=2 threads=2"}) {
    GstElement* pipeline = launch(
        std::string("appsrc name=a format=time caps=other/tensors,num_tensors=4,framerate=30/1 ! "
                    "sigmaenc name=x ") +
        settings + " ! filesink location=" + file);
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
    Random random(7);
    for (unsigned i = 0; i < 600; i++) {
      GstBuffer* buffer = gst_buffer_new();
      // Regular ones, those of any size and number, and some larger than a chunk.
      const size_t count = i < 200 ? 4 : random.below(gst_buffer_get_max_memory() + 1);
      for (size_t m = 0; m < count; m++) {
        const size_t size = i < 200 ? 100 * (m + 1) : random.below(i % 50 == 0 ? 60000 : 1000);
        GstBuffer* part = buffer_of(testdata::random_bytes(size, i + m));
        if (size != 0) gst_buffer_append_memory(buffer, gst_buffer_get_memory(part, 0));
        gst_buffer_unref(part);
      }
      GST_BUFFER_PTS(buffer) = i * 33333333;
      gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(source));
    gst_object_unref(source);
    const Trace recorded = run_traced(pipeline, "sink");
    ck_assert(recorded.of("buffer")[0].ends_with("memories 100 200 300 400"));
    check_played(recorded, play(file));
  }
}
END_TEST

START_TEST(memories_that_do_not_fit_a_buffer_are_refused) {
  const Bytes bytes = testdata::from_text("ten bytes!");
  for (const Bytes& sizes :
       std::vector<Bytes>{{}, {11}, {5, 6}, {0x80}, {1, 0x80, 0}, Bytes(16, 0)}) {
    sigma::StreamingEncoder encoder;
    ck_assert(encoder.configure({}).ok() && encoder.set_framing(true).ok());
    ck_assert(encoder.add_meta(2, sizes).ok());
    sigma::FramedBuffer buffer;
    buffer.size = bytes.size();
    ck_assert(encoder.begin_buffer(buffer).ok() && encoder.push(bytes).ok() &&
              encoder.finish().ok());
    gstsupport::Harness decoder("sigmadec");
    for (sigma::Packet packet; encoder.take(packet);)
      decoder.push(Bytes(packet.bytes.bytes().begin(), packet.bytes.bytes().end()));
    decoder.push_eos();
    ck_assert_uint_eq(decoder.errors(), 1);
    ck_assert(decoder.error_matches(GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE));
  }
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

START_TEST(joined_recordings_play_one_after_the_other) {
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

START_TEST(a_buffer_larger_than_max_memory_is_refused) {
  const TemporaryFolder folder;
  const std::string file = folder.file("large.sigma");
  record("videotestsrc num-buffers=2 ! video/x-raw,format=ARGB,width=3000,height=2000", file);
  const Run run =
      run_pipeline("filesrc location=" + file + " ! sigmadec max-memory=8000000 ! fakesink");
  ck_assert_msg(run.error.find("24000000") != std::string::npos, "%s", run.error.c_str());
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result =
      run_suite("elements/buffers", 600,
                {{"P1",
                  {buffers_times_and_events_come_back_from_a_file,
                   irregular_buffers_of_an_application_come_back, memories_of_buffers_come_back}},
                 {"P7",
                  {parts_of_events_that_do_not_fit_together_are_refused,
                   memories_that_do_not_fit_a_buffer_are_refused,
                   a_buffer_larger_than_max_memory_is_refused}},
                 {"P8", {joined_recordings_play_one_after_the_other}},
                 {"buffers",
                  {large_events_come_back_in_one_piece, events_of_all_kinds_that_are_kept_come_back,
                   framing_follows_the_segment_and_the_property,
                   a_recording_plays_in_decodebin_and_answers_in_time}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
