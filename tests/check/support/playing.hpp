/* A pipeline that is played and sought, for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "trace.hpp"

#include <check.h>

namespace playing {

using trace::Trace;

constexpr GstSeekFlags kFlush = GST_SEEK_FLAG_FLUSH;

inline GstSeekFlags with(int flags) {
  return static_cast<GstSeekFlags>(kFlush | flags);
}

/// A number in a trace's text.
inline guint64 number_behind(const std::string& text, const char* name) {
  return std::stoull(text.substr(text.find(name) + std::string(name).size()));
}

/// The buffer that a sink shows, and how it got there.
struct Shown {
  bool is_there = false;
  guint64 pts = 0;
  guint64 end = 0;
  GstSegment segment;
};

/// A pipeline with a fakesink "s" that is in PAUSED, or plays.
class Player {
 public:
  explicit Player(const std::string& line) {
    // playbin3 of GStreamer 1.22 comes to a stop here now and then, whatever it plays: 15 times of
    // 900 with matroskademux, 12 with wavparse.
    while (!prepare(line))
      close();
    sink_ = gst_bin_get_by_name(GST_BIN(pipeline_), "s");  // players have it only now
    ck_assert_ptr_nonnull(sink_);
  }
  ~Player() { close(); }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// The test fails if an error comes, or nothing.
  void wait_for(GstMessageType type) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus_, 60 * GST_SECOND, static_cast<GstMessageType>(type | GST_MESSAGE_ERROR));
    ck_assert_ptr_nonnull(message);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      ck_abort_msg("%s", error->message);
    }
    if (type == GST_MESSAGE_SEGMENT_DONE) gst_message_parse_segment_done(message, nullptr, &done_);
    gst_message_unref(message);
  }

  bool seek(guint64 time, GstSeekFlags flags = kFlush, gdouble rate = 1, gint64 stop = -1) {
    trace::settle();
    if ((flags & kFlush) != 0) decoded_.items.clear();
    const bool sent = gst_element_seek(pipeline_, rate, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET,
                                       static_cast<gint64>(time),
                                       stop >= 0 ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE, stop);
    if (sent && (flags & kFlush) != 0) wait_for(GST_MESSAGE_ASYNC_DONE);
    return sent;
  }

  /// The first buffer since the last flush: a sink leaves out what lies before the segment.
  std::string first_decoded() {
    trace::settle();
    return decoded_.of("buffer").at(0);
  }

  Shown shown() {
    Shown shown;
    GstSample* sample = nullptr;
    g_object_get(sink_, "last-sample", &sample, nullptr);
    if (sample == nullptr) return shown;
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    shown.is_there = true;
    shown.pts = GST_BUFFER_PTS(buffer);
    shown.end =
        shown.pts + (GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0);
    shown.segment = *gst_sample_get_segment(sample);
    gst_sample_unref(sample);
    return shown;
  }

  gint64 duration() {
    gint64 duration = -1;
    gst_element_query_duration(pipeline_, GST_FORMAT_TIME, &duration);
    return duration;
  }
  gint64 position() {
    gint64 position = -1;
    gst_element_query_position(pipeline_, GST_FORMAT_TIME, &position);
    return position;
  }
  bool is_seekable() {
    GstQuery* query = gst_query_new_seeking(GST_FORMAT_TIME);
    gboolean seekable = FALSE;
    if (gst_element_query(pipeline_, query))
      gst_query_parse_seeking(query, nullptr, &seekable, nullptr, nullptr);
    gst_query_unref(query);
    return seekable != FALSE;
  }

  /// Plays on to the end, and gives what reaches the sink then.
  Trace play(GstMessageType until = GST_MESSAGE_EOS) {
    Trace trace;
    GstPad* pad = gst_element_get_static_pad(sink_, "sink");
    const gulong probe = trace::watch(pad, trace);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    wait_for(until);
    gst_pad_remove_probe(pad, probe);
    trace::settle();
    gst_object_unref(pad);
    return trace;
  }
  gint64 done() const { return done_; }
  GstElement* pipeline() { return pipeline_; }

 private:
  /// To PAUSED. False: playbin3 did not get there.
  bool prepare(const std::string& line) {
    pipeline_ = trace::launch(line);
    bus_ = gst_element_get_bus(pipeline_);
    if (GstElement* decoder = gst_bin_get_by_name(GST_BIN(pipeline_), "d")) {
      GstPad* pad = gst_element_get_static_pad(decoder, "src");
      trace::watch(pad, decoded_);
      gst_object_unref(pad);
      gst_object_unref(decoder);
    }
    gst_element_set_state(pipeline_, GST_STATE_PAUSED);
    if (!line.starts_with("playbin3")) {
      wait_for(GST_MESSAGE_ASYNC_DONE);
      return true;
    }
    GstMessage* message = gst_bus_timed_pop_filtered(bus_, 20 * GST_SECOND, GST_MESSAGE_ASYNC_DONE);
    if (message == nullptr) return false;
    gst_message_unref(message);
    return true;
  }
  void close() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    trace::settle();
    gst_clear_object(&sink_);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }

  GstElement* pipeline_ = nullptr;
  GstElement* sink_ = nullptr;
  GstBus* bus_ = nullptr;
  gint64 done_ = -1;
  Trace decoded_;  ///< what came out of the decoder "d"
};

/// The buffers of a recording, and where each begins and ends.
struct Recorded {
  std::vector<std::string> buffers;
  guint64 begin_of(size_t i) const { return number_behind(buffers[i], " pts "); }
  guint64 end_of(size_t i) const { return begin_of(i) + number_behind(buffers[i], " for "); }
  size_t at(guint64 time) const {
    size_t i = 0;
    while (i + 1 < buffers.size() && end_of(i) <= time)
      i++;
    return i;
  }
};

/// Videos and sounds of several groups.
inline const std::string kVideo =
    "videotestsrc num-buffers=90 pattern=snow ! video/x-raw,format=I420";
inline const std::string kAudio =
    "audiotestsrc num-buffers=400 wave=white-noise ! audio/x-raw,format=S16LE,channels=2";
inline const std::string kSmallGroups = "chunk-size=65536 key-interval=2";

}  // namespace playing
