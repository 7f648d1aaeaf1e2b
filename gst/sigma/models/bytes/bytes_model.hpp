/* The model `bytes`: a chunk is one zstd lane, with the group's history as its prefix.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <utility>

#include "gst/sigma/models/bytes/integer_probe.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/lane_writer.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// Bytes of any kind: as one lane that may refer to the history; or, where samples promise more, as
/// planes of integers or with a branch filter.
class BytesModel final : public ChunkModel {
 public:
  BytesModel(GlyphBufferPool& pool, LaneEncoder& lanes) : pool_(pool), lanes_(lanes) {}

  Status configure(const ModelSettings& settings) override;

  /// A body is always smaller than the chunk. `scratch` holds kMaxGlyphHeader bytes more than that
  /// may have.
  Result<CodedBody> encode(const ChunkInput& whole, GroupState* state,
                           MutableByteSpan scratch) override;

  /// The memory for filtered bytes.
  void release_memory() override { pool_.release(std::move(part_)); }

 private:
  Architecture find_code(ByteSpan chunk, ByteSpan history, uint32_t position) const;
  Result<CodedBody> encode_best(ByteSpan chunk, ByteSpan history, MutableByteSpan scratch);
  Result<CodedBody> encode_lane(ByteSpan chunk, ByteSpan history, MutableByteSpan scratch);
  Result<CodedBody> encode_repeats(const ChunkInput& chunk, MutableByteSpan scratch);
  Status write_literals(ByteSpan literals, ByteSpan history, TreeWriter& tree);
  Result<CodedBody> encode_integers(ByteSpan chunk, const IntegerForm& form,
                                    MutableByteSpan scratch);
  Result<CodedBody> encode_code(ByteSpan chunk, Architecture architecture, uint32_t position,
                                MutableByteSpan scratch);
  Result<bool> integers_pay(ByteSpan chunk, ByteSpan history, const IntegerForm& form,
                            MutableByteSpan scratch);
  Status write_integers(ByteSpan bytes, const IntegerLayout& layout, TreeWriter& tree);
  Status write_lane(ByteSpan bytes, TreeWriter& tree);
  Status write_code(ByteSpan bytes, TreeWriter& tree);
  static void write_history(ByteSpan history, TreeWriter& tree);

  GlyphBufferPool& pool_;
  LaneEncoder& lanes_;
  uint32_t lane_history_ = UINT32_MAX;
  LaneParameters lane_;
  LaneParameters plane_;
  LaneCoding coding_;  ///< of what is neither repeats nor planes
  bool filters_code_ = false;
  size_t plane_size_ = 0;    ///< most bytes of a plane
  size_t part_size_ = 0;     ///< most bytes filtered at once
  size_t repeats_room_ = 0;  ///< bytes for what makes a chunk of its repeats; 0: it has none
  Buffer part_;
};

extern const ModelEntry kBytesModel;

}  // namespace sigma
