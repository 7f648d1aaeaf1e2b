/* Clocks and derived figures.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/stats.hpp"

#include <chrono>

namespace sigma {

uint64_t monotonic_ns() {
  using std::chrono::duration_cast;
  using std::chrono::nanoseconds;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(duration_cast<nanoseconds>(now).count());
}

void StreamStats::start() {
  *this = {};
  started_ns = last_ns = monotonic_ns();
}

void StreamStats::touch() {
  last_ns = monotonic_ns();
}

double StreamStats::throughput(uint64_t raw_bytes) const {
  if (wall_time_ns() == 0) return 0.0;
  return static_cast<double>(raw_bytes) * 1e3 / static_cast<double>(wall_time_ns());
}

double StreamStats::ratio() const {
  if (bytes_out == 0) return 0.0;
  return static_cast<double>(bytes_in) / static_cast<double>(bytes_out);
}

}  // namespace sigma
