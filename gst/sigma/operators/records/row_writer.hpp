/* Records written row by row from columns that RecordPreparer has prepared.
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

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/operators/records/columns.hpp"

namespace sigma {

/// Uses columns up while it writes their values.
class RecordWriter {
 public:
  /// `strings` is the whole lane, which columns of strings have places in.
  RecordWriter(ByteSpan strings, MutableByteSpan out)
      : strings_end_(strings.data() + strings.size()),
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
  bool put(const uint8_t* from, const uint8_t* from_end, size_t size);

  const uint8_t* strings_end_;
  uint8_t* begin_;
  uint8_t* out_;
  uint8_t* end_;
};

}  // namespace sigma
