/* The command sigma, on the library alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/options.hpp"
#include "gst/tool/output.hpp"

namespace {

void run(const tool::Options& options) {
  using tool::Command;
  switch (options.command) {
    case Command::ENCODE:
      return tool::encode(options);
    case Command::DECODE:
    case Command::CAT:
      return tool::decode(options);
    case Command::TEST:
      return tool::test(options);
    case Command::LIST:
      return tool::list(options);
    case Command::INFO:
      return tool::info(options);
    case Command::EXPLAIN:
      return tool::explain(options);
    case Command::RECOVER:
      return tool::recover(options);
    case Command::JOIN:
      return tool::join(options);
  }
}

/// What was printed may not fit on a disk, either.
bool has_printed_all() {
  if (std::fflush(stdout) != 0)
    tool::console().error("standard output", tool::io_error("it cannot be written"));
  else if (std::ferror(stdout) != 0)
    tool::console().error("standard output", "it cannot be written");
  else
    return true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "grep") == 0) {
    const int status = tool::grep(argc - 1, argv + 1);
    return has_printed_all() ? status : std::max(status, 2);
  }
  tool::guard_temporary_files();
  tool::Options options;
  const std::optional<int> status = tool::parse_options(argc, argv, options);
  if (!status) run(options);
  has_printed_all();
  return std::max(status.value_or(0), tool::console().exit_status());
}
