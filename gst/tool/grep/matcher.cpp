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
  uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  if (settings.ignores_case) options |= PCRE2_CASELESS;
  if (settings.is_utf8) options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> compile(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  if (compile != nullptr) pcre2_set_newline(compile.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  PCRE2_SIZE place = 0;
  code_.reset(pcre2_compile(bytes_of(pattern.regex), pattern.regex.size(), options, &code, &place,
                            compile.get()));
  if (code_ == nullptr) {
    error_ = error_text(code);
    return false;
  }
  // Without it, where the system allows none, matching is slower.
  pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
  refers_ = pattern.refers;
  is_fixed_ = pattern.is_fixed;
  return true;
}

int Matcher::match(std::string_view text, size_t from, uint32_t options) {
  return pcre2_match(code_.get(), bytes_of(text), text.size(), from, options, data_.get(),
                     context_.get());
}

/// By the automaton, which needs no more than time in proportion to text and pattern for each
/// place.
int Matcher::match_longest(std::string_view text, size_t from, uint32_t options) {
  if (workspace_.empty()) workspace_.resize(kFirstWorkspace);
  for (;;) {
    const int result =
        pcre2_dfa_match(code_.get(), bytes_of(text), text.size(), from, options, data_.get(),
                        context_.get(), workspace_.data(), workspace_.size());
    if (result != PCRE2_ERROR_DFA_WSSIZE || workspace_.size() >= kMostWorkspace) return result;
    workspace_.resize(2 * workspace_.size());
  }
}

Matcher::Found Matcher::find(std::string_view text, size_t from, size_t& begin) {
  const int result = match(text, from, 0);
  if (result < 0 && result != PCRE2_ERROR_NOMATCH) return find_by_lines(text, from, begin);
  begin = pcre2_get_ovector_pointer(data_.get())[0];
  return result >= 0 && begin < text.size() ? Found::YES : Found::NO;
}

/// Goes on where matching gave up somewhere in the text.
Matcher::Found Matcher::find_by_lines(std::string_view text, size_t from, size_t& begin) {
  for (size_t at = from; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    Match match;
    const Found found = find_in_line(text.substr(at, end - at), 0, match);
    begin = at + match.begin;
    if (found != Found::NO) return found;
    at = end + 1;
  }
  return Found::NO;
}

Matcher::Found Matcher::find_in_line(std::string_view line, size_t from, Match& match) {
  int result = this->match(line, from, 0);
  const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data_.get());
  const bool gave_up = result < 0 && result != PCRE2_ERROR_NOMATCH;
  if (gave_up && !refers_) result = match_longest(line, from, 0);
  if (result == PCRE2_ERROR_NOMATCH) return Found::NO;
  if (result < 0) {
    error_ = "matching was given up: " + error_text(result);
    return Found::FAILED;
  }
  match = {places[0], places[1] - places[0]};
  if (gave_up || refers_ || is_fixed_) return Found::YES;
  if (match_longest(line, match.begin, PCRE2_ANCHORED) >= 0) match.size = places[1] - places[0];
  return Found::YES;
}

}  // namespace tool
