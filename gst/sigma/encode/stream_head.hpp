/* What the head of a stream declares.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {

/// The limits that a stream of this plan declares.
Head make_head(const EncoderPlan& plan);

/// The same for a stream with framing trees.
Head make_framed_head(const EncoderPlan& plan);

}  // namespace sigma
