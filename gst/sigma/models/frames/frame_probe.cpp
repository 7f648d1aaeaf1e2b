/* Which samples bytes are, if they are pictures.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frame_probe.hpp"

#include "gst/sigma/models/frames/frame_search.hpp"

namespace sigma {
namespace {

/// Without so many bytes nothing is looked for.
constexpr size_t kMinBytes = 128 * 1024;

/// Roughness of pictures, at most.
constexpr uint64_t kMostRough = 4096 / 3 * 2;
constexpr uint64_t kMostRoughPairs = 4096 / 8;

/// Whether nearly all bytes are such as texts in English have: pictures have others, too.
bool is_ascii(ByteSpan bytes) {
  const size_t step = (bytes.size() - kPiece) / kLooked;
  size_t count = 0;
  for (size_t i = 0; i < kLooked; i++)
    for (const uint8_t byte : bytes.subspan(i * step, kPiece))
      count += (byte >= ' ' && byte < 127) || byte == '\n';
  return count > kLooked * kPiece / 8 * 7;
}

}  // namespace

FrameFormat find_frames(ByteSpan bytes, uint64_t offset) {
  if (bytes.size() < kMinBytes || is_ascii(bytes)) return {};
  const FrameSearch<StoredInteger<1, false>> single(bytes);
  uint64_t pairs = UINT64_MAX;
  FrameFormat (*find_pairs)(ByteSpan, uint64_t) = nullptr;
  for (const size_t skipped : {0, 1}) {
    const ByteSpan rest = bytes.subspan(skipped);
    const bool is_even = (offset + skipped) % 2 == 0;
    const auto consider = [&]<bool kBig>() {
      using Sample = StoredInteger<2, kBig>;
      const uint64_t roughness = FrameSearch<Sample>(rest).roughness();
      if (roughness >= pairs) return;
      pairs = roughness;
      // Where samples lie follows from the stream's beginning.
      find_pairs = nullptr;
      if (is_even)
        find_pairs = [](ByteSpan from, uint64_t at) {
          return FrameSearch<Sample>(from.subspan(at % 2)).find((at + 1) / 2);
        };
    };
    consider.template operator()<false>();
    consider.template operator()<true>();
  }
  if (single.roughness() <= kMostRough && 2 * single.roughness() <= 3 * pairs)
    return single.find(offset);
  return pairs <= kMostRoughPairs && find_pairs != nullptr ? find_pairs(bytes, offset)
                                                           : FrameFormat{};
}

}  // namespace sigma
