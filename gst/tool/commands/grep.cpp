/* sigma grep: the lines of files that match, as sigma cat and GNU grep in a pipe would print them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/grep/grep_options.hpp"
#include "gst/tool/grep/line_search.hpp"
#include "gst/tool/grep/text_input.hpp"

namespace tool {
namespace {

using sigma::Result;
using sigma::Status;

constexpr int kFound = 0;
constexpr int kNotFound = 1;
constexpr int kTrouble = 2;

/// Bytes of a text from which on it is worth looking for before decoding.
constexpr size_t kMinSought = 3;

/// Bytes that are written at once, unless somebody waits for each line.
constexpr size_t kOutputBlock = size_t{64} << 10;

/// All files of a command line.
class Grep {
 public:
  explicit Grep(const GrepOptions& options)
      : options_(options),
        pattern_(translate(options.patterns, options.pattern)),
        examiner_(options, pattern_),
        threads_(options.decoder.threads),
        printer_(options, matcher_) {}

  /// Gives the status of the process.
  int run();

 private:
  void search(const std::string& path);
  Status search_text(TextInput& input, LineSearch& lines);
  void report(const std::string& name, const LineSearch& lines);
  void set_sought(const std::vector<std::string>& required);
  void complain(const std::string& name, const Status& status);
  bool selects_nothing() const;
  bool is_done() const { return options_.is_quiet && has_found_; }

  const GrepOptions& options_;
  Pattern pattern_;
  LineExaminer examiner_;
  Threads threads_;
  Matcher matcher_;
  LinePrinter printer_;
  std::vector<std::string> required_;
  std::vector<sigma::ByteSpan> texts_;  ///< the same
  sigma::SoughtTexts sought_;
  bool has_found_ = false;
  bool has_trouble_ = false;
};

int Grep::run() {
  if (!pattern_.error.empty() || !matcher_.compile(pattern_, options_.pattern)) {
    console().error("grep", pattern_.error.empty() ? matcher_.error() : pattern_.error);
    return kTrouble;
  }
  if (selects_nothing()) return kNotFound;
  if (isatty(STDOUT_FILENO) == 0) std::setvbuf(stdout, nullptr, _IOFBF, kOutputBlock);
  set_sought(pattern_.required);
  const bool lists_others = options_.lists == GrepOptions::Lists::OTHERS;
  for (const std::string& path : options_.files)
    if ((options_.most != 0 || lists_others) && !is_done()) search(path);
  if (has_trouble_ && !is_done()) return kTrouble;
  return has_found_ ? kFound : kNotFound;
}

/// No line is without an empty text: GNU grep reads no file then.
bool Grep::selects_nothing() const {
  const PatternSettings& pattern = options_.pattern;
  const bool is_empty = options_.patterns.size() == 1 && options_.patterns[0].empty();
  return is_empty && options_.inverts && !pattern.matches_line && !pattern.matches_word &&
         options_.lists != GrepOptions::Lists::OTHERS;
}

/// Lines without a match are wanted as they are; and of short texts too many pieces are.
void Grep::set_sought(const std::vector<std::string>& required) {
  const auto is_short = [](const std::string& text) { return text.size() < kMinSought; };
  if (options_.inverts || required.empty() || required.size() > sigma::kMaxSoughtTexts ||
      std::any_of(required.begin(), required.end(), is_short))
    return;
  required_ = required;
  for (const std::string& text : required_)
    texts_.emplace_back(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  sought_ = {texts_, options_.pattern.ignores_case};
}

void Grep::complain(const std::string& name, const Status& status) {
  has_trouble_ = true;
  if (!options_.hides_errors) console().error(name, status);
}

void Grep::search(const std::string& path) {
  const std::string name = path == "-" ? options_.input_name : path;
  printer_.set_name(name);
  TextInput input(options_.decoder, threads_.pool(), examiner_,
                  sought_.texts.empty() ? nullptr : &sought_);
  if (const Status status = input.open(path); !status.ok()) return complain(name, status);
  LineSearch lines(options_, matcher_, printer_, &input, options_.decoder.max_memory);
  Status status = search_text(input, lines);
  if (status.ok()) status = lines.finish();
  report(name, lines);
  if (!status.ok()) complain(name, status);
  for (const sigma::Damage& damage : input.damages()) {
    has_trouble_ = true;
    if (!options_.hides_errors) console().error(name, sigma::describe(damage).text);
  }
}

Status Grep::search_text(TextInput& input, LineSearch& lines) {
  while (!lines.is_done()) {
    TextPart part;
    const Result<bool> more = input.next(part);
    if (!more.ok() || !more.value) return more.status;
    Status status = part.lost != 0 ? lines.lose(part.lost) : Status();
    if (status.ok())
      status = part.passed != 0 ? lines.skip(part.passed, part.lines)
                                : lines.add(part.text, part.matched);
    if (!status.ok()) return status;
  }
  return {};
}

void Grep::report(const std::string& name, const LineSearch& lines) {
  const bool is_found = lines.selected() != 0;
  has_found_ = has_found_ || is_found;
  if (options_.is_quiet) return;
  if (options_.lists != GrepOptions::Lists::NONE) {
    if (is_found == (options_.lists == GrepOptions::Lists::MATCHING)) printer_.print_name();
  } else if (options_.counts) {
    printer_.print_count(lines.selected());
  } else if (lines.is_binary_match()) {
    console().note(name, "binary file matches");
  }
}

}  // namespace

int grep(int argc, char** argv) {
  GrepOptions options;
  const std::optional<int> status = parse_grep_options(argc, argv, options);
  return status ? *status : Grep(options).run();
}

}  // namespace tool
