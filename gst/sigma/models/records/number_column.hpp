/* Columns of numbers to lanes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/column_sample.hpp"
#include "gst/sigma/models/records/number_text.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// How the numbers of a column are written.
struct NumberForm {
  bool is_difference = false;
  NumberCoding coding = NumberCoding::VARINT;
  uint32_t cost = 0;  ///< of a sample
};

/// Of values that do not all have a shape.
constexpr NumberForm kNoNumbers = {false, NumberCoding::VARINT, UINT32_MAX};

/// The shape that the values share; none if they are no numbers of one shape.
NumberShape find_number_shape(const ColumnContext& context, const ColumnSample& sample);

/// By the codes of a sample: buckets with the bits that they leave open are what numbers cost that
/// do not repeat; those that do are better left whole.
NumberForm choose_number_form(const ColumnContext& context, const ColumnSample& sample,
                              const NumberShape& shape);

/// What a sample of numbers with a point costs in two columns, of what is before it and behind. Of
/// 12.25, 12.50 and 12.75 the places are a small dictionary, which the digits of 1225 hide.
uint32_t cost_in_parts(const ColumnContext& context, const ColumnSample& sample);

/// Whether a sample costs less as numbers of so many digits and their lengths than as strings:
/// digits without order, which take more as letters, and what ends them does. A few values may be
/// something else.
bool lengths_cost_less(const ColumnContext& context, const ColumnSample& sample);

/// False, and nothing is written, if a value has another shape.
bool code_numbers(const ColumnContext& context, const FieldList& column, const NumberShape& shape,
                  const NumberForm& form);

/// The same for a column whose values are all looked at first; also false if they have the shape
/// that a sample has, with which they could not be coded.
bool code_whole_numbers(const ColumnContext& context, const FieldList& column,
                        const ColumnSample& sample, NumberShape sampled);

/// In the shape of a sample, or else in that of all values.
bool code_any_numbers(const ColumnContext& context, const FieldList& column);

}  // namespace sigma
