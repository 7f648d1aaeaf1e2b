/* Layouts of samples, tried on a few places of a chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/sample_probe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <span>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/models/sampling/alike.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"

namespace sigma {
namespace {

constexpr size_t kMaxLag = 64;
constexpr uint8_t kSimilar = 4;  ///< bytes that differ by no more are like each other

constexpr size_t kTriedPieces = 8;
constexpr size_t kTriedPiece = 768;  ///< bytes, a multiple of all widths
constexpr size_t kTriedBytes = kTriedPieces * kTriedPiece;

/// Quarters of bits that a sample takes beside those of its difference's magnitude, about: the
/// sign, and what says how large it is.
constexpr uint32_t kSampleBits = 9;

/// Bits of a difference, without its sign.
SIGMA_KERNEL uint64_t size_of(uint64_t difference, unsigned up) {
  const auto value = static_cast<int64_t>(difference << up);
  return static_cast<uint64_t>(std::bit_width(static_cast<uint64_t>(value ^ (value >> 63)) >> up));
}

/// Quarters of bits of differences between samples of neighbouring frames, or of the differences of
/// these, if the chunk's frames begin at `phase`.
uint64_t tried_bits(ByteSpan chunk, const SampleLayout& layout, size_t phase) {
  SampleLayout line = layout;  // one after the other
  line.channels = 1;
  const size_t count = kTriedPiece / layout.width;
  const size_t back = layout.channels;
  std::array<int64_t, kTriedPiece + 2 * kMaxChannels> samples;
  uint64_t first_bits = 0;
  uint64_t second_bits = 0;
  for_each_piece(chunk.subspan(phase), kTriedPieces, kTriedPiece + 2 * layout.frame_size(),
                 [&](ByteSpan piece) {
                   gather_samples(line, piece, 0, ChannelPart::SAMPLE, 0, count + 2 * back,
                                  samples.data());
                   const unsigned up = 64 - layout.bits();
                   for (const int64_t* p = samples.data() + 2 * back;
                        p < samples.data() + 2 * back + count; p++) {
                     const uint64_t last = static_cast<uint64_t>(p[-static_cast<ptrdiff_t>(back)]);
                     const uint64_t first = static_cast<uint64_t>(*p) - last;
                     const uint64_t before =
                         last - static_cast<uint64_t>(p[-2 * static_cast<ptrdiff_t>(back)]);
                     first_bits += size_of(first, up);
                     second_bits += size_of(first - before, up);
                   }
                 });
  return 4 * std::min(first_bits, second_bits) + kSampleBits * kTriedPieces * count;
}

struct Tried {
  SampleLayout layout;
  size_t phase = 0;
  uint64_t bits = UINT64_MAX;
};

/// The layouts that take least, best first.
using BestLayouts = std::array<Tried, kMaxSampleForms>;

void try_layout(ByteSpan chunk, const SampleLayout& layout, size_t phase, BestLayouts& best) {
  const auto is_this = [&](const Tried& tried) {
    return tried.bits != UINT64_MAX && tried.layout == layout && tried.phase == phase;
  };
  if (std::any_of(best.begin(), best.end(), is_this)) return;
  const uint64_t bits = tried_bits(chunk, layout, phase);
  size_t place = best.size();
  for (; place > 0 && bits < best[place - 1].bits; place--)
    if (place < best.size()) best[place] = best[place - 1];
  if (place < best.size()) best[place] = {layout, phase, bits};
}

/// Which bytes of `width` differ least from those `lag` before: the high ones of integers.
std::array<uint32_t, 8> count_by_place(ByteSpan chunk, size_t lag, unsigned width) {
  std::array<uint32_t, 8> similar{};
  constexpr size_t kPiece = 768;
  for_each_piece(chunk, kAlikePieces, kMaxLag + kPiece, [&](ByteSpan piece) {
    for (size_t i = lag; i < lag + kPiece; i += width)
      for (unsigned k = 0; k < width; k++)
        similar[(i + k) % width] +=
            static_cast<uint8_t>(piece[i + k] - piece[i + k - lag] + kSimilar) <= 2 * kSimilar ? 1
                                                                                               : 0;
  });
  return similar;
}

/// The best of all layouts of frames of `lag` bytes.
void try_layouts(ByteSpan chunk, size_t lag, BestLayouts& best) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U}) {
    if (lag % width != 0 || lag / width > kMaxChannels) continue;
    SampleLayout layout;
    layout.width = width;
    layout.channels = lag / width;
    if (width == 1) {
      try_layout(chunk, layout, 0, best);
      continue;
    }
    const auto similar = count_by_place(chunk, lag, width);
    const uint32_t most = *std::max_element(similar.begin(), similar.begin() + width);
    for (unsigned high = 0; high < width; high++) {
      if (similar[high] < most - most / 8) continue;
      layout.big_endian = false;
      try_layout(chunk, layout, (high + 1) % width, best);
      layout.big_endian = true;
      try_layout(chunk, layout, high, best);
    }
  }
}

/// Where frames begin: as far from the stream's begin as a multiple of their size, if integers may
/// begin there.
size_t align_frames(const SampleLayout& layout, size_t phase, uint32_t position) {
  const size_t frame = layout.frame_size();
  const size_t aligned = (frame - position % frame) % frame;
  return aligned % layout.width == phase ? aligned : phase;
}

constexpr size_t kMinRow = 16;    ///< frames
constexpr size_t kMaxRow = 8192;  ///< frames looked at
constexpr size_t kAnchors = 48;   ///< samples that are compared with all before them
constexpr size_t kFewAnchors = 12;
constexpr size_t kAnchorStep = 61;

using RowSums = std::array<uint32_t, kMaxRow>;

/// Adds how much a sample differs from each of those before it, but for what is more than `most`.
SIGMA_KERNEL void add_differences(const int32_t* before, int32_t sample, uint32_t most,
                                  RowSums& sums) {
  for (size_t i = 0; i < kMaxRow; i++) {
    const auto difference =
        static_cast<int32_t>(static_cast<uint32_t>(before[i]) - static_cast<uint32_t>(sample));
    const auto size = static_cast<uint32_t>(difference ^ (difference >> 31));
    sums[i] += size < most ? size : most;
  }
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void add_differences_avx2(const int32_t* before, int32_t sample, uint32_t most,
                                     RowSums& sums) {
  add_differences(before, sample, most, sums);
}
#endif

/// Adds how much the samples before one, kMaxRow of them, differ from it.
void add_anchor(const int32_t* sample, uint32_t most, RowSums& sums) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return add_differences_avx2(sample - kMaxRow, *sample, most, sums);
#endif
  add_differences(sample - kMaxRow, *sample, most, sums);
}

/// How far back what differs least is; 0 if that is not much less than others, as by chance.
size_t least_row(const RowSums& sums) {
  const auto end = sums.end() - kMinRow;
  const auto least = std::min_element(sums.begin(), end);
  const uint64_t all = std::accumulate(sums.begin(), end, uint64_t{0});
  if (uint64_t{*least} * kMaxRow > all - all / 4) return 0;
  return static_cast<size_t>(sums.end() - least);
}

}  // namespace

size_t find_row(ByteSpan bytes, const SampleLayout& layout, unsigned quarter) {
  constexpr size_t kSpan = kMaxRow + kAnchors * kAnchorStep;
  const size_t frames = bytes.size() / layout.frame_size();
  if (frames < 2 * kSpan) return 0;
  const size_t begin =
      std::min(frames - kSpan, std::max(frames / 4 * quarter, kSpan / 2) - kSpan / 2);
  // The first channel, in 24 bits.
  std::array<int32_t, kSpan> samples;
  std::array<int64_t, 256> wide;
  const unsigned down = layout.bits() > 24 ? layout.bits() - 24 : 0;
  for (size_t i = 0; i < kSpan; i += wide.size()) {
    const size_t count = std::min(wide.size(), kSpan - i);
    gather_samples(layout, bytes, 0, ChannelPart::SAMPLE, static_cast<ptrdiff_t>(begin + i), count,
                   wide.data());
    for (size_t j = 0; j < count; j++)
      samples[i + j] = static_cast<int32_t>(wide[j] >> down);
  }
  uint64_t near = 0;
  for (size_t i = 0; i < kAnchors; i++) {
    const int32_t* p = samples.data() + kMaxRow + i * kAnchorStep;
    near += static_cast<uint32_t>(std::abs(p[0] - p[-1]));
  }
  const auto most = static_cast<uint32_t>(near / kAnchors * 4 + 4);
  RowSums sums{};  // the last one is that of the sample right before
  // Most samples are in no rows: a few tell so.
  for (const size_t anchors : {kFewAnchors, kAnchors}) {
    for (size_t i = anchors == kFewAnchors ? 0 : kFewAnchors; i < anchors; i++)
      add_anchor(samples.data() + kMaxRow + i * kAnchorStep, most, sums);
    const size_t row = least_row(sums);
    if (row == 0) return 0;
    if (anchors == kAnchors && sums[kMaxRow - row] <= near / 2 * 5) return row;
  }
  return 0;
}

namespace {

SampleForms find_by_differences(ByteSpan chunk, uint32_t position) {
  SampleForms forms;
  if (chunk.size() < kMinProbed) return forms;
  const uint64_t plain_bits =
      sampled_bits(chunk, {}) / 64 * kTriedBytes / (kPlanePieces * kPlanePiece);
  const auto per_byte = [](uint64_t quarters) {
    return static_cast<uint32_t>(quarters * 64 / kTriedBytes);
  };
  forms.bits = forms.plain_bits = per_byte(plain_bits);
  std::array<uint32_t, kMaxLag + 1> similar{};
  count_alike(chunk, kSimilar, similar);
  const auto nearest = std::max_element(similar.begin() + 1, similar.end());
  const uint32_t least = *std::min_element(similar.begin() + 1, similar.end());
  size_t first = 1;
  while (similar[first] < *nearest - *nearest / 32)
    first++;
  // Words and numbers in text are no more like those at one distance than at another.
  if (similar[first] < kAlikeBytes / 2 && similar[first] < least + least / 4) return forms;
  BestLayouts best;
  try_layouts(chunk, first, best);
  const auto last = static_cast<size_t>(nearest - similar.begin());
  if (last != first) try_layouts(chunk, last, best);
  for (const size_t part : {first / 2, first / 3})
    if (part > 0 && first % part == 0 && similar[part] > least) try_layouts(chunk, part, best);
  if (best[0].bits > plain_bits + plain_bits / 16) return forms;
  // Channels that are like each other hide how many there are; and where all bytes look like noise,
  // where integers begin.
  const Tried found = best[0];
  SampleLayout layout = found.layout;
  const size_t natural = (layout.width - position % layout.width) % layout.width;
  for (const size_t phase : {found.phase, natural})
    for (const size_t channels : {1U, 2U, 3U, 4U, 6U, 8U}) {
      layout.channels = channels;
      layout.big_endian = found.layout.big_endian && phase == found.phase;
      try_layout(chunk, layout, phase, best);
    }
  layout = best[0].layout;
  layout.is_float = true;
  if (layout.width >= 4) try_layout(chunk, layout, best[0].phase, best);
  if (best[0].bits > plain_bits - plain_bits / 16) return forms;
  forms.bits = per_byte(best[0].bits);
  forms.is_sure = best[0].bits < plain_bits - plain_bits / 4;
  for (const Tried& tried : best) {
    if (tried.bits == UINT64_MAX) break;
    forms.all[forms.count++] = {tried.layout, align_frames(tried.layout, tried.phase, position)};
  }
  return forms;
}

/// Bytes of a sample, by their place in eight of the stream, that are no part of a small integer
/// but its sign: 0 or 255.
std::array<uint32_t, 8> count_signs(ByteSpan chunk, uint32_t position) {
  std::array<uint32_t, 8> signs{};
  for_each_piece(chunk, kTriedPieces, kTriedPiece, [&](ByteSpan piece) {
    const auto begin = position + static_cast<uint32_t>(piece.data() - chunk.data());
    for (uint32_t i = 0; i < kTriedPiece; i++)
      signs[(begin + i) % 8] += static_cast<uint8_t>(piece[i] + 1) <= 1 ? 1 : 0;
  });
  return signs;
}

/// Integers that fit one of their bytes, as counts and labels do. Their differences are no smaller
/// than they are.
void add_small_integers(ByteSpan chunk, uint32_t position, SampleForms& forms) {
  const auto signs = count_signs(chunk, position);
  constexpr uint32_t kAll = kTriedBytes / 8 / 128 * 127;
  for (const unsigned width : {8U, 4U, 2U})
    for (const bool big : {false, true}) {
      const unsigned low = big ? width - 1 : 0;
      bool is_small = true;
      for (unsigned k = 0; k < signs.size(); k++)
        is_small &= (signs[k] >= kAll) == (k % width != low);
      if (!is_small) continue;
      SampleForm form;
      form.layout.width = width;
      form.layout.big_endian = big;
      form.phase = (width - position % width) % width;
      forms.count = std::min(forms.count + 1, kMaxSampleForms);
      forms.all[forms.count - 1] = form;
      forms.is_sure = true;
      return;
    }
}

}  // namespace

SampleForms find_sample_forms(ByteSpan chunk, uint32_t position) {
  SampleForms forms = find_by_differences(chunk, position);
  if (chunk.size() >= kMinProbed) add_small_integers(chunk, position, forms);
  return forms;
}

}  // namespace sigma
