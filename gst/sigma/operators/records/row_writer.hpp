/* Records written row by row from columns that RecordPreparer has prepared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

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
        end_(out.data() + out.size()) {}

  /// Writes `records` values of `top`: they must fill the output exactly.
  Status write(Column& top, uint64_t records);

 private:
  /// Bytes that are copied at once. A copy may read and write up to so many behind its end: what
  /// comes next in the output overwrites them.
  static constexpr size_t kBlock = 16;
  static constexpr size_t kKept = 512;  ///< bytes of templates that are kept

  // Each writes at `out`, and gives where it ends; null if it does not fit or is damaged.
  uint8_t* write_column(Column& column, uint8_t* out);
  uint8_t* write_value(Column& column, uint8_t* out);
  uint8_t* write_string(Column& column, uint8_t* out);
  uint8_t* write_number(Column& column, uint8_t* out);
  uint8_t* write_entry(Column& column, uint8_t* out);
  uint8_t* write_new_entry(Column& column, uint8_t* out, uint16_t& entry);
  uint8_t* write_split(Column& column, uint8_t* out);
  bool has_slack(const uint8_t* out, size_t size) const;
  uint8_t* put(const uint8_t* from, const uint8_t* from_end, size_t size, uint8_t* out);
  uint8_t* put_entry(const DictionaryEntry& text, uint8_t* out);
  uint8_t* put_near_end(const uint8_t* from, size_t size, uint8_t* out);

  void keep_texts(Templates& templates);

  const uint8_t* strings_end_;
  const uint8_t* bits_end_;
  uint8_t* begin_;
  uint8_t* end_;
  std::array<uint8_t, kKept + kBlock> kept_;
};

}  // namespace sigma
