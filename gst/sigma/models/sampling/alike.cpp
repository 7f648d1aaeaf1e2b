/* Bytes compared with those before them, lag by lag.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/alike.hpp"

#include <array>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {
namespace {

SIGMA_KERNEL void add_alike(const uint8_t* p, uint8_t most, std::span<uint32_t> counts) {
  constexpr size_t kStep = 64;
  const auto span = static_cast<uint8_t>(2 * most);
  for (size_t lag = 1; lag < counts.size(); lag++) {
    const uint8_t* before = p - lag;
    std::array<uint8_t, kStep> sums{};
    for (size_t begin = 0; begin < kAlikePiece; begin += kStep)
      for (size_t i = 0; i < kStep; i++) {
        const auto difference = static_cast<uint8_t>(p[begin + i] - before[begin + i] + most);
        sums[i] = static_cast<uint8_t>(sums[i] + (difference <= span ? 1 : 0));
      }
    for (const uint8_t sum : sums)
      counts[lag] += sum;
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void add_alike_avx2(const uint8_t* p, uint8_t most, std::span<uint32_t> counts) {
  add_alike(p, most, counts);
}
#endif

}  // namespace

void count_alike(ByteSpan chunk, uint8_t most, std::span<uint32_t> counts) {
  const size_t before = counts.size() - 1;
  for_each_piece(chunk, kAlikePieces, before + kAlikePiece, [&](ByteSpan piece) {
    const uint8_t* p = piece.data() + before;
#if defined(SIGMA_AVX2)
    if (kHasAvx2) return add_alike_avx2(p, most, counts);
#endif
    add_alike(p, most, counts);
  });
}

}  // namespace sigma
