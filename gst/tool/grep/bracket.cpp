/* Bracket expressions of POSIX in the words of PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/bracket.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace tool {
namespace {

constexpr std::string_view kClasses[] = {"alpha", "digit", "alnum", "upper", "lower", "space",
                                         "blank", "punct", "print", "graph", "cntrl", "xdigit"};
constexpr char kUnmatched[] = "Unmatched [, [^, [:, [., or [=";

class BracketReader {
 public:
  BracketReader(std::string_view text, size_t at, bool is_utf8)
      : text_(text), at_(at), is_utf8_(is_utf8) {}

  bool read();
  size_t end() const { return at_; }
  std::string take_regex() const;
  const char* error() const { return error_; }

 private:
  bool fail(const char* text) {
    error_ = text;
    return false;
  }
  bool has(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool read_class();
  bool read_item();
  bool read_element(std::string& element);
  void put(const std::string& element);

  std::string_view text_;
  size_t at_;
  bool is_utf8_;
  bool is_negated_ = false;
  std::string items_;
  const char* error_ = "";
};

bool BracketReader::read() {
  const size_t begin = at_;
  is_negated_ = has("^");
  if (is_negated_) at_++;
  for (bool is_first = true; is_first || !has("]"); is_first = false) {
    if (at_ >= text_.size()) return fail(kUnmatched);
    if (!(has("[:") ? read_class() : read_item())) return false;
  }
  at_++;
  const std::string_view inside = text_.substr(begin, at_ - 1 - begin);
  if (inside.size() >= 2 && inside.front() == ':' && inside.back() == ':')
    return fail("character class syntax is [[:space:]], not [:space:]");
  return true;
}

bool BracketReader::read_class() {
  const size_t end = text_.find(":]", at_ + 2);
  if (end == std::string_view::npos) return fail(kUnmatched);
  const std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
  if (std::find(std::begin(kClasses), std::end(kClasses), name) == std::end(kClasses))
    return fail("Invalid character class name");
  items_ += text_.substr(at_, end + 2 - at_);
  at_ = end + 2;
  return true;
}

/// A character, [.x.] or [=x=].
bool BracketReader::read_element(std::string& element) {
  if (at_ >= text_.size()) return fail(kUnmatched);
  if (!has("[.") && !has("[=")) {
    size_t size = 1;
    if (is_utf8_ && (text_[at_] & 0xC0) == 0xC0)
      while (at_ + size < text_.size() && (text_[at_ + size] & 0xC0) == 0x80)
        size++;
    element = text_.substr(at_, size);
    at_ += size;
    return true;
  }
  const std::string mark = {text_[at_ + 1], ']'};
  const size_t end = text_.find(mark, at_ + 3);
  if (end == std::string_view::npos) return fail(kUnmatched);
  element = text_.substr(at_ + 2, end - at_ - 2);
  if (element.size() != 1) return fail("Invalid collation character");
  at_ = end + 2;
  return true;
}

void BracketReader::put(const std::string& element) {
  if (element.size() > 1) {
    items_ += element;
    return;
  }
  char code[8];
  std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(element[0] & 0xFF));
  items_ += code;
}

/// An element, or a range of them.
bool BracketReader::read_item() {
  std::string first;
  if (!read_element(first)) return false;
  put(first);
  if (!has("-") || text_.substr(at_).starts_with("-]")) return true;
  at_++;
  if (has("[:")) return fail("Invalid range end");
  std::string last;
  if (!read_element(last)) return false;
  // GNU grep knows no order of other characters, but in the C locale.
  if (first.size() > 1 || last.size() > 1) return fail("Invalid collation character");
  if (last < first) return fail("Invalid range end");
  items_ += '-';
  put(last);
  return true;
}

std::string BracketReader::take_regex() const {
  if (is_negated_) return "[^" + items_ + "\\n]";
  const bool may_be_feed = items_.find("[:") != std::string::npos ||
                           items_.find('-') != std::string::npos ||
                           items_.find("\\x0a") != std::string::npos;
  return (may_be_feed ? "(?:(?!\\n)[" : "[") + items_ + (may_be_feed ? "])" : "]");
}

}  // namespace

bool read_bracket(std::string_view text, size_t& at, bool is_utf8, std::string& regex,
                  std::string& error) {
  BracketReader reader(text, at, is_utf8);
  if (!reader.read()) {
    error = reader.error();
    return false;
  }
  at = reader.end();
  regex += reader.take_regex();
  return true;
}

}  // namespace tool
