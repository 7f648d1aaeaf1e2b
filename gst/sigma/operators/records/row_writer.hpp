/* Records written row by row from columns that RecordPreparer has prepared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/base/text_masks.hpp"
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
        end_(out.data() + out.size()) {
    rows_.fill(kUnused);
  }

  /// Writes `records` values of `top`: they must fill the output exactly.
  Status write(Column& top, uint64_t records);

 private:
  /// Bytes that are copied at once. A copy may read and write up to so many behind its end: what
  /// comes next in the output overwrites them.
  static constexpr size_t kBlock = 16;
  static constexpr size_t kRows = 1024;  ///< templates that steps are made of, at most
  static constexpr size_t kSteps = 640;  ///< of all of them
  static constexpr uint16_t kUnused = UINT16_MAX;
  static constexpr uint16_t kUsed = UINT16_MAX - 1;
  static constexpr uint16_t kRefused = UINT16_MAX - 2;

  /// A literal of a template, and the column behind it.
  struct Step {
    Bytes16 front;           ///< of the literal, which is no longer mostly
    const uint8_t* literal;  ///< where it is
    Column* column;          ///< null at the end
    size_t size;
  };

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

  uint8_t* write_by_text(Column& column, uint32_t id, uint8_t* out);
  const Step* find_steps(Column& column, uint32_t id);
  void take_rows(Templates& templates);
  const Step* make_steps(Column& column, uint32_t id);

  const uint8_t* strings_end_;
  const uint8_t* bits_end_;
  uint8_t* begin_;
  uint8_t* end_;
  size_t row_count_ = 0;
  size_t step_count_ = 0;
  std::array<uint16_t, kRows> rows_;  ///< the first step of each template, or kUnused to kRefused
  std::array<Step, kSteps> steps_;
};

}  // namespace sigma
