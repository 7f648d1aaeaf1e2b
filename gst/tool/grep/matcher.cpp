/* Matching by PCRE2: compiled to machine code, with its automaton where that gives up, and for the
 * longest of several matches.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/matcher.hpp"

namespace tool {
namespace {

constexpr size_t kFirstStack = size_t{32} << 10;
constexpr size_t kMostStack = size_t{1} << 20;
/// Numbers that the automaton has room for, at first and at most.
constexpr size_t kFirstWorkspace = 1000;
constexpr size_t kMostWorkspace = size_t{1} << 20;
constexpr uint32_t kMostHeapKib = 16 * 1024;

std::string error_text(int code) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

PCRE2_SPTR bytes_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

Matcher::Matcher()
    : stack_(pcre2_jit_stack_create(kFirstStack, kMostStack, nullptr)),
      context_(pcre2_match_context_create(nullptr)),
      data_(pcre2_match_data_create(1, nullptr)) {
  if (context_ == nullptr) return;
  pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
  pcre2_set_heap_limit(context_.get(), kMostHeapKib);
}

Matcher::~Matcher() = default;

bool Matcher::compile(const Pattern& pattern, const PatternSettings& settings) {
  if (stack_ == nullptr || context_ == nullptr || data_ == nullptr) {
    error_ = "out of memory";
    return false;
  }
  code_ = compile_regex(pattern.regex, settings);
  refers_ = pattern.refers;
  is_fixed_ = pattern.is_fixed;
  is_utf8_ = settings.is_utf8;
  begins_anew_ = settings.matches_word && !settings.matches_line && pattern.is_text;
  shows_line_end_ = settings.matches_word && settings.matches_line && !pattern.is_text;
  if (code_ == nullptr || pattern.any_place.empty() || refers_) return code_ != nullptr;
  any_place_ = compile_regex(pattern.any_place, settings);
  if (!settings.matches_word) return any_place_ != nullptr;
  word_begin_ = compile_regex("(?<!\\w)", settings);
  word_end_ = compile_regex("(?!\\w)", settings);
  return any_place_ != nullptr && word_begin_ != nullptr && word_end_ != nullptr;
}

/// Null: error() says why.
Matcher::Code Matcher::compile_regex(const std::string& regex, const PatternSettings& settings) {
  uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  if (settings.ignores_case) options |= PCRE2_CASELESS;
  if (settings.is_utf8) options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> compile(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  if (compile != nullptr) pcre2_set_newline(compile.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  PCRE2_SIZE place = 0;
  Code compiled(
      pcre2_compile(bytes_of(regex), regex.size(), options, &code, &place, compile.get()));
  if (compiled == nullptr) error_ = error_text(code);
  // Without it, where the system allows none, matching is slower.
  if (compiled != nullptr) pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
  return compiled;
}

int Matcher::match(const Code& code, std::string_view text, size_t from, uint32_t options) {
  return pcre2_match(code.get(), bytes_of(text), text.size(), from, options, data_.get(),
                     context_.get());
}

/// By the automaton, which needs no more than time in proportion to text and pattern for each
/// place.
int Matcher::match_longest(const Code& code, std::string_view text, size_t from, uint32_t options) {
  if (workspace_.empty()) workspace_.resize(kFirstWorkspace);
  for (;;) {
    const int result =
        pcre2_dfa_match(code.get(), bytes_of(text), text.size(), from, options, data_.get(),
                        context_.get(), workspace_.data(), workspace_.size());
    if (result != PCRE2_ERROR_DFA_WSSIZE || workspace_.size() >= kMostWorkspace) return result;
    workspace_.resize(2 * workspace_.size());
  }
}

Matcher::Found Matcher::find(std::string_view text, size_t from, size_t& begin) {
  const int result = match(code_, text, from, 0);
  if (result < 0 && result != PCRE2_ERROR_NOMATCH) return find_by_lines(text, from, begin);
  begin = pcre2_get_ovector_pointer(data_.get())[0];
  return result >= 0 && begin < text.size() ? Found::YES : Found::NO;
}

/// Goes on where matching gave up somewhere in the text.
Matcher::Found Matcher::find_by_lines(std::string_view text, size_t from, size_t& begin) {
  for (size_t at = from; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    Match match;
    const Found found = find_longest(code_, text.substr(at, end - at), 0, match);
    begin = at + match.begin;
    if (found != Found::NO) return found;
    at = end + 1;
  }
  return Found::NO;
}

Matcher::Found Matcher::find_in_line(std::string_view line, size_t from, Match& match) {
  if (word_begin_ != nullptr) return find_word(line, from, match);
  if (begins_anew_) {
    const Found found = find_longest(code_, line.substr(from), 0, match);
    match.begin += from;
    return found;
  }
  return find_longest(any_place_ != nullptr ? any_place_ : code_, line, from, match);
}

Matcher::Found Matcher::find_longest(const Code& code, std::string_view line, size_t from,
                                     Match& match) {
  int result = this->match(code, line, from, 0);
  const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data_.get());
  const bool gave_up = result < 0 && result != PCRE2_ERROR_NOMATCH;
  if (gave_up && !refers_) result = match_longest(code, line, from, 0);
  if (result == PCRE2_ERROR_NOMATCH) return Found::NO;
  if (result < 0) {
    error_ = "matching was given up: " + error_text(result);
    return Found::FAILED;
  }
  match = {places[0], places[1] - places[0]};
  if (gave_up || refers_ || is_fixed_) return Found::YES;
  if (match_longest(code, line, match.begin, PCRE2_ANCHORED) >= 0)
    match.size = places[1] - places[0];
  return Found::YES;
}

/// Step by step as GNU grep does it, which passes over some words: of matches that are none it
/// tries shorter ones at the same place, and then goes on one character further.
Matcher::Found Matcher::find_word(std::string_view line, size_t from, Match& match) {
  for (size_t at = from; at <= line.size();) {
    const Found found = find_longest(any_place_, line, at, match);
    if (found != Found::YES) return found;
    do {
      if (is_word(line, match)) return Found::YES;
    } while (shorten(line, from, match));
    at = match.begin + 1;
    while (is_utf8_ && at < line.size() && (line[at] & 0xC0) == 0x80)
      at++;
  }
  return Found::NO;
}

bool Matcher::is_word(std::string_view line, const Match& match) {
  return this->match(word_begin_, line, match.begin, PCRE2_ANCHORED) >= 0 &&
         this->match(word_end_, line, match.begin + match.size, PCRE2_ANCHORED) >= 0;
}

/// The next shorter match at the same place. GNU grep counts the bytes in which it looks for it
/// from `from` on, but takes them from the begin of the line, so that behind other matches there
/// are too few.
bool Matcher::shorten(std::string_view line, size_t from, Match& match) {
  const size_t end = match.begin + match.size;
  if (match.size == 0 || end - 1 - from < match.begin) return false;
  const std::string_view part = line.substr(0, end - 1 - from);
  if (match_longest(any_place_, part, match.begin, PCRE2_ANCHORED | PCRE2_NOTEOL) < 0) return false;
  const size_t begin = match.begin;
  match.size = pcre2_get_ovector_pointer(data_.get())[1] - begin;
  return match.size != 0;
}

}  // namespace tool
