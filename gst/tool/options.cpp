/* The command line, read by the C library's getopt_long(): flags such as -3, in any order and
 * joined, as of zstd and xz.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/tool/console.hpp"
#include "gst/tool/inputs.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/option_names.hpp"
#include "gst/tool/split.hpp"

namespace tool {
namespace {

bool fail(const std::string& text) {
  console().error("", text + "; see sigma --help");
  return false;
}

/// One command line on its way into options.
class Reader {
 public:
  explicit Reader(Options& options) : options_(options) {}

  bool take(int code);
  bool finish();
  bool is_done() const { return is_done_; }
  /// The command is known: no word is one.
  void keep_command() { has_command_ = true; }

 private:
  bool take_mode(int code);
  bool take_flag(int code);
  bool take_choice(int code);
  bool take_codec(int code);
  bool take_place(int code);
  bool take_argument(const char* text);
  bool take_name(const char* text);
  bool set_command(Command command);
  template <typename T>
  bool set_number(T& to, uint64_t most);
  bool set_size(uint64_t& to);
  bool set_part(Part::Kind kind);
  bool set_memory();

  Options& options_;
  bool has_command_ = false;
  bool has_names_ = false;  ///< of files, so that no command can follow
  bool is_done_ = false;
};

bool Reader::set_command(Command command) {
  options_.command = command;
  has_command_ = true;
  return true;
}

template <typename T>
bool Reader::set_number(T& to, uint64_t most) {
  uint64_t number = 0;
  if (!parse_number(optarg, number) || number > most)
    return fail(format("'%s' is not a number from 0 to %llu", optarg,
                       static_cast<unsigned long long>(most)));
  to = static_cast<T>(number);
  return true;
}

bool Reader::set_size(uint64_t& to) {
  return parse_size(optarg, to) ||
         fail(format("'%s' is no number of bytes (such as 65536, 64K, 64M or 1G)", optarg));
}

bool Reader::set_memory() {
  uint64_t bytes = 0;
  if (!set_size(bytes)) return false;
  options_.encoder.max_memory = bytes;
  options_.decoder.max_memory = bytes;
  return true;
}

bool Reader::set_part(Part::Kind kind) {
  if (options_.part.kind != Part::Kind::ALL)
    return fail("one of --range, --time and --lines at a time");
  if (parse_part(kind, optarg, options_.part)) return true;
  return fail(format("'%s' is no %s", optarg,
                     kind == Part::Kind::RANGE  ? "OFFSET:LENGTH in bytes"
                     : kind == Part::Kind::TIME ? "A:B of times (such as 90:2m30s)"
                                                : "A:B of line numbers, which begin with 1"));
}

bool Reader::take_mode(int code) {
  switch (code) {
    case 'z':
      return set_command(Command::ENCODE);
    case 'd':
      return set_command(Command::DECODE);
    case 't':
      return set_command(Command::TEST);
    case 'l':
      return set_command(Command::LIST);
    case INFO:
      return set_command(Command::INFO);
    case 'h':
    case 'H':
      print_help(code == 'H');
      return is_done_ = true;
    case 'V':
      print_version();
      return is_done_ = true;
    default:
      return take_flag(code);
  }
}

bool Reader::take_flag(int code) {
  switch (code) {
    case 'c':
      return options_.to_stdout = true;
    case 'f':
      return options_.force = true;
    case 'k':
      options_.removes = false;
      return true;
    case 'q':
      options_.verbosity = 0;
      return true;
    case 'r':
      return options_.recursive = true;
    case 'v':
      options_.verbosity = options_.verbosity < 2 ? 2 : 3;
      return true;
    case REMOVE:
      return options_.removes = true;
    case JSON:
      return options_.json = true;
    case JOIN:
      return options_.joins = true;
    case CHECK:  // always so
      return true;
    case NO_SYNC:
      options_.syncs = false;
      return true;
    default:
      return take_choice(code);
  }
}

bool Reader::take_choice(int code) {
  const auto choose = [](Choice& to, bool yes) {
    to = yes ? Choice::YES : Choice::NO;
    return true;
  };
  switch (code) {
    case CHECK_OUTPUT:
    case NO_CHECK_OUTPUT:
      return choose(options_.checks_output, code == CHECK_OUTPUT);
    case PROGRESS:
    case NO_PROGRESS:
      return choose(options_.progress, code == PROGRESS);
    case SPARSE:
    case NO_SPARSE:
      return choose(options_.sparse, code == SPARSE);
    default:
      return take_codec(code);
  }
}

bool Reader::take_codec(int code) {
  sigma::EncoderSettings& encoder = options_.encoder;
  if (code >= '0' && code <= '9') {
    encoder.level = static_cast<unsigned>(code - '0');
    return true;
  }
  uint64_t bytes = 0;
  switch (code) {
    case BEST:
      encoder.level = sigma::kMaxLevel;
      return true;
    case FAST:
      encoder.level = 1;
      return true;
    case LEVEL:
      return set_number(encoder.level, sigma::kMaxLevel);
    case CHUNK_SIZE:
      if (!set_size(bytes)) return false;
      encoder.chunk_size = static_cast<uint32_t>(std::min<uint64_t>(bytes, UINT32_MAX));
      return true;
    case KEY_INTERVAL:
      return set_number(encoder.key_interval, UINT32_MAX);
    case CHAIN:
      return set_number(encoder.chain, UINT32_MAX);
    case FLUSH_TIMEOUT:
      return set_number(options_.flush_timeout_ms, INT32_MAX);
    case MODEL:
      return sigma::model_by_name(optarg, encoder.model) ||
             fail(format("there is no model '%s'", optarg));
    case NO_INDEX:
      encoder.index = false;
      return true;
    case SEARCH_INDEX:
      return encoder.search_index = true;
    case VERIFY:
      return encoder.verify = true;
    case 'M':
      return set_memory();
    case 'T':
      options_.decoder.threads = 0;
      if (!set_number(encoder.threads, sigma::kMaxThreads)) return false;
      options_.decoder.threads = encoder.threads;
      return true;
    default:
      return take_place(code);
  }
}

bool Reader::take_place(int code) {
  switch (code) {
    case 'o':
      if (*optarg == '\0') return fail("the name behind -o is empty");
      options_.to_stdout = std::strcmp(optarg, "-") == 0;
      options_.output = options_.to_stdout ? "" : optarg;
      return true;
    case OUTPUT_FLAT:
    case OUTPUT_MIRROR:
      if (*optarg == '\0') return fail("the name of the folder is empty");
      if (!options_.output_folder.empty()) return fail("one folder for outputs at a time");
      options_.output_folder = optarg;
      options_.mirrors = code == OUTPUT_MIRROR;
      return true;
    case 'S':
      options_.suffix = optarg[0] == '.' || optarg[0] == '\0' ? optarg : std::string(".") + optarg;
      return options_.suffix.size() > 1 || fail("a suffix has at least one character");
    case FILES_FROM:
    case FILES0:
      options_.adds_no_file = true;
      return read_file_list(optarg, code == FILES0 ? '\0' : '\n', options_.files);
    case SPLIT:
      return parse_piece(optarg, options_.piece) ||
             fail(format("'%s' is no N/M: piece N of M, from 1", optarg));
    case RANGE:
      return set_part(Part::Kind::RANGE);
    case TIME:
      return set_part(Part::Kind::TIME);
    case LINES:
      return set_part(Part::Kind::LINES);
    case COLUMNS:
      return set_number(options_.columns, UINT32_MAX);
    case 1:
      return take_argument(optarg);
    case 'e':
      return fail("-e, --extreme is xz's: -9 with --memory=64M is the smallest");
    case 'C':
      return fail(
          "-C is xz's: every chunk has a checksum of 64 bits (XXH3), which is always checked");
    default:
      return fail("the command line was not understood");  // getopt_long() said why
  }
}

/// A command, if it is the first word, or the name of a file.
bool Reader::take_argument(const char* text) {
  if (!has_names_ && !has_command_)
    for (const CommandName& known : kCommands)
      if (std::strcmp(text, known.name) == 0) return set_command(known.command);
  if (!has_names_ && !has_command_ && std::strcmp(text, "grep") == 0)
    return fail("grep comes before all options: sigma grep -T2 PATTERN FILE");
  return take_name(text);
}

bool Reader::take_name(const char* text) {
  has_names_ = true;
  if (*text == '\0') return fail("the name of a file is empty");
  options_.files.emplace_back(text);
  return true;
}

bool Reader::take(int code) {
  return take_mode(code);
}

/// What one option says of another.
bool Reader::finish() {
  Options& o = options_;
  const bool writes = o.command == Command::ENCODE || o.command == Command::DECODE ||
                      o.command == Command::RECOVER || o.command == Command::JOIN ||
                      o.command == Command::CAT;
  if (o.command == Command::CAT && o.output.empty()) o.to_stdout = true;
  if (o.part.kind != Part::Kind::ALL) {
    if (o.command != Command::DECODE && o.command != Command::CAT)
      return fail("--range, --time and --lines are for decode and cat");
    if (o.removes) return fail("--rm does not go with a part of the file");
    if (o.output.empty()) o.to_stdout = true;
  }
  if (!o.output.empty() && o.to_stdout) return fail("-o and -c exclude each other");
  if (!o.output.empty() && !writes) return fail("-o is for encode, decode, cat, recover and join");
  if (!o.output.empty() && !o.output_folder.empty())
    return fail("-o and a folder exclude each other");
  if (o.removes && o.command != Command::ENCODE && o.command != Command::DECODE)
    return fail("--rm is for encode and decode");
  const bool tells = o.command == Command::LIST || o.command == Command::INFO ||
                     o.command == Command::TEST || o.command == Command::EXPLAIN ||
                     o.command == Command::RECOVER;
  if (o.json && !tells) return fail("--json is for list, info, test, explain and recover");
  if (o.joins && o.command != Command::RECOVER) return fail("--join is for recover");
  if (o.files.empty() && !o.adds_no_file) o.files.emplace_back("-");
  if (o.piece.count != 0 && (o.removes || o.command != Command::ENCODE))
    return fail("--split is for encode, and keeps the input");
  if (!o.output.empty() && o.command != Command::JOIN && (o.files.size() != 1 || o.recursive))
    return fail("-o takes one input; -c and join make one file of several");
  return true;
}

/// A level.
bool is_digit(int code) {
  return code >= '0' && code <= '9';
}

/// The program's own name may be a command.
bool is_named_for_command(const char* called, Options& options) {
  const char* slash = std::strrchr(called, '/');
  const std::string name = slash != nullptr ? slash + 1 : called;
  if (name == "unsigma") options.command = Command::DECODE;
  if (name == "sigmacat") options.command = Command::CAT;
  return options.command != Command::ENCODE;
}

}  // namespace

std::optional<int> parse_options(int argc, char** argv, Options& options) {
  Reader reader(options);
  if (argc > 0 && is_named_for_command(argv[0], options)) reader.keep_command();
  for (int code, before = 0, word = 0;; before = code) {
    const int last_word = std::exchange(word, optind);
    code = getopt_long(argc, argv, kLetters, kLongs, nullptr);
    if (code == -1) break;
    if (is_digit(before) && is_digit(code) && word == last_word) {
      fail("levels are 0 to 9; -9 with --memory=64M is the smallest");
      return 1;
    }
    if (!reader.take(code)) return 1;
    if (reader.is_done()) return 0;
  }
  for (; optind < argc; optind++)  // behind --
    if (argv[optind][0] == '\0' || (options.files.emplace_back(argv[optind]), false)) return 1;
  if (!reader.finish()) return 1;
  console().set_verbosity(options.verbosity);
  return std::nullopt;
}

}  // namespace tool
