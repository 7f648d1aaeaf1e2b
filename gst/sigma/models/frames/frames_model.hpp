/* The model `frames`: pictures in rows, each block predicted from what is around it and from the
 * frame before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/models/frames/colour_search.hpp"
#include "gst/sigma/models/frames/drawing_coder.hpp"
#include "gst/sigma/models/frames/frame_modes.hpp"
#include "gst/sigma/models/frames/frame_probe.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/frame_taps.hpp"
#include "gst/sigma/operators/ranked.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

class FramesModel final : public ChunkModel {
 public:
  FramesModel(GlyphBufferPool& pool, LaneEncoder& lanes)
      : pool_(pool), lanes_(lanes), drawings_(lanes) {}

  static MemoryNeed memory(const ModelSettings& settings);
  static std::unique_ptr<GroupState> make_state();

  Status configure(const ModelSettings& settings) override;
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;
  void release_memory() override { pool_.release(std::move(staging_)); }

 private:
  struct State;

  Status use_memory();
  Result<bool> are_smaller(const ChunkInput& chunk, const FoundFrames& found,
                           MutableByteSpan scratch);
  Result<DrawingShape> find_drawing(ByteSpan bytes);
  Result<CodedBody> encode_drawing(const ChunkInput& chunk, const DrawingShape& shape,
                                   MutableByteSpan scratch);
  Result<DrawingShape> find_kind(const ChunkInput& chunk, State& state, MutableByteSpan scratch);
  Result<CodedBody> encode_drawing_first(const ChunkInput& chunk, const DrawingShape& shape,
                                         State& state, MutableByteSpan scratch);
  Result<CodedBody> encode_frames_first(const ChunkInput& chunk, const DrawingShape& shape,
                                        size_t copied, State& state, MutableByteSpan scratch);
  Result<size_t> estimate_drawing(const ChunkInput& chunk, const DrawingShape& shape);
  Result<CodedBody> encode_pictures(const ChunkInput& chunk, const State& state,
                                    MutableByteSpan scratch);
  Result<CodedBody> encode_frames(const ChunkInput& chunk, const FoundFrames& found,
                                  MutableByteSpan scratch, bool has_ranks = false);
  bool rank(const RankTable& table, FrameLayout& layout, FrameBytes& bytes);
  Status choose_ranks(const ChunkInput& chunk, State& state, MutableByteSpan scratch);
  Result<CodedBody> encode_colours(const ChunkInput& chunk, const FoundFrames& found,
                                   const ColourForm& form, MutableByteSpan scratch);
  Status choose_colours(const ChunkInput& chunk, State& state, MutableByteSpan scratch);
  struct Reference;
  bool write_tree(const FrameLayout& layout, const FrameBytes& bytes, const Reference& reference,
                  TreeWriter& tree);
  void find_modes(const FrameLayout& layout, const FrameBytes& bytes, const FrameEffort& effort,
                  FramePredictors& predictors, MutableByteSpan modes);
  bool write_modes(ByteSpan modes, TreeWriter& tree);
  bool write_exceptions(ByteSpan exceptions, TreeWriter& tree);
  bool write_residuals(const FrameLayout& layout, const FrameBytes& bytes,
                       std::span<const ReadyPlane> predictors, ByteSpan modes, TreeWriter& tree);
  bool write_part(const FrameLayout& layout, size_t plane, TreeWriter& tree);
  SymbolContext choose_context(const FramePlane& plane, ByteSpan tokens);

  GlyphBufferPool& pool_;
  LaneEncoder& lanes_;
  DrawingCoder drawings_;
  FrameFormat said_;
  LaneParameters lane_;  ///< of bytes by themselves
  FrameEffort effort_;
  size_t coder_size_ = 0;
  size_t staging_size_ = 0;
  size_t colour_size_ = 0;  ///< of staging for planes of pixels; 0: there is none
  size_t max_known_ = 0;    ///< bytes of the history that may be planes
  size_t search_size_ = 0;
  bool has_drawings_ = false;  ///< there is memory for them
  Buffer staging_;             ///< of drawings
  size_t part_size_ = 0;       ///< most tokens of a part
  size_t max_tables_ = 0;
  size_t max_blocks_ = 0;
  // In the memory of the lane encoder:
  FramePredictors* predictors_ = nullptr;
  MutableByteSpan search_memory_;
  MutableByteSpan modes_;
  MutableByteSpan tokens_;
  MutableByteSpan coder_memory_;
};

extern const ModelEntry kFramesModel;

}  // namespace sigma
