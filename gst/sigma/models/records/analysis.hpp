/* From the bytes of records to templates, columns and lanes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/column_coder.hpp"
#include "gst/sigma/models/records/limits.hpp"
#include "gst/sigma/models/records/shapes.hpp"

namespace sigma {

/// Reads records: their templates, and the fields of their columns, which it codes into lanes. One
/// part of a chunk at a time: start(), read(), code_columns().
class RecordAnalysis {
 public:
  static constexpr TemplateTable::Limits kLimits = {size_t{128} << 10, kSharedSize * 5 / 16, 2048,
                                                    2048};

  /// Where it works: `tables` has kRecordsMemory bytes at least; `text`, behind all else that is
  /// written, room for kLimits.text bytes of templates, which are a lane, too.
  struct Memory {
    MutableByteSpan tables;
    MutableByteSpan lanes;
    uint8_t* text;
  };
  void start(const Memory& memory);

  /// Finds templates and the columns' fields of records at the front of `bytes`: of as many as
  /// there is room for, which it gives. `known` are the templates that the group shares.
  ByteSpan read(const RecordFormat& format, ByteSpan known, ByteSpan bytes);

  /// Puts the templates of the first records of a group in the order of their use: the most
  /// frequent ones, which the group shares, have short ids. Works in `spare`; false if that is used
  /// up.
  bool order_templates(MutableByteSpan spare);

  /// Codes all columns of the bytes that were read; false if there is no room for what they take,
  /// here or in the `workspace` bytes of a decoder.
  bool code_columns(ByteSpan bytes, uint64_t workspace);

  /// The shapes of records whose words change, as the group knows them.
  ShapeTable& shapes() { return shapes_; }
  const TemplateTable& templates() const { return templates_; }
  const LaneStore& lanes() const { return lanes_; }
  uint64_t records() const { return records_; }
  /// Bytes of the templates that the first half of the bytes has.
  size_t half_text() const { return half_text_; }

  /// What lanes and tables take of a decoder's workspace.
  size_t lanes_memory() const;
  size_t tables_memory() const;
  /// Percent of a part that was too much which may not be.
  size_t fitting_percent() const { return fitting_; }
  /// Bytes of a part that a decoder has room for in `workspace` bytes, if it is like the one of
  /// `size` bytes that was coded: its lanes grow with it, its tables hardly.
  size_t fitting_part(size_t size, size_t workspace) const;

 private:
  using Lists = std::array<FieldList, kLimits.columns>;
  static constexpr size_t kMinFields = size_t{768} << 10;  ///< bytes for their lists
  static_assert(TemplateTable::memory_size(kLimits) + sizeof(Lists) + ColumnCoder::memory_size() +
                    ShapeTable::memory_size() + kMinFields <=
                kRecordsMemory);

  uint32_t find_template(RecordReader& reader);
  uint32_t begin_table(RecordReader& reader);
  bool fits_workspace(size_t coded, uint64_t workspace);

  TemplateTable templates_ = TemplateTable(kLimits);
  ShapeTable shapes_;
  ColumnCoder columns_;
  Lists* lists_ = nullptr;
  FieldStore fields_;
  LaneStore lanes_;
  uint64_t records_ = 0;
  size_t values_ = 0;  ///< of all columns
  size_t half_text_ = 0;
  size_t fitting_ = 0;
};

/// Percent of what seems to be just possible that is tried.
constexpr size_t kTriedPercent = 92;

}  // namespace sigma
