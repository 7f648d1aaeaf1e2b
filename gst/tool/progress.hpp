/* How far a file has come, on a terminal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <string>

#include "gst/tool/options.hpp"

namespace tool {

/// A line that changes: percent, bytes, ratio, speed, time left; and one of what was done.
class Progress {
 public:
  /// `size`: bytes of the input, 0 if that is not known. `grows`: the output is what is decoded.
  /// `is_piped`: it goes to standard output, where others may talk; nothing is said unless asked
  /// for.
  Progress(const Options& options, const char* name, uint64_t size, bool grows,
           bool is_piped = false);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// So many bytes were read and written.
  void set(uint64_t in, uint64_t out);
  /// All is done: says how it went.
  void finish(const std::string& output);

  double seconds() const;
  uint64_t bytes_in() const { return in_; }

 private:
  void show();
  std::string rate_text() const;

  std::string name_;
  uint64_t size_;
  bool grows_;
  bool is_silent_;
  bool is_shown_;
  uint64_t started_ns_;
  uint64_t shown_ns_;
  uint64_t in_ = 0;
  uint64_t out_ = 0;
};

}  // namespace tool
