/* The choice between models, chunk by chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/models/model.hpp"

namespace sigma {

/// Asks the models that serve a level, in the order of their list, and takes the smallest body. The
/// last model of a list takes any bytes and keeps no state.
class ModelChooser {
 public:
  ModelChooser(GlyphBufferPool& pool, LaneEncoder& lanes, std::span<const ModelEntry> list)
      : pool_(pool), lanes_(lanes), list_(list) {}

  Status configure(const ModelSettings& settings);

  /// Bytes that a chunk of `size` has to be coded in at first.
  size_t first_room(size_t size) const;

  /// Codes the chunk in `scratch`; the body is empty if no model makes it smaller.
  Result<CodedBody> encode(const ChunkInput& chunk, GroupStates& states, MutableByteSpan scratch);

  /// The last model of the list.
  ChunkModel& last() { return *models_[list_.size() - 1]; }

  void release_memory();

 private:
  Result<CodedBody> encode_by(size_t model, const ChunkInput& chunk, GroupStates& states,
                              MutableByteSpan scratch);

  GlyphBufferPool& pool_;
  LaneEncoder& lanes_;
  std::span<const ModelEntry> list_;
  std::array<std::unique_ptr<ChunkModel>, kMaxModels> models_;
  std::array<bool, kMaxModels> serves_ = {};
  size_t least_room_ = 0;  ///< bytes without which a model makes no body
  size_t room_ = 0;        ///< bytes for a chunk at first
  size_t long_room_ = 0;   ///< the same for one that is longer than that
};

}  // namespace sigma
