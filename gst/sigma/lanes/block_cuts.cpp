/* Frequencies of one part of a lane after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/block_cuts.hpp"

#include <algorithm>
#include <array>

#include "gst/sigma/base/quick_logarithm.hpp"

namespace sigma {
namespace {

constexpr size_t kPart = 1024;
constexpr size_t kMostBlock = size_t{128} << 10;  ///< zstd ends blocks there anyway
/// Of a block's header and tables, in bits and 1/256 of them.
constexpr uint64_t kBlockBits = uint64_t{72} * 8 * 256;

using Counts = std::array<uint32_t, 256>;

/// Bits, in 1/256, of the counted bytes coded by frequency.
uint64_t coded_bits(const Counts& counts, size_t total) {
  uint64_t bits = uint64_t{total} * quick_log2(static_cast<uint32_t>(total));
  for (const uint32_t count : counts)
    if (count > 1) bits -= uint64_t{count} * quick_log2(count);
  return bits;
}

}  // namespace

BlockCuts find_block_cuts(ByteSpan lane) {
  BlockCuts cuts;
  Counts block{};
  size_t size = 0;
  uint64_t block_bits = 0;
  uint64_t bits = kBlockBits;
  for (size_t at = 0; at < lane.size(); at += kPart) {
    const ByteSpan part = lane.subspan(at, std::min(kPart, lane.size() - at));
    Counts counts{};
    for (const uint8_t byte : part)
      counts[byte]++;
    const uint64_t part_bits = coded_bits(counts, part.size());
    Counts both;
    for (size_t i = 0; i < both.size(); i++)
      both[i] = block[i] + counts[i];
    const uint64_t both_bits = coded_bits(both, size + part.size());
    const bool is_cut = size != 0 && cuts.count < BlockCuts::kMost &&
                        block_bits + part_bits + kBlockBits < both_bits;
    if (is_cut) cuts.room[cuts.count++] = static_cast<uint32_t>(at);
    const bool is_new = is_cut || size >= kMostBlock;
    if (is_new) bits += block_bits + kBlockBits;
    block = is_new ? counts : both;
    block_bits = is_new ? part_bits : both_bits;
    size = part.size() + (is_new ? 0 : size);
  }
  cuts.size = static_cast<size_t>((bits + block_bits) / (8 * 256));
  return cuts;
}

}  // namespace sigma
