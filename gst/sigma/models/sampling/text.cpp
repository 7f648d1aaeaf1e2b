/* Control characters, counted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/text.hpp"

#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {

ByteCounts count_bytes(ByteSpan bytes) {
  ByteCounts counts{};
  for (const uint8_t byte : bytes)
    counts[byte]++;
  return counts;
}

bool is_text(const ByteCounts& counts, size_t size) {
  constexpr size_t kShortLine = 16;
  size_t controls = counts[0x7f] + (counts[0] * kShortLine <= size ? 0 : counts[0]);
  for (unsigned c = 1; c < 0x20; c++)
    controls += c == '\n' || c == '\r' || c == '\t' || c == 0x1b ? 0 : counts[c];
  return size != 0 && controls * 100 <= size;
}

bool looks_like_text(ByteSpan chunk) {
  constexpr size_t kPieces = 8;
  constexpr size_t kPiece = 512;
  if (chunk.size() < kPieces * kPiece) return is_text(count_bytes(chunk), chunk.size());
  ByteCounts counts{};
  for_each_piece(chunk, kPieces, kPiece, [&](ByteSpan piece) {
    for (const uint8_t byte : piece)
      counts[byte]++;
  });
  return is_text(counts, kPieces * kPiece);
}

}  // namespace sigma
