/* Harness and pipeline helpers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <string>
#include <vector>

#include "codec.hpp"
#include "testdata.hpp"

namespace gstsupport {

using testdata::Bytes;

GstBuffer* buffer_of(const Bytes& bytes);

/// The events with which a new stream begins.
void restart_input(GstHarness* harness);
/// All bytes that came out since the last call.
Bytes take_all(GstHarness* harness);

/// A GstHarness around a launch line, with a bus of its own, that speaks in bytes.
class Harness {
 public:
  explicit Harness(const char* launch_line);
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  GstHarness* get() { return harness_; }
  GstElement* element() { return element_; }
  GstBus* bus() { return bus_; }

  GstFlowReturn push(const Bytes& bytes);
  bool push_event(GstEvent* event) { return gst_harness_push_event(harness_, event); }
  void push_eos() { push_event(gst_event_new_eos()); }
  void flush();
  void restart_input() { gstsupport::restart_input(harness_); }

  /// All bytes, or the names of all events, that came out since the last call.
  Bytes take_all() { return gstsupport::take_all(harness_); }
  std::vector<std::string> take_events();

  /// The text of the first error message so far, "" if there is none.
  const char* error();
  bool error_matches(GQuark domain, int code);
  unsigned errors();
  /// Warnings since the last call.
  unsigned warnings();

 private:
  void collect();

  GstHarness* harness_;
  GstElement* element_;
  GstBus* bus_;
  GError* error_ = nullptr;
  unsigned errors_ = 0;
  unsigned warnings_ = 0;
};

void push_in_pieces(Harness& harness, const Bytes& data, const codec::Split& split);

/// One number of the element's statistics.
guint64 stat(GstElement* element, const char* field);

/// How a pipeline ended, and what its elements said.
struct Run {
  bool reached_eos = false;
  std::string error;  ///< text of the first error message
  GQuark domain = 0;
  int code = 0;
};

/// Runs a launch line to EOS, error, or `seconds`, whichever is first.
Run run_pipeline(const std::string& launch_line, int seconds = 120);
/// The same with a pipeline, which may play already; unrefs it.
Run finish_pipeline(GstElement* pipeline, int seconds = 120);

/// The launch line reaches EOS.
void check_runs(const std::string& launch_line);

}  // namespace gstsupport
