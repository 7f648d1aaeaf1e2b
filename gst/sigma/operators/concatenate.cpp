/* Joined values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/concatenate.hpp"

namespace sigma {

bool parse_count(ByteSpan payload, ByteSpan tree, uint64_t& count) {
  VarintReader in(payload);
  return in.read(count) && in.at_end() && count <= tree.size();
}

}  // namespace sigma
