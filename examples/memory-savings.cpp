/* What an encoder reserves at each level, part by part in MB, against loading a file of 1 GB whole:
 *
 *     memory-savings
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
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
