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

/// The rows that take least, by a sample; none if bytes do not repeat at any one distance.
RowForm find_rows(ByteSpan chunk);

}  // namespace sigma
