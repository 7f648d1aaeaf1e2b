/* Matching of lines by PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gst/tool/grep/pattern.hpp"

namespace tool {

/// Finds matches of a pattern in text. For one thread at a time.
class Matcher {
 public:
  enum class Found : uint8_t { NO, YES, FAILED };
  struct Match {
    size_t begin = 0;
    size_t size = 0;
  };

  Matcher();
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// False: error() says why the pattern cannot be used.
  bool compile(const Pattern& pattern, const PatternSettings& settings);
  const std::string& error() const { return error_; }

  /// The first match in `text`, which consists of lines, that begins at `from` or behind: only
  /// where it begins. FAILED: PCRE2 gave up, as error() says.
  Found find(std::string_view text, size_t from, size_t& begin);

  /// Whether GNU grep shows the end of a line as part of a match.
  bool shows_line_end() const { return shows_line_end_; }

  /// The first match in a line, without its end, at `from` or behind, as GNU grep shows it: of
  /// those that begin there, the longest, but with back-references the first that PCRE2 tries.
  Found find_in_line(std::string_view line, size_t from, Match& match);

 private:
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
  };

  using Code = std::unique_ptr<pcre2_code, Free>;

  /// An expression. The automaton refuses one that passes over what is no UTF-8, and has it once
  /// more, compiled when it is needed first.
  struct Regex {
    std::string text;
    Code code;
    Code automaton;
  };

  bool compile_regex(const std::string& text, Regex& regex);
  Code compile_code(const std::string& text, uint32_t options);
  Found find_by_lines(std::string_view text, size_t from, size_t& begin);
  Found find_longest(Regex& regex, std::string_view line, size_t from, Match& match);
  Found find_word(std::string_view line, size_t from, Match& match);
  bool is_word(std::string_view line, const Match& match);
  bool shorten(std::string_view line, size_t from, Match& match);
  int match(const Regex& regex, std::string_view text, size_t from, uint32_t options);
  int match_longest(Regex& regex, std::string_view text, size_t from, uint32_t options);
  int match_utf8(Regex& regex, std::string_view text, size_t from, uint32_t options);
  int run_automaton(const Code& code, std::string_view text, size_t from, uint32_t options);

  std::unique_ptr<pcre2_jit_stack, Free> stack_;
  std::unique_ptr<pcre2_match_context, Free> context_;
  std::unique_ptr<pcre2_match_data, Free> data_;
  Regex code_;
  Regex any_place_;             ///< Pattern::any_place, if there is any,
  Regex word_begin_;            ///< what must be at the begin of a match of it,
  Regex word_end_;              ///< and at its end
  std::vector<int> workspace_;  ///< of pcre2_dfa_match()
  uint32_t compile_options_ = 0;
  bool refers_ = false;
  bool is_fixed_ = false;
  bool is_utf8_ = false;
  bool begins_anew_ = false;  ///< behind a match, as if the line began there
  bool shows_line_end_ = false;
  std::string error_;
};

}  // namespace tool
