/* A rolling hash, and the places that it chooses.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/repeat_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "gst/sigma/operators/copy_steps.hpp"

namespace sigma {
namespace {

/// Bytes that a hash is of: each of them moves out of its 64 bits after so many.
constexpr size_t kWindow = 64;
/// A place is remembered if so many of the highest bits of its hash are 0.
constexpr int kSampleBits = 8;
/// Bytes for each place that the table has room for, half of which are used.
constexpr size_t kBytesPerPlace = size_t{1} << (kSampleBits - 1);
/// Places closer than this, as in a run of equal bytes, are one.
constexpr size_t kLeastBetween = 32;
/// What is shorter costs less where it is.
constexpr size_t kLeastRepeat = 64;

/// SplitMix64 (Steele, Lea, Flood 2014) of 0 to 255.
constexpr std::array<uint64_t, 256> kGear = [] {
  std::array<uint64_t, 256> gear{};
  for (uint64_t i = 0; i < gear.size(); i++) {
    uint64_t z = (i + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    gear[i] = z ^ z >> 31;
  }
  return gear;
}();

}  // namespace

size_t RepeatIndex::memory(size_t history_size) {
  return history_size == 0 ? 0 : std::bit_ceil(history_size / kBytesPerPlace) * sizeof(Place);
}

Status RepeatIndex::configure(size_t history_size, size_t near) {
  const size_t size = memory(history_size);
  near_ = near;
  log_ = size == 0 ? 0 : std::countr_zero(size / sizeof(Place));
  if (size == 0) {
    places_ = Buffer();
    return {};
  }
  if (const Status status = pool_.reserve(places_, size); !status.ok()) return status;
  start_stream();
  return {};
}

void RepeatIndex::start_stream() {
  if (log_ != 0) std::memset(places_.block(), 0, sizeof(Place) << log_);
}

/// The repeat around the place `at`, none of which lies before `least`.
FarRepeat RepeatIndex::extend(ByteSpan recent, size_t at, size_t distance, size_t least) const {
  const uint8_t* const bytes = recent.data();
  size_t begin = at;
  while (begin > least && begin > distance && bytes[begin - 1] == bytes[begin - 1 - distance])
    begin--;
  const size_t end = at + count_equal(bytes + at, bytes + at - distance, recent.size() - at);
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin),
          static_cast<uint32_t>(distance)};
}

Status RepeatIndex::find(ByteSpan recent, size_t chunk_size, uint64_t offset,
                         PooledArray<FarRepeat>& found) {
  found.clear();
  if (log_ == 0) return {};
  const size_t begin = recent.size() - chunk_size;
  const auto first = static_cast<uint32_t>(offset - begin);  // position of the history's first byte
  auto* const places = reinterpret_cast<Place*>(places_.block());
  uint64_t hash = 0;
  for (size_t i = begin - std::min(begin, kWindow); i < begin; i++)
    hash = (hash << 1) + kGear[recent[i]];
  size_t covered = begin;
  size_t next = std::max(begin, kWindow);
  for (size_t at = begin; at < recent.size();) {
    hash = (hash << 1) + kGear[recent[at++]];
    if (hash >> (64 - kSampleBits) != 0 || at < next) continue;
    next = at + kLeastBetween;
    Place& place = places[hash >> (64 - kSampleBits - log_)];
    const Place fresh = {first + static_cast<uint32_t>(at), static_cast<uint32_t>(hash)};
    const Place known = std::exchange(place, fresh);
    const size_t distance = fresh.position - known.position;
    // A lane finds what is near.
    const bool is_far = distance > near_ + (at - begin) && distance <= at;
    if (at < covered || known.check != fresh.check || !is_far || distance > kMaxCopyDistance)
      continue;
    FarRepeat repeat = extend(recent, at, distance, covered);
    if (repeat.size < kLeastRepeat || found.size() == kMostRepeats) continue;
    covered = repeat.begin + repeat.size;
    repeat.begin -= static_cast<uint32_t>(begin);
    if (const Status status = found.push_back(repeat); !status.ok()) return status;
  }
  return {};
}

}  // namespace sigma
