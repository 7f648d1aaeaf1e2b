/* Numbers among which some are others than they stand for: missing values, and what is no integer
 * by the scale of all others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxStandIns = 8;

/// A number that stands for another one, wherever it is.
struct StandIn {
  uint64_t number = 0;
  uint64_t meant = 0;
};

/// Numbers are of `width` bytes, as the stream has them, read as little-endian.
struct ExceptedForm {
  unsigned width = 4;  ///< 1, 2, 4 or 8
  size_t count = 0;    ///< of stand-ins
  std::array<StandIn, kMaxStandIns> stand_ins;
  uint64_t mark = 0;  ///< stands for the next exception
};

/// Gives the size of the payload, or 0 if there is no room.
size_t write_excepted(const ExceptedForm& form, MutableByteSpan out);

/// Puts what is meant in place of the numbers; false unless there are as many marks as exceptions.
bool put_exceptions(const ExceptedForm& form, ByteSpan exceptions, MutableByteSpan numbers);

struct OperatorEntry;
extern const OperatorEntry kExcepted;

}  // namespace sigma
