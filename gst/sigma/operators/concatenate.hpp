/* Values, joined.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kConcatenate;

}  // namespace sigma
