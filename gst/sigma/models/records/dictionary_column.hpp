/* Columns of values that repeat: dictionaries.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/column_context.hpp"
#include "gst/sigma/models/records/column_predictor.hpp"
#include "gst/sigma/models/records/number_column.hpp"
#include "gst/sigma/models/records/sample_cost.hpp"

namespace sigma {

/// The dictionary of one column at a time, and of those before what another may be predicted from.
/// estimate() begins one with a sample of the values, code() goes on with it.
class DictionaryColumn {
 public:
  struct Estimate {
    bool repeats = false;              ///< so many values repeat that it is worth trying
    bool has_window = false;           ///< recent entries pay
    bool is_partner = false;           ///< long enough to be predicted, and to be predicted from
    const Partner* partner = nullptr;  ///< that it is predicted from
    uint32_t cost = 0;                 ///< of a sample
  };

  /// Bytes of tables that it needs.
  static constexpr size_t memory_size() { return sizeof(Table); }
  /// Takes them from `arena`.
  void set_memory(Arena& arena) { table_ = arena.take<Table>(1); }

  /// What the columns are of. No column was seen.
  void start(const ColumnContext& context) {
    context_ = context;
    partner_count_ = 0;
  }

  /// What a dictionary would take for a sample: codes of entries, and the new ones among them, as
  /// numbers of the given shape and form if they are numbers. `is_of_records`: the column is one of
  /// records, not of a value that was split.
  Estimate estimate(const FieldList& column, const ColumnSample& sample, const NumberShape& shape,
                    const NumberForm& numbers, bool is_of_records);

  /// What the estimated dictionary takes for a large sample, with new entries as numbers of which
  /// the sample costs `numbers`. The column is longer than the sample that the estimate is of.
  uint32_t cost(const FieldList& column, const ColumnSample& large, const Estimate& form,
                uint32_t numbers);

  /// Writes the column with the dictionary that was estimated, but for the texts of its entries,
  /// which it appends to `fresh`; false if there is no memory for these. The fields of a partner
  /// have the numbers of their entries for sizes then.
  bool code(const FieldList& column, const Estimate& form, FieldList& fresh);

  /// Columns from now on may be predicted from the one with that number, of so many entries.
  void remember(size_t number, const FieldList& column, size_t entries) {
    partners_[partner_count_++ % kPartners] = {number, column, entries};
  }
  /// Workspace that a decoder takes for a dictionary of so many entries.
  static size_t decoder_memory(const Estimate& form, size_t entries);

 private:
  static constexpr size_t kMaxTexts = 8192;
  static constexpr uint32_t kMinPredicted = 1024;
  static constexpr size_t kPartners = 8;  ///< dictionaries that are remembered, the last ones

  struct Entry {
    uint64_t word;  ///< the first bytes of the text
    Field field;    ///< where it came first
  };
  struct Table {
    std::array<Entry, kMaxTexts> entries;
    std::array<uint16_t, 2 * kMaxTexts> slots;  ///< by hash; number plus one
  };

  /// A value with what it is looked up by.
  struct Value {
    Field field;
    uint32_t hash;
    uint64_t word;
  };
  /// Values that are read before they are looked up: what they are in is read column by column, and
  /// comes late.
  static constexpr size_t kBatch = 32;

  void begin_table(size_t values);
  Value read_value(const Field& field) const;
  void read_batch(FieldStore::Cursor& cursor, size_t number, size_t count,
                  std::array<Value, kBatch>& values) const;
  size_t find_entry(const Value& value);
  size_t find_entry(const Field& field) { return find_entry(read_value(field)); }
  void choose_partner(const FieldList& column, const ColumnSample& sample, Estimate& estimate);
  uint32_t cost_with(const Partner& partner, const ColumnSample& sample, bool has_window);

  ColumnContext context_;
  Table* table_ = nullptr;
  size_t slots_ = 0;                            ///< of the table: a power of two
  size_t entries_ = 0;                          ///< also those that it has no room for
  std::array<uint16_t, kSample> sampled_ = {};  ///< entries of a column's first values
  size_t sampled_count_ = 0;
  std::array<Partner, kPartners> partners_;
  size_t partner_count_ = 0;  ///< that there have been
  Predictions predictions_;
};

}  // namespace sigma
