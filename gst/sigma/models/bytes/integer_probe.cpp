/* Layouts of integers, tried on a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/bytes/integer_probe.hpp"

#include <algorithm>
#include <array>

#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {
namespace {

constexpr size_t kMaxLag = 16;
constexpr size_t kSimilarPieces = 4;
constexpr size_t kSimilarPiece = 1024;  ///< bytes compared in each
constexpr uint32_t kCompared = kSimilarPieces * kSimilarPiece;

/// Bytes of a sample that differ little from those `lag` bytes before, for each lag.
std::array<uint32_t, kMaxLag + 1> count_similar(ByteSpan chunk) {
  std::array<uint32_t, kMaxLag + 1> similar{};
  for_each_piece(chunk, kSimilarPieces, kMaxLag + kSimilarPiece, [&](ByteSpan piece) {
    const uint8_t* p = piece.data() + kMaxLag;
    for (size_t lag = 1; lag <= kMaxLag; lag++) {
      uint32_t count = 0;
      for (size_t i = 0; i < kSimilarPiece; i++)
        count += static_cast<uint8_t>(p[i] - (p - lag)[i] + 4) <= 8 ? 1 : 0;
      similar[lag] += count;
    }
  });
  return similar;
}

/// The best of all layouts in which an element is `lag` bytes from the one it is compared with.
void try_layouts(ByteSpan chunk, size_t lag, IntegerLayout& best, uint64_t& best_bits) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U}) {
    if (lag % width != 0) continue;
    for (const bool big : {false, true})
      for (const size_t distance : {lag / width, size_t{0}}) {
        if ((width == 1 || distance == 0) && big) continue;
        if (width == 1 && distance == 0) continue;
        const IntegerLayout layout = {width, big, distance};
        const uint64_t bits = sampled_bits(chunk, layout);
        if (bits >= best_bits) continue;
        best_bits = bits;
        best = layout;
      }
  }
}

/// Where elements begin, if not with the chunk.
void find_phase(ByteSpan chunk, IntegerForm& form, uint64_t best_bits) {
  best_bits -= best_bits / 64;  // what is no better than chance stays as it is
  for (size_t phase = 1; phase < form.layout.width; phase++) {
    const uint64_t bits = sampled_bits(chunk.subspan(phase), form.layout);
    if (bits >= best_bits) continue;
    best_bits = bits;
    form.phase = phase;
  }
}

}  // namespace

IntegerForm find_integers(ByteSpan chunk) {
  IntegerForm best;
  if (chunk.size() < kMinProbed) return best;
  const auto similar = count_similar(chunk);
  size_t first = 1;
  for (size_t lag = 2; lag <= kMaxLag; lag++)
    if (similar[lag] > similar[first] + similar[first] / 32) first = lag;
  const uint32_t least = *std::min_element(similar.begin() + 1, similar.end());
  // Words and numbers in text are no more like those at one distance than at another.
  if (similar[first] < kCompared / 2 && similar[first] < least + least / 4) return best;
  const uint64_t plain_bits = sampled_bits(chunk, best.layout);
  uint64_t best_bits = plain_bits - plain_bits / 16;
  try_layouts(chunk, first, best.layout, best_bits);
  for (const size_t part : {first / 2, first / 3})
    if (part > 0 && first % part == 0 && similar[part] > least)
      try_layouts(chunk, part, best.layout, best_bits);
  if (best.layout.distance != 0) find_phase(chunk, best, best_bits);
  return best;
}

}  // namespace sigma
