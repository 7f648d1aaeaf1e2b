/* Marks the symbols that the library exports; all others are hidden.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define SIGMA_API __attribute__((visibility("default")))
