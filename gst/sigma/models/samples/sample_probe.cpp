/* Layouts of samples, tried on a few places of a chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/sample_probe.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {
namespace {

constexpr size_t kMaxLag = 64;
constexpr size_t kSimilarPieces = 4;
constexpr size_t kSimilarPiece = 1024;  ///< bytes compared in each
constexpr uint32_t kCompared = kSimilarPieces * kSimilarPiece;

using Similar = std::array<uint32_t, kMaxLag + 1>;

SIGMA_KERNEL void add_similar(const uint8_t* p, Similar& similar) {
  constexpr size_t kStep = 64;
  for (size_t lag = 1; lag <= kMaxLag; lag++) {
    const uint8_t* before = p - lag;
    std::array<uint8_t, kStep> counts{};
    for (size_t begin = 0; begin < kSimilarPiece; begin += kStep)
      for (size_t i = 0; i < kStep; i++) {
        const auto difference = static_cast<uint8_t>(p[begin + i] - before[begin + i] + 4);
        counts[i] = static_cast<uint8_t>(counts[i] + (difference <= 8 ? 1 : 0));
      }
    for (const uint8_t count : counts)
      similar[lag] += count;
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void add_similar_avx2(const uint8_t* p, Similar& similar) {
  add_similar(p, similar);
}
#endif

/// Bytes of a sample that differ little from those `lag` bytes before, for each lag.
Similar count_similar(ByteSpan chunk) {
  Similar similar{};
  for_each_piece(chunk, kSimilarPieces, kMaxLag + kSimilarPiece, [&](ByteSpan piece) {
    const uint8_t* p = piece.data() + kMaxLag;
#if defined(SIGMA_AVX2)
    if (kHasAvx2) return add_similar_avx2(p, similar);
#endif
    add_similar(p, similar);
  });
  return similar;
}

constexpr size_t kTriedPieces = 8;
constexpr size_t kTriedPiece = 768;  ///< bytes, a multiple of all widths
constexpr size_t kTriedBytes = kTriedPieces * kTriedPiece;

/// Bits that a sample takes beside those of its difference's magnitude, about.
constexpr uint32_t kSampleBits = 1;

/// Bits of differences between samples of neighbouring frames, if the chunk's frames begin at
/// `phase`.
uint64_t tried_bits(ByteSpan chunk, const SampleLayout& layout, size_t phase) {
  SampleLayout line = layout;  // one after the other
  line.channels = 1;
  const size_t count = kTriedPiece / layout.width;
  std::array<int64_t, kTriedPiece + kMaxChannels> samples;
  uint64_t bits = 0;
  for_each_piece(chunk.subspan(phase), kTriedPieces, kTriedPiece + layout.frame_size(),
                 [&](ByteSpan piece) {
                   gather_samples(line, piece, 0, ChannelPart::SAMPLE, 0,
                                  count + layout.channels, samples.data());
                   const unsigned up = 64 - layout.bits();
                   for (size_t i = layout.channels; i < count + layout.channels; i++) {
                     const auto difference = static_cast<int64_t>(
                         (static_cast<uint64_t>(samples[i]) -
                          static_cast<uint64_t>(samples[i - layout.channels]))
                         << up);
                     const auto size = static_cast<uint64_t>(difference ^ (difference >> 63)) >> up;
                     bits += static_cast<uint64_t>(std::bit_width(size));
                   }
                   bits += kSampleBits * count;
                 });
  return bits;
}

struct Tried {
  SampleLayout layout;
  uint64_t bits = UINT64_MAX;
};

/// The best of all layouts of frames of `lag` bytes.
void try_layouts(ByteSpan chunk, size_t lag, Tried& best) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U}) {
    if (lag % width != 0 || lag / width > kMaxChannels) continue;
    for (const bool big : {false, true})
      for (const bool is_float : {false, true}) {
        if ((big && width == 1) || (is_float && width < 4)) continue;
        SampleLayout layout;
        layout.width = width;
        layout.big_endian = big;
        layout.is_float = is_float;
        layout.channels = lag / width;
        const uint64_t bits = tried_bits(chunk, layout, 0);
        if (bits >= best.bits) continue;
        best = {layout, bits};
      }
  }
}

/// Where integers begin, if not with the chunk.
size_t find_phase(ByteSpan chunk, const Tried& best) {
  size_t found = 0;
  uint64_t least = best.bits - best.bits / 64;  // what is no better than chance stays as it is
  for (size_t phase = 1; phase < best.layout.width; phase++) {
    const uint64_t bits = tried_bits(chunk, best.layout, phase);
    if (bits >= least) continue;
    least = bits;
    found = phase;
  }
  return found;
}

/// Where frames begin: as far from the stream's begin as a multiple of their size, if integers may
/// begin there.
size_t align_frames(const SampleLayout& layout, size_t phase, uint32_t position) {
  const size_t frame = layout.frame_size();
  const size_t aligned = (frame - position % frame) % frame;
  return aligned % layout.width == phase ? aligned : phase;
}

}  // namespace

SampleForm find_samples(ByteSpan chunk, uint32_t position) {
  SampleForm form;
  if (chunk.size() < kLeastProbed) return form;
  const Similar similar = count_similar(chunk);
  const uint32_t most = *std::max_element(similar.begin() + 1, similar.end());
  const uint32_t least = *std::min_element(similar.begin() + 1, similar.end());
  size_t first = 1;
  while (similar[first] < most - most / 32)
    first++;
  // Words and numbers in text are no more like those at one distance than at another.
  if (similar[first] < kCompared / 2 && similar[first] < least + least / 4) return form;
  Tried best;
  try_layouts(chunk, first, best);
  for (const size_t part : {first / 2, first / 3})
    if (part > 0 && first % part == 0 && similar[part] > least) try_layouts(chunk, part, best);
  const uint64_t plain_bits = sampled_bits(chunk, {}) / 256 * kTriedBytes /
                              (kPlanePieces * kPlanePiece);
  if (best.bits > plain_bits - plain_bits / 16) return form;
  form.found = true;
  form.layout = best.layout;
  form.phase = align_frames(best.layout, find_phase(chunk, best), position);
  return form;
}

}  // namespace sigma
