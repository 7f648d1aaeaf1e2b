/* Runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/values.hpp"

#include <algorithm>
#include <cstring>

namespace sigma {

bool parse_run(ByteSpan payload, uint64_t& size, ByteSpan& pattern) {
  VarintReader in(payload);
  if (!in.read(size)) return false;
  pattern = in.rest();
  return !pattern.empty() && pattern.size() <= 255;
}

void write_run(ByteSpan pattern, MutableByteSpan out) {
  if (pattern.size() == 1) {
    std::memset(out.data(), pattern[0], out.size());
    return;
  }
  for (size_t done = 0; done < out.size(); done += pattern.size())
    std::memcpy(out.data() + done, pattern.data(), std::min(pattern.size(), out.size() - done));
}

}  // namespace sigma
