/* Dictionaries of words, made by hand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string_view>
#include <vector>

#include "testdata.hpp"

namespace forge {

/// A word as a dictionary has it: bytes of the word before, and its own.
struct SharedWord {
  size_t shared = 0;
  std::string_view own;
};

/// A dictionary whose marks are so many byte values from `first` on.
testdata::Bytes dictionary(uint8_t first, size_t marks, size_t ones,
                           const std::vector<SharedWord>& words);

}  // namespace forge
