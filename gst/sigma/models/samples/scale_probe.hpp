/* Whether numbers are integers by a scale, but for missing values and a few others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/samples/sample_probe.hpp"
#include "gst/sigma/operators/excepted.hpp"
#include "gst/sigma/operators/scaled.hpp"

namespace sigma {

/// Floating-point numbers that are integers by a scale.
struct ScaledForm {
  SampleForm form;
  FloatScale scale;
  bool has_missing = false;
  uint64_t missing = 0;      ///< the number that stands where there is no value
  int64_t most = INT64_MAX;  ///< integers of this size are exceptions
};

/// The form of a chunk's numbers by a few of them, if there is a scale: one of `forms`, or as the
/// stream's numbers lie if it begins with one. One in 16 may be no integer.
bool find_scaled_form(ByteSpan chunk, uint32_t position, const SampleForms& forms,
                      ScaledForm& form);

/// A power of two or ten by which numbers of the scale's width and order, in a few places, are
/// integers.
bool find_scale(ByteSpan numbers, FloatScale& scale);

/// Turns numbers into integers, and finds what stands for those that are none. `count` is how many
/// of them are exceptions, which are of the mark; false if there are more than `most`.
bool find_integers_but(const ScaledForm& form, ByteSpan numbers, size_t most,
                       MutableByteSpan integers, ExceptedForm& excepted, size_t& count);

/// Copies the numbers whose integers are those of the mark, which all become what is copied; gives
/// their bytes, at the front of `integers`.
MutableByteSpan gather_exceptions(const ScaledForm& form, ByteSpan numbers,
                                  const ExceptedForm& excepted, MutableByteSpan integers);

}  // namespace sigma
