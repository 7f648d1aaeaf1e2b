/* The commands, each in a file of its own name: over all inputs that the options name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/tool/options.hpp"

namespace tool {

void encode(const Options& options);
/// decode and cat.
void decode(const Options& options);
void test(const Options& options);
void list(const Options& options);
void info(const Options& options);
void explain(const Options& options);
void recover(const Options& options);
void join(const Options& options);

/// Reads its own command line, behind "sigma"; gives the status of the process.
int grep(int argc, char** argv);

}  // namespace tool
