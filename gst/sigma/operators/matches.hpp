/* Matches: literals and matches, by tables that follow from what comes before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kMatches;

}  // namespace sigma
