/* Damage in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/damage.hpp"

#include <cstdio>

namespace sigma {

StatusText describe(const Damage& damage) {
  using ull = unsigned long long;
  StatusText out{};
  const int used =
      std::snprintf(out.text, sizeof out.text, "Stream bytes %llu to %llu cannot be used: %s; ",
                    ull{damage.stream_begin}, ull{damage.stream_end}, damage.cause.text);
  const size_t at = used > 0 ? static_cast<size_t>(used) : 0;
  if (at >= sizeof out.text) return out;
  if (damage.position_end == kUnknownPosition)
    std::snprintf(out.text + at, sizeof out.text - at,
                  "what followed decoded byte %llu is missing, and nothing tells how much that was",
                  ull{damage.position_begin});
  else if (damage.bytes() == 0)
    std::snprintf(out.text + at, sizeof out.text - at,
                  "all decoded bytes are there in spite of it");
  else
    std::snprintf(out.text + at, sizeof out.text - at,
                  "decoded bytes %llu to %llu (%llu chunks) are missing",
                  ull{damage.position_begin}, ull{damage.position_end}, ull{damage.chunks});
  return out;
}

}  // namespace sigma
