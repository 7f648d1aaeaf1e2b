/* Lanes: zstd frames, alone or with a prefix.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kLane;
extern const OperatorEntry kPrefixedLane;

}  // namespace sigma
