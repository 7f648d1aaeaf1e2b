/* Lines as GNU grep prints them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gst/tool/grep/grep_options.hpp"
#include "gst/tool/grep/matcher.hpp"

namespace tool {

/// A line with its end.
struct Line {
  std::string_view text;
  uint64_t position = 0;  ///< of its first byte in the file
  uint64_t number = 0;    ///< from 1; 0: it is not asked for
  bool is_selected = false;
};

/// Writes to standard output, for one file after the other.
class LinePrinter {
 public:
  LinePrinter(const GrepOptions& options, Matcher& matcher)
      : options_(options), matcher_(matcher) {}

  void set_name(const std::string& name) { name_ = name; }

  /// False: the line is not printed, as it has bytes that are no characters.
  bool print(const Line& line);
  /// Between groups of lines, if there was one before.
  void separate();
  /// A line was selected, whether it is printed or not.
  void end_group() { has_group_ = true; }
  void print_count(uint64_t count);
  void print_name();

 private:
  bool print_head(std::string_view text, uint64_t position, uint64_t number, char mark);
  bool print_matches(const Line& line, char mark);
  void print_number(uint64_t number, char mark);
  void print_mark(char mark);
  void put_name(char mark);
  void end_line();
  void put(std::string_view text, const char* color);
  bool is_printable(std::string_view text) const;

  const GrepOptions& options_;
  Matcher& matcher_;
  std::string name_;
  bool has_group_ = false;
};

}  // namespace tool
