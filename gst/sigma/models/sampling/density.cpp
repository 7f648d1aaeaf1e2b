/* Entropy and repeats of a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/sampling/density.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "gst/sigma/base/logarithm.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"
#include "gst/sigma/operators/array.hpp"

namespace sigma {
namespace {

using Counts = std::array<uint32_t, 256>;

/// How much more often two bytes of the sample are equal than if all 256 were as frequent: 1000 is
/// as often.
uint64_t coincidence(ByteSpan chunk) {
  constexpr size_t kPieces = 8;
  constexpr size_t kPiece = 1024;
  constexpr uint64_t kSample = kPieces * kPiece;
  Counts counts{};
  for_each_piece(chunk, kPieces, kPiece, [&](ByteSpan piece) {
    for (const uint8_t byte : piece)
      counts[byte]++;
  });
  uint64_t pairs = 0;
  for (const uint64_t count : counts)
    pairs += count * (count - 1);
  return pairs * 256 * 1000 / (kSample * (kSample - 1));
}

/// Little-endian, so that all machines choose the same.
uint64_t load_word(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
}

constexpr auto kLog2 = [] {
  std::array<uint16_t, kPlanePieces * kPlanePiece + 1> table{};
  for (uint32_t i = 1; i < table.size(); i++)
    table[i] = static_cast<uint16_t>(log2_fixed(i));
  return table;
}();

/// Bits, in 1/256, that coding the counted bytes by frequency takes; with something for each that
/// occurs, as the table must be stored and a sample has fewer than there are.
uint64_t coded_bits(const Counts& counts, uint32_t total) {
  uint64_t bits = 0;
  for (const uint32_t count : counts)
    if (count != 0) bits += uint64_t{count} * (kLog2[total] - kLog2[count]) + 256;
  return bits;
}

}  // namespace

uint64_t sampled_bits(ByteSpan chunk, const IntegerLayout& layout) {
  std::array<Counts, 8> counts{};
  const size_t before = layout.distance * layout.width;
  for_each_piece(chunk, kPlanePieces, before + kPlanePiece, [&](ByteSpan piece) {
    std::array<uint8_t, kPlanePiece + 256> plane;
    for (size_t k = 0; k < layout.width; k++) {
      const size_t size = piece.size() / layout.width;
      subtract_to_plane(layout, piece, k,
                        {plane.data(), plane_size(piece.size(), layout.width, k)});
      for (size_t i = layout.distance; i < size; i++)
        counts[k][plane[i]]++;
    }
  });
  uint64_t bits = 0;
  for (size_t k = 0; k < layout.width; k++)
    bits += coded_bits(counts[k], static_cast<uint32_t>(kPlanePieces * kPlanePiece / layout.width));
  return bits;
}

size_t place_begin(ByteSpan chunk, size_t place) {
  constexpr size_t kMaxPhase = 8;  // a place may be read that much farther on
  return (chunk.size() - kPlaceSize - kMaxPhase) / kPlaces * (place + 1) / 48 * 48;
}

/// Every 256th word is remembered, and looked for at 256 neighbouring positions of a place: one of
/// them is as far from a word that is remembered as the place is from what it repeats.
uint32_t find_repeats(ByteSpan chunk, ByteSpan history, size_t reach, size_t length) {
  constexpr size_t kStep = 256;
  constexpr unsigned kTableLog = 13;
  // In which step a word is, counted from 1, above 16 more bits of its hash; 0: nowhere.
  std::array<uint32_t, size_t{1} << kTableLog> table{};
  const auto hash_of = [](const uint8_t* p) { return load_word(p) * 0x9E3779B185EBCA87; };
  const auto slot_of = [](uint64_t hash) { return static_cast<size_t>(hash >> (64 - kTableLog)); };
  const auto tag_of = [](uint64_t hash) {
    return static_cast<uint32_t>(hash >> (48 - kTableLog)) & 0xFFFF;
  };
  // Chunk and history need not lie side by side; what spans both is not looked at.
  const auto at_position = [&](size_t at) {
    return at < history.size() ? history.data() + at : chunk.data() + (at - history.size());
  };
  const size_t first = history.size() - std::min(history.size(), reach);
  size_t next = first;
  uint32_t repeats = 0;
  for (size_t place = 0; place < kPlaces; place++) {
    const size_t begin = history.size() + place_begin(chunk, place);
    for (; next + kStep <= begin; next += kStep)
      if (next >= history.size() || next + length <= history.size()) {
        const uint64_t hash = hash_of(at_position(next));
        const auto step = static_cast<uint32_t>((next - first) / kStep + 1);
        table[slot_of(hash)] = step << 16 | tag_of(hash);
      }
    const auto repeats_at = [&](size_t at) {
      const uint64_t hash = hash_of(at_position(at));
      const uint32_t entry = table[slot_of(hash)];
      if ((entry & 0xFFFF) != tag_of(hash) || entry == 0) return false;
      const size_t seen = first + ((entry >> 16) - 1) * kStep;
      return at - seen <= reach && load_word(at_position(seen)) == load_word(at_position(at)) &&
             std::memcmp(at_position(seen), at_position(at), length) == 0;
    };
    bool found = false;
    for (size_t at = begin; at < begin + kStep && !found; at++)
      found = repeats_at(at);
    if (found) repeats |= 1U << place;
  }
  return repeats;
}

bool looks_incompressible(ByteSpan chunk, ByteSpan history) {
  if (chunk.size() < kMinProbed) return false;
  return coincidence(chunk) < 1020 && find_repeats(chunk, history, SIZE_MAX, sizeof(uint64_t)) == 0;
}

bool looks_dense(ByteSpan chunk) {
  constexpr uint64_t kDense = 256 * 23 / 4;
  if (chunk.size() < kMinProbed) return false;
  return sampled_bits(chunk, {}) > kDense * kPlanePieces * kPlanePiece;
}

}  // namespace sigma
