/* A recursive reader of regular expressions, which writes those of PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/translation.hpp"

#include <algorithm>
#include <cctype>

#include "gst/tool/grep/bracket.hpp"
#include "gst/tool/numbers.hpp"

namespace tool {
namespace {

constexpr unsigned kMaxRepeats = 32767;  ///< as in GNU grep
constexpr unsigned kMaxDepth = 200;      ///< of groups: PCRE2 allows 250

void quote(std::string& to, char c) {
  if (std::ispunct(static_cast<unsigned char>(c)) != 0) to += '\\';
  to += c;
}

}  // namespace

std::vector<std::string> Translation::run() {
  if (settings_.syntax == Syntax::FIXED) {
    for (const char c : text_)
      quote(regex_, c);
    return {std::string(text_)};
  }
  return read_alternatives();
}

bool Translation::is_text(const std::vector<std::string>& required) const {
  if (required.size() != 1) return false;
  std::string quoted;
  for (const char c : required[0])
    quote(quoted, c);
  return quoted == regex_;
}

std::vector<std::string> Translation::read_alternatives() {
  std::vector<std::string> required = {read_branch()};
  while (!at_end() && has_operator('|')) {
    pass_operator();
    regex_ += '|';
    is_fixed_ = false;
    required.push_back(read_branch());
  }
  return required;
}

std::string Translation::read_branch() {
  Branch branch;
  at_begin_ = true;
  while (!at_branch_end()) {
    Atom atom = read_atom(branch);
    at_begin_ = atom.is_anchor && at_begin_;
    if (!error_.empty()) break;
    // In basic expressions * is text at the beginning, behind ^ too.
    while (!at_end() && error_.empty() && (is_extended() || !at_begin_) &&
           read_repetition(atom, branch))
      continue;
    if (atom.is_repeated) continue;
    if (!atom.text.empty()) {
      branch.run += atom.text;
    } else if (!atom.is_anchor) {
      branch.end_run();
      if (atom.inside.size() > branch.best.size()) branch.best = atom.inside;
    }
  }
  branch.end_run();
  return branch.best;
}

/// Whether * and the like stand behind the atom, and are read.
bool Translation::read_repetition(Atom& atom, Branch& branch) {
  if (has("*")) {
    at_++;
    repeat(atom, branch, "*", true);
    return true;
  }
  for (const char letter : {'+', '?'})
    if (has_operator(letter)) {
      pass_operator();
      repeat(atom, branch, {letter}, letter == '?');
      return true;
    }
  std::string repeats;
  bool may_lack = false;
  if (!has_operator('{') || !read_interval(repeats, may_lack)) return false;
  repeat(atom, branch, repeats, may_lack);
  return true;
}

/// {2}, {2,}, {,3}, {2,3}. What is none of these is text in extended expressions.
bool Translation::read_interval(std::string& repeats, bool& may_lack) {
  const size_t begin = at_;
  pass_operator();
  const auto read_number = [&](uint64_t& number) {
    size_t end = at_;
    while (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end])) != 0)
      end++;
    const bool is_one = end > at_ && parse_number(text_.substr(at_, end - at_), number);
    at_ = end;
    return is_one;
  };
  uint64_t least = 0;
  uint64_t most = 0;
  const bool has_least = read_number(least);
  const bool has_comma = has(",");
  if (has_comma) at_++;
  const bool has_most = has_comma && read_number(most);
  if (!(has_least || has_most) || !has_operator('}')) {
    at_ = begin;
    if (!is_extended()) fail("Invalid content of \\{\\}");
    return false;
  }
  pass_operator();
  if (!has_most) most = has_comma ? kMaxRepeats : least;
  if (least > most || most > kMaxRepeats) {
    fail(least > most ? "Invalid content of \\{\\}" : "Regular expression too big");
    return false;
  }
  may_lack = least == 0;
  repeats = '{';
  repeats += std::to_string(least);
  repeats += ',';
  if (!has_comma || has_most) repeats += std::to_string(most);
  repeats += '}';
  if (least != most || (has_comma && !has_most)) is_fixed_ = false;
  return true;
}

void Translation::repeat(Atom& atom, Branch& branch, const std::string& repeats, bool may_lack) {
  if (atom.is_anchor) return fail("a repetition of an anchor is not supported");
  if (atom.is_repeated) {  // PCRE2 gives ** and the like another meaning
    regex_.insert(atom.begin, "(?:");
    regex_ += ')';
  }
  regex_ += repeats;
  if (repeats.front() != '{') is_fixed_ = false;
  if (!may_lack && !atom.is_repeated) {
    branch.run += atom.text;
    if (atom.inside.size() > branch.best.size()) branch.best = atom.inside;
  } else if (may_lack && atom.is_repeated) {
    // What came once may be gone again: nothing that has it counts.
    branch.best.clear();
  }
  branch.end_run();
  atom.is_repeated = true;
}

/// Whether ^ or $ is an anchor there: everywhere in extended expressions.
bool Translation::is_anchor_here(bool is_begin) const {
  if (is_extended()) return true;
  if (is_begin) return at_begin_;
  const std::string_view rest = text_.substr(at_ + 1);
  return rest.empty() || rest.starts_with("\\|") || rest.starts_with("\\)");
}

Translation::Atom Translation::read_atom(Branch& branch) {
  Atom atom;
  atom.begin = regex_.size();
  if (has_operator('(')) {
    branch.end_run();
    read_group(atom);
    return atom;
  }
  const char c = text_[at_];
  if (c == '\\') {
    read_backslash(atom);
  } else if (c == '[') {
    std::string error;
    at_++;
    if (!read_bracket(text_, at_, settings_.is_utf8, regex_, error)) fail(error);
  } else if (c == '.') {
    at_++;
    regex_ += '.';
  } else if ((c == '^' || c == '$') && is_anchor_here(c == '^')) {
    at_++;
    regex_ += c;
    atom.is_anchor = true;
  } else if (at_begin_ && is_extended() && (c == '*' || c == '+' || c == '?')) {
    at_++;  // it repeats nothing
    atom.is_anchor = true;
  } else if (at_begin_ && has_operator('{')) {
    fail("an interval at the beginning of an expression is not supported");
  } else {
    put_character(atom);
  }
  return atom;
}

/// A character of UTF-8 is one atom.
void Translation::put_character(Atom& atom) {
  size_t size = 1;
  if (settings_.is_utf8 && (text_[at_] & 0xC0) == 0xC0)
    while (at_ + size < text_.size() && (text_[at_ + size] & 0xC0) == 0x80)
      size++;
  atom.text = text_.substr(at_, size);
  at_ += size;
  if (size == 1)
    quote(regex_, atom.text[0]);
  else
    regex_ += atom.text;
}

void Translation::read_group(Atom& atom) {
  pass_operator();
  if (++depth_ > kMaxDepth) return fail("Regular expression too big");
  regex_ += '(';
  groups_++;
  is_open_.push_back(true);
  const size_t number = is_open_.size() - 1;
  const std::vector<std::string> inside = read_alternatives();
  depth_--;
  if (at_end() || !has_operator(')')) return fail("Unmatched ( or \\(");
  pass_operator();
  regex_ += ')';
  is_open_[number] = false;
  at_begin_ = false;
  if (inside.size() == 1) atom.inside = inside[0];
}

void Translation::read_backslash(Atom& atom) {
  if (at_ + 1 == text_.size()) return fail("Trailing backslash");
  const char c = text_[at_ + 1];
  if (!is_extended() && (c == '{' || c == '}' || c == ')')) {
    // What has a meaning at its place was read there.
    return fail(c == ')' ? "Unmatched ) or \\)" : "an interval there is not supported");
  }
  at_ += 2;
  switch (c) {
    case 'w':
      regex_ += "\\w";
      return;
    case 'W':
      regex_ += "[^\\w\\n]";
      return;
    case 's':
      regex_ += "[^\\S\\n]";
      return;
    case 'S':
      regex_ += "\\S";
      return;
    case 'b':
    case 'B':
      (regex_ += '\\') += c;
      break;
    case '<':
      regex_ += "\\b(?=\\w)";
      break;
    case '>':
      regex_ += "\\b(?<=\\w)";
      break;
    case '`':
      regex_ += '^';
      break;
    case '\'':
      regex_ += '$';
      break;
    default:
      if (c >= '1' && c <= '9') return read_reference(c);
      at_--;
      return put_character(atom);
  }
  atom.is_anchor = true;
}

void Translation::read_reference(char digit) {
  const auto number = static_cast<size_t>(digit - '0');
  if (number > is_open_.size() || is_open_[number - 1]) return fail("Invalid back reference");
  regex_ += "\\g{" + std::to_string(groups_before_ + number) + "}";
  refers_ = true;
  is_fixed_ = false;
}

}  // namespace tool
