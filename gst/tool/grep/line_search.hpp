/* The lines of a file that are to be found, as its text comes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/tool/grep/line_examiner.hpp"
#include "gst/tool/grep/line_printer.hpp"

namespace tool {

/// Text of a file that was skipped, where context needs it after all.
class SkippedText {
 public:
  virtual ~SkippedText() = default;
  /// Fills `out` with the bytes at `position`.
  virtual sigma::Status read(uint64_t position, sigma::MutableByteSpan out) = 0;
};

/// One file: its text comes in order, with parts skipped in which no line is to be found.
class LineSearch {
 public:
  /// `skipped` may be null if nothing is skipped. `most_line`: bytes of a line, at most.
  LineSearch(const GrepOptions& options, Matcher& matcher, LinePrinter& printer,
             SkippedText* skipped, uint64_t most_line);

  /// Text that follows, of which it may be known which lines match. What errors say is of the
  /// pattern, or of skipped text.
  sigma::Status add(std::string_view text, const MatchedLines* matched);
  /// Of the next `size` bytes, `lines` whole lines but for the begin of the first, none has a match
  /// or a zero byte.
  sigma::Status skip(uint64_t size, uint64_t lines);
  /// What follows was lost: a line ends there.
  sigma::Status lose(uint64_t size);
  sigma::Status finish();

  /// Nothing that follows matters.
  bool is_done() const { return is_done_; }
  uint64_t selected() const { return selected_; }
  /// Whether a line was found that is not printed, as it is no text.
  bool is_binary_match() const;

 private:
  /// Which lines of a text match.
  struct Known {
    const MatchedLines* lines = nullptr;  ///< null: nothing is known
    size_t next = 0;                      ///< of those
    size_t before = 0;                    ///< bytes that were searched before the text
  };

  sigma::Status add_block(std::string_view text);
  sigma::Status add_lines(std::string_view text, Known known);
  sigma::Status search(std::string_view text, Known known);
  Matcher::Found find(std::string_view text, size_t at, Known& known, size_t& begin);
  sigma::Status use_lines(std::string_view text, const Known& known);
  sigma::Status select(size_t begin, size_t end);
  sigma::Status select_each(size_t begin, size_t end);
  sigma::Status print_before(size_t begin);
  void print_pending(size_t end);
  void print_line(std::string_view line, uint64_t position, uint64_t number, bool is_selected);
  uint64_t number_at(size_t place);
  void keep_context();
  sigma::Status read_line_end(uint64_t size, uint64_t& used);
  sigma::Status read_before();
  sigma::Status read_pending(uint64_t& size, uint64_t& lines);
  void begin_block(std::string_view lines);
  bool is_quiet() const { return options_.counts || options_.ends_at_first() || is_binary_; }

  const GrepOptions& options_;
  Matcher& matcher_;
  LinePrinter& printer_;
  SkippedText* skipped_;
  uint64_t most_line_;

  bool is_done_ = false;
  bool is_binary_ = false;        ///< a zero byte came
  bool has_unprintable_ = false;  ///< a line that was to be printed is no text
  uint64_t selected_ = 0;
  uint64_t selected_as_text_ = 0;   ///< before the first zero byte
  uint64_t pending_ = 0;            ///< lines of context that are to be printed
  uint64_t printed_end_ = 0;        ///< position behind the line printed last,
  bool has_printed_ = false;        ///< if there is one
  std::string partial_;             ///< a line that has not ended
  uint64_t position_ = 0;           ///< where it begins
  std::string before_;              ///< lines before, as many as context needs;
  bool before_is_skipped_ = false;  ///< or all before was skipped, and is not read yet

  std::string_view block_;      ///< lines that are being searched
  uint64_t block_lines_ = 0;    ///< lines before them
  size_t counted_ = 0;          ///< of the block's bytes, in which there are
  uint64_t counted_lines_ = 0;  ///< so many lines
};

}  // namespace tool
