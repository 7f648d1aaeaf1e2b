/* Files in memory, CPU and wall time, and medians, for the benchmarks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace measure {

using Bytes = std::vector<uint8_t>;

/// The file's first `most` bytes; ends the program with a message if it cannot be read.
Bytes read_file(const char* path, size_t most = SIZE_MAX);
std::string base_name(const char* path);

/// Seconds.
struct Times {
  double cpu = 0;  ///< of all threads of this process
  double wall = 0;
};

/// Of one call of `work`.
Times time(const std::function<void()>& work);

/// CPU seconds of this process that `work` takes: the median of `runs`.
double median_cpu_seconds(int runs, const std::function<void()>& work);

double median(std::vector<double> values);
double geometric_mean(const std::vector<double>& values);

}  // namespace measure
