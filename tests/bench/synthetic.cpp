/* Writes BYTES bytes of all the tests' kinds of data, in turn, to stdout: `synthetic BYTES`.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "testdata.hpp"

int main(int argc, char** argv) {
  const uint64_t size = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  // Eight pieces, made once, in turn: faster than making each anew.
  std::vector<testdata::Bytes> pieces;
  for (uint64_t seed = 1; seed <= 8; seed++)
    pieces.push_back(testdata::mixed(4 << 20, seed));
  uint64_t written = 0;
  for (size_t i = 0; written < size; i++) {
    const testdata::Bytes& piece = pieces[i % pieces.size()];
    const auto count = static_cast<size_t>(std::min<uint64_t>(piece.size(), size - written));
    if (std::fwrite(piece.data(), 1, count, stdout) != count) return 1;
    written += count;
  }
  return 0;
}
