/* The values that the form of a column is chosen by.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "gst/sigma/models/records/column_context.hpp"
#include "gst/sigma/models/records/sample_cost.hpp"

namespace sigma {

/// The first values of a column; in a large sample of a long one, runs of values from several
/// places, as records often change along a chunk.
class ColumnSample {
 public:
  size_t size() const { return fields_.size(); }
  const Field& operator[](size_t i) const { return fields_[i]; }
  std::span<const Field> fields() const { return fields_; }
  /// Whether it is the first value of a run of which the column has values before.
  bool begins_run(size_t i) const { return is_spread_ && i % run_ == 0; }

 protected:
  /// Fills `room`, which has room for one run of `run` values or several.
  ColumnSample(const ColumnContext& context, const FieldList& column, std::span<Field> room,
               size_t run)
      : run_(run), is_spread_(run < room.size() && column.count >= kMinSpread * room.size()) {
    const size_t gap =
        is_spread_ ? (column.count - room.size()) / (room.size() / run - 1) : size_t{0};
    FieldStore::Cursor cursor = context.cursor(column);
    fields_ = room.first(std::min<size_t>(column.count, room.size()));
    for (size_t i = 0; i < fields_.size(); i++) {
      if (i != 0 && i % run == 0) cursor.skip(gap);
      room[i] = cursor.next();
    }
  }

 private:
  static constexpr size_t kMinSpread = 4;  ///< samples that a long column has

  std::span<const Field> fields_;
  size_t run_;
  bool is_spread_;
};

template <size_t most>
struct SampleRoom {
  std::array<Field, most> room;
};

/// A sample with the memory that it takes, which comes before what is put into it.
template <size_t most, size_t run>
class SampleOf : private SampleRoom<most>, public ColumnSample {
 public:
  SampleOf(const ColumnContext& context, const FieldList& column)
      : ColumnSample(context, column, SampleRoom<most>::room, run) {}
  SampleOf(const SampleOf&) = delete;
  SampleOf& operator=(const SampleOf&) = delete;
};

using QuickSample = SampleOf<kSample, kSample>;
using LargeSample = SampleOf<kLargeSample, 256>;

}  // namespace sigma
