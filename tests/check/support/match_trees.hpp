/* Lanes of matches, made by hand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <vector>

#include "gst/sigma/lanes/match_lane.hpp"
#include "testdata.hpp"

namespace forge {

/// Tables of one symbol each, whose states take no bits.
struct MatchFamily {
  std::vector<uint8_t> symbols;
  std::vector<uint8_t> map;  ///< a table for each context, if there are several
};

/// Bits that follow symbols of tokens.
struct MatchBits {
  uint32_t value;
  unsigned count;
};

struct MatchBlock {
  size_t length = 0;
  size_t sequences = 0;
  /// Literals, runs, distances, lengths.
  std::array<MatchFamily, 4> families = {{{{'a'}, {}}, {{0}, {}}, {{0}, {}}, {{0}, {}}}};
  std::vector<MatchBits> bits = {};
};

testdata::Bytes match_lane(size_t size, size_t tables, const std::vector<MatchBlock>& blocks);

/// What an encoder makes of the bytes behind a prefix, with a small table of places.
testdata::Bytes matches(const testdata::Bytes& bytes, const testdata::Bytes& prefix,
                        const sigma::MatchParameters& parameters = {10, 5, 2, 1 << 20});

}  // namespace forge
