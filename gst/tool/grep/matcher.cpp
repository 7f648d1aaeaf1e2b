/* Matching by PCRE2: compiled to machine code, with its automaton where that gives up, and for the
 * longest of several matches.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/matcher.hpp"

#include "gst/tool/grep/characters.hpp"

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
  refers_ = pattern.refers;
  is_fixed_ = pattern.is_fixed;
  is_utf8_ = settings.is_utf8;
  begins_anew_ = settings.matches_word && !settings.matches_line && pattern.is_text;
  shows_line_end_ = settings.matches_word && settings.matches_line && !pattern.is_text;
  compile_options_ = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  if (settings.ignores_case) compile_options_ |= PCRE2_CASELESS;
  if (settings.is_utf8) compile_options_ |= PCRE2_UTF | PCRE2_UCP;
  if (!compile_regex(pattern.regex, code_)) return false;
  if (pattern.any_place.empty() || refers_) return true;
  if (!compile_regex(pattern.any_place, any_place_)) return false;
  return !settings.matches_word ||
         (compile_regex("(?<!\\w)", word_begin_) && compile_regex("(?!\\w)", word_end_));
}

/// False: error() says why.
bool Matcher::compile_regex(const std::string& text, Regex& regex) {
  regex.text = text;
  regex.code = compile_code(text, is_utf8_ ? PCRE2_MATCH_INVALID_UTF : 0);
  // Without it, where the system allows none, matching is slower.
  if (regex.code != nullptr) pcre2_jit_compile(regex.code.get(), PCRE2_JIT_COMPLETE);
  return regex.code != nullptr;
}

/// Null: error() says why.
Matcher::Code Matcher::compile_code(const std::string& text, uint32_t options) {
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> compile(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  if (compile != nullptr) pcre2_set_newline(compile.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  PCRE2_SIZE place = 0;
  Code compiled(pcre2_compile(bytes_of(text), text.size(), compile_options_ | options, &code,
                              &place, compile.get()));
  if (compiled == nullptr) error_ = error_text(code);
  return compiled;
}

int Matcher::match(const Regex& regex, std::string_view text, size_t from, uint32_t options) {
  return pcre2_match(regex.code.get(), bytes_of(text), text.size(), from, options, data_.get(),
                     context_.get());
}

/// By the automaton, which needs no more than time in proportion to text and pattern for each
/// place.
int Matcher::match_longest(Regex& regex, std::string_view text, size_t from, uint32_t options) {
  if (!is_utf8_) return run_automaton(regex.code, text, from, options);
  if (regex.automaton == nullptr) regex.automaton = compile_code(regex.text, 0);
  if (regex.automaton == nullptr) return PCRE2_ERROR_NOMEMORY;
  if ((options & PCRE2_ANCHORED) != 0) return match_utf8(regex, text, from, options);
  for (;;) {
    const int result = match_utf8(regex, text, from, options);
    if (result != PCRE2_ERROR_NOMATCH) return result;
    from += utf8_size(text.substr(from));
    if (from >= text.size()) return result;
    from++;
  }
}

/// In the characters around `from`, which what is no UTF-8 ends as an end of the text would. A
/// match that is anchored seldom needs many: more of them are looked at where they do not tell.
int Matcher::match_utf8(Regex& regex, std::string_view text, size_t from, uint32_t options) {
  constexpr size_t kFirstWindow = 1024;
  const size_t begin = from - last_character_size(text.substr(0, from));
  const size_t all = utf8_size(text.substr(from));
  if (begin != 0) options |= PCRE2_NOTBOL;
  for (size_t window = kFirstWindow;; window *= 8) {
    const bool is_all = (options & PCRE2_ANCHORED) == 0 || window >= all;
    const size_t size = is_all ? all : utf8_size(text.substr(from, window));
    const size_t end = from + size;
    const uint32_t more = is_all ? (end < text.size() ? PCRE2_NOTEOL : 0) : PCRE2_PARTIAL_HARD;
    const int result = run_automaton(regex.automaton, text.substr(begin, end - begin), from - begin,
                                     options | more | PCRE2_NO_UTF_CHECK);
    if (result == PCRE2_ERROR_PARTIAL) continue;
    PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data_.get());
    if (result >= 0) places[0] += begin, places[1] += begin;
    return result;
  }
}

int Matcher::run_automaton(const Code& code, std::string_view text, size_t from, uint32_t options) {
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
  if (word_begin_.code != nullptr) return find_word(line, from, match);
  if (begins_anew_) {
    const Found found = find_longest(code_, line.substr(from), 0, match);
    match.begin += from;
    return found;
  }
  return find_longest(any_place_.code != nullptr ? any_place_ : code_, line, from, match);
}

Matcher::Found Matcher::find_longest(Regex& regex, std::string_view line, size_t from,
                                     Match& match) {
  int result = this->match(regex, line, from, 0);
  const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data_.get());
  const bool gave_up = result < 0 && result != PCRE2_ERROR_NOMATCH;
  if (gave_up && !refers_) result = match_longest(regex, line, from, 0);
  if (result == PCRE2_ERROR_NOMATCH) return Found::NO;
  if (result < 0) {
    error_ = "matching was given up: " + error_text(result);
    return Found::FAILED;
  }
  match = {places[0], places[1] - places[0]};
  if (gave_up || refers_ || is_fixed_) return Found::YES;
  result = match_longest(regex, line, match.begin, PCRE2_ANCHORED);
  if (result >= 0) match.size = places[1] - places[0];
  if (result >= 0 || result == PCRE2_ERROR_NOMATCH) return Found::YES;
  error_ = "matching was given up: " + error_text(result);
  return Found::FAILED;
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
  // Behind what is no UTF-8, PCRE2 looks once more, as if that place had been asked for.
  const auto holds = [&](const Regex& regex, size_t place) {
    return this->match(regex, line, place, PCRE2_ANCHORED) >= 0 &&
           pcre2_get_ovector_pointer(data_.get())[0] == place;
  };
  return holds(word_begin_, match.begin) && holds(word_end_, match.begin + match.size);
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
