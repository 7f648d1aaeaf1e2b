/* One regular expression on its way to PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gst/tool/grep/pattern.hpp"

namespace tool {

/// A recursive reader of the expression as POSIX and GNU grep write it, which writes PCRE2's.
/// `groups`: those of the expressions before it.
class Translation {
 public:
  Translation(std::string_view text, const PatternSettings& settings, unsigned groups)
      : text_(text), settings_(settings), groups_before_(groups), groups_(groups) {}

  /// Gives the texts of which one must be there for each way to match; empty: none is known.
  std::vector<std::string> run();
  const std::string& regex() const { return regex_; }
  const std::string& error() const { return error_; }
  unsigned groups() const { return groups_; }
  bool refers() const { return refers_; }
  bool is_fixed() const { return is_fixed_; }
  /// Nothing but text, of which `required` is what run() gave.
  bool is_text(const std::vector<std::string>& required) const;

 private:
  /// The atom that a repetition belongs to.
  struct Atom {
    size_t begin = 0;          ///< in the regex
    std::string text;          ///< if it is one character, that
    std::string inside;        ///< the text that all matches of it have, if it is a group
    bool is_anchor = false;    ///< nothing that can be repeated
    bool is_repeated = false;  ///< already
  };
  /// A branch: a run of characters that follow each other, and the longest before.
  struct Branch {
    std::string run;
    std::string best;
    void end_run() {
      if (run.size() > best.size()) best = run;
      run.clear();
    }
  };

  bool is_extended() const { return settings_.syntax == Syntax::EXTENDED; }
  bool at_end() const { return at_ == text_.size(); }
  bool has(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  /// An operator that has a backslash in one of the two syntaxes.
  bool has_operator(char letter) const {
    return is_extended() ? has({&letter, 1}) : has(std::string{'\\', letter});
  }
  void pass_operator() { at_ += is_extended() ? 1 : 2; }
  bool at_branch_end() const {
    return at_end() || has_operator('|') || (depth_ > 0 && has_operator(')'));
  }

  std::vector<std::string> read_alternatives();
  std::string read_branch();
  bool read_repetition(Atom& atom, Branch& branch);
  bool read_interval(std::string& repeats, bool& may_lack);
  void repeat(Atom& atom, Branch& branch, const std::string& repeats, bool may_lack);
  Atom read_atom(Branch& branch);
  void read_group(Atom& atom);
  void read_backslash(Atom& atom);
  void read_reference(char digit);
  void put_character(Atom& atom);
  bool is_anchor_here(bool is_begin) const;
  void fail(const std::string& text) {
    if (error_.empty()) error_ = text;
    at_ = text_.size();
  }

  std::string_view text_;
  const PatternSettings& settings_;
  unsigned groups_before_;
  unsigned groups_;
  std::vector<bool> is_open_;  ///< groups that have not ended
  size_t at_ = 0;
  unsigned depth_ = 0;
  std::string regex_;
  std::string error_;
  bool refers_ = false;
  bool is_fixed_ = true;
  bool at_begin_ = true;  ///< of a branch, where * and ^ are special
};

}  // namespace tool
