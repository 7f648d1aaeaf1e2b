/* Lines of text that are records, and how they are encoded.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <cstdio>
#include <initializer_list>
#include <string>

#include "codec.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace lines {

using codec::encode;
using sigma::EncoderSettings;
using testdata::Bytes;
using testdata::MiB;
using testdata::Random;

/// Calls `line` until there are `size` bytes.
template <typename Line>
Bytes repeat(size_t size, Line line) {
  Bytes out;
  char text[512];
  Random random(size + 3);
  for (size_t i = 0; out.size() < size; i++) {
    const int length = line(text, sizeof text, i, random);
    out.insert(out.end(), text, text + length);
  }
  return out;
}

inline const char* pick(Random& random, std::initializer_list<const char*> of) {
  return *(of.begin() + random.below(of.size()));
}

struct Coded {
  Bytes stream;
  sigma::StreamStats stats;
};

inline void take_all(sigma::StreamingEncoder& encoder, Bytes& stream) {
  for (sigma::Packet packet; encoder.take(packet);)
    for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
      stream.insert(stream.end(), part.begin(), part.end());
}

inline Coded encode_with_stats(const Bytes& raw, const EncoderSettings& settings) {
  sigma::StreamingEncoder encoder;
  ck_assert(encoder.configure(settings).ok());
  Coded coded;
  for (sigma::ByteSpan rest(raw); !rest.empty(); take_all(encoder, coded.stream))
    rest = rest.subspan(encoder.push(rest).value);
  ck_assert(encoder.finish().ok());
  take_all(encoder, coded.stream);
  coded.stats = encoder.stats();
  return coded;
}

inline EncoderSettings at_level(unsigned level, bool verify = false) {
  EncoderSettings settings;
  settings.level = level;
  settings.verify = verify;
  settings.max_memory = 64 * MiB;
  return settings;
}

/// A name without a digit.
inline std::string make_name(size_t i) {
  std::string name;
  for (; name.empty() || i != 0; i /= 20)
    for (const char c : {"bcdfghjklmnpqrstvwxz"[i % 20], "aeiou"[i % 5]})
      name += c;
  return name;
}

}  // namespace lines
