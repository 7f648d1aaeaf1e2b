/* Muxers in front of sigmaenc: what they write plays as if it had gone through a pipe.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/gst.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"
#include "trace.hpp"

using files::read_file;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::Run;
using gstsupport::run_pipeline;
using testdata::Bytes;
using trace::launch;

namespace {

constexpr char kVideo[] =
    "videotestsrc num-buffers=45 ! video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! ";
constexpr char kAudio[] =
    "audiotestsrc num-buffers=45 samplesperbuffer=980 ! "
    "audio/x-raw,format=S16LE,rate=44100,channels=1 ! ";

/// What each muxer is given. Those of Debian that are not here take what no encoder gives, write
/// several files, or none (rtpmux).
struct Row {
  const char* source;
  const char* encoder;  ///< elements, joined by " ! "
  const char* muxer;
  bool plays = true;  ///< what it writes
};
const Row kRows[] = {
    // plugins-base, -good
    {kVideo, "theoraenc", "oggmux"},
    {kAudio, "audioconvert ! vorbisenc", "oggmux"},
    {kAudio, "audioresample ! opusenc", "oggmux"},
    {kVideo, "jpegenc", "avimux"},
    {kVideo, "jpegenc", "matroskamux"},
    {kVideo, "jpegenc", "matroskamux streamable=true"},
    {kAudio, "audioconvert ! vorbisenc", "webmmux"},
    {kAudio, "audioconvert ! vorbisenc", "webmmux streamable=true"},
    {kVideo, "jpegenc", "qtmux"},
    {kVideo, "jpegenc", "qtmux fragment-duration=500"},
    {kAudio, "lamemp3enc", "mp4mux"},
    {kAudio, "lamemp3enc ! mpegaudioparse", "flvmux"},
    {kAudio, "lamemp3enc ! mpegaudioparse", "flvmux streamable=true"},
    {kAudio, "lamemp3enc", "xingmux"},
    {kAudio, "lamemp3enc", "id3v2mux"},
    {kAudio, "lamemp3enc", "apev2mux"},
    {kAudio, "identity", "wavenc"},
    {kAudio, "identity", "flacenc"},
    {kVideo, "jpegenc", "multipartmux"},
    {kVideo, "identity", "y4menc"},
    {kVideo, "jpegenc", "jifmux"},
    // -bad
    {kAudio, "audioconvert", "aiffmux", false},  // aiffparse hangs now and then, also on the file
    {kAudio, "lamemp3enc ! mpegaudioparse", "mpegtsmux"},
    {kAudio, "lamemp3enc ! mpegaudioparse", "mpegpsmux"},
    {kAudio, "identity", "mxfmux"},
    {kAudio, "lamemp3enc", "id3mux"},
    {kVideo, "openjpegenc", "mj2mux"},
    {kAudio, "voaacenc", "3gppmux"},
    {kAudio, "voaacenc ! aacparse", "mp4mux faststart=false"},
    {kAudio, "voaacenc ! aacparse", "ismlmux fragment-duration=500"},
    {kAudio, "voaacenc ! aacparse", "mpegtsmux"},
    // -ugly, libav
    {kVideo, "x264enc speed-preset=ultrafast", "mp4mux"},
    {kVideo, "x264enc speed-preset=ultrafast", "flvmux"},
    {kVideo, "x264enc speed-preset=ultrafast ! h264parse", "mpegtsmux"},
    {kVideo, "x264enc speed-preset=ultrafast ! h264parse", "atscmux"},
    {kVideo, "avenc_wmv2", "asfmux"},
    {kAudio, "identity", "avmux_wav"},
    {kAudio, "audioconvert", "avmux_au"},
    {kAudio, "audioconvert", "avmux_caf", false},  // not without the size of its data
    {kVideo, "vp8enc deadline=1000000", "avmux_ivf"},
    {kVideo, "avenc_flv", "avmux_flv"},
};

std::string first_word(const std::string& text) {
  return text.substr(0, text.find(' '));
}

/// The first of the row's elements that is not installed; "".
std::string missing_element(const Row& row) {
  std::string rest = std::string(row.encoder) + " ! " + row.muxer + " ! ";
  while (!rest.empty()) {
    const size_t end = rest.find(" ! ");
    const std::string name = first_word(rest.substr(0, end));
    rest = rest.substr(end + 3);
    GstElementFactory* factory = gst_element_factory_find(name.c_str());
    if (factory == nullptr) return name;
    gst_object_unref(factory);
  }
  return "";
}

std::string source_of(const Row& row) {
  return std::string(row.source) + row.encoder + " ! " + row.muxer;
}

/// What a row writes to who cannot go back. fdsink calls it an error if the muxer tries to.
Bytes write_to_pipe(const Row& row) {
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  Bytes all;
  std::thread reader([&] {
    uint8_t part[4096];
    for (ssize_t size; (size = read(ends[0], part, sizeof part)) > 0;)
      all.insert(all.end(), part, part + size);
  });
  run_pipeline(source_of(row) + " ! fdsink fd=" + std::to_string(ends[1]));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  return all;
}

/// How a file plays: what a player gets of decoded bytes, however they are cut.
struct Played {
  bool reached_eos = false;
  uint64_t bytes = 0;
  bool operator==(const Played&) const = default;
};

GstPadProbeReturn count(GstPad*, GstPadProbeInfo* info, gpointer bytes) {
  *static_cast<std::atomic<uint64_t>*>(bytes) +=
      gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

void add_sink(GstElement* decoder, GstPad* pad, gpointer bytes) {
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  GstObject* pipeline = gst_element_get_parent(decoder);
  gst_bin_add(GST_BIN(pipeline), sink);
  gst_object_unref(pipeline);
  GstPad* sink_pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(sink_pad, GST_PAD_PROBE_TYPE_BUFFER, count, bytes, nullptr);
  gst_pad_link(pad, sink_pad);
  gst_object_unref(sink_pad);
  gst_element_sync_state_with_parent(sink);
}

Played play(const std::string& file) {
  GstElement* pipeline = launch("filesrc location=" + file + " ! decodebin name=d");
  GstElement* decoder = gst_bin_get_by_name(GST_BIN(pipeline), "d");
  std::atomic<uint64_t> bytes = 0;
  g_signal_connect(decoder, "pad-added", G_CALLBACK(add_sink), &bytes);
  gst_object_unref(decoder);
  Played played;
  played.reached_eos = gstsupport::finish_pipeline(pipeline, 30).reached_eos;
  played.bytes = bytes;
  return played;
}

/// The duration of a file in ns; -1.
gint64 duration_of(const std::string& file) {
  GstElement* pipeline =
      launch("filesrc location=" + file + " ! matroskademux ! fakesink sync=false");
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND);
  gint64 duration = -1;
  gst_element_query_duration(pipeline, GST_FORMAT_TIME, &duration);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return duration;
}

}  // namespace

START_TEST(what_a_muxer_writes_plays_as_through_a_pipe) {
  const Row& row = kRows[_i];
  if (const std::string missing = missing_element(row); !missing.empty()) {
    std::printf("skipped: %s ! %s: there is no %s\n", row.encoder, row.muxer, missing.c_str());
    return;
  }
  const TemporaryFolder folder;
  const std::string piped = folder.file("piped");
  const std::string encoded = folder.file("encoded.sigma");
  const std::string decoded = folder.file("decoded");
  const Bytes base = write_to_pipe(row);
  write_file(piped, base);
  const Run run = run_pipeline(source_of(row) + " ! sigmaenc ! filesink location=" + encoded);
  ck_assert_msg(run.reached_eos, "%s: %s", row.muxer, run.error.c_str());
  ck_assert(
      run_pipeline("filesrc location=" + encoded + " ! sigmadec ! filesink location=" + decoded)
          .reached_eos);
  // Some muxers write dates and random ids, which are a byte shorter now and then, but nothing
  // behind the file's end.
  constexpr size_t kIds = 16;
  const size_t size = read_file(decoded).size();
  ck_assert_msg(size <= base.size() + kIds && base.size() <= size + kIds,
                "%s: %zu bytes, %zu expected", row.muxer, size, base.size());
  if (!row.plays) {
    std::printf("not played, as it does not play from a pipe: %s\n", row.muxer);
    return;
  }
  const Played expected = play(piped);
  if (!expected.reached_eos || expected.bytes == 0) {
    std::printf("not played, as it does not play here without sigma: %s\n", row.muxer);
    return;
  }
  for (const std::string& file : {decoded, encoded}) {
    const Played played = play(file);
    ck_assert_msg(played == expected, "%s ! %s, %s: EOS %d, %lu bytes, expected %d, %lu",
                  row.encoder, row.muxer, file.c_str(), played.reached_eos,
                  static_cast<unsigned long>(played.bytes), expected.reached_eos,
                  static_cast<unsigned long>(expected.bytes));
  }
}
END_TEST

START_TEST(containers_in_time_are_bytes_and_elementary_streams_are_buffers) {
  const struct {
    const char* caps;
    bool is_bytes;
  } kinds[] = {
      {"application/ogg", true},
      {"video/mpegts,systemstream=true,packetsize=188", true},
      {"video/mpeg,systemstream=true,mpegversion=1", true},
      {"video/mpeg,systemstream=false,mpegversion=2", false},
      {"video/mpeg,mpegversion=4", false},
      {"video/x-flv", true},
      {"video/x-matroska", true},
      {"video/quicktime,variant=iso", true},
      {"multipart/x-mixed-replace,boundary=x", true},
      {"audio/mpeg,mpegversion=4", false},
      {"application/x-rtp", false},
      {"application/octet-stream", false},
  };
  for (const auto& kind : kinds) {
    for (const bool caps_first : {true, false}) {
      GstHarness* harness = gst_harness_new("sigmaenc");
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      GstCaps* caps = gst_caps_from_string(kind.caps);
      GstEvent* events[] = {gst_event_new_caps(caps), gst_event_new_segment(&segment)};
      gst_caps_unref(caps);
      gst_harness_push_event(harness, gst_event_new_stream_start("s"));
      gst_harness_push_event(harness, events[caps_first ? 0 : 1]);
      gst_harness_push_event(harness, events[caps_first ? 1 : 0]);
      gst_pad_push(harness->srcpad, gstsupport::buffer_of(testdata::from_text("some bytes")));
      gst_harness_push_event(harness, gst_event_new_eos());
      // The flags of the head's body, behind the glyph's header and the packet's.
      const Bytes stream = gstsupport::take_all(harness);
      ck_assert_uint_gt(stream.size(), 100);
      const bool is_framed = (stream[3 + 72 + 2] & 2) != 0;
      ck_assert_msg(is_framed != kind.is_bytes, "%s", kind.caps);
      gst_harness_teardown(harness);
    }
  }
}
END_TEST

START_TEST(parts_of_splitmuxsink_say_their_own_duration) {
  const TemporaryFolder folder;
  GstElement* pipeline = launch(
      std::string("videotestsrc num-buffers=90 ! "
                  "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! jpegenc ! "
                  "splitmuxsink name=s muxer=matroskamux max-size-time=1000000000 location=") +
      folder.file("%d.sigma"));
  GstElement* split = gst_bin_get_by_name(GST_BIN(pipeline), "s");
  GstElement* sink = gst_parse_bin_from_description("sigmaenc ! filesink name=f", TRUE, nullptr);
  g_object_set(split, "sink", sink, nullptr);
  GstElement* muxer = nullptr;
  g_object_get(split, "muxer", &muxer, nullptr);
  g_object_set(muxer, "offset-to-zero", TRUE, nullptr);
  gst_object_unref(muxer);
  // A bin has no property "location".
  GstElement* file_sink = gst_bin_get_by_name(GST_BIN(sink), "f");
  g_signal_connect_object(split, "format-location",
                          G_CALLBACK(+[](GstElement* from, guint number, GstElement* to) -> gchar* {
                            gchar* pattern = nullptr;
                            g_object_get(from, "location", &pattern, nullptr);
                            std::string name(pattern);
                            g_free(pattern);
                            name.replace(name.find("%d"), 2, std::to_string(number));
                            g_object_set(to, "location", name.c_str(), nullptr);
                            return g_strdup(name.c_str());
                          }),
                          file_sink, static_cast<GConnectFlags>(0));
  gst_object_unref(file_sink);
  gst_object_unref(split);
  ck_assert(gstsupport::finish_pipeline(pipeline, 60).reached_eos);
  for (const char* name : {"0", "1", "2"}) {
    const std::string part = folder.file((std::string(name) + ".sigma").c_str());
    const std::string decoded = folder.file((std::string(name) + ".mkv").c_str());
    ck_assert(
        run_pipeline("filesrc location=" + part + " ! sigmadec ! filesink location=" + decoded)
            .reached_eos);
    const gint64 duration = duration_of(decoded);
    ck_assert_msg(duration > 0 && duration <= gint64{GST_SECOND}, "%s: %ld", name,
                  static_cast<long>(duration));
    ck_assert_uint_eq(play(part).bytes, play(decoded).bytes);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "pipelines/muxers", 600,
      {{"muxers",
        {containers_in_time_are_bytes_and_elementary_streams_are_buffers,
         parts_of_splitmuxsink_say_their_own_duration,
         {what_a_muxer_writes_plays_as_through_a_pipe, static_cast<int>(std::size(kRows))}}}});
  gst_deinit();
  return result;
}
