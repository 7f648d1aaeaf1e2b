/* Harness and pipeline helpers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstsupport.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace gstsupport {

GstBuffer* buffer_of(const Bytes& bytes) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
  gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
  return buffer;
}

void restart_input(GstHarness* harness) {
  gst_harness_push_event(harness, gst_event_new_stream_start("again"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
}

Bytes take_all(GstHarness* harness) {
  Bytes all;
  while (GstBuffer* buffer = gst_harness_try_pull(harness)) {
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    all.insert(all.end(), map.data, map.data + map.size);
    gst_buffer_unmap(buffer, &map);
    gst_buffer_unref(buffer);
  }
  return all;
}

Harness::Harness(const char* launch_line) {
  // A GstHarness begins in TIME, in which streams would keep its buffers.
  const std::string line(launch_line);
  const bool is_encoder = line.starts_with("sigmaenc") && line.find("framing=") == line.npos;
  harness_ = gst_harness_new_parse((line + (is_encoder ? " framing=bytes" : "")).c_str());
  // gst_harness_new_parse() puts a bin around even a single element.
  GstIterator* elements = gst_bin_iterate_elements(GST_BIN(harness_->element));
  GValue item = G_VALUE_INIT;
  gst_iterator_next(elements, &item);
  element_ = GST_ELEMENT(g_value_get_object(&item));
  g_value_unset(&item);
  gst_iterator_free(elements);
  bus_ = gst_bus_new();
  gst_element_set_bus(harness_->element, bus_);
  const bool decodes = g_str_has_prefix(launch_line, "sigmadec");
  gst_harness_set_src_caps_str(harness_,
                               decodes ? "application/x-sigmalang" : "application/octet-stream");
}

Harness::~Harness() {
  gst_element_set_state(harness_->element, GST_STATE_NULL);
  gst_element_set_bus(harness_->element, nullptr);
  gst_object_unref(bus_);
  gst_harness_teardown(harness_);
  g_clear_error(&error_);
}

GstFlowReturn Harness::push(const Bytes& bytes) {
  return gst_harness_push(harness_, buffer_of(bytes));
}

void Harness::flush() {
  push_event(gst_event_new_flush_start());
  push_event(gst_event_new_flush_stop(TRUE));
  take_all();
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  push_event(gst_event_new_segment(&segment));
}

std::vector<std::string> Harness::take_events() {
  std::vector<std::string> names;
  while (GstEvent* event = gst_harness_try_pull_event(harness_)) {
    names.emplace_back(GST_EVENT_TYPE_NAME(event));
    gst_event_unref(event);
  }
  return names;
}

void Harness::collect() {
  const auto types = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  while (GstMessage* message = gst_bus_pop_filtered(bus_, types)) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
      warnings_++;
    } else if (errors_++ == 0) {
      gst_message_parse_error(message, &error_, nullptr);
    }
    gst_message_unref(message);
  }
}

const char* Harness::error() {
  collect();
  return error_ != nullptr ? error_->message : "";
}

bool Harness::error_matches(GQuark domain, int code) {
  collect();
  return g_error_matches(error_, domain, code);
}

unsigned Harness::errors() {
  collect();
  return errors_;
}

unsigned Harness::warnings() {
  collect();
  const unsigned count = warnings_;
  warnings_ = 0;
  return count;
}

Run run_pipeline(const std::string& launch_line, int seconds) {
  Run run;
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(launch_line.c_str(), &error);
  if (error != nullptr) {
    run.error = error->message;
    g_clear_error(&error);
  }
  return pipeline != nullptr ? finish_pipeline(pipeline, seconds) : run;
}

Run finish_pipeline(GstElement* pipeline, int seconds) {
  Run run;
  GError* error = nullptr;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message =
      gst_bus_timed_pop_filtered(bus, static_cast<GstClockTime>(seconds) * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (message == nullptr) {
    run.error = "timeout";
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    run.reached_eos = true;
  } else {
    gst_message_parse_error(message, &error, nullptr);
    run.error = error->message;
    run.domain = error->domain;
    run.code = error->code;
    g_error_free(error);
  }
  if (message != nullptr) gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return run;
}

void push_in_pieces(Harness& harness, const Bytes& data, const codec::Split& split) {
  for (size_t at = 0; at < data.size();) {
    const size_t size = std::min(split(), data.size() - at);
    ck_assert_int_eq(harness.push(Bytes(data.begin() + at, data.begin() + at + size)), GST_FLOW_OK);
    at += size;
  }
}

guint64 stat(GstElement* element, const char* field) {
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  guint64 value = G_MAXUINT64;
  ck_assert_msg(gst_structure_get_uint64(stats, field, &value), "no field %s", field);
  gst_structure_free(stats);
  return value;
}

void check_runs(const std::string& launch_line) {
  const Run run = run_pipeline(launch_line);
  ck_assert_msg(run.reached_eos, "%s: %s", launch_line.c_str(), run.error.c_str());
}

}  // namespace gstsupport
