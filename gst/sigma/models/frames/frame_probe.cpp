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

namespace {

/// Samples that begin `skipped` bytes behind the first one.
template <typename Sample>
FoundFrames find_as(ByteSpan bytes, uint64_t offset, size_t skipped) {
  const uint64_t begin = offset + skipped;
  const size_t rest = static_cast<size_t>(begin % Sample::kWidth);
  FoundFrames found;
  found.format =
      FrameSearch<Sample>(bytes.subspan(skipped)).find(begin / Sample::kWidth, found.shift);
  found.shift = found.shift * Sample::kWidth + rest;
  return found;
}

/// Samples of two bytes, by how smooth they are.
struct BestPairs {
  uint64_t roughness = UINT64_MAX;
  FoundFrames (*find)(ByteSpan, uint64_t, size_t) = nullptr;
  size_t skipped = 0;

  template <bool kBig>
  void consider(ByteSpan bytes, size_t skip) {
    using Sample = StoredInteger<2, kBig>;
    const uint64_t rough = FrameSearch<Sample>(bytes.subspan(skip)).roughness();
    if (rough >= roughness) return;
    roughness = rough;
    find = find_as<Sample>;
    skipped = skip;
  }
};

}  // namespace

FoundFrames find_frames(ByteSpan bytes, uint64_t offset) {
  if (bytes.size() < kMinBytes || is_ascii(bytes)) return {};
  const uint64_t single = FrameSearch<StoredInteger<1, false>>(bytes).roughness();
  BestPairs pairs;
  for (const size_t skipped : {0, 1}) {
    pairs.consider<false>(bytes, skipped);
    pairs.consider<true>(bytes, skipped);
  }
  if (single <= kMostRough && 2 * single <= 3 * pairs.roughness)
    return find_as<StoredInteger<1, false>>(bytes, offset, 0);
  return pairs.roughness <= kMostRoughPairs ? pairs.find(bytes, offset, pairs.skipped)
                                            : FoundFrames{};
}

bool may_be_drawing(ByteSpan bytes) {
  return bytes.size() >= kMinBytes && !is_ascii(bytes);
}

}  // namespace sigma
