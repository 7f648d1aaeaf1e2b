/* All patterns of a command line as one, and what their matches need.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/pattern.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "gst/tool/grep/translation.hpp"

namespace tool {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

/// The longest part of a text whose letters have no forms but two: of letters beyond ASCII, and of
/// k and s, Unicode knows more.
std::string longest_of_two_cases(const std::string& text) {
  std::string best;
  std::string run;
  for (const char c : text + '\x80') {
    const bool has_more = (c & 0x80) != 0 || c == 'k' || c == 'K' || c == 's' || c == 'S';
    if (!has_more) {
      run += c;
      continue;
    }
    if (run.size() > best.size()) best = run;
    run.clear();
  }
  return best;
}

/// Adds what one pattern requires; false if that is nothing.
bool add_required(const std::vector<std::string>& texts, const PatternSettings& settings,
                  Pattern& pattern) {
  for (std::string text : texts) {
    if (settings.ignores_case && settings.is_utf8) text = longest_of_two_cases(text);
    if (settings.ignores_case) text = lower(text);
    if (text.empty()) return false;
    pattern.required.push_back(std::move(text));
  }
  return true;
}

/// Whether GNU grep takes its matcher for texts, if that is what all patterns are.
bool is_for_texts(const std::vector<std::string>& patterns, const PatternSettings& settings) {
  const bool is_one = std::set(patterns.begin(), patterns.end()).size() == 1;
  if (settings.ignores_case && settings.is_utf8) return false;
  const bool is_word = settings.matches_word && !settings.is_utf8;
  return settings.syntax == Syntax::FIXED ? !is_one || !is_word : !is_one;
}

}  // namespace

Pattern translate(const std::vector<std::string>& patterns, const PatternSettings& settings) {
  Pattern pattern;
  pattern.is_fixed = patterns.size() == 1;
  pattern.is_text = is_for_texts(patterns, settings);
  bool is_known = !patterns.empty();
  unsigned groups = 0;
  for (const std::string& text : patterns) {
    Translation translation(text, settings, groups);
    const std::vector<std::string> required = translation.run();
    if (!translation.error().empty()) {
      pattern.error = translation.error();
      return pattern;
    }
    groups = translation.groups();
    pattern.refers = pattern.refers || translation.refers();
    pattern.is_fixed = pattern.is_fixed && translation.is_fixed();
    if (is_known) is_known = add_required(required, settings, pattern);
    if (!pattern.regex.empty()) pattern.regex += '|';
    const char* const begin = settings.matches_line   ? "^(?:"
                              : settings.matches_word ? "(?<!\\w)(?:"
                                                      : "(?:";
    const char* const end = settings.matches_line ? ")$" : settings.matches_word ? ")(?!\\w)" : ")";
    pattern.regex += begin + translation.regex() + end;
    pattern.is_text = pattern.is_text && translation.is_text(required);
    if (!pattern.any_place.empty()) pattern.any_place += '|';
    pattern.any_place += "(?:" + translation.regex() + ")";
  }
  if (settings.matches_word == settings.matches_line || (settings.matches_word && pattern.is_text))
    pattern.any_place.clear();
  if (patterns.empty()) pattern.regex = "(?!)";
  if (!is_known) pattern.required.clear();
  return pattern;
}

}  // namespace tool
