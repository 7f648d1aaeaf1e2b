/* Values that need no others: literals, runs, and earlier bytes of the group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/export.hpp"

namespace sigma {

struct OperatorEntry;
extern SIGMA_API const OperatorEntry kLiteral;
extern SIGMA_API const OperatorEntry kRun;
extern SIGMA_API const OperatorEntry kHistory;

}  // namespace sigma
