/* Patterns as POSIX and GNU grep write them, in the words of PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tool {

enum class Syntax : uint8_t { BASIC, EXTENDED, FIXED };

struct PatternSettings {
  Syntax syntax = Syntax::BASIC;
  bool ignores_case = false;
  bool is_utf8 = false;       ///< of the locale: else each byte is a character
  bool matches_word = false;  ///< -w
  bool matches_line = false;  ///< -x
};

/// What all patterns of a command line are together.
struct Pattern {
  std::string regex;  ///< for PCRE2, with PCRE2_MULTILINE: no match of it has a line feed
  /// With either -w or -x, the same without that, where GNU grep looks so for what it shows of
  /// lines.
  std::string any_place;
  bool is_text = false;   ///< GNU grep looks for texts, with a matcher of its own
  bool refers = false;    ///< it has back-references
  bool is_fixed = false;  ///< all matches that begin at one place have the same length
  /// Of each line that has a match, one of these is a part, in any case if case is ignored. None:
  /// nothing is known. Not kept with line feeds or zero bytes.
  std::vector<std::string> required;
  std::string error;  ///< why the patterns cannot be used; empty: they can
};

/// A line has a match if one of the patterns has.
Pattern translate(const std::vector<std::string>& patterns, const PatternSettings& settings);

}  // namespace tool
