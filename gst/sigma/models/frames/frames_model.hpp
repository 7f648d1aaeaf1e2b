/* The model `frames`: pictures in rows, each block predicted from what is around it and from the
 * frame before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/models/frames/frame_modes.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

class FramesModel final : public ChunkModel {
 public:
  explicit FramesModel(LaneEncoder& lanes) : lanes_(lanes) {}

  static MemoryNeed memory(const ModelSettings& settings);

  Status configure(const ModelSettings& settings) override;
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;

 private:
  /// What the memory of the lane encoder is used for.
  struct Memory;

  Status use_memory();
  bool write_tree(const ChunkInput& chunk, const FrameLayout& layout, const FrameBytes& bytes,
                  TreeWriter& tree);
  bool write_modes(ByteSpan modes, TreeWriter& tree);
  bool write_residuals(const FrameLayout& layout, const FrameBytes& bytes,
                       const FramePredictors& predictors, ByteSpan modes, TreeWriter& tree);
  bool write_part(const FrameLayout& layout, size_t plane, TreeWriter& tree);
  SymbolContext choose_context(const FramePlane& plane, ByteSpan tokens);

  LaneEncoder& lanes_;
  FrameFormat said_;
  FrameEffort effort_;
  size_t coder_size_ = 0;
  size_t part_size_ = 0;  ///< most tokens of a part
  size_t max_tables_ = 0;
  size_t max_blocks_ = 0;
  Memory* memory_ = nullptr;
  MutableByteSpan modes_;
  MutableByteSpan tokens_;
  MutableByteSpan coder_memory_;
};

extern const ModelEntry kFramesModel;

}  // namespace sigma
