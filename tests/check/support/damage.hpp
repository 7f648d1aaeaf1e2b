/* Damage to streams, and what a decoder must make of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>

#include "codec.hpp"

namespace damage {

using testdata::Bytes;

/// Half-open range of decoded positions.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool operator==(const Range&) const = default;
};

enum class Kind { OVERWRITE, DELETE, INSERT };
const char* name_of(Kind kind);

/// A change of a stream at `at`: `size` bytes become others, vanish, or are put in.
struct Change {
  Kind kind = Kind::OVERWRITE;
  size_t at = 0;
  size_t size = 0;
};

/// A change of 1 to `most` bytes that lies inside the stream.
Change random_change(testdata::Random& random, size_t stream_size, size_t most);

/// The changed stream. Every overwritten byte differs from what it was.
Bytes apply(const Bytes& stream, const Change& change, uint64_t seed);

/// Which packets are whole in the changed stream, from the sync word on: what comes before it
/// follows from the header.
std::vector<bool> whole_packets(const std::vector<codec::PacketView>& packets,
                                const Change& change);

/// What is decoded and what is missing, by docs/format.md alone.
struct Expected {
  std::vector<Range> delivered;
  std::vector<Range> missing;
  bool unknown_end = false;  ///< some stream has lost its end packet
  size_t groups_touched = 0;
};
Expected expect(const std::vector<codec::PacketView>& packets, const std::vector<bool>& whole);

/// "" if the decoder gave and reported exactly what is expected; else what is wrong.
std::string compare(const codec::Salvaged& salvaged, const Expected& expected, const Bytes& raw);

/// Applies the change and compares with what is expected.
void check_change(const Bytes& stream, const Bytes& raw,
                  const std::vector<codec::PacketView>& packets, const Change& change,
                  const codec::Split& split = codec::whole());

}  // namespace damage
