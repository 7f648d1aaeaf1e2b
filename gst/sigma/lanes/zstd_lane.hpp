/* Entropy-coded lanes: one zstd frame (RFC 8878) each, with or without a prefix of raw bytes that
 * it may refer to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace sigma {

/// Strategies of zstd that levels use, quickest first.
namespace strategy {
constexpr int FAST = 1, DFAST = 2, GREEDY = 3, LAZY = 4, LAZY2 = 5, BTOPT = 7, BTULTRA2 = 9;
}

/// Every compression parameter of zstd that the output depends on, so that no default can change
/// it.
struct LaneParameters {
  int base_level = 3;  ///< only for what the fields below leave open
  int strategy = 2;    ///< ZSTD_fast = 1 to ZSTD_btultra2 = 9
  int window_log = 0;
  int hash_log = 0;
  int chain_log = 0;
  int search_log = 1;
  int min_match = 5;
  int target_length = 0;  ///< 0: the base level's
  /// Blocks end where what they hold changes. Otherwise only btopt and above do so.
  bool splits_blocks = false;

  bool operator==(const LaneParameters&) const = default;
};

/// Bytes that a LaneEncoder reserves with these parameters for chunks of that size. Follows
/// ZSTD_estimateCCtxSize of zstd 1.5.4: hash, chain and tag tables, one block with its sequences,
/// the optimal parser's state.
size_t lane_encoder_memory(const LaneParameters& parameters, size_t chunk_size);

/// Bytes that a LaneDecoder reserves: zstd's context and its reference to the prefix.
constexpr size_t kLaneDecoderMemory = 192 * 1024;

class LaneEncoder {
 public:
  explicit LaneEncoder(GlyphBufferPool& pool) : pool_(pool) {}
  ~LaneEncoder();
  LaneEncoder(const LaneEncoder&) = delete;
  LaneEncoder& operator=(const LaneEncoder&) = delete;

  /// For all frames from now on; costs nothing where nothing changes.
  Status configure(const LaneParameters& parameters);

  /// The encoder's own memory, `size` bytes that its parameters need, for another use until it is
  /// configured again. It is allocated once, so that what is resident stays the same.
  Result<MutableByteSpan> lend_memory(size_t size);

  /// Frees all memory: what comes next may need none, and its packets are large.
  void give_back();

  /// Compresses `in` into `out`, with blocks that end at the positions `cuts`, too. Gives the size
  /// of the frame, or 0 if it does not fit.
  Result<size_t> encode(ByteSpan in, ByteSpan prefix, MutableByteSpan out,
                        std::span<const uint32_t> cuts = {});
  /// The same without matches: bytes are coded by their frequencies.
  Result<size_t> encode_literals(ByteSpan in, MutableByteSpan out, std::span<const uint32_t> cuts);

 private:
  Result<size_t> made(size_t size);
  void set_literals(bool are_all);
  size_t compress_blocks(ByteSpan in, std::span<const uint32_t> cuts, MutableByteSpan out);
  void recount();
  void free_context();
  static void* allocate(void* encoder, size_t size);
  static void release(void* encoder, void* address);

  GlyphBufferPool& pool_;
  ZSTD_CCtx_s* context_ = nullptr;
  LaneParameters used_;  ///< that the context has
  size_t outside_ = 0;   ///< bytes that zstd has, but for those in memory_
  size_t charged_ = 0;   ///< of them, to the pool
  Buffer memory_;        ///< once it was lent: contexts are made in it
  size_t memory_used_ = 0;
};

class LaneDecoder {
 public:
  explicit LaneDecoder(GlyphBufferPool& pool) : pool_(pool) {}
  ~LaneDecoder();
  LaneDecoder(const LaneDecoder&) = delete;
  LaneDecoder& operator=(const LaneDecoder&) = delete;

  /// Decoded bytes that the frame declares. DAMAGED unless `frame` is exactly one zstd frame of
  /// a single segment that names no dictionary.
  static Result<uint64_t> content_size(ByteSpan frame);

  /// Decodes `frame`; it must fill `out` exactly.
  Status decode(ByteSpan frame, ByteSpan prefix, MutableByteSpan out);

 private:
  GlyphBufferPool& pool_;
  ZSTD_DCtx_s* context_ = nullptr;
  size_t charged_ = 0;
};

}  // namespace sigma
