/* The names of all options and commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <getopt.h>

#include "gst/tool/options.hpp"

namespace tool {

/// Options that have no letter.
enum Long : int {
  BEST = 256,
  CHAIN,
  CHECK,
  CHECK_OUTPUT,
  CHUNK_SIZE,
  COLUMNS,
  FAST,
  FILES_FROM,
  FILES0,
  FLUSH_TIMEOUT,
  JOIN,
  JSON,
  KEY_INTERVAL,
  LEVEL,
  LINES,
  MODEL,
  NO_CHECK_OUTPUT,
  NO_INDEX,
  NO_PROGRESS,
  NO_SPARSE,
  NO_SYNC,
  OUTPUT_FLAT,
  OUTPUT_MIRROR,
  PROGRESS,
  RANGE,
  REMOVE,
  SEARCH_INDEX,
  SPARSE,
  SPLIT,
  TIME,
  VERIFY,
  INFO,
};

inline constexpr char kLetters[] = "-0123456789ceC:dfhHklM:o:qrS:tT:vVz";

inline constexpr option kLongs[] = {
    {"best", no_argument, nullptr, BEST},
    {"chain", required_argument, nullptr, CHAIN},
    {"check", no_argument, nullptr, CHECK},
    {"check-output", no_argument, nullptr, CHECK_OUTPUT},
    {"chunk-size", required_argument, nullptr, CHUNK_SIZE},
    {"block-size", required_argument, nullptr, CHUNK_SIZE},
    {"columns", required_argument, nullptr, COLUMNS},
    {"compress", no_argument, nullptr, 'z'},
    {"decode", no_argument, nullptr, 'd'},
    {"decompress", no_argument, nullptr, 'd'},
    {"uncompress", no_argument, nullptr, 'd'},
    {"encode", no_argument, nullptr, 'z'},
    {"fast", no_argument, nullptr, FAST},
    {"files-from", required_argument, nullptr, FILES_FROM},
    {"filelist", required_argument, nullptr, FILES_FROM},
    {"files", required_argument, nullptr, FILES_FROM},
    {"files0", required_argument, nullptr, FILES0},
    {"flush-timeout", required_argument, nullptr, FLUSH_TIMEOUT},
    {"force", no_argument, nullptr, 'f'},
    {"help", no_argument, nullptr, 'H'},
    {"info", no_argument, nullptr, INFO},
    {"join", no_argument, nullptr, JOIN},
    {"json", no_argument, nullptr, JSON},
    {"robot", no_argument, nullptr, JSON},
    {"keep", no_argument, nullptr, 'k'},
    {"key-interval", required_argument, nullptr, KEY_INTERVAL},
    {"level", required_argument, nullptr, LEVEL},
    {"lines", required_argument, nullptr, LINES},
    {"list", no_argument, nullptr, 'l'},
    {"memory", required_argument, nullptr, 'M'},
    {"memlimit", required_argument, nullptr, 'M'},
    {"model", required_argument, nullptr, MODEL},
    {"no-check-output", no_argument, nullptr, NO_CHECK_OUTPUT},
    {"no-index", no_argument, nullptr, NO_INDEX},
    {"no-progress", no_argument, nullptr, NO_PROGRESS},
    {"no-sparse", no_argument, nullptr, NO_SPARSE},
    {"no-sync", no_argument, nullptr, NO_SYNC},
    {"output", required_argument, nullptr, 'o'},
    {"output-dir-flat", required_argument, nullptr, OUTPUT_FLAT},
    {"output-dir-mirror", required_argument, nullptr, OUTPUT_MIRROR},
    {"progress", no_argument, nullptr, PROGRESS},
    {"quiet", no_argument, nullptr, 'q'},
    {"range", required_argument, nullptr, RANGE},
    {"recursive", no_argument, nullptr, 'r'},
    {"rm", no_argument, nullptr, REMOVE},
    {"search-index", no_argument, nullptr, SEARCH_INDEX},
    {"sparse", no_argument, nullptr, SPARSE},
    {"split", required_argument, nullptr, SPLIT},
    {"stdout", no_argument, nullptr, 'c'},
    {"to-stdout", no_argument, nullptr, 'c'},
    {"suffix", required_argument, nullptr, 'S'},
    {"sync", no_argument, nullptr, CHECK},
    {"test", no_argument, nullptr, 't'},
    {"threads", required_argument, nullptr, 'T'},
    {"time", required_argument, nullptr, TIME},
    {"verbose", no_argument, nullptr, 'v'},
    {"verify", no_argument, nullptr, VERIFY},
    {"version", no_argument, nullptr, 'V'},
    {},
};

struct CommandName {
  const char* name;
  Command command;
};

inline constexpr CommandName kCommands[] = {
    {"encode", Command::ENCODE},   {"decode", Command::DECODE}, {"test", Command::TEST},
    {"list", Command::LIST},       {"info", Command::INFO},     {"explain", Command::EXPLAIN},
    {"recover", Command::RECOVER}, {"cat", Command::CAT},       {"join", Command::JOIN},
};

}  // namespace tool
