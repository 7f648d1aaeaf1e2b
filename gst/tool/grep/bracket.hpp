/* Bracket expressions of POSIX, such as [a-z[:digit:]].
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// Reads the expression behind its "[", at `at`, which it passes, and adds the same of PCRE2 to
/// `regex`, without the line feed. False: `error` says why not.
bool read_bracket(std::string_view text, size_t& at, bool is_utf8, std::string& regex,
                  std::string& error);

}  // namespace tool
