/* Branches, counted in a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/code.hpp"

#include <algorithm>

#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {

Architecture find_machine_code(ByteSpan chunk, uint32_t position, uint32_t least) {
  constexpr size_t kPieces = 4;
  constexpr size_t kPiece = 16384;
  constexpr size_t kQuickPiece = kPiece / 8;
  if (chunk.size() < kPieces * kPiece) return Architecture::NONE;
  const auto count_pieces = [&](Architecture architecture, size_t size) {
    BranchCount count;
    for_each_piece(chunk, kPieces, size, [&](ByteSpan piece) {
      const auto at = static_cast<uint32_t>(piece.data() - chunk.data());
      count.add(count_branches(architecture, position + at, piece));
    });
    return count;
  };
  Architecture best = Architecture::NONE;
  for (const Architecture architecture : {Architecture::X86, Architecture::ARM64}) {
    // Code has a branch every 30 to 100 bytes.
    if (count_pieces(architecture, kQuickPiece).branches < kPieces * kQuickPiece / 512) continue;
    const BranchCount count = count_pieces(architecture, kPiece);
    const uint32_t gain = count.same_target - std::min(count.same_target, count.same_distance);
    if (gain <= least) continue;
    least = gain;
    best = architecture;
  }
  return best;
}

}  // namespace sigma
