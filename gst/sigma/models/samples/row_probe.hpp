/* Whether a chunk holds rows of fields: tables of numbers, logs of sensors, point clouds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/operators/fields.hpp"

namespace sigma {

/// How a field looks best.
struct FieldForm {
  bool big_endian = false;
  bool is_scaled = false;  ///< floating-point numbers that are integers by a scale
};

/// How rows are cut.
struct RowForm {
  FieldWidths widths;  ///< of 1, 2, 3, 4 or 8 bytes; none: there are no rows
  std::array<FieldForm, kMaxRowFields> fields;
  size_t phase = 0;   ///< bytes before the first whole row
  uint32_t bits = 0;  ///< of a byte, in 1/256, about
};

/// The rows that take least, by a sample; none if bytes do not repeat at any one distance, or rows
/// do not promise less than `most`. Both numbers are 1/256 bits of a byte, the first one what bytes
/// take by themselves.
RowForm find_rows(ByteSpan chunk, uint32_t plain_bits = 256 * 8, uint32_t most = 256 * 8);

}  // namespace sigma
