/* Buffers that go by, and when each is to be shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <string>
#include <vector>

#include "playing.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace shown {

using playing::Player;
using trace::launch;

inline constexpr guint64 kNone = GST_CLOCK_TIME_NONE;

/// A buffer that went by, and when it is to be shown.
struct Shown {
  guint64 pts = kNone;
  guint64 running = kNone;  ///< running time
  guint64 time = kNone;     ///< stream time
  guint64 end = kNone;      ///< running time
  gsize size = 0;
  GstSegment segment;
};

/// The buffers that pass a pad, in their segments.
class Watch {
 public:
  Watch(GstElement* pipeline, const char* element_name, const char* pad_name) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), element_name);
    pad_ = gst_element_get_static_pad(element, pad_name);
    gst_object_unref(element);
    gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
    probe_ = gst_pad_add_probe(pad_,
                               static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                            GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                               note, this, nullptr);
  }
  ~Watch() {
    gst_pad_remove_probe(pad_, probe_);
    gst_object_unref(pad_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  std::vector<Shown> all() {
    const std::lock_guard guard(lock_);
    return all_;
  }
  /// Buffers for which a sink has a place.
  size_t count() { return all().size(); }

 private:
  static GstPadProbeReturn note(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Watch*>(data);
    const std::lock_guard guard(self->lock_);
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
      GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
      if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT)
        gst_event_copy_segment(event, &self->segment_);
      return GST_PAD_PROBE_OK;
    }
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    Shown shown;
    shown.segment = self->segment_;
    shown.size = gst_buffer_get_size(buffer);
    shown.pts = GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
    if (shown.segment.format == GST_FORMAT_TIME && shown.pts != kNone) {
      const guint64 duration =
          GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
      shown.running = gst_segment_to_running_time(&shown.segment, GST_FORMAT_TIME, shown.pts);
      shown.end =
          gst_segment_to_running_time(&shown.segment, GST_FORMAT_TIME, shown.pts + duration);
      shown.time = gst_segment_to_stream_time(&shown.segment, GST_FORMAT_TIME, shown.pts);
    }
    self->all_.push_back(shown);
    return GST_PAD_PROBE_OK;
  }

  GstPad* pad_;
  gulong probe_;
  std::mutex lock_;
  GstSegment segment_;
  std::vector<Shown> all_;
};

/// How a pipeline ended.
struct Ended {
  std::string error;
  std::vector<std::string> warnings;
};

inline std::string text_of(GstMessage* message) {
  GError* error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
    gst_message_parse_error(message, &error, nullptr);
  else
    gst_message_parse_warning(message, &error, nullptr);
  const std::string text = error->message;
  g_error_free(error);
  return text;
}

/// Plays to the end and takes the pipeline down.
inline Ended run(GstElement* pipeline) {
  Ended ended;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  for (bool is_over = false; !is_over;) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 120 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
    ck_assert_ptr_nonnull(message);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING)
      ended.warnings.push_back(text_of(message));
    else
      is_over = true;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) ended.error = text_of(message);
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  return ended;
}

inline void make(const std::string& line) {
  GstElement* pipeline = launch(line);
  const Ended how = run(pipeline);
  ck_assert_str_eq(how.error.c_str(), "");
  gst_object_unref(pipeline);
}

/// What comes out of a file, in each way of reading it.
inline std::vector<Shown> shown_of(const std::string& file, Ended* ended = nullptr,
                                   const std::string& between = "",
                                   const std::string& settings = "") {
  GstElement* pipeline = launch("filesrc location=" + file + " ! " + between + "sigmadec name=d " +
                                settings + " ! fakesink sync=false");
  std::vector<Shown> shown;
  {
    Watch watch(pipeline, "d", "src");
    const Ended how = run(pipeline);
    if (ended != nullptr)
      *ended = how;
    else
      ck_assert_str_eq(how.error.c_str(), "");
    shown = watch.all();
  }
  gst_object_unref(pipeline);
  return shown;
}

/// Nothing comes before the first buffer, and no time is missing or twice there up to the last one.
inline void check_gapless(const std::vector<Shown>& shown, guint64 expected_end) {
  guint64 end = 0;
  for (const Shown& one : shown) {
    ck_assert_uint_eq(one.running, end);
    ck_assert_uint_eq(one.time, end);
    end = one.end;
  }
  ck_assert_uint_eq(end, expected_end);
}

/// What a player says of a file, and whether seeks lead where they should.
inline void check_player(const std::string& file, const std::vector<Shown>& shown) {
  const guint64 duration = shown.back().end;
  for (const std::string between : {"", "typefind ! ", "queue ! "}) {
    Player player("filesrc location=" + file + " ! " + between +
                  "sigmadec name=d ! fakesink name=s sync=false");
    if (between != "queue ! ") ck_assert_int_eq(player.duration(), static_cast<gint64>(duration));
    ck_assert_int_eq(player.position(), 0);
    ck_assert(player.is_seekable());
    for (size_t i = 0; i < shown.size(); i += shown.size() / 7 + 1) {
      const guint64 time = shown[i].running + (shown[i].end - shown[i].running) / 2;
      ck_assert(player.seek(time));
      ck_assert_uint_eq(player.shown().pts, shown[i].pts);
      ck_assert_uint_eq(player.shown().segment.base, 0);
      ck_assert_int_eq(player.position(), static_cast<gint64>(time));
      ck_assert_int_eq(player.duration(), static_cast<gint64>(duration));
    }
    ck_assert(!player.seek(duration + GST_SECOND));
    player.play();
    ck_assert_int_eq(player.position(), static_cast<gint64>(duration));
  }
}

inline const std::string kPictures = "video/x-raw,format=I420,width=64,height=48,framerate=25/1";

}  // namespace shown
