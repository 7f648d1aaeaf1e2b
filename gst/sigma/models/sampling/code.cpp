/* Branches, counted in a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/code.hpp"

#include <algorithm>

#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {
namespace {

constexpr size_t kPieces = 4;

/// Of pieces of so many bytes.
BranchCount count_pieces(Architecture architecture, ByteSpan chunk, uint32_t position,
                         size_t size) {
  BranchCount count;
  for_each_piece(chunk, kPieces, size, [&](ByteSpan piece) {
    const auto at = static_cast<uint32_t>(piece.data() - chunk.data());
    count.add(count_branches(architecture, position + at, piece));
  });
  return count;
}

/// How many more targets come again than distances.
uint32_t gain_of(const BranchCount& count) {
  return count.same_target - std::min(count.same_target, count.same_distance);
}

}  // namespace

Architecture find_machine_code(ByteSpan chunk, uint32_t position, uint32_t least) {
  constexpr size_t kPiece = 16384;
  constexpr size_t kQuickPiece = kPiece / 8;
  if (chunk.size() < kPieces * kPiece) return Architecture::NONE;
  Architecture best = Architecture::NONE;
  for (const Architecture architecture : {Architecture::X86, Architecture::ARM64}) {
    // Code has a branch every 30 to 100 bytes.
    if (count_pieces(architecture, chunk, position, kQuickPiece).branches <
        kPieces * kQuickPiece / 512)
      continue;
    const uint32_t gain = gain_of(count_pieces(architecture, chunk, position, kPiece));
    if (gain <= least) continue;
    least = gain;
    best = architecture;
  }
  return best;
}

bool is_machine_code(ByteSpan chunk, uint32_t position) {
  constexpr size_t kPiece = 4096;
  constexpr uint32_t kGain = kPiece / 256;
  if (chunk.size() < kPieces * kPiece) return false;
  for (const Architecture architecture : {Architecture::X86, Architecture::ARM64}) {
    size_t found = 0;
    for_each_piece(chunk, kPieces, kPiece, [&](ByteSpan piece) {
      const auto at = static_cast<uint32_t>(piece.data() - chunk.data());
      found += gain_of(count_branches(architecture, position + at, piece)) > kGain ? 1 : 0;
    });
    if (found >= kPieces - 1) return true;
  }
  return false;
}

}  // namespace sigma
