/* The command line of sigma grep, as GNU grep reads it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/grep_options.hpp"

#include <getopt.h>
#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "gst/tool/console.hpp"
#include "gst/tool/grep/grep_option_names.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/options.hpp"

namespace tool {
namespace {

/// Status of grep after an error.
constexpr int kTrouble = 2;

bool fail(const std::string& text) {
  console().error("grep", text);
  return false;
}

class GrepReader {
 public:
  explicit GrepReader(GrepOptions& options) : options_(options) {}

  /// `word`: where in the command line the next word was before the option was read.
  bool take(int code, int word);
  bool finish(int argc, char** argv);
  bool is_done() const { return is_done_; }

 private:
  bool take_output(int code);
  bool take_number(int code);
  bool set_syntax(int code);
  bool add_patterns(std::string_view text);
  bool read_patterns(const char* path);
  bool set_number(uint64_t& to);
  bool set_most();
  bool set_color();
  bool set_binary();

  GrepOptions& options_;
  int syntax_ = 0;  ///< the option that told it
  bool has_patterns_ = false;
  bool is_done_ = false;
  std::string digits_;   ///< of -NUM, as far as they came
  int digits_word_ = 0;  ///< the word that they stand in
  int word_ = 0;         ///< that of the option being read
  std::optional<uint64_t> context_, before_, after_;
};

/// Each line of it is a pattern.
bool GrepReader::add_patterns(std::string_view text) {
  has_patterns_ = true;
  for (size_t begin = 0;;) {
    const size_t end = text.find('\n', begin);
    options_.patterns.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return true;
    begin = end + 1;
  }
}

bool GrepReader::read_patterns(const char* path) {
  has_patterns_ = true;
  const bool is_stdin = std::strcmp(path, "-") == 0;
  std::FILE* const file = is_stdin ? stdin : std::fopen(path, "rb");
  if (file == nullptr) {
    console().error(path, io_error("the patterns cannot be opened"));
    return false;
  }
  std::string text;
  char block[4096];
  for (size_t size; (size = std::fread(block, 1, sizeof block, file)) != 0;)
    text.append(block, size);
  const bool is_read = std::ferror(file) == 0;
  if (!is_read) console().error(path, io_error("the patterns cannot be read"));
  if (!is_stdin) std::fclose(file);
  if (text.find('\0') != std::string::npos) return fail("a pattern has a zero byte");
  if (text.ends_with('\n'))
    text.pop_back();
  else if (text.empty())
    return is_read;
  return is_read && add_patterns(text);
}

bool GrepReader::set_number(uint64_t& to) {
  return parse_number(optarg, to) || fail(format("'%s' is no number of lines", optarg));
}

/// Of less than none there are as many as there are.
bool GrepReader::set_most() {
  uint64_t number = 0;
  if (optarg[0] != '-' || !parse_number(optarg + 1, number)) return set_number(options_.most);
  options_.most = number == 0 ? 0 : UINT64_MAX;
  return true;
}

bool GrepReader::set_syntax(int code) {
  if (syntax_ != 0 && syntax_ != code)
    return fail("only one of -E, -F and -G can be meant: leave out the others");
  syntax_ = code;
  options_.pattern.syntax = code == 'G'   ? Syntax::BASIC
                            : code == 'E' ? Syntax::EXTENDED
                                          : Syntax::FIXED;
  return true;
}

bool GrepReader::set_color() {
  const std::string when = optarg != nullptr ? optarg : "auto";
  if (when == "always" || when == "yes" || when == "force")
    options_.has_colors = true;
  else if (when == "never" || when == "no" || when == "none")
    options_.has_colors = false;
  else if (when == "auto" || when == "tty" || when == "if-tty") {
    const char* const terminal = std::getenv("TERM");
    options_.has_colors =
        isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
  } else {
    return fail(format("--color is always, never or auto, not '%s'", optarg));
  }
  return true;
}

bool GrepReader::set_binary() {
  const std::string_view type = optarg;
  if (type == "binary")
    options_.binary = GrepOptions::Binary::QUIET;
  else if (type == "text")
    options_.binary = GrepOptions::Binary::TEXT;
  else if (type == "without-match")
    options_.binary = GrepOptions::Binary::NO_MATCH;
  else
    return fail(format("--binary-files is binary, text or without-match, not '%s'", optarg));
  return true;
}

bool GrepReader::take(int code, int word) {
  word_ = word;
  // Digits behind another option are a number of their own.
  if (code < '0' || code > '9') digits_word_ = 0;
  switch (code) {
    case 'G':
    case 'E':
    case 'F':
      return set_syntax(code);
    case 'e':
      return add_patterns(optarg);
    case 'f':
      return read_patterns(optarg);
    case 'i':
    case 'y':
      return options_.pattern.ignores_case = true;
    case NO_IGNORE_CASE:
      options_.pattern.ignores_case = false;
      return true;
    case 'w':
      return options_.pattern.matches_word = true;
    case 'x':
      return options_.pattern.matches_line = true;
    case 'v':
      return options_.inverts = true;
    case GREP_HELP:
      print_grep_help();
      return is_done_ = true;
    case 'V':
      print_version();
      return is_done_ = true;
    default:
      return take_output(code);
  }
}

bool GrepReader::take_output(int code) {
  switch (code) {
    case 'c':
      return options_.counts = true;
    case 'n':
      return options_.shows_numbers = true;
    case 'b':
      return options_.shows_offsets = true;
    case 'o':
      return options_.shows_matches = true;
    case 'q':
      return options_.is_quiet = true;
    case 's':
      return options_.hides_errors = true;
    case 'l':
      options_.lists = GrepOptions::Lists::MATCHING;
      return true;
    case 'L':
      options_.lists = GrepOptions::Lists::OTHERS;
      return true;
    case 'H':
      options_.names = GrepOptions::Names::ALWAYS;
      return true;
    case 'h':
      options_.names = GrepOptions::Names::NEVER;
      return true;
    case 'Z':
      return options_.ends_names = true;
    case LABEL:
      options_.input_name = optarg;
      return true;
    case LINE_BUFFERED:
      return options_.writes_lines = true;
    case 'a':
      options_.binary = GrepOptions::Binary::TEXT;
      return true;
    case 'I':
      options_.binary = GrepOptions::Binary::NO_MATCH;
      return true;
    case BINARY_FILES:
      return set_binary();
    case GREP_COLOR:
      return set_color();
    default:
      return take_number(code);
  }
}

bool GrepReader::take_number(int code) {
  uint64_t number = 0;
  if (code >= '0' && code <= '9') {
    // The digits of one word are one number.
    if (digits_word_ != word_) digits_.clear();
    digits_word_ = word_;
    digits_ += static_cast<char>(code);
    if (!parse_number(digits_, number)) return fail("-NUM is no number of lines");
    context_ = number;
    return true;
  }
  switch (code) {
    case 'm':
      return set_most();
    case 'A':
      return set_number(after_.emplace());
    case 'B':
      return set_number(before_.emplace());
    case 'C':
      return set_number(context_.emplace());
    case 'M':
      return parse_size(optarg, options_.decoder.max_memory) ||
             fail(format("'%s' is no number of bytes (such as 64M)", optarg));
    case 'T':
      if (!parse_number(optarg, number) || number > sigma::kMaxThreads)
        return fail(format("'%s' is not a number from 0 to %u", optarg, sigma::kMaxThreads));
      options_.decoder.threads = static_cast<unsigned>(number);
      return true;
    default:
      console().error("grep", "the command line was not understood; see sigma grep --help");
      return false;
  }
}

bool GrepReader::finish(int argc, char** argv) {
  GrepOptions& o = options_;
  if (!has_patterns_ && (optind == argc || !add_patterns(argv[optind++])))
    return fail("a pattern is missing: sigma grep [OPTION]... PATTERN [FILE]...");
  for (; optind < argc; optind++)
    o.files.emplace_back(argv[optind]);
  if (o.files.empty()) o.files.emplace_back("-");
  o.before = before_.value_or(context_.value_or(0));
  o.after = after_.value_or(context_.value_or(0));
  o.has_context = before_ || after_ || context_;
  std::setlocale(LC_CTYPE, "");
  o.pattern.is_utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  return true;
}

}  // namespace

std::optional<int> parse_grep_options(int argc, char** argv, GrepOptions& options) {
  GrepReader reader(options);
  for (;;) {
    const int word = optind;
    const int code = getopt_long(argc, argv, kGrepLetters, kGrepLongs, nullptr);
    if (code == -1) break;
    if (!reader.take(code, word)) return kTrouble;
    if (reader.is_done()) return 0;
  }
  if (!reader.finish(argc, argv)) return kTrouble;
  return std::nullopt;
}

}  // namespace tool
