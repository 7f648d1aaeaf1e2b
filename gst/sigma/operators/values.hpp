/* Values that need no others: literals, runs, and earlier bytes of the group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kLiteral;
extern const OperatorEntry kRun;
extern const OperatorEntry kHistory;

}  // namespace sigma
