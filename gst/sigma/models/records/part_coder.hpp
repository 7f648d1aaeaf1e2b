/* Coding a part of a chunk as records: analysis, then the tree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/models/records/analysis.hpp"
#include "gst/sigma/models/records/record_context.hpp"
#include "gst/sigma/models/records/record_lane_writer.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// Codes parts of a chunk, each with lanes of its own, in the memory that the chunk has: between
/// begin() and end(), for each part start_part(), the calls of its analysis, and those that write.
class PartCoder {
 public:
  /// Bytes of scratch that it takes at least.
  static constexpr size_t min_scratch() { return kMinTree + RecordAnalysis::kLimits.text; }

  PartCoder(GlyphBufferPool& pool, LaneEncoder& lanes)
      : pool_(pool), lane_coder_(lanes), lanes_(lanes) {}

  void configure(const LaneParameters& lane, const MemoryNeed& memory);

  Status begin(MutableByteSpan scratch);
  void end() { pool_.release(std::move(staging_)); }

  /// The tree may take what the texts of templates, at the end of the scratch, leave.
  MutableByteSpan tree_room() const { return scratch_.first(texts_begin()); }

  Status start_part();
  RecordAnalysis& analysis() { return analysis_; }
  /// The lane coder, set for lanes of records, or as `lane` says: not before the analysis of a part
  /// has ended.
  Status use_lanes() { return lanes_.use(lane_); }
  Status use_lanes(const LaneParameters& lane) { return lanes_.use(lane); }

  /// Statements that keep the first templates and strings of a group.
  Status write_slots(RecordContext& context, TreeWriter& tree);
  /// Adds the records that were analysed, of `size` bytes: the first ones of a group share with a
  /// slot what begins their templates and strings; others that know templates use the slots. What
  /// the first lanes tell of the others goes to `learned`, if that is not null.
  Status write_records(size_t size, bool is_first, const RecordContext& context,
                       LaneHabits* learned, TreeWriter& tree);

  /// Whether the scratch was too small since start_part().
  bool is_crowded() const { return is_crowded_; }
  /// Bytes of templates and script in what was written last.
  size_t fixed_size() const { return fixed_size_; }
  /// Bytes of a decoder's workspace.
  size_t workspace() const { return memory_.workspace; }

 private:
  static constexpr size_t kMinTree = size_t{320} << 10;  ///< bytes

  size_t texts_begin() const { return scratch_.size() - RecordAnalysis::kLimits.text; }
  Status write_shared(RecordLane which, ByteSpan bytes, ByteSpan shared, size_t slot,
                      TreeWriter& tree);
  Status keep(ByteSpan bytes, size_t most, Buffer& buffer);
  ByteSpan put_before(ByteSpan lane, ByteSpan prefix, const TreeWriter& tree);
  ByteSpan gather(RecordLane which, const TreeWriter& tree);

  GlyphBufferPool& pool_;
  LaneEncoder& lane_coder_;
  RecordLaneWriter lanes_;
  LaneParameters lane_;
  MemoryNeed memory_;
  Buffer staging_;  ///< where lanes are made
  MutableByteSpan scratch_;
  RecordAnalysis analysis_;
  bool is_crowded_ = false;
  size_t fixed_size_ = 0;
};

}  // namespace sigma
