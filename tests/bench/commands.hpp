/* The commands of sigma-bench; both give the program's exit code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "options.hpp"

namespace bench {

int bench_codecs(Arguments& arguments);
int bench_pipelines(Arguments& arguments);

}  // namespace bench
