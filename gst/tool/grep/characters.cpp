/* UTF-8, as RFC 3629 has it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/characters.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tool {
namespace {

/// Bytes of the character at the front; 0 if there is none.
size_t character_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 0 || first > 0xF4 || size > text.size()) return 0;
  for (size_t i = 1; i < size; i++)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (size == 1) return 1;
  const uint8_t second = byte(1);
  const bool is_out = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_out ? 0 : size;
}

}  // namespace

bool is_utf8(std::string_view text) {
  return utf8_size(text) == text.size();
}

size_t utf8_size(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    uint64_t word = kHighBits;
    if (rest.size() >= sizeof word) std::memcpy(&word, rest.data(), sizeof word);
    const size_t size = (word & kHighBits) == 0 ? sizeof word : character_size(rest);
    if (size == 0) break;
    at += size;
  }
  return at;
}

size_t last_character_size(std::string_view text) {
  for (size_t size = 1; size <= std::min<size_t>(text.size(), 4); size++)
    if (character_size(text.substr(text.size() - size)) == size) return size;
  return 0;
}

}  // namespace tool
