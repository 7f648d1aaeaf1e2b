/* Writing the steps of copies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/copies.hpp"

namespace sigma {

/// Room for steps, and what is made in it.
struct CopyRoom {
  MutableByteSpan steps;
  MutableByteSpan lengths;   ///< of long steps
  MutableByteSpan literals;  ///< bytes that are new, in order
};

struct FoundCopies {
  size_t steps = 0;  ///< 0: there was no room, or nothing to copy
  size_t lengths = 0;
  size_t literals = 0;
};

/// Writes steps as long as there is room.
class StepWriter {
 public:
  StepWriter(const CopyRoom& room, FoundCopies& made) : room_(room), made_(made) {}
  /// Copies `units` from the distance of number `source` - 1, or takes literals for 0.
  void add(size_t source, size_t units);
  void add_literals(ByteSpan literals, size_t unit);
  bool overflowed() const { return overflowed_; }

 private:
  const CopyRoom& room_;
  FoundCopies& made_;
  bool overflowed_ = false;
};

/// Numbers distances by those that steps take, and drops the others.
void drop_unused_distances(CopiesForm& form, MutableByteSpan steps);

/// Bytes that are the same from two places on, at most `most`.
size_t count_equal(const uint8_t* a, const uint8_t* b, size_t most);

}  // namespace sigma
