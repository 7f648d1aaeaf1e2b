/* A column of fields to lanes, in the form that promises to be smallest.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/column_context.hpp"
#include "gst/sigma/models/records/dictionary_column.hpp"
#include "gst/sigma/models/records/templates.hpp"

namespace sigma {

/// Writes a column's glyphs to the script and its values to the other lanes. Forms are chosen by a
/// sample of the values: numbers as they are or as differences, a dictionary, strings; and strings
/// that are made of few templates are split again.
class ColumnCoder {
 public:
  /// Bytes of tables that it needs.
  static constexpr size_t memory_size() {
    return DictionaryColumn::memory_size() +
           kMaxSplits * (TemplateTable::memory_size(kSplitLimits) +
                         workspace_units(kSplitLimits.text) + sizeof(SplitLists));
  }
  /// Takes them from `arena`.
  void set_memory(Arena& arena);

  /// What fields are parts of, where lists of them lie, and where lanes are made.
  void start(ByteSpan bytes, bool is_table, FieldStore& fields, LaneStore& lanes) {
    context_ = {bytes, &fields, &lanes};
    is_table_ = is_table;
    dictionary_.start(context_);
    decoder_memory_ = 0;
  }

  /// Codes the column with that number, which is larger than those of the columns before; false if
  /// memory is used up. Its fields may have other sizes then.
  bool code(size_t number, const FieldList& column);

  /// Workspace that a decoder takes for the tables of all columns since start().
  size_t decoder_memory() const { return decoder_memory_; }

 private:
  static constexpr unsigned kMaxSplits = 2;  ///< inside one another
  static constexpr TemplateTable::Limits kSplitLimits = {8192, 0, 128, 128};

  struct SplitLists {
    std::array<FieldList, kSplitLimits.columns> lists;
  };
  bool has_overflowed() const { return context_.lanes->overflowed(); }
  bool code(const FieldList& column, unsigned splits);
  bool numbers_cost_less(const FieldList& column, const NumberForm& numbers,
                         const DictionaryColumn::Estimate& dictionary);
  void code_strings(const FieldList& column);
  bool code_dictionary(const FieldList& column, const DictionaryColumn::Estimate& form,
                       unsigned splits);
  bool is_splittable(const FieldList& column) const;
  bool code_split(const FieldList& column, unsigned splits, bool& done);
  bool code_text(const FieldList& column, unsigned splits);
  bool code_long_hex(const FieldList& column, bool& done);
  bool code_by_length(const FieldList& column, bool& done);
  size_t number_length(const Field& field) const;
  void code_lengths(const FieldList& column, std::span<const FieldList> lists);

  ColumnContext context_;
  DictionaryColumn dictionary_;
  std::array<TemplateTable, kMaxSplits> tables_ = {TemplateTable(kSplitLimits),
                                                   TemplateTable(kSplitLimits)};
  std::array<SplitLists*, kMaxSplits> lists_ = {};
  size_t decoder_memory_ = 0;
  size_t number_ = 0;  ///< the column's
  bool is_table_ = false;
};

}  // namespace sigma
