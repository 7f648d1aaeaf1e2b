/* A quick hash of short texts, for tables that compare what they find.
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
#pragma once

#include "gst/sigma/bytes.hpp"

namespace sigma {

/// Depends on the bytes, their number and `seed`. Not for the wire.
inline uint32_t mix_text(uint32_t seed, ByteSpan bytes) {
  constexpr uint64_t kFactor = 0x9FB21C651E98DF25;
  uint64_t h = (seed ^ uint64_t{bytes.size()} << 32) * kFactor;
  const uint8_t* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    h = (h ^ load_le<uint64_t>(p)) * kFactor;
    h ^= h >> 32;
  }
  uint64_t tail = 0;
  if (left >= 4) {
    tail = load_le<uint32_t>(p) | uint64_t{load_le<uint32_t>(p + left - 4)} << 32;
  } else if (left > 0) {
    tail = p[0] | uint64_t{p[left / 2]} << 8 | uint64_t{p[left - 1]} << 16;
  }
  h = (h ^ tail) * kFactor;
  return static_cast<uint32_t>(h >> 32 ^ h);
}

}  // namespace sigma
