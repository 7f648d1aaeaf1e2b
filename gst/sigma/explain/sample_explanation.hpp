/* What predicted samples of a chunk cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/explain.hpp"

namespace sigma {

/// Looks at a tree that the decoder has checked.
void explain_samples(ByteSpan tree, ExplanationListener& listener);

}  // namespace sigma
