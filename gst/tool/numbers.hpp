/* Numbers as people write them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gst/tool/options.hpp"

namespace tool {

/// A whole number.
bool parse_number(std::string_view text, uint64_t& number);

/// Bytes: a whole number, and maybe K, M, G or T (of 1024), with or without B or iB behind it.
bool parse_size(std::string_view text, uint64_t& bytes);

/// Ns: seconds as 90 or 1.5, or numbers with units as in 1h30m, 5m, 1.5s and 20ms. A colon stands
/// between two times.
bool parse_time(std::string_view text, uint64_t& ns);

/// OFFSET:LENGTH, A:B of times, or A:B of lines; either side may be empty.
bool parse_part(Part::Kind kind, std::string_view text, Part& part);

/// 999 B, 12.3 MB.
std::string size_text(uint64_t bytes);
/// 12,345,678
std::string grouped(uint64_t number);
/// 0:05, 1:02:03
std::string clock_text(double seconds);
/// 12.3, or "-" where there is nothing to compare.
std::string ratio_text(uint64_t raw, uint64_t coded);

/// As printf() would write it.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

}  // namespace tool
