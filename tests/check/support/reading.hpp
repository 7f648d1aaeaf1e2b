/* sigmadec, read in pull mode and with seeks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <string>
#include <utility>

#include "bytes.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace reading {

using testdata::Bytes;

/// `filesrc ! sigmadec`, pulled.
class Pulled {
 public:
  explicit Pulled(const std::string& path, const char* options = "", const char* between = "") {
    pipeline_ = gst_parse_launch(
        ("filesrc name=in location=" + path + " ! " + between + " sigmadec name=dec " + options)
            .c_str(),
        nullptr);
    element_ = gst_bin_get_by_name(GST_BIN(pipeline_), "dec");
    pad_ = gst_element_get_static_pad(element_, "src");
    bus_ = gst_element_get_bus(pipeline_);
    gst_element_set_state(pipeline_, GST_STATE_READY);
    is_active = gst_pad_activate_mode(pad_, GST_PAD_MODE_PULL, TRUE);
  }
  ~Pulled() {
    gst_pad_activate_mode(pad_, GST_PAD_MODE_PULL, FALSE);
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(pad_);
    gst_object_unref(element_);
    gst_object_unref(pipeline_);
  }
  Pulled(const Pulled&) = delete;
  Pulled& operator=(const Pulled&) = delete;

  GstFlowReturn read(guint64 offset, guint size, Bytes& out) {
    GstBuffer* buffer = nullptr;
    const GstFlowReturn flow = gst_pad_get_range(pad_, offset, size, &buffer);
    out.clear();
    if (flow != GST_FLOW_OK) return flow;
    ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), offset);
    out.resize(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, out.data(), out.size());
    gst_buffer_unref(buffer);
    return flow;
  }

  gint64 duration() {
    gint64 size = -1;
    return gst_pad_query_duration(pad_, GST_FORMAT_BYTES, &size) ? size : -1;
  }

  /// Since the last call.
  guint errors() {
    collect();
    return std::exchange(errors_, 0);
  }
  guint warnings() {
    collect();
    return std::exchange(warnings_, 0);
  }

  GstElement* element() { return element_; }
  GstPad* pad() { return pad_; }
  bool is_active = false;

 private:
  void collect() {
    while (GstMessage* message = gst_bus_pop(bus_)) {
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) errors_++;
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) warnings_++;
      gst_message_unref(message);
    }
  }

  guint errors_ = 0;
  guint warnings_ = 0;
  GstElement* pipeline_;
  GstElement* element_;
  GstPad* pad_;
  GstBus* bus_;
};

/// A pipeline that ends in an appsink, for seeks in push mode.
class Seekable {
 public:
  explicit Seekable(const std::string& launch_line) {
    GError* error = nullptr;
    pipeline_ = gst_parse_launch((launch_line + " ! appsink name=out sync=false").c_str(), &error);
    ck_assert_msg(error == nullptr, "%s", error != nullptr ? error->message : "");
    sink_ = gst_bin_get_by_name(GST_BIN(pipeline_), "out");
    bus_ = gst_element_get_bus(pipeline_);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    ck_assert(gst_element_get_state(pipeline_, nullptr, nullptr, 30 * GST_SECOND) !=
              GST_STATE_CHANGE_FAILURE);
  }
  ~Seekable() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(sink_);
    gst_object_unref(pipeline_);
  }
  Seekable(const Seekable&) = delete;
  Seekable& operator=(const Seekable&) = delete;

  /// When the seek before is done with: GStreamer's sinks may stay in PAUSED for ever if they are
  /// flushed while they go to PLAYING, with any source (seen with filesrc ! queue ! appsink).
  bool seek(gint64 start, gint64 stop = -1, GstSeekFlags more = GST_SEEK_FLAG_NONE) {
    gst_element_get_state(pipeline_, nullptr, nullptr, 10 * GST_SECOND);
    return seek_now(start, stop, more);
  }
  bool seek_now(gint64 start, gint64 stop = -1, GstSeekFlags more = GST_SEEK_FLAG_NONE) {
    const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | more);
    return gst_element_send_event(
        sink_, gst_event_new_seek(1.0, GST_FORMAT_BYTES, flags, GST_SEEK_TYPE_SET, start,
                                  stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop));
  }

  /// Where a segment ended; −1 if nobody says so.
  gint64 segment_done() {
    GstMessage* message =
        gst_bus_timed_pop_filtered(bus_, 10 * GST_SECOND, GST_MESSAGE_SEGMENT_DONE);
    if (message == nullptr) return -1;
    gint64 position = -1;
    gst_message_parse_segment_done(message, nullptr, &position);
    gst_message_unref(message);
    return position;
  }

  GstPad* pad_of(const char* element_name, const char* pad_name) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline_), element_name);
    GstPad* pad = gst_element_get_static_pad(element, pad_name);
    gst_object_unref(element);
    return pad;
  }

  /// The sink holds one buffer, and then makes the pipeline wait.
  void hold_one() { g_object_set(sink_, "max-buffers", 1, nullptr); }

  /// The bytes from here on, at least `least` of them or all up to EOS.
  Bytes read(size_t least, guint64* offset = nullptr) {
    Bytes bytes;
    while (bytes.size() < least) {
      GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink_), 20 * GST_SECOND);
      if (sample == nullptr) break;
      GstBuffer* buffer = gst_sample_get_buffer(sample);
      if (offset != nullptr && bytes.empty()) *offset = GST_BUFFER_OFFSET(buffer);
      GstMapInfo map;
      gst_buffer_map(buffer, &map, GST_MAP_READ);
      bytes.insert(bytes.end(), map.data, map.data + map.size);
      gst_buffer_unmap(buffer, &map);
      gst_sample_unref(sample);
    }
    return bytes;
  }

  bool at_eos() { return gst_app_sink_is_eos(GST_APP_SINK(sink_)); }

  gint64 query(gboolean (*ask)(GstElement*, GstFormat, gint64*)) {
    gint64 value = -1;
    return ask(sink_, GST_FORMAT_BYTES, &value) ? value : -1;
  }

  /// The text of the first error that is there, or comes in time; "" if none does.
  std::string error(GstClockTime wait = 0) {
    GstMessage* message = gst_bus_timed_pop_filtered(bus_, wait, GST_MESSAGE_ERROR);
    if (message == nullptr) return "";
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    std::string text = error->message;
    g_error_free(error);
    gst_message_unref(message);
    return text;
  }

 private:
  GstElement* pipeline_;
  GstElement* sink_;
  GstBus* bus_;
};

}  // namespace reading
