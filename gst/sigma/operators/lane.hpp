/* Lanes: zstd frames, alone or with a prefix.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/export.hpp"

namespace sigma {

struct OperatorEntry;
extern SIGMA_API const OperatorEntry kLane;
extern SIGMA_API const OperatorEntry kPrefixedLane;

}  // namespace sigma
