/* Files in memory, CPU and wall time, and medians, for the benchmarks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace measure {
namespace {

double seconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

Bytes read_file(const char* path, size_t most) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::FILE* file = error ? nullptr : std::fopen(path, "rb");
  Bytes bytes(error ? 0 : static_cast<size_t>(std::min<uint64_t>(size, most)));
  if (file == nullptr || std::fread(bytes.data(), 1, bytes.size(), file) != bytes.size()) {
    std::fprintf(stderr, "%s cannot be read\n", path);
    std::exit(1);
  }
  std::fclose(file);
  return bytes;
}

std::string base_name(const char* path) {
  return std::filesystem::path(path).filename().string();
}

Times time(const std::function<void()>& work) {
  const double wall = seconds(CLOCK_MONOTONIC);
  const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall};
}

double median_cpu_seconds(int runs, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; i++)
    times.push_back(time(work).cpu);
  return median(std::move(times));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values)
    sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace measure
