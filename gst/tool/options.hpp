/* What the command line asks for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst/sigma/base/settings.hpp"

namespace tool {

enum class Command : uint8_t { ENCODE, DECODE, TEST, LIST, INFO, EXPLAIN, RECOVER, CAT, JOIN };

/// Piece `number` of `count`, from 1, of a file; 0 of 0 is the whole.
struct Piece {
  uint64_t number = 0;
  uint64_t count = 0;
};

enum class Choice : uint8_t { AUTO, NO, YES };

/// A part of what a stream decodes to.
struct Part {
  enum class Kind : uint8_t {
    ALL,
    RANGE,  ///< bytes from `begin` on, `end` of them; `from_end`: `begin` counts back from the end
    TIME,   ///< ns since a recording's beginning, from `begin` to before `end`
    LINES,  ///< lines `begin` to `end`, counted from 1; `from_end`: the last `begin` of them
  };
  Kind kind = Kind::ALL;
  uint64_t begin = 0;
  uint64_t end = UINT64_MAX;
  bool from_end = false;
};

struct Options {
  Command command = Command::ENCODE;
  std::vector<std::string> files;  ///< "-": standard input
  std::string output;              ///< of -o; empty: beside the input
  std::string output_folder;
  bool mirrors = false;  ///< the output folder gets the folders of the inputs, too
  std::string suffix = ".sigma";
  bool to_stdout = false;
  bool force = false;
  bool removes = false;
  bool recursive = false;
  bool json = false;
  bool joins = false;  ///< recover: what is intact without the holes
  bool syncs = true;
  bool adds_no_file = false;  ///< a list of files was empty: that does not mean standard input
  int verbosity = 1;          ///< 0: errors alone; 2 and more: details
  Choice sparse = Choice::AUTO;
  Choice progress = Choice::AUTO;
  Choice checks_output = Choice::AUTO;
  Part part;
  Piece piece;                ///< encode: of the input
  uint64_t columns = 20;      ///< explain: lines of a table
  int flush_timeout_ms = -1;  ///< encode: a chunk ends at the latest then; -1: when it is full
  sigma::EncoderSettings encoder;
  sigma::DecoderSettings decoder;
};

/// Reads the command line. A number: the program is to end with that status, as all is said.
std::optional<int> parse_options(int argc, char** argv, Options& options);

void print_help(bool is_long);
void print_version();

}  // namespace tool
