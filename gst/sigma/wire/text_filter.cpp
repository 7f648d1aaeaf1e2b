/* Filters of text: bits by the hashes of four letters that follow each other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/text_filter.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "gst/sigma/base/cpu.hpp"

#ifdef __SSE2__
#include <immintrin.h>
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
SIGMA_KERNEL uint32_t hash_of(const uint8_t* gram) {
  constexpr uint32_t kSmall = 0x20202020;
  constexpr uint32_t kFactor = 0x9E3779B1;
  return ((load_le<uint32_t>(gram) | kSmall) * kFactor) >> 16;
}

#ifdef __SSE2__
constexpr uint8_t kLetterBit = 0x40;

/// Looks at blocks one after the other. The vectors are the quick form of what the other class
/// says.
class BlockScan {
 public:
  /// Places of the block where a gram begins, each a bit. It ends in the kGram - 1 bytes behind.
  SIGMA_KERNEL uint64_t look_at(const uint8_t* bytes) {
    uint64_t places = 0;
#pragma GCC unroll 4
    for (size_t i = 0; i < kBlock; i += sizeof(__m128i)) {
      const __m128i part = load(bytes + i);
      const __m128i behind = _mm_and_si128(_mm_and_si128(load(bytes + i + 1), load(bytes + i + 2)),
                                           load(bytes + i + 3));
      // What a begin is asked for, with the letters behind in one of its bits.
      const __m128i asked = _mm_or_si128(_mm_and_si128(behind, _mm_set1_epi8(kLetterBit)),
                                         _mm_set1_epi8(kBeginMask ^ kLetterBit));
      const __m128i begins = _mm_cmpeq_epi8(_mm_and_si128(part, asked), _mm_set1_epi8(kLetterBit));
      places |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(begins))} << i;
      feeds_ = _mm_sub_epi8(feeds_, _mm_cmpeq_epi8(part, _mm_set1_epi8('\n')));
      least_ = _mm_min_epu8(least_, part);
    }
    return places;
  }
  /// Before another kMostBlocks are looked at.
  SIGMA_KERNEL void add_feeds(uint64_t& feeds) {
    const __m128i sums = _mm_sad_epu8(feeds_, _mm_setzero_si128());
    feeds += static_cast<uint64_t>(_mm_extract_epi16(sums, 0) + _mm_extract_epi16(sums, 4));
    feeds_ = _mm_setzero_si128();
  }
  SIGMA_KERNEL bool has_zeros() const {
    return _mm_movemask_epi8(_mm_cmpeq_epi8(least_, _mm_setzero_si128())) != 0;
  }

 private:
  SIGMA_KERNEL static __m128i load(const uint8_t* bytes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  }

  __m128i feeds_ = _mm_setzero_si128();  ///< a count in each byte
  __m128i least_ = _mm_set1_epi8(-1);
};
#else
class BlockScan {
 public:
  SIGMA_KERNEL uint64_t look_at(const uint8_t* bytes) {
    uint64_t places = 0;
    for (size_t i = 0; i < kBlock; i++) {
      const uint8_t* const at = bytes + i;
      const bool is_gram =
          is_begin(at[0]) && is_letter(at[1]) && is_letter(at[2]) && is_letter(at[3]);
      places |= uint64_t{is_gram} << i;
      feeds_ += *at == '\n' ? 1 : 0;
      has_zeros_ |= *at == 0;
    }
    return places;
  }
  SIGMA_KERNEL void add_feeds(uint64_t& feeds) { feeds += std::exchange(feeds_, 0); }
  SIGMA_KERNEL bool has_zeros() const { return has_zeros_; }

 private:
  uint64_t feeds_ = 0;
  bool has_zeros_ = false;
};
#endif

#if defined(SIGMA_AVX2)
/// The same, with vectors twice as wide.
class WideScan {
 public:
  SIGMA_AVX2 WideScan() : feeds_(_mm256_setzero_si256()), least_(_mm256_set1_epi8(-1)) {}
  SIGMA_AVX2 uint64_t look_at(const uint8_t* bytes) {
    return uint64_t{look_at_half(bytes + kBlock / 2)} << kBlock / 2 | look_at_half(bytes);
  }
  SIGMA_AVX2 void add_feeds(uint64_t& feeds) {
    alignas(sizeof(__m256i)) std::array<uint64_t, 4> sums;
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums.data()),
                       _mm256_sad_epu8(feeds_, _mm256_setzero_si256()));
    feeds += sums[0] + sums[1] + sums[2] + sums[3];
    feeds_ = _mm256_setzero_si256();
  }
  SIGMA_AVX2 bool has_zeros() const {
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(least_, _mm256_setzero_si256())) != 0;
  }

 private:
  SIGMA_AVX2 static __m256i load(const uint8_t* bytes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  SIGMA_AVX2 uint32_t look_at_half(const uint8_t* bytes) {
    const __m256i part = load(bytes);
    const __m256i behind =
        _mm256_and_si256(_mm256_and_si256(load(bytes + 1), load(bytes + 2)), load(bytes + 3));
    const __m256i asked = _mm256_or_si256(_mm256_and_si256(behind, _mm256_set1_epi8(kLetterBit)),
                                          _mm256_set1_epi8(kBeginMask ^ kLetterBit));
    feeds_ = _mm256_sub_epi8(feeds_, _mm256_cmpeq_epi8(part, _mm256_set1_epi8('\n')));
    least_ = _mm256_min_epu8(least_, part);
    return static_cast<uint32_t>(_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_and_si256(part, asked), _mm256_set1_epi8(kLetterBit))));
  }

  __m256i feeds_;
  __m256i least_;
};
#endif

/// Blocks whose line feeds a byte counts.
constexpr size_t kMostBlocks = 63;

/// Bits, not bytes: these would be quicker to set, but take memory that chunks are made of. In
/// words of the width of a register a bit takes the fewest instructions.
SIGMA_KERNEL void add_grams(const uint8_t* bytes, uint64_t places, FilterBits& bits) {
  constexpr unsigned kWord = 64;
  for (; places != 0; places &= places - 1) {
    const uint32_t hash = hash_of(bytes + std::countr_zero(places));
    uint8_t* const word = bits.data() + hash / kWord * sizeof(uint64_t);
    store_le(word, load_le<uint64_t>(word) | uint64_t{1} << hash % kWord);
  }
}

template <typename Scan>
SIGMA_KERNEL void summarize(ByteSpan chunk, TextSummary& summary) {
  summary = {};
  Scan scan;
  ByteSpan rest = chunk;
  for (size_t blocks = 0; rest.size() >= kBlock + kGram - 1; rest = rest.subspan(kBlock)) {
    const uint64_t places = scan.look_at(rest.data());
    if (places != 0) add_grams(rest.data(), places, summary.bits);
    if (++blocks % kMostBlocks == 0) scan.add_feeds(summary.feeds);
  }
  scan.add_feeds(summary.feeds);
  // The end of the chunk, with no letters behind it.
  uint8_t edge[3 * kBlock];
  std::fill(std::begin(edge), std::end(edge), uint8_t{'0'});
  std::copy(rest.begin(), rest.end(), edge);
  for (size_t at = 0; at < 2 * kBlock; at += kBlock)
    add_grams(edge + at, scan.look_at(edge + at), summary.bits);
  scan.add_feeds(summary.feeds);
  summary.has_zeros = scan.has_zeros();
  summary.ends_line = !chunk.empty() && chunk.back() == '\n';
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 void summarize_avx2(ByteSpan chunk, TextSummary& summary) {
  summarize<WideScan>(chunk, summary);
}
#endif

}  // namespace

void summarize_text(ByteSpan chunk, TextSummary& summary) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return summarize_avx2(chunk, summary);
#endif
  summarize<BlockScan>(chunk, summary);
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
