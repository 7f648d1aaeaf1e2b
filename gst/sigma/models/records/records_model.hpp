/* The model `records`: text records as templates and typed columns.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#pragma once

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/records/column_coder.hpp"
#include "gst/sigma/models/records/format_probe.hpp"
#include "gst/sigma/models/records/limits.hpp"
#include "gst/sigma/models/records/record_context.hpp"
#include "gst/sigma/models/records/shapes.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// Log lines, tables, JSON: whatever repeats its texts with other values between them. Templates
/// are learned from the key chunk of a group; dependent chunks use them and add their own, which
/// are not kept. So a chunk depends on itself and the key alone.
class SIGMA_API RecordsModel final : public ChunkModel {
 public:
  RecordsModel(GlyphBufferPool& pool, LaneEncoder& lanes) : pool_(pool), lane_coder_(lanes) {}

  Status configure(const ModelSettings& settings) override;

  /// Bytes of scratch that encode() takes at least.
  static constexpr size_t min_scratch() { return kMinTree + kLimits.text; }

  /// `state` is a RecordContext. The body is empty if the chunk does not look like records or would
  /// not get small enough; settled, if its bytes without records are known to be larger.
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;

 private:
  static constexpr TemplateTable::Limits kLimits = {size_t{128} << 10, kSharedSize * 5 / 16, 2048,
                                                    2048};
  using Lists = std::array<FieldList, kLimits.columns>;
  static constexpr size_t kMinFields = size_t{768} << 10;  ///< bytes for their lists
  static_assert(TemplateTable::memory_size(kLimits) + sizeof(Lists) + ColumnCoder::memory_size() +
                    ShapeTable::memory_size() + kMinFields <=
                kRecordsMemory);
  static constexpr size_t kMinTree = size_t{320} << 10;  ///< bytes

  struct Choice {
    RecordFormat format;
    size_t part_size = SIZE_MAX;  ///< bytes of a part that may be not too much
  };

  /// Bytes that a format would take: with no templates but a sample's, and with what they grow to.
  struct Estimate {
    size_t least = SIZE_MAX;
    size_t likely = SIZE_MAX;
  };
  /// Whether whatever may be smaller as records is tried.
  bool is_patient() const { return worth_percent_ >= 100; }
  struct Prospects {
    RecordCandidates formats;
    bool are_likely = false;  ///< to be smaller also with what their templates grow to
    size_t plain = 0;         ///< bytes of the chunk as it is, by its sample
  };

  Result<CodedBody> encode_records(ByteSpan chunk, bool is_key, RecordContext& context,
                                   MutableByteSpan scratch);
  Result<bool> are_smaller(const ChunkInput& chunk, RecordContext& context, size_t size,
                           MutableByteSpan scratch);
  Result<bool> may_be_smaller(const ChunkInput& chunk, size_t size, MutableByteSpan scratch);
  Result<Prospects> choose_formats(ByteSpan chunk, const RecordCandidates& candidates);
  Result<CodedBody> encode_best(ByteSpan chunk, const RecordCandidates& candidates, bool is_key,
                                RecordContext& context);
  Result<CodedBody> encode_chosen(ByteSpan chunk, Choice choice, bool is_key,
                                  RecordContext& context);
  Result<size_t> plain_size(ByteSpan chunk);
  Result<Estimate> try_format(const RecordFormat& format, ByteSpan sample, size_t times);
  Status encode_parts(ByteSpan chunk, Choice& choice, bool is_key, RecordContext& context,
                      TreeWriter& tree);
  Status use_memory();
  /// Where the texts of templates lie in the scratch, which stay while the tree is written.
  size_t texts_begin() const { return scratch_.size() - kLimits.text; }

  uint32_t find_template(RecordReader& reader);
  ByteSpan analyse(const RecordFormat& format, ByteSpan known, ByteSpan bytes);
  bool order_templates();
  bool code_columns(ByteSpan bytes);
  bool fits_workspace(size_t coded);
  size_t fitting_part(size_t size) const;
  size_t lanes_memory() const;
  size_t tables_memory() const;

  Status write_slots(RecordContext& context, TreeWriter& tree);
  Status write_records(size_t size, bool is_key, const RecordContext& context, TreeWriter& tree);
  Status write_shared(ByteSpan bytes, ByteSpan shared, size_t slot, TreeWriter& tree);
  Status write_lane(ByteSpan bytes, ByteSpan prefix, size_t slot, TreeWriter& tree);
  Status keep(ByteSpan bytes, size_t most, Buffer& buffer);
  ByteSpan gather(RecordLane which, const TreeWriter& tree);

  GlyphBufferPool& pool_;
  LaneEncoder& lane_coder_;
  LaneParameters lane_;
  LaneParameters chunk_lane_;  ///< the level's for bytes
  LaneParameters bytes_lane_;  ///< that the chunk is coded with where it holds no records
  size_t strings_max_ = 0;
  size_t workspace_max_ = 0;
  size_t staging_size_ = 0;
  size_t coder_size_ = 0;
  size_t most_ = 0;             ///< bytes that the chunk's tree may have
  unsigned worth_percent_ = 0;  ///< of what a sample takes as bytes that it may take as records
  Buffer staging_;              ///< where lanes are made
  MutableByteSpan scratch_;
  TemplateTable templates_ = TemplateTable(kLimits);
  ShapeTable shapes_;
  ColumnCoder columns_;
  Lists* lists_ = nullptr;
  FieldStore fields_;
  LaneStore lanes_;
  uint64_t records_ = 0;
  uint64_t work_left_ = 0;   ///< bytes that a decoder may still put into the workspace
  size_t values_ = 0;        ///< of all columns
  bool is_crowded_ = false;  ///< the scratch was too small
  size_t fitting_ = 0;       ///< percent of a part that was too much which may not be
  size_t half_text_ = 0;     ///< of templates that the first half of the bytes has
  size_t fixed_size_ = 0;    ///< of what was written last: templates and script
};

extern const ModelEntry kRecordsModel;

}  // namespace sigma
