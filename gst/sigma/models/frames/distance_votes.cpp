/* Distances, counted by hash.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/distance_votes.hpp"

#include <algorithm>

namespace sigma {
namespace {

/// Bytes that have to be alike.
constexpr size_t kWindow = 16;

constexpr size_t hash_of(uint64_t number, unsigned bits) {
  return static_cast<size_t>(number * 0x9E3779B97F4A7C15U >> (64 - bits));
}

}  // namespace

/// Distances of one hash contend: the one that is there goes when others have come as often.
void DistanceVotes::vote(size_t distance) {
  Vote& vote = votes_[hash_of(distance, kVoteBits)];
  if (vote.distance == distance) {
    vote.count++;
  } else if (vote.count == 0) {
    vote = {distance, 1};
  } else {
    vote.count--;
  }
}

void DistanceVotes::look_at(ByteSpan bytes, size_t begin, size_t least, size_t most) {
  if (bytes.size() < kWindow) return;
  const uint8_t* const data = bytes.data();
  for (size_t i = 0; i + kWindow <= bytes.size(); i++) {
    const uint64_t window = load_le<uint64_t>(data + i);
    // Even for pixels of one, three or four bytes.
    if (window == load_le<uint64_t>(data + i + 1) || window == load_le<uint64_t>(data + i + 3) ||
        window == load_le<uint64_t>(data + i + 4))
      continue;
    uint32_t& place = places_[hash_of(window, kPlaceBits)];
    const size_t here = begin + i;
    if (place != 0) {
      const size_t there = place - 1;
      const size_t distance = here - there;
      const uint8_t* const from =
          there < reference_.size() ? reference_.data() + there : data + (there - begin);
      const bool is_whole = there >= begin || there + kWindow <= reference_.size();
      if (is_whole && distance >= least && distance <= most && load_le<uint64_t>(from) == window &&
          load_le<uint64_t>(from + 8) == load_le<uint64_t>(data + i + 8))
        vote(distance);
    }
    place = static_cast<uint32_t>(here + 1);
  }
}

DistanceVotes::Votes DistanceVotes::count(const FrameBytes& bytes, size_t least, size_t most) {
  places_.fill(0);
  votes_.fill({});
  reference_ = bytes.reference;
  look_at(bytes.reference, 0, SIZE_MAX, 0);
  look_at(bytes.value, bytes.reference.size(), least, most);
  Votes best;
  for (const Vote& vote : votes_) {
    if (vote.count <= best.back().count) continue;
    best.back() = vote;
    for (size_t k = best.size() - 1; k > 0 && best[k - 1].count < best[k].count; k--)
      std::swap(best[k - 1], best[k]);
  }
  return best;
}

}  // namespace sigma
