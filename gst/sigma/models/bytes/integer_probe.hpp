/* Whether a chunk holds integers, and how they lie.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {

/// How bytes are to be read as integers.
struct IntegerForm {
  IntegerLayout layout;
  size_t phase = 0;  ///< bytes before the first whole element
  bool is_plain() const { return layout.width == 1 && layout.distance == 0; }
};

/// The best form, if any looks worth trying: after differences, the entropy of the planes is less
/// than that of the bytes as they are.
IntegerForm find_integers(ByteSpan chunk);

}  // namespace sigma
