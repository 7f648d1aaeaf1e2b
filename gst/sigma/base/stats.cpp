/* Clocks and derived figures.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
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
