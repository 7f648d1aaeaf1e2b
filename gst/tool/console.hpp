/* What the user is told, and the exit status that comes of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>

#include "gst/sigma/base/status.hpp"

namespace tool {

/// Messages go to stderr, each as a line "sigma: FILE: text".
class Console {
 public:
  void set_verbosity(int verbosity) { verbosity_ = verbosity; }
  int verbosity() const { return verbosity_; }
  /// Whether errors of damage name sigma recover, which is of no use where it failed itself.
  void set_names_recover(bool names) { names_recover_ = names; }
  bool names_recover() const { return names_recover_; }
  bool has_terminal() const { return has_terminal_; }

  /// The exit status becomes 1.
  void error(const std::string& file, const std::string& text);
  void error(const std::string& file, const sigma::Status& status);
  /// Bytes are missing: the exit status becomes 2, unless it is 1.
  void loss(const std::string& file, const std::string& text);
  /// A line that -q leaves out.
  void note(const std::string& file, const std::string& text);
  /// A line for a terminal, or for -v.
  void tell(const std::string& text);
  /// Replaces the line that a terminal shows; an empty one clears it.
  void show(const std::string& line);

  int exit_status() const { return exit_status_; }

 private:
  void print(const std::string& file, const std::string& text);

  int verbosity_ = 1;
  int exit_status_ = 0;
  bool has_terminal_ = is_terminal();
  bool has_line_ = false;
  bool names_recover_ = true;
  static bool is_terminal();
};

/// The only one: a process has one stderr and one exit status.
Console& console();

/// A sentence for users of the command: it names options where the library's names settings.
std::string status_text(const sigma::Status& status);

/// An error of the system, by errno.
sigma::Status io_error(const char* text);

}  // namespace tool
