/* zstd, through its stable interface only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/zstd_lane.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // for memory of our own
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <utility>

namespace sigma {
namespace {

/// ZSTD_c_literalCompressionMode, whose name is for static linking only. 1: literals are always
/// compressed. By itself zstd does not where its quickest strategy takes long steps.
constexpr ZSTD_cParameter kLiteralCompression = ZSTD_c_experimentalParam5;

/// ZSTD_c_useBlockSplitter, likewise. 0: the strategy decides, 1: always, 2: never.
constexpr ZSTD_cParameter kBlockSplitter = ZSTD_c_experimentalParam13;
constexpr int kNoSplitter = 2;

/// ZSTD_c_stableInBuffer and ZSTD_c_stableOutBuffer, likewise. 1: blocks are coded where they lie,
/// without buffers between.
constexpr ZSTD_cParameter kStableInput = ZSTD_c_experimentalParam9;
constexpr ZSTD_cParameter kStableOutput = ZSTD_c_experimentalParam10;

/// Tables are mapped like other large blocks: in a heap they would lie between what comes and goes.
/// The block's size is kept before it.
constexpr size_t kFront = 64;

Status damaged_lane(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

}  // namespace

size_t lane_encoder_memory(const LaneParameters& p, size_t chunk_size) {
  const size_t block = std::min(size_t{1} << 17, chunk_size);
  const size_t hash = size_t{4} << p.hash_log;
  const bool has_rows = p.strategy >= ZSTD_greedy && p.strategy <= ZSTD_lazy2 && p.window_log > 14;
  const bool has_chain = p.strategy != ZSTD_fast && !has_rows;
  const size_t chain = has_chain ? size_t{4} << p.chain_log : 0;
  const size_t tags = has_rows ? size_t{2} << p.hash_log : 0;
  const size_t hash3 = p.min_match == 3 ? size_t{4} << std::min(17, p.window_log) : 0;
  const size_t sequences = block / (p.min_match == 3 ? 3 : 4) * 11;
  const size_t parser = p.strategy >= ZSTD_btopt ? 150 * 1024 : 0;
  constexpr size_t kEntropyTablesAndState = 32 * 1024;
  return hash + chain + tags + hash3 + block + sequences + parser + kEntropyTablesAndState;
}

LaneEncoder::~LaneEncoder() {
  free_context();
}

void LaneEncoder::free_context() {
  ZSTD_freeCCtx(std::exchange(context_, nullptr));
  recount();
}

/// zstd asks for a context and, behind it, for a workspace, which it may give back and ask for
/// again.
void* LaneEncoder::allocate(void* encoder, size_t size) {
  LaneEncoder& self = *static_cast<LaneEncoder*>(encoder);
  const size_t whole = (size + kFront + kFront - 1) / kFront * kFront;
  uint8_t* block = nullptr;
  if (self.memory_ && whole <= self.memory_.capacity() - self.memory_used_) {
    block = self.memory_.block() + self.memory_used_;
    self.memory_used_ += whole;
  } else {
    block = GlyphBufferPool::allocate_uncounted(whole);
    if (block != nullptr) self.outside_ += whole;
  }
  if (block == nullptr) return nullptr;
  store_le<uint64_t>(block, whole);
  return block + kFront;
}

void LaneEncoder::release(void* encoder, void* address) {
  if (address == nullptr) return;
  LaneEncoder& self = *static_cast<LaneEncoder*>(encoder);
  uint8_t* const block = static_cast<uint8_t*>(address) - kFront;
  const auto whole = static_cast<size_t>(load_le<uint64_t>(block));
  const uint8_t* const memory = self.memory_.block();
  const bool is_inside =
      memory != nullptr && block >= memory && block < memory + self.memory_.capacity();
  if (!is_inside) {
    GlyphBufferPool::free_uncounted(block, whole);
    self.outside_ -= whole;
  } else if (block + whole == memory + self.memory_used_) {
    self.memory_used_ -= whole;
  }
}

void LaneEncoder::give_back() {
  free_context();
  used_ = {};
  memory_ = Buffer();
  memory_used_ = 0;
}

Result<MutableByteSpan> LaneEncoder::lend_memory(size_t size) {
  free_context();
  memory_used_ = 0;
  used_ = {};
  // What is too small goes before what takes its place comes.
  if (memory_.capacity() < size) memory_ = Buffer();
  if (const Status status = pool_.reserve(memory_, size); !status.ok()) return status;
  return MutableByteSpan(memory_.block(), memory_.capacity());
}

void LaneEncoder::recount() {
  pool_.recharge(std::exchange(charged_, outside_), outside_);
}

Status LaneEncoder::configure(const LaneParameters& p) {
  if (context_ != nullptr && p == used_) return {};
  // Where little is needed, packets are large; where more is needed than was lent, that makes way.
  const size_t needed = lane_encoder_memory(p, size_t{1} << p.window_log);
  const size_t lent = memory_.capacity();
  if (needed < (outside_ + lent) / 2 || (lent != 0 && needed > lent)) give_back();
  if (context_ == nullptr) context_ = ZSTD_createCCtx_advanced({allocate, release, this});
  if (context_ == nullptr)
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0,
                         lane_encoder_memory(p, size_t{1} << p.window_log));
  const std::pair<ZSTD_cParameter, int> values[] = {
      {ZSTD_c_compressionLevel, p.base_level},
      {ZSTD_c_strategy, p.strategy},
      {ZSTD_c_windowLog, p.window_log},
      {ZSTD_c_hashLog, p.hash_log},
      {ZSTD_c_chainLog, p.chain_log},
      {ZSTD_c_searchLog, p.search_log},
      {ZSTD_c_minMatch, p.min_match},
      {ZSTD_c_targetLength, p.target_length},
      {kBlockSplitter, p.splits_blocks ? 1 : 0},
      {ZSTD_c_contentSizeFlag, 1},
      {ZSTD_c_checksumFlag, 0},
      {kLiteralCompression, 1},
      {kStableInput, 1},
      {kStableOutput, 1},
  };
  ZSTD_CCtx_reset(context_, ZSTD_reset_session_and_parameters);
  used_ = {};  // nothing, if one of these is refused
  for (const auto& [parameter, value] : values)
    if (ZSTD_isError(ZSTD_CCtx_setParameter(context_, parameter, value)))
      return Status::error(ErrorCode::INVALID_ARGUMENT, "zstd refused a compression parameter");
  used_ = p;
  return {};
}

/// A frame whose blocks end at the cuts, or an error of zstd.
size_t LaneEncoder::compress_blocks(ByteSpan in, std::span<const uint32_t> cuts,
                                    MutableByteSpan out) {
  ZSTD_CCtx_setPledgedSrcSize(context_, in.size());
  ZSTD_inBuffer from = {in.data(), 0, 0};
  ZSTD_outBuffer to = {out.data(), out.size(), 0};
  for (const uint32_t cut : cuts) {
    from.size = cut;
    const size_t left = ZSTD_compressStream2(context_, &to, &from, ZSTD_e_flush);
    if (ZSTD_isError(left)) return left;
  }
  from.size = in.size();
  const size_t left = ZSTD_compressStream2(context_, &to, &from, ZSTD_e_end);
  if (ZSTD_isError(left)) return left;
  return left == 0 ? to.pos : size_t{0} - size_t{ZSTD_error_dstSize_tooSmall};
}

/// Whether the next frames have no matches: steps as long as a block find none.
void LaneEncoder::set_literals(bool are_all) {
  const LaneParameters& p = used_;
  const int splitter = p.splits_blocks ? 1 : 0;
  const std::pair<ZSTD_cParameter, int> values[] = {
      {ZSTD_c_strategy, are_all ? ZSTD_fast : p.strategy},
      {ZSTD_c_hashLog, are_all ? ZSTD_HASHLOG_MIN : p.hash_log},
      {ZSTD_c_minMatch, are_all ? ZSTD_MINMATCH_MAX : p.min_match},
      {ZSTD_c_targetLength, are_all ? ZSTD_TARGETLENGTH_MAX : p.target_length},
      {kBlockSplitter, are_all ? kNoSplitter : splitter},
  };
  ZSTD_CCtx_reset(context_, ZSTD_reset_session_only);
  for (const auto& [parameter, value] : values)
    ZSTD_CCtx_setParameter(context_, parameter, value);
}

Result<size_t> LaneEncoder::encode(ByteSpan in, ByteSpan prefix, MutableByteSpan out,
                                   std::span<const uint32_t> cuts) {
  ZSTD_CCtx_reset(context_, ZSTD_reset_session_only);
  if (!prefix.empty()) ZSTD_CCtx_refPrefix(context_, prefix.data(), prefix.size());
  return made(cuts.empty() ? ZSTD_compress2(context_, out.data(), out.size(), in.data(), in.size())
                           : compress_blocks(in, cuts, out));
}

Result<size_t> LaneEncoder::encode_literals(ByteSpan in, MutableByteSpan out,
                                            std::span<const uint32_t> cuts) {
  set_literals(true);
  const size_t size = compress_blocks(in, cuts, out);
  set_literals(false);
  return made(size);
}

/// What zstd gave for a frame: its size, 0 if it does not fit, or an error.
Result<size_t> LaneEncoder::made(size_t size) {
  recount();
  if (!ZSTD_isError(size)) return size;
  switch (ZSTD_getErrorCode(size)) {
    case ZSTD_error_dstSize_tooSmall:
      return size_t{0};
    case ZSTD_error_memory_allocation:
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, charged_);
    default:
      return Status::error(ErrorCode::INVALID_ARGUMENT, "zstd could not compress a chunk");
  }
}

LaneDecoder::~LaneDecoder() {
  ZSTD_freeDCtx(context_);
  pool_.recharge(charged_, 0);
}

Result<uint64_t> LaneDecoder::content_size(ByteSpan frame) {
  // A skippable frame has a size of its own and no content; libzstd would pass over it in silence.
  if (frame.size() < 4 || load_le<uint32_t>(frame.data()) != ZSTD_MAGICNUMBER)
    return damaged_lane("a lane is not a zstd frame");
  constexpr uint8_t kSingleSegment = 0x20;
  if (frame.size() < 5 || (frame[4] & kSingleSegment) == 0)
    return damaged_lane("a lane's frame is not a single segment");
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return damaged_lane("a lane does not state its size");
  if (ZSTD_getDictID_fromFrame(frame.data(), frame.size()) != 0)
    return damaged_lane("a lane asks for a dictionary");
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
    return damaged_lane("a lane is not exactly one zstd frame");
  return uint64_t{size};
}

Status LaneDecoder::decode(ByteSpan frame, ByteSpan prefix, MutableByteSpan out) {
  if (context_ == nullptr) {
    if (charged_ == 0) {
      if (const Status status = pool_.charge(kLaneDecoderMemory); !status.ok()) return status;
      charged_ = kLaneDecoderMemory;
    }
    context_ = ZSTD_createDCtx();
    if (context_ == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, kLaneDecoderMemory);
  }
  ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
  if (ZSTD_isError(ZSTD_DCtx_refPrefix(context_, prefix.data(), prefix.size())))
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, kLaneDecoderMemory);
  const size_t size =
      ZSTD_decompressDCtx(context_, out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != out.size()) return damaged_lane("a lane does not decode");
  return {};
}

}  // namespace sigma
