/* What columns of numbers hold, where it decides whether a text can be there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/operators/records/column_parser.hpp"
#include "gst/sigma/search/piece_set.hpp"

namespace sigma {

/// Adds numbers to sets of pieces: of columns whose range the texts can have digits of, one by one.
class ColumnNumbers : public NumberListener {
 public:
  /// For the columns of one operator. `bits` is the whole lane.
  void start(std::span<PieceSet> sets, bool any_case, ByteSpan bits);
  void on_numbers(const Column& column, uint64_t count) override;
  /// Else not all numbers were added.
  bool is_sound() const { return is_sound_; }

 private:
  /// Bounds of a column's numbers, as they lie in 63 bits and a sign.
  struct Range {
    const Column* column = nullptr;
    int64_t least = 0;
    int64_t most = 0;
    bool is_known = false;
  };

  /// Columns among which a base is looked for: it is near, and there may be many.
  static constexpr size_t kMostRanges = 64;

  Range measure(const Column& column, uint64_t count);
  void add_base(Range& range) const;
  void add_each(const Column& column, uint64_t count);

  std::span<PieceSet> sets_;
  bool any_case_ = false;
  const uint8_t* bits_end_ = nullptr;
  std::array<Range, kMostRanges> ranges_;  ///< of the last columns
  size_t columns_ = 0;
  bool is_sound_ = true;
};

}  // namespace sigma
