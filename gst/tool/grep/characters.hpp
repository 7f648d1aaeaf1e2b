/* Whether bytes are characters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string_view>

namespace tool {

/// Whether all of it is UTF-8, without surrogates and nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// Bytes at the front that are UTF-8.
size_t utf8_size(std::string_view text);

/// Bytes of the last character; 0 if it is no UTF-8.
size_t last_character_size(std::string_view text);

}  // namespace tool
