/* Records lines with the time at which each came, and plays them again from any time on:
 *
 *     sigma-record record FILE [CAPS]    lines of stdin; CAPS are application/x-json by default
 *     sigma-record play FILE [SECONDS]   from SECONDS on: time since the first line, clock, line
 *
 * What is recorded is on the disk a second later at the latest, and can be played while it grows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

namespace {

/// The time of the clock on the wall is kept beside the time since the start.
constexpr char kWallClock[] = "timestamp/x-unix";

int usage() {
  std::fputs(
      "usage: sigma-record record FILE [CAPS]\n"
      "       sigma-record play FILE [SECONDS]\n",
      stderr);
  return 2;
}

int fail(const char* text) {
  std::fprintf(stderr, "sigma-record: %s\n", text);
  return 1;
}

/// An element of the pipeline, with a property that cannot be part of a launch line as it is.
void set_property(GstElement* pipeline, const char* name, const char* property, const char* value) {
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), name);
  gst_util_set_object_arg(G_OBJECT(element), property, value);
  gst_object_unref(element);
}

GstElement* launch(const char* line) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line, &error);
  if (error == nullptr) return pipeline;
  fail(error->message);
  g_error_free(error);
  g_clear_pointer(&pipeline, gst_object_unref);
  return nullptr;
}

/// Waits for one of these messages; tells of an error. True: it was none.
bool wait_for(GstElement* pipeline, int types) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(types | GST_MESSAGE_ERROR));
  const bool is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  if (is_error) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    fail(error->message);
    g_error_free(error);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  return !is_error;
}

GstBuffer* buffer_of(const std::string& line, GstCaps* wall_clock) {
  GstBuffer* buffer = gst_buffer_new_memdup(line.data(), line.size());
  gst_buffer_add_reference_timestamp_meta(
      buffer, wall_clock, static_cast<guint64>(g_get_real_time()) * 1000, GST_CLOCK_TIME_NONE);
  return buffer;
}

bool record_lines(GstElement* pipeline) {
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "lines");
  GstCaps* wall_clock = gst_caps_new_empty_simple(kWallClock);
  GstFlowReturn flow = GST_FLOW_OK;
  for (std::string line; flow == GST_FLOW_OK && std::getline(std::cin, line);) {
    GstBuffer* buffer = buffer_of(line, wall_clock);
    g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
    gst_buffer_unref(buffer);
  }
  g_signal_emit_by_name(source, "end-of-stream", &flow);
  gst_caps_unref(wall_clock);
  gst_object_unref(source);
  return wait_for(pipeline, GST_MESSAGE_EOS);
}

int record(const char* file, const char* caps) {
  // A live source has its buffers stamped when they come; a chunk of them ends after a second.
  GstElement* pipeline = launch(
      "appsrc name=lines is-live=true do-timestamp=true format=time "
      "! sigmaenc max-latency=1000000000 ! filesink name=file");
  if (pipeline == nullptr) return 1;
  set_property(pipeline, "lines", "caps", caps);
  set_property(pipeline, "file", "location", file);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const bool done = record_lines(pipeline);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return done ? 0 : 1;
}

/// Time since the first line. NONE: it lies before what is to be played.
guint64 time_of(GstBuffer* buffer, GstPad* pad) {
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (event == nullptr) return GST_BUFFER_PTS(buffer);
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  gst_event_unref(event);
  return gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

void print_line(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer from) {
  const guint64 time = time_of(buffer, pad);
  if (time == GST_CLOCK_TIME_NONE || time < *static_cast<guint64*>(from)) return;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
  const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, nullptr);
  GDateTime* clock =
      meta != nullptr
          ? g_date_time_new_from_unix_utc(static_cast<gint64>(meta->timestamp / GST_SECOND))
          : nullptr;
  gchar* text = clock != nullptr ? g_date_time_format(clock, "%FT%TZ") : g_strdup("-");
  std::printf("%.3f %s %.*s\n", static_cast<double>(time) / GST_SECOND, text,
              static_cast<int>(map.size), reinterpret_cast<const char*>(map.data));
  g_free(text);
  g_clear_pointer(&clock, g_date_time_unref);
  gst_buffer_unmap(buffer, &map);
}

int play(const char* file, guint64 from) {
  GstElement* pipeline =
      launch("filesrc name=file ! sigmadec on-error=skip ! fakesink name=lines sync=false");
  if (pipeline == nullptr) return 1;
  set_property(pipeline, "file", "location", file);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  bool done = wait_for(pipeline, GST_MESSAGE_ASYNC_DONE);
  // A file that still grows has no index yet: it is played from its beginning, up to here.
  if (done && from != 0 &&
      gst_element_seek_simple(pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                              static_cast<gint64>(from)))
    done = wait_for(pipeline, GST_MESSAGE_ASYNC_DONE);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "lines");
  g_signal_connect(sink, "handoff", G_CALLBACK(print_line), &from);
  g_object_set(sink, "signal-handoffs", TRUE, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  done = done && wait_for(pipeline, GST_MESSAGE_EOS);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  return done ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const std::string what = argc >= 3 && argc <= 4 ? argv[1] : "";
  if (what == "record") return record(argv[2], argc == 4 ? argv[3] : "application/x-json");
  if (what != "play") return usage();
  const double seconds = argc == 4 ? std::strtod(argv[3], nullptr) : 0;
  return play(argv[2], seconds > 0 ? static_cast<guint64>(seconds * GST_SECOND) : 0);
}
