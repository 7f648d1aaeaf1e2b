/* Records written row by row from columns that RecordPreparer has prepared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/operators/records/columns.hpp"

namespace sigma {

/// Uses columns up while it writes their values.
class RecordWriter {
 public:
  /// `strings` and `bits` are the whole lanes, which columns have places in.
  RecordWriter(ByteSpan strings, ByteSpan bits, MutableByteSpan out)
      : strings_end_(strings.data() + strings.size()),
        bits_end_(bits.data() + bits.size()),
        begin_(out.data()),
        out_(out.data()),
        end_(out.data() + out.size()) {}

  /// Writes `records` values of `top`: they must fill the output exactly.
  Status write(Column& top, uint64_t records);

 private:
  bool write_column(Column& column);
  bool write_string(Column& column);
  bool write_number(Column& column);
  bool write_entry(Column& column);
  bool write_new_entry(Column& column, uint16_t& entry);
  bool write_split(Column& column);
  bool has_slack(size_t size) const;
  bool put(const uint8_t* from, const uint8_t* from_end, size_t size);
  bool put_near_end(const uint8_t* from, size_t size);

  const uint8_t* strings_end_;
  const uint8_t* bits_end_;
  uint8_t* begin_;
  uint8_t* out_;
  uint8_t* end_;
};

}  // namespace sigma
