/* Damage in words.
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
