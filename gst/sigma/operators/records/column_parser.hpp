/* From the script and the lanes of a records operator to columns that are ready to be written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/counting.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/operators/records/columns.hpp"
#include "gst/sigma/operators/records/layout.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// What is left of a lane.
class LaneReader {
 public:
  ByteSpan rest;
  /// Takes `size` bytes; null if there are fewer.
  const uint8_t* take(size_t size) {
    if (size > rest.size()) return nullptr;
    const uint8_t* taken = rest.data();
    rest = rest.subspan(size);
    return taken;
  }
  /// Takes bytes up to the `count`th one for which `ends` holds; null if there are fewer.
  template <typename Ends>
  const uint8_t* take_items(size_t count, Ends ends) {
    size_t size = 0;
    // A block that is too short for the last item is counted as a whole.
    for (; count > kCounted && rest.size() - size >= kCounted; size += kCounted)
      count -= count_block(rest.data() + size, ends);
    for (; count > 0 && size < rest.size(); size++)
      count -= ends(rest[size]) ? 1 : 0;
    return count == 0 ? take(size) : nullptr;
  }
};

/// Who wants to know what columns of numbers hold.
class NumberListener {
 public:
  virtual ~NumberListener() = default;
  /// A column of `count` numbers, of which none was read. Its base, if it has one, came before.
  virtual void on_numbers(const Column& column, uint64_t count) = 0;
};

/// Gives each column its part of each lane, and its tables. All that can be checked before values
/// are known is checked here, once, so that RecordWriter need not.
class RecordPreparer {
 public:
  /// `listener` may be null.
  RecordPreparer(const RecordLanes& lanes, MutableByteSpan workspace,
                 NumberListener* listener = nullptr);

  /// The column whose values are the records. It uses each lane up; its tables, and the columns
  /// inside it, lie in the workspace.
  Result<Column> prepare(uint64_t records);
  size_t workspace_left() const { return arena_.left(); }

 private:
  LaneReader& lane(RecordLane which) { return lanes_[static_cast<size_t>(which)]; }

  // `count` is how many values a column has, `number` its place among the columns of its scope,
  // which is null for a column inside a dictionary.
  Status prepare_split(ByteSpan text, RecordLane ids, uint64_t count, unsigned depth,
                       Column& column);
  Status prepare_column(const Column* scope, size_t number, uint64_t count, unsigned depth,
                        Column& column);
  Status prepare_strings(uint64_t count, Column& column);
  Status prepare_numbers(const Glyph& glyph, const Column* scope, size_t number, uint64_t count,
                         Column& column);
  Status prepare_dictionary(const Glyph& glyph, const Column* scope, size_t number, uint64_t count,
                            unsigned depth, Column& column);

  Status take_templates(ByteSpan text, RecordLane ids, uint64_t count, Column& column,
                        uint64_t& columns);
  Status take_codes(RecordLane codes, uint64_t count, Column& column, const uint8_t*& lows);
  Status take_varints(uint64_t count, Column& column);
  Status take_buckets(uint64_t count, Column& column);
  bool take_tables(Column& column);

  Arena arena_;
  NumberListener* listener_;
  std::array<LaneReader, kRecordLanes> lanes_;
  size_t columns_ = 0;
};

}  // namespace sigma
