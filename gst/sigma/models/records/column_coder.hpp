/* A column of fields to lanes, in the form that promises to be smallest.
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

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/column_predictor.hpp"
#include "gst/sigma/models/records/lane_store.hpp"
#include "gst/sigma/models/records/number_text.hpp"
#include "gst/sigma/models/records/sample_cost.hpp"
#include "gst/sigma/models/records/templates.hpp"
#include "gst/sigma/operators/records/layout.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Writes a column's glyphs to the script and its values to the other lanes. Forms are chosen by a
/// sample of the values: numbers as they are or as differences, a dictionary, strings; and strings
/// that are made of few templates are split again.
class SIGMA_API ColumnCoder {
 public:
  /// Bytes of tables that it needs.
  static constexpr size_t memory_size() {
    return sizeof(Dictionary) +
           kMaxSplits * (TemplateTable::memory_size(kSplitLimits) +
                         workspace_units(kSplitLimits.text) + sizeof(SplitLists));
  }
  /// Takes them from `arena`.
  void set_memory(Arena& arena);

  /// What fields are parts of, where lists of them lie, and where lanes are made.
  void start(ByteSpan bytes, FieldStore& fields, LaneStore& lanes) {
    bytes_ = bytes;
    fields_ = &fields;
    lanes_ = &lanes;
    decoder_memory_ = 0;
    partner_count_ = 0;
  }

  /// Codes the column with that number, which is larger than those of the columns before; false if
  /// memory is used up. Its fields may have other sizes then.
  bool code(size_t number, const FieldList& column);

  /// Workspace that a decoder takes for the tables of all columns since start().
  size_t decoder_memory() const { return decoder_memory_; }

 private:
  static constexpr unsigned kMaxSplits = 2;  ///< inside one another
  static constexpr TemplateTable::Limits kSplitLimits = {8192, 0, 128, 128};
  static constexpr size_t kDictionaryEntries = 8192;

  struct SplitLists {
    std::array<FieldList, kSplitLimits.columns> lists;
  };
  struct Entry {
    uint64_t word;  ///< the first bytes of the text
    Field field;    ///< where it came first
  };
  struct Dictionary {
    std::array<Entry, kDictionaryEntries> entries;
    std::array<uint16_t, 2 * kDictionaryEntries> slots;  ///< by hash; number plus one
  };
  struct NumberForm {
    bool is_difference = false;
    NumberCoding coding = NumberCoding::VARINT;
    uint32_t cost = 0;  ///< of a sample
  };
  struct DictionaryEstimate {
    bool repeats = false;              ///< so many values come again that it is worth trying
    bool has_window = false;           ///< recent entries pay
    const Partner* partner = nullptr;  ///< that it is predicted from
    uint32_t cost = 0;                 ///< of a sample
  };
  static constexpr size_t kPartners = 8;  ///< dictionaries that are remembered, the last ones

  ByteSpan text(const Field& field) const { return bytes_.subspan(field.begin, field.size); }
  bool code(const FieldList& column, unsigned splits);
  DictionaryEstimate estimate_dictionary(const FieldList& column, const NumberShape& shape,
                                         const NumberForm& numbers);
  NumberShape find_shape(const FieldList& column, size_t most) const;
  NumberForm choose_number_form(const FieldList& column, const NumberShape& shape) const;
  bool code_numbers(const FieldList& column, const NumberShape& shape, const NumberForm& form);
  bool code_whole_numbers(const FieldList& column);
  void code_strings(const FieldList& column);
  void choose_partner(const FieldList& column, size_t sample, DictionaryEstimate& estimate);
  uint32_t cost_with(const Partner& partner, const FieldList& column, size_t sample,
                     bool has_window);
  bool code_dictionary(const FieldList& column, const DictionaryEstimate& form, unsigned splits);
  bool is_splittable(const FieldList& column) const;
  bool code_split(const FieldList& column, unsigned splits, bool& done);
  bool code_text(const FieldList& column, unsigned splits);
  bool code_long_hex(const FieldList& column, bool& done);
  void start_dictionary(size_t values);
  size_t find_entry(const Field& field);
  void put_glyph(GlyphType type, Primitive primitive, ByteSpan payload);

  ByteSpan bytes_;
  FieldStore* fields_ = nullptr;
  LaneStore* lanes_ = nullptr;
  Dictionary* dictionary_ = nullptr;
  size_t slots_ = 0;                            ///< of the dictionary: a power of two
  size_t entries_ = 0;                          ///< also those that it has no room for
  size_t latest_ = 0;                           ///< the one found last
  std::array<uint16_t, kSample> sampled_ = {};  ///< entries of a column's first values
  std::array<TemplateTable, kMaxSplits> tables_ = {TemplateTable(kSplitLimits),
                                                   TemplateTable(kSplitLimits)};
  std::array<SplitLists*, kMaxSplits> lists_ = {};
  size_t decoder_memory_ = 0;
  std::array<Partner, kPartners> partners_;
  size_t partner_count_ = 0;  ///< that there have been
  bool may_predict_ = false;  ///< the column is one of records, not of a split value
  size_t number_ = 0;         ///< the column's
  Predictions predictions_;
};

}  // namespace sigma
