/* Filters of text: bits by the hashes of four letters that follow each other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/text_filter.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sigma {
namespace {

constexpr size_t kGram = 4;
constexpr size_t kBlock = 64;

/// Of a filter whose density is above that, in percent, little can be told.
constexpr size_t kMostPercent = 75;

/// Letters: what ASCII has from 0x40 on, and bytes of other characters.
bool is_letter(uint8_t byte) {
  return (byte & 0x40) != 0;
}

/// Letters that grams begin with, about a quarter of those of English words: b, d, f, p, r, t, v.
constexpr uint8_t kBeginMask = 0x49;
bool is_begin(uint8_t byte) {
  return (byte & kBeginMask) == 0x40;
}

/// The hash of four letters, whatever their case.
uint32_t hash_of(const uint8_t* gram) {
  constexpr uint32_t kSmall = 0x20202020;
  constexpr uint32_t kFactor = 0x9E3779B1;
  return ((load_le<uint32_t>(gram) | kSmall) * kFactor) >> 16;
}

/// What is found out of a block. Bits stand for its bytes.
struct Block {
  uint64_t letters = 0;
  uint64_t begins = 0;
};

/// Adds line feeds, and whether a byte is zero. The vectors are the quick form of what is below
/// them.
#ifdef __SSE2__
inline Block look_at(const uint8_t* bytes, uint64_t& feeds, bool& has_zeros) {
  Block block;
  __m128i feed_counts = _mm_setzero_si128();
  __m128i least = _mm_set1_epi8(-1);
  const __m128i begin_mask = _mm_set1_epi8(kBeginMask);
#pragma GCC unroll 4
  for (size_t i = 0; i < kBlock; i += sizeof(__m128i)) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
    // The second highest bit of each byte becomes its highest.
    const auto letters = static_cast<uint32_t>(_mm_movemask_epi8(_mm_slli_epi16(part, 1)));
    const __m128i begins = _mm_cmpeq_epi8(_mm_and_si128(part, begin_mask), _mm_set1_epi8(0x40));
    block.letters |= uint64_t{letters} << i;
    block.begins |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(begins))} << i;
    feed_counts = _mm_sub_epi8(feed_counts, _mm_cmpeq_epi8(part, _mm_set1_epi8('\n')));
    least = _mm_min_epu8(least, part);
  }
  const __m128i sums = _mm_sad_epu8(feed_counts, _mm_setzero_si128());
  feeds += static_cast<uint64_t>(_mm_extract_epi16(sums, 0) + _mm_extract_epi16(sums, 4));
  has_zeros |= _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128())) != 0;
  return block;
}
#else
Block look_at(const uint8_t* bytes, uint64_t& feeds, bool& has_zeros) {
  Block block;
  for (size_t i = 0; i < kBlock; i++) {
    block.letters |= uint64_t{is_letter(bytes[i])} << i;
    block.begins |= uint64_t{is_begin(bytes[i])} << i;
    feeds += bytes[i] == '\n' ? 1 : 0;
    has_zeros |= bytes[i] == 0;
  }
  return block;
}
#endif

/// Places of a block where a gram begins, the last letters of which may be in the next one.
uint64_t grams_of(const Block& block, const Block& next) {
  const auto behind = [&](unsigned places) {
    return block.letters >> places | next.letters << (64 - places);
  };
  return block.begins & behind(1) & behind(2) & behind(3);
}

/// Bits, not bytes: these would be quicker to set, but take memory that chunks are made of. In words
/// of the width of a register a bit takes the fewest instructions.
void add_grams(const uint8_t* bytes, uint64_t places, FilterBits& bits) {
  constexpr unsigned kWord = 64;
  for (; places != 0; places &= places - 1) {
    const uint32_t hash = hash_of(bytes + std::countr_zero(places));
    uint8_t* const word = bits.data() + hash / kWord * sizeof(uint64_t);
    store_le(word, load_le<uint64_t>(word) | uint64_t{1} << hash % kWord);
  }
}

}  // namespace

void summarize_text(ByteSpan chunk, TextSummary& summary) {
  summary = {};
  const uint8_t* bytes = chunk.data();
  const uint8_t* const end = bytes + chunk.size();
  // The begin and the end of the chunk, with no letters around them.
  uint8_t edge[2 * kBlock];
  std::fill(std::begin(edge), std::end(edge), uint8_t{'0'});
  Block last;
  for (; static_cast<size_t>(end - bytes) >= kBlock; bytes += kBlock) {
    const Block next = look_at(bytes, summary.feeds, summary.has_zeros);
    const uint64_t grams = grams_of(last, next);
    if (grams != 0) add_grams(bytes - kBlock, grams, summary.bits);
    last = next;
  }
  const size_t before = bytes != chunk.data() ? kBlock : 0;
  std::copy(bytes - before, end, edge + kBlock - before);
  const Block next = look_at(edge + kBlock, summary.feeds, summary.has_zeros);
  add_grams(edge, grams_of(last, next), summary.bits);
  add_grams(edge + kBlock, grams_of(next, {}), summary.bits);
  summary.ends_line = !chunk.empty() && chunk.back() == '\n';
}

size_t write_filter(const FilterBits& bits, size_t most, MutableByteSpan out) {
  if (most < kMinFilter) return 0;
  const size_t size = std::bit_floor(std::min(most, kMaxFilter));
  std::copy_n(bits.begin(), size, out.begin());
  for (size_t at = size; at < bits.size(); at++)
    out[at % size] |= bits[at];
  size_t count = 0;
  for (const uint8_t byte : out.first(size))
    count += static_cast<size_t>(std::popcount(byte));
  return count * 100 > size * 8 * kMostPercent ? 0 : size;
}

bool is_filter_size(uint64_t size) {
  return size == 0 || (size >= kMinFilter && size <= kMaxFilter && std::has_single_bit(size));
}

bool may_hold(ByteSpan filter, ByteSpan text) {
  for (size_t i = 0; i + kGram <= text.size(); i++) {
    const ByteSpan gram = text.subspan(i, kGram);
    if (!is_begin(gram[0]) || !std::all_of(gram.begin(), gram.end(), is_letter)) continue;
    const size_t bit = hash_of(gram.data()) % (8 * filter.size());
    if ((filter[bit / 8] >> bit % 8 & 1) == 0) return false;
  }
  return true;
}

}  // namespace sigma
