/* Symbols: bytes by their frequencies, from tables that follow from the symbols before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

struct OperatorEntry;
extern const OperatorEntry kSymbols;

}  // namespace sigma
