/* Whole processes, and a folder for their files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bench {

using Command = std::vector<std::string>;

/// What a process used.
struct Usage {
  double cpu = 0;       ///< seconds, user and system
  double wall = 0;      ///< seconds
  double peak_rss = 0;  ///< bytes
};

/// Runs a command with its output going to a file. Nothing if it fails; last_messages() says why.
std::optional<Usage> run(const Command& command, const std::string& output = "/dev/null");

/// What the command that was run last said on its stderr.
std::string last_messages();

/// A new folder in $TMPDIR (or /var/tmp) that goes, with all in it, when the program ends; also
/// when the user interrupts the program.
const std::string& temporary_folder();

}  // namespace bench
