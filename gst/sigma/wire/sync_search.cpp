/* Searching for sync words, in blocks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/sync_search.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/cpu.hpp"

namespace sigma {
namespace {

constexpr size_t kSearchBlock = 256;  ///< positions that are searched at once

/// The first position from `at` on at which a block of kSearchBlock may have the beginning of a
/// sync word, or where fewer than that and one byte more are left. Compilers make a few vector
/// instructions of it: in compressed bytes, where memchr() comes to a stop every 256 bytes, it is
/// several times as fast.
SIGMA_KERNEL size_t skip_blocks(ByteSpan bytes, size_t at) {
  for (; bytes.size() - at > kSearchBlock; at += kSearchBlock) {
    const uint8_t* p = bytes.data() + at;
    uint8_t found = 0;
    for (size_t i = 0; i < kSearchBlock; i++)
      found |= static_cast<uint8_t>((p[i] == kSyncWord[0]) & (p[i + 1] == kSyncWord[1]));
    if (found != 0) break;
  }
  return at;
}

/// Whether a sync word begins `bytes`, or one that their end cuts.
bool begins_with_sync_word(ByteSpan bytes) {
  if (bytes.size() >= kSyncWord.size())
    return std::memcmp(bytes.data(), kSyncWord.data(), kSyncWord.size()) == 0;
  return std::equal(bytes.begin(), bytes.end(), kSyncWord.begin());
}

size_t skip_blocks_anywhere(ByteSpan bytes, size_t at) {
  return skip_blocks(bytes, at);
}

#if defined(SIGMA_AVX2)
SIGMA_AVX2 size_t skip_blocks_avx2(ByteSpan bytes, size_t at) {
  return skip_blocks(bytes, at);
}
const auto skip_blocks_here = kHasAvx2 ? skip_blocks_avx2 : skip_blocks_anywhere;
#else
constexpr auto skip_blocks_here = skip_blocks_anywhere;
#endif

}  // namespace

size_t find_sync_word(ByteSpan bytes, size_t from) {
  for (size_t at = from; at < bytes.size();) {
    at = skip_blocks_here(bytes, at);
    for (const size_t end = at + std::min(bytes.size() - at, kSearchBlock); at < end; at++)
      if (begins_with_sync_word(bytes.subspan(at))) return at;
  }
  return bytes.size();
}

size_t find_packet_header(ByteSpan bytes, size_t from) {
  for (size_t at = from; (at = find_sync_word(bytes, at)) < bytes.size(); at++) {
    PacketHeader header;
    GlyphHeader glyph_header;
    if (recover_packet_header(bytes.subspan(at), 0, header, glyph_header).ok()) return at;
  }
  return bytes.size();
}

bool looks_like_packet(ByteSpan start) {
  GlyphHeader header;
  const GlyphParse parse = parse_glyph_header(start, header);
  if (parse != GlyphParse::COMPLETE) return parse == GlyphParse::INCOMPLETE;
  if (!header.has_payload || header.payload_size < kPacketHeaderSize) return false;
  const ByteSpan payload = start.subspan(header.header_size);
  const size_t compared = std::min(payload.size(), kSyncWord.size());
  return std::equal(payload.begin(), payload.begin() + compared, kSyncWord.begin());
}

bool looks_like_sigma(ByteSpan start) {
  constexpr uint8_t kHeadTag[] = {0x3F, static_cast<uint8_t>(Primitive::STREAM)};
  const size_t compared = std::min(start.size(), sizeof kHeadTag);
  return std::equal(start.begin(), start.begin() + compared, kHeadTag) && looks_like_packet(start);
}

}  // namespace sigma
