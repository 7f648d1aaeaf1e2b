/* What passes a pad of a pipeline, as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

namespace trace {

struct Trace {
  std::vector<std::string> items;
  /// Those that begin with `kind`: "buffer", "segment", ...
  std::vector<std::string> of(const std::string& kind) const;
};

std::string describe(GstBuffer* buffer);
std::string describe(GstEvent* event);

/// Notes what passes `pad` from now on in `trace`, until the probe that this gives is removed.
gulong watch(GstPad* pad, Trace& trace);

/// What the streaming thread noted so far can be read now: messages that say so come over locks
/// that ThreadSanitizer does not see.
void settle();

/// A pipeline; the test fails if the line is wrong.
GstElement* launch(const std::string& line);

/// Runs to EOS and gives what passes that pad of the element called "x".
Trace run_traced(GstElement* pipeline, const char* pad_name, std::string* error = nullptr);

/// Runs a source into a file, and gives what sigmaenc got.
Trace record(const std::string& source, const std::string& file, const std::string& settings = "");
/// Runs a file, and gives what sigmadec gave.
Trace play(const std::string& file, std::string* error = nullptr);

}  // namespace trace
