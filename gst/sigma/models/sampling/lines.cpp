/* Lines from the middle, or from all over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/lines.hpp"

#include <algorithm>
#include <cstring>

namespace sigma {
namespace {

constexpr size_t kPlaces = 4;  ///< that lines are taken from

}  // namespace

ByteSpan middle_lines(ByteSpan bytes, size_t size) {
  if (bytes.size() <= 2 * size) return bytes.first(std::min(bytes.size(), size));
  const ByteSpan rest = bytes.subspan(bytes.size() / 2);
  const void* end = std::memchr(rest.data(), '\n', rest.size() - size);
  const size_t skipped =
      end == nullptr ? 0 : static_cast<size_t>(static_cast<const uint8_t*>(end) - rest.data()) + 1;
  return rest.subspan(skipped, size);
}

ByteSpan spread_lines(ByteSpan bytes, MutableByteSpan room) {
  if (bytes.size() <= 2 * room.size()) return middle_lines(bytes, room.size());
  const size_t each = bytes.size() / kPlaces;
  uint8_t* end = room.data();
  for (size_t i = 0; i < kPlaces; i++) {
    const ByteSpan piece = middle_lines(bytes.subspan(i * each, each), room.size() / kPlaces);
    const auto feed = std::find(piece.rbegin(), piece.rend(), uint8_t{'\n'});
    end = std::copy(piece.begin(), feed == piece.rend() ? piece.end() : feed.base(), end);
  }
  return {room.data(), end};
}

}  // namespace sigma
