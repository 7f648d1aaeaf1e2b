/* Distances at which bytes come again most often.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/operators/frames.hpp"

namespace sigma {

/// Looks at all bytes of a value and its reference but those in even surfaces, which are alike at
/// any distance.
class DistanceVotes {
 public:
  static constexpr size_t kMost = 8;
  struct Vote {
    size_t distance = 0;
    uint32_t count = 0;
  };
  using Votes = std::array<Vote, kMost>;

  /// The most frequent distances of at least `least` and at most `most` bytes, the best first.
  Votes count(const FrameBytes& bytes, size_t least, size_t most);

 private:
  static constexpr unsigned kPlaceBits = 14;
  static constexpr unsigned kVoteBits = 11;

  void look_at(ByteSpan bytes, size_t begin, size_t least, size_t most);
  void vote(size_t distance);

  std::array<uint32_t, size_t{1} << kPlaceBits> places_;  ///< by hash: the last place, plus one
  std::array<Vote, size_t{1} << kVoteBits> votes_;        ///< by hash
  ByteSpan reference_;
};

}  // namespace sigma
