/* The model `text`: frequent words as codes, in lanes that refer to the codes of the key chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/text/word_coder.hpp"
#include "gst/sigma/operators/lane_writer.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

struct TextState;

/// How much text must be smaller than bytes, in percent, and whether a sample of each chunk is
/// compared.
struct TextWorth {
  size_t trial = 0;    ///< a piece of the key chunk
  size_t percent = 0;  ///< the key chunk
  bool compares_history = false;
};

class TextModel final : public ChunkModel {
 public:
  TextModel(GlyphBufferPool& pool, LaneEncoder& lanes) : pool_(pool), lanes_(lanes) {}

  static MemoryNeed memory(const ModelSettings& settings);

  Status configure(const ModelSettings& settings) override;
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;
  void release_memory() override { pool_.release(std::move(staging_)); }

 private:
  Result<bool> learn(ByteSpan chunk, size_t pieces, TextState& state);
  Result<bool> promises(ByteSpan chunk, TextState& state, MutableByteSpan scratch);
  Result<size_t> lane_size(const LaneParameters& lane, ByteSpan bytes, ByteSpan prefix,
                           MutableByteSpan scratch);
  Result<CodedBody> encode_key(ByteSpan chunk, TextState& state, MutableByteSpan scratch);
  Result<CodedBody> encode_dependent(const ChunkInput& chunk, const TextState& state,
                                     MutableByteSpan scratch);
  bool looks_alike(ByteSpan chunk, const TextState& state);
  Result<bool> words_take_less(const ChunkInput& chunk, const TextState& state,
                               MutableByteSpan scratch);
  ByteSpan put_context(const TextState& state);
  Result<size_t> write_context(ByteSpan chunk, TextState& state, TreeWriter& tree);
  Result<CodedBody> write_parts(ByteSpan chunk, size_t shared, const TextState& state,
                                TreeWriter& tree);
  Result<bool> write_codes(ByteSpan codes, ByteSpan prefix, TreeWriter& tree);
  Result<bool> write_lane(ByteSpan bytes, ByteSpan prefix, TreeWriter& tree);

  GlyphBufferPool& pool_;
  LaneEncoder& lanes_;
  LaneParameters plain_;  ///< the level's
  LaneParameters lane_;
  LaneCoding coding_;                   ///< of codes
  uint32_t lane_history_ = UINT32_MAX;  ///< bytes of the history that bytes refer to at most
  TextWorth worth_;
  size_t coder_size_ = 0;
  size_t context_size_ = 0;
  size_t part_size_ = 0;  ///< most codes of a part
  Buffer staging_;        ///< codes of the key chunk, and behind them those of a part
};

extern const ModelEntry kTextModel;

}  // namespace sigma
