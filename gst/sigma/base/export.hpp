/* Marks the symbols that the library exports; all others are hidden.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(_WIN32)
#define SIGMA_API __attribute__((visibility("default")))
#elif defined(SIGMA_BUILDING)
#define SIGMA_API __declspec(dllexport)
#else
#define SIGMA_API
#endif
