/* The sets that are measured: what the manifest lists and the corpus folder holds, or files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <vector>

#include "codec.hpp"
#include "options.hpp"

namespace bench {

struct Set {
  std::string class_name;
  std::string name;
  std::string path;
  uint64_t size = 0;  ///< bytes
  Format format;
};

/// Exit code by which test harnesses know that nothing could be tested.
constexpr int kSkipped = 77;

/// What the options --corpus, --manifest, --classes, --sets and --format choose, or the files left
/// among the arguments, as class "files". Ends the program with kSkipped if there is no corpus.
std::vector<Set> choose_sets(Arguments& arguments);

}  // namespace bench
