/* What an encoder reserves at each level, part by part in MB, against loading a file of 1 GB whole:
 *
 *     memory-savings
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
#include <cstdio>

#include "gst/sigma/sigma.hpp"

int main() {
  std::puts(
      "level  window  output  coder  filter  shared  tables  code  headroom  total   1 GB loaded "
      "whole "
      "takes");
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++) {
    sigma::EncoderSettings settings;
    settings.level = level;
    const sigma::MemoryEstimate m = sigma::estimate_memory_usage(settings);
    const auto mb = [](uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
    std::printf(
        "%5u  %6.2f  %6.2f  %5.2f  %6.2f  %6.2f  %6.2f  %4.2f  %8.2f  %5.2f   %.0f times as much\n",
        level, mb(m.window), mb(m.output), mb(m.coder), mb(m.filter), mb(m.shared), mb(m.tables),
        mb(sigma::kCodeMemory), mb(sigma::kHeadroom), mb(m.total()),
        1e9 / static_cast<double>(m.total()));
  }
  return 0;
}
