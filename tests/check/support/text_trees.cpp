/* Dictionaries as docs/format.md has them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text_trees.hpp"

namespace forge {

testdata::Bytes dictionary(uint8_t first, size_t marks, size_t ones,
                           const std::vector<SharedWord>& words) {
  testdata::Bytes out(32, 0);
  for (size_t value = first; value < first + marks; value++)
    out[value / 8] |= static_cast<uint8_t>(1U << value % 8);
  out.push_back(static_cast<uint8_t>(ones));
  out.push_back(static_cast<uint8_t>(words.size()));
  out.push_back(static_cast<uint8_t>(words.size() >> 8));
  for (const SharedWord& word : words)
    out.push_back(static_cast<uint8_t>(word.shared << 4 | ((word.own.size() - 1) & 15)));
  for (const SharedWord& word : words)
    out.insert(out.end(), word.own.begin(), word.own.end());
  return out;
}

}  // namespace forge
