/* Bytes of several kinds, the same in every run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <vector>

#include "bytes.hpp"

namespace testdata {

/// xorshift64*: small, fast, the same everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2685821657736338717u + 1) {}
  uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717u;
  }
  /// 0 to limit − 1.
  size_t below(size_t limit) { return static_cast<size_t>((next() >> 11) % limit); }

 private:
  uint64_t state_;
};

Bytes random_bytes(size_t size, uint64_t seed = 1);
/// Lines of words and numbers, about four times compressible.
Bytes log_lines(size_t size, uint64_t seed = 1);
/// Lines of a server: few texts, times, addresses and counts between them.
Bytes server_log(size_t size, uint64_t seed = 1);
/// Sentences of made-up words, a few of them frequent, some with capitals.
Bytes prose(size_t size, uint64_t seed = 1);
/// 16-bit samples of a slow wave with noise.
Bytes samples(size_t size, uint64_t seed = 1);
/// Code for x86-64 or ARM64: calls to a few functions, and what lies between.
Bytes machine_code(size_t size, bool arm64 = false, uint64_t seed = 1);
/// Stretches of random bytes, lines, samples and zeros.
Bytes mixed(size_t size, uint64_t seed = 1);

/// Whether each round takes long, as under a sanitizer, so that there are to be fewer of them.
bool is_short_run();
/// `all` rounds, or a sixth of them in a short run.
int rounds(int all);
/// `all` bytes or items, or a quarter of them in a short run.
size_t portion(size_t all);
/// Of several values, in a short run the last one alone.
template <typename Value>
std::vector<Value> values(std::vector<Value> all) {
  if (is_short_run()) all.erase(all.begin(), all.end() - 1);
  return all;
}
/// How far loops over every byte or bit go at once: 1, in a short run 3, which is prime to 8.
size_t stride();

}  // namespace testdata
