/* Fields: values of fixed width, put together to rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxRowFields = 64;
constexpr size_t kMaxRowFieldWidth = 255;  ///< bytes

/// The widths of the fields of a row, in bytes.
struct FieldWidths {
  size_t count = 0;
  std::array<uint8_t, kMaxRowFields> all{};

  /// Bytes of a row.
  size_t row() const;
};

/// Takes the fields that begin `at` bytes into each row of `row` bytes; `field` has as many as
/// there are rows.
void gather_field(ByteSpan rows, size_t row, size_t at, size_t width, MutableByteSpan field);
/// And back.
void scatter_field(ByteSpan field, size_t row, size_t at, size_t width, MutableByteSpan rows);

struct OperatorEntry;
extern const OperatorEntry kFields;

}  // namespace sigma
