/* The model `records`: text records as templates and typed columns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/records/format_choice.hpp"
#include "gst/sigma/models/records/part_coder.hpp"
#include "gst/sigma/models/records/wide_text.hpp"

namespace sigma {

/// Log lines, tables, JSON: whatever repeats its texts with other values between them. Templates
/// are learned from the key chunk of a group; dependent chunks use them and add their own, which
/// are not kept. One that is of another kind has a format and templates of its own. So a chunk
/// depends on itself and the key alone. Of text in UTF-16 or UTF-32 the narrow text is coded so.
class RecordsModel final : public ChunkModel {
 public:
  RecordsModel(GlyphBufferPool& pool, LaneEncoder& lanes)
      : lane_coder_(lanes), parts_(pool, lanes), choice_(lanes, parts_) {}

  Status configure(const ModelSettings& settings) override;

  /// Bytes of scratch that encode() takes at least.
  static constexpr size_t min_scratch() { return PartCoder::min_scratch(); }

  /// `state` is a RecordContext. The body is empty if the chunk does not look like records or would
  /// not get small enough; settled, if its bytes without records are known to be larger.
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;

 private:
  struct Choice {
    RecordFormat format;
    size_t part_size = SIZE_MAX;                ///< bytes of a part that may be not too much
    const ShapeTable::Known* shapes = nullptr;  ///< where they are not the group's
  };

  Result<CodedBody> encode_key(ByteSpan chunk, RecordContext& context);
  Result<bool> repeats_itself(ByteSpan chunk, const FormatChoice::Prospects& found);
  Result<CodedBody> encode_dependent(ByteSpan chunk, RecordContext& context);
  Result<CodedBody> encode_other_kind(ByteSpan chunk, RecordContext& context, CodedBody body);
  Status begin(MutableByteSpan scratch, size_t most);
  size_t first_part(ByteSpan chunk, const FormatChoice::Prospects& found) const;
  Result<bool> are_smaller(const ChunkInput& chunk, RecordContext& context, size_t size,
                           MutableByteSpan scratch);
  Result<bool> may_be_smaller(const ChunkInput& chunk, size_t size, MutableByteSpan scratch);
  Result<CodedBody> encode_first(ByteSpan chunk, const FormatChoice::Prospects& found,
                                 RecordContext& context);
  Result<CodedBody> encode_best(ByteSpan chunk, const FormatChoice::Prospects& found,
                                RecordContext& context);
  Result<size_t> plain_size(ByteSpan chunk, const CodedBody& body);
  Result<CodedBody> encode_chosen(ByteSpan chunk, Choice choice, bool is_key,
                                  RecordContext& context);
  Status encode_parts(ByteSpan chunk, Choice& choice, bool is_key, RecordContext& context,
                      TreeWriter& tree);
  Status begin_parts(TreeWriter& tree, TreeWriter::Count& count);
  Status end_parts(TreeWriter& tree, const TreeWriter::Count& count, uint8_t parts);
  size_t least_scratch() const;
  size_t workspace() const { return parts_.workspace() - wide_.workspace(); }

  LaneEncoder& lane_coder_;
  PartCoder parts_;
  FormatChoice choice_;
  LaneParameters chunk_lane_;  ///< the level's for bytes
  size_t best_percent_ = 100;  ///< of what a key chunk takes as bytes, if the best is looked for
  MutableByteSpan scratch_;
  WideChunk wide_;
  size_t most_ = 0;          ///< bytes that the chunk's tree may have
  uint64_t work_left_ = 0;   ///< bytes that a decoder may still put into the workspace
  bool is_crowded_ = false;  ///< the chunk is too much for the scratch or for a decoder
};

extern const ModelEntry kRecordsModel;

}  // namespace sigma
