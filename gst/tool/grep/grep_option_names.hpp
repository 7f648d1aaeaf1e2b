/* The names of the options of sigma grep, and what --help says of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <getopt.h>

namespace tool {

/// Options that have no letter.
enum GrepLong : int {
  BINARY_FILES = 256,
  GREP_COLOR,
  GREP_HELP,
  LABEL,
  LINE_BUFFERED,
  NO_IGNORE_CASE
};

inline constexpr char kGrepLetters[] = "0123456789aA:bB:cC:e:Ef:FGhHiIlLm:M:noqsT:vVwxyZ";

inline constexpr option kGrepLongs[] = {
    {"after-context", required_argument, nullptr, 'A'},
    {"basic-regexp", no_argument, nullptr, 'G'},
    {"before-context", required_argument, nullptr, 'B'},
    {"binary-files", required_argument, nullptr, BINARY_FILES},
    {"byte-offset", no_argument, nullptr, 'b'},
    {"color", optional_argument, nullptr, GREP_COLOR},
    {"colour", optional_argument, nullptr, GREP_COLOR},
    {"context", required_argument, nullptr, 'C'},
    {"count", no_argument, nullptr, 'c'},
    {"extended-regexp", no_argument, nullptr, 'E'},
    {"file", required_argument, nullptr, 'f'},
    {"files-with-matches", no_argument, nullptr, 'l'},
    {"files-without-match", no_argument, nullptr, 'L'},
    {"fixed-strings", no_argument, nullptr, 'F'},
    {"help", no_argument, nullptr, GREP_HELP},
    {"ignore-case", no_argument, nullptr, 'i'},
    {"invert-match", no_argument, nullptr, 'v'},
    {"label", required_argument, nullptr, LABEL},
    {"line-buffered", no_argument, nullptr, LINE_BUFFERED},
    {"line-number", no_argument, nullptr, 'n'},
    {"line-regexp", no_argument, nullptr, 'x'},
    {"max-count", required_argument, nullptr, 'm'},
    {"memory", required_argument, nullptr, 'M'},
    {"no-filename", no_argument, nullptr, 'h'},
    {"no-ignore-case", no_argument, nullptr, NO_IGNORE_CASE},
    {"no-messages", no_argument, nullptr, 's'},
    {"null", no_argument, nullptr, 'Z'},
    {"only-matching", no_argument, nullptr, 'o'},
    {"quiet", no_argument, nullptr, 'q'},
    {"regexp", required_argument, nullptr, 'e'},
    {"silent", no_argument, nullptr, 'q'},
    {"text", no_argument, nullptr, 'a'},
    {"threads", required_argument, nullptr, 'T'},
    {"version", no_argument, nullptr, 'V'},
    {"with-filename", no_argument, nullptr, 'H'},
    {"word-regexp", no_argument, nullptr, 'w'},
    {},
};

void print_grep_help();

}  // namespace tool
