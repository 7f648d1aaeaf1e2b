/* Generators of test data.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testdata.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace testdata {
namespace {

constexpr std::array<const char*, 16> kWords = {
    "pipeline", "element", "buffer", "caps",   "segment", "flushing", "chunk",     "negotiated",
    "linked",   "pad",     "event",  "queued", "dropped", "running",  "prerolled", "sigma"};

}  // namespace

Bytes random_bytes(size_t size, uint64_t seed) {
  Random random(seed);
  Bytes out(size);
  for (uint8_t& byte : out)
    byte = static_cast<uint8_t>(random.next() >> 40);
  return out;
}

Bytes log_lines(size_t size, uint64_t seed) {
  Random random(seed);
  Bytes out;
  out.reserve(size + 256);
  for (uint64_t line = 0; out.size() < size; line++) {
    char text[200];
    const int n = std::snprintf(text, sizeof text, "%08llu %s: %s %s is %s in %zu.%03zu ms\n",
                                static_cast<unsigned long long>(line), kWords[random.below(4)],
                                kWords[random.below(16)], kWords[random.below(16)],
                                kWords[random.below(16)], random.below(90), random.below(1000));
    out.insert(out.end(), text, text + n);
  }
  out.resize(size);
  return out;
}

Bytes prose(size_t size, uint64_t seed) {
  constexpr const char* kSyllables[] = {"ba",  "con", "de", "er", "fi",  "ga",  "in",
                                        "la",  "mo",  "na", "or", "per", "qui", "re",
                                        "sta", "ter", "un", "ve", "wi",  "za"};
  const auto append_word = [&](size_t number, Bytes& out) {
    for (size_t rest = number + 1; rest != 0; rest /= 20)
      for (const char* p = kSyllables[rest % 20]; *p != 0; p++)
        out.push_back(static_cast<uint8_t>(*p));
  };
  Random random(seed);
  Bytes out;
  size_t line = 0;
  for (size_t in_sentence = 0; out.size() < size;) {
    // The smaller a word's number is, the more frequent it is.
    const size_t begin = out.size();
    append_word(random.below(1 + random.below(1 + random.below(4000))), out);
    const size_t shout = random.below(40) == 0 ? out.size() : begin + 1;
    if (in_sentence == 0 || shout != begin + 1)
      for (size_t i = begin; i < shout; i++)
        out[i] = static_cast<uint8_t>(out[i] - 'a' + 'A');
    in_sentence = (in_sentence + 1) % (4 + random.below(12));
    if (in_sentence == 0) out.push_back('.');
    const bool is_long = out.size() - line > 70;
    out.push_back(is_long ? '\n' : ' ');
    if (is_long) line = out.size();
  }
  out.resize(size);
  return out;
}

Bytes server_log(size_t size, uint64_t seed) {
  Random random(seed);
  Bytes out;
  for (size_t i = 0; out.size() < size; i++) {
    char text[256];
    int length = 0;
    const size_t client = random.below(60);
    const size_t part = random.below(1000000);
    if (random.below(5) == 0) {
      const size_t full = random.below(101);
      length = std::snprintf(text, sizeof text,
                             "%zu.%06zu [warn] worker %zu: queue %zu%% full, 0x%08zx\n",
                             1700000000 + i / 7, part, client % 8, full, part * 16);
    } else {
      const size_t item = random.below(300);
      const size_t bytes = random.below(90000);
      length =
          std::snprintf(text, sizeof text,
                        "%zu.%06zu [info] 10.0.%zu.%zu \"GET /item/%zu?page=%d\" %s %zu \"%s\"\n",
                        1700000000 + i / 7, part, client % 4, client, item,
                        static_cast<int>(item % 40) - 20, bytes % 4 == 0 ? "304" : "200", bytes,
                        client % 3 == 0 ? "curl/7.88" : "Mozilla/5.0 (X11; Linux)");
    }
    out.insert(out.end(), text, text + length);
  }
  out.resize(size);
  return out;
}

Bytes samples(size_t size, uint64_t seed) {
  Random random(seed);
  Bytes out(size);
  int value = 0;
  int slope = 3;
  for (size_t i = 0; i + 1 < size; i += 2) {
    if (value > 9000 || value < -9000) slope = -slope;
    value += slope + static_cast<int>(random.below(64)) - 32;
    out[i] = static_cast<uint8_t>(value);
    out[i + 1] = static_cast<uint8_t>(value >> 8);
  }
  return out;
}

Bytes machine_code(size_t size, bool arm64, uint64_t seed) {
  Random random(seed);
  Bytes out;
  out.reserve(size + 16);
  const auto put = [&](uint32_t value, unsigned count) {
    for (unsigned k = 0; k < count; k++)
      out.push_back(static_cast<uint8_t>(value >> (8 * k)));
  };
  while (out.size() < size) {
    const auto target = static_cast<uint32_t>(0x10000 + 64 * random.below(200));
    const auto here = static_cast<uint32_t>(out.size());
    const bool calls = random.below(4) != 0;
    if (arm64) {
      for (size_t i = random.below(6); i > 0; i--)
        put(static_cast<uint32_t>(0x91000000 + 1021 * random.below(32)), 4);
      const auto from = static_cast<uint32_t>(out.size());
      put(calls ? 0x94000000 | ((target - from) >> 2 & 0x03FFFFFF) : 0x90000000 | target >> 12 << 5,
          4);
      continue;
    }
    for (size_t i = random.below(12); i > 0; i--)
      out.push_back("\x55\x89\xC0\x31\x5D\xC3\x90\x50"[random.below(8)]);
    if (!calls) {
      put(0x058D48, 3);  // lea, relative to the instruction pointer
      put(target - here, 4);
      continue;
    }
    out.push_back(0xE8);
    put(target - static_cast<uint32_t>(out.size()) - 4, 4);
  }
  out.resize(size);
  return out;
}

Bytes mixed(size_t size, uint64_t seed) {
  Random random(seed);
  Bytes out;
  out.reserve(size);
  while (out.size() < size) {
    const size_t stretch = std::min(size - out.size(), 1000 + random.below(200000));
    Bytes part;
    switch (random.below(4)) {
      case 0:
        part = random_bytes(stretch, random.next());
        break;
      case 1:
        part = log_lines(stretch, random.next());
        break;
      case 2:
        part = samples(stretch, random.next());
        break;
      default:
        part.assign(stretch, 0);
        break;
    }
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

bool is_short_run() {
  return std::getenv("SIGMA_TEST_SHORT") != nullptr;
}

size_t stride() {
  return is_short_run() ? 3 : 1;
}

int rounds(int all) {
  return is_short_run() ? all / 6 : all;
}

size_t portion(size_t all) {
  return is_short_run() ? all / 4 : all;
}

}  // namespace testdata
