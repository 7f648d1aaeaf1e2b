/* Marks the symbols that the library exports; all others are hidden.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if __cplusplus < 201709L
#error "The headers of sigma need C++20: compile with -std=c++20, or use gst/sigma/sigma.h."
#endif

#if !defined(_WIN32)
#define SIGMA_API __attribute__((visibility("default")))
#elif defined(SIGMA_BUILDING)
#define SIGMA_API __declspec(dllexport)
#else
#define SIGMA_API
#endif
