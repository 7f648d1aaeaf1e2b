/* What the command line of sigma grep asks for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst/sigma/base/settings.hpp"
#include "gst/tool/grep/pattern.hpp"

namespace tool {

struct GrepOptions {
  enum class Names : uint8_t { AUTO, NEVER, ALWAYS };
  enum class Lists : uint8_t { NONE, MATCHING, OTHERS };
  enum class Binary : uint8_t { QUIET, TEXT, NO_MATCH };

  std::vector<std::string> patterns;
  std::vector<std::string> files;  ///< "-": standard input
  std::string input_name = "(standard input)";
  PatternSettings pattern;
  Names names = Names::AUTO;
  Lists lists = Lists::NONE;
  Binary binary = Binary::QUIET;
  bool inverts = false;
  bool counts = false;
  bool shows_numbers = false;  ///< of lines
  bool shows_offsets = false;  ///< of bytes
  bool shows_matches = false;  ///< alone
  bool is_quiet = false;
  bool hides_errors = false;
  bool has_context = false;
  bool has_colors = false;
  bool ends_names = false;     ///< by a zero byte
  bool writes_lines = false;   ///< each at once
  uint64_t most = UINT64_MAX;  ///< selected lines
  uint64_t before = 0;         ///< lines of context
  uint64_t after = 0;
  sigma::DecoderSettings decoder;

  bool shows_names() const {
    return names == Names::ALWAYS || (names == Names::AUTO && files.size() > 1);
  }
  /// Whether one selected line tells all there is to tell of a file.
  bool ends_at_first() const { return is_quiet || lists != Lists::NONE; }
};

/// Reads the words behind "grep". A number: the program is to end with that status, as all is said.
std::optional<int> parse_grep_options(int argc, char** argv, GrepOptions& options);

}  // namespace tool
