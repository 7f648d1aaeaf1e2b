/* Lazy search: a match is taken if none that begins soon after it is worth more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/match_finder.hpp"

#include <algorithm>

#include "gst/sigma/lanes/match_tokens.hpp"

namespace sigma {
namespace {

constexpr unsigned kRowLog = 4;
constexpr size_t kRow = size_t{1} << kRowLog;  ///< places
constexpr unsigned kTagBits = 8;
/// Bytes of a match that are not all added: its first and last ones.
constexpr ptrdiff_t kLongMatch = 384;
constexpr ptrdiff_t kAddedFirst = 96;
constexpr ptrdiff_t kAddedLast = 32;
/// Bytes of a match than which no longer one is looked for.
constexpr uint32_t kEnough = 512;

/// A bit for each of eight bytes that is `tag`.
uint32_t equal_bytes(const uint8_t* tags, uint8_t tag) {
  constexpr uint64_t kLow = 0x7F7F7F7F7F7F7F7F;
  const uint64_t other = load_le<uint64_t>(tags) ^ (tag * uint64_t{0x0101010101010101});
  const uint64_t equal = ~(((other & kLow) + kLow) | other | kLow);
  return static_cast<uint32_t>((equal >> 7) * 0x0102040810204080 >> 56);
}

int32_t gain_of(uint32_t length, uint32_t offset) {
  return static_cast<int32_t>(4 * length) - static_cast<int32_t>(std::bit_width(offset));
}

}  // namespace

size_t MatchRows::memory(const MatchParameters& parameters) {
  const size_t places = size_t{1} << parameters.places_log;
  return places * (sizeof(uint32_t) + 1) + places / kRow;
}

MatchRows::MatchRows(Arena& arena, const MatchParameters& parameters) : parameters_(parameters) {
  const size_t places = size_t{1} << parameters.places_log;
  positions_ = arena.take<uint32_t>(places);
  tags_ = arena.take<uint8_t>(places);
  heads_ = arena.take<uint8_t>(places / kRow);
}

void MatchRows::start(const uint8_t* begin, const uint8_t* end) {
  const size_t places = size_t{1} << parameters_.places_log;
  std::fill_n(positions_, places, 0);
  std::fill_n(tags_, places, 0);
  std::fill_n(heads_, places / kRow, 0);
  begin_ = begin;
  end_ = end;
  skip_to(begin);
}

/// A row, and behind it a byte that tells most places of it apart.
uint32_t MatchRows::hash_of(const uint8_t* at) const {
  const uint64_t bytes = load_le<uint64_t>(at) << (64 - 8 * parameters_.hashed);
  return static_cast<uint32_t>(bytes * 0x9E3779B185EBCA87 >>
                               (64 - (parameters_.places_log - kRowLog) - kTagBits));
}

void MatchRows::look_up(const uint8_t* at) {
  if (end_ - at < kTail) return;
  const uint32_t hash = hash_of(at);
  hashes_[static_cast<size_t>(at - begin_) % kAhead] = hash;
  const size_t row = (hash >> kTagBits) * kRow;
  __builtin_prefetch(positions_ + row);
  __builtin_prefetch(tags_ + row);
}

void MatchRows::skip_to(const uint8_t* at) {
  next_ = at;
  for (ptrdiff_t i = 0; i < kAhead && end_ - next_ > i; i++)
    look_up(next_ + i);
}

void MatchRows::add_next() {
  const uint32_t hash = hashes_[static_cast<size_t>(next_ - begin_) % kAhead];
  const size_t row = hash >> kTagBits;
  uint8_t& head = heads_[row];
  head = (head - 1) % kRow;
  const size_t i = row * kRow + head;
  positions_[i] = static_cast<uint32_t>(next_ - begin_) + 1;
  tags_[i] = static_cast<uint8_t>(hash);
  if (end_ - next_ > kAhead) look_up(next_ + kAhead);
  next_++;
}

void MatchRows::add_all(const uint8_t* at) {
  if (end_ - next_ < kTail) return;
  at = std::min(at, end_ - kTail);
  while (next_ < at)
    add_next();
}

void MatchRows::add_some(const uint8_t* at) {
  if (end_ - next_ < kTail) return;
  at = std::min(at, end_ - kTail);
  if (at - next_ > kLongMatch) {
    add_all(next_ + kAddedFirst);
    skip_to(at - kAddedLast);
  }
  add_all(at);
}

/// The places whose hash is that of `at`, the latest first, until one is enough.
template <typename Take>
void MatchRows::for_each_place(const uint8_t* at, Take take) const {
  if (end_ - at < kTail) return;
  const uint32_t hash =
      at == next_ ? hashes_[static_cast<size_t>(at - begin_) % kAhead] : hash_of(at);
  const size_t row = hash >> kTagBits;
  const auto tag = static_cast<uint8_t>(hash);
  const uint8_t* const tags = tags_ + row * kRow;
  const uint32_t* const positions = positions_ + row * kRow;
  const unsigned head = heads_[row];
  uint32_t equal = equal_bytes(tags, tag) | equal_bytes(tags + 8, tag) << 8;
  equal = (equal >> head | equal << (kRow - head)) & 0xFFFF;
  for (; equal != 0; equal &= equal - 1) {
    const uint32_t position =
        positions[(static_cast<unsigned>(std::countr_zero(equal)) + head) % kRow];
    if (position == 0) continue;
    const uint8_t* const from = begin_ + (position - 1);
    // A block may have ended before what was looked at ahead.
    if (from >= at) continue;
    if (load_le<uint32_t>(from) != load_le<uint32_t>(at)) continue;
    if (!take(from)) break;
  }
}

MatchRows::Found MatchRows::find(const uint8_t* at, Found best) const {
  for_each_place(at, [&](const uint8_t* from) {
    if (best.length >= 4 && end_ - at > best.length && from[best.length] != at[best.length] &&
        from[best.length - 1] != at[best.length - 1])
      return true;
    const uint32_t length = common_length(at, from, end_);
    const auto offset = static_cast<uint32_t>(at - from);
    const int32_t gain = gain_of(length, offset);
    if (gain > best.gain) best = {length, offset, gain};
    return length < kEnough;
  });
  return best;
}

size_t MatchRows::find_all(const uint8_t* at, uint32_t length, const uint8_t* end,
                           std::array<Found, kMostFound>& found) const {
  size_t count = 0;
  for_each_place(at, [&](const uint8_t* from) {
    if (end - at > length && from[length] != at[length]) return true;
    const uint32_t common = common_length(at, from, end);
    if (common <= length) return true;
    length = common;
    found[count++] = {length, static_cast<uint32_t>(at - from), 0};
    return true;
  });
  return count;
}

void MatchSearch::start(const uint8_t* first, ByteSpan bytes) {
  first_ = first;
  at_ = bytes.data();
  end_ = bytes.data() + bytes.size();
  offsets_ = {};
  rows_.start(first_, end_);
  rows_.add_all(at_);
}

/// The best match at a place, repeated offsets among them.
MatchRows::Found MatchSearch::find(const uint8_t* at) const {
  MatchRows::Found best;
  for (size_t i = 0; i < RepeatOffsets::kCount; i++) {
    const uint32_t offset = offsets_[i];
    if (offset > static_cast<size_t>(at - first_)) continue;
    if (load_le<uint16_t>(at) != load_le<uint16_t>(at - offset)) continue;
    const uint32_t length = common_length(at, at - offset, end_);
    const int32_t gain = static_cast<int32_t>(4 * length) - static_cast<int32_t>(i) - 2;
    if (gain > best.gain) best = {length, offset, gain};
  }
  return best.length >= kEnough ? best : rows_.find(at, best);
}

/// Where the match begins that is taken.
const uint8_t* MatchSearch::look_ahead(const uint8_t* at, MatchRows::Found& best) {
  if (best.length >= kEnough) return at;
  unsigned ahead = 1;
  for (const uint8_t* next = at + 1; ahead <= parameters_.lazy && end_ - next >= MatchRows::kTail;
       next++, ahead++) {
    rows_.add_some(next);
    const MatchRows::Found found = find(next);
    if (found.gain <= best.gain + static_cast<int32_t>(ahead) * 4) continue;
    best = found;
    at = next;
    ahead = 0;
  }
  return at;
}

size_t MatchSearch::find_block(MatchSequence* sequences, size_t most, size_t& length) {
  const uint8_t* const begin = at_;
  const uint8_t* const block_end =
      begin + std::min<size_t>(static_cast<size_t>(end_ - begin), parameters_.block);
  const uint8_t* literals = at_;
  size_t count = 0;
  while (count < most && at_ < block_end && end_ - at_ >= MatchRows::kTail) {
    rows_.add_some(at_);
    MatchRows::Found best = find(at_);
    if (best.gain <= 0) {
      at_ += 1 + (static_cast<size_t>(at_ - literals) >> kMatchSkipLog);
      continue;
    }
    at_ = look_ahead(at_, best);
    if (at_ >= block_end) break;
    // It may have begun before.
    for (; at_ > literals && at_ - first_ > best.offset &&
           at_[-1] == at_[-1 - ptrdiff_t{best.offset}];
         at_--)
      best.length++;
    best.length = std::min(best.length, static_cast<uint32_t>(block_end - at_));
    if (best.length < kLeastMatch) break;
    sequences[count++] = {static_cast<uint32_t>(at_ - literals), best.length, best.offset};
    offsets_.number(best.offset);
    at_ += best.length;
    literals = at_;
  }
  if (count < most) at_ = block_end;
  length = static_cast<size_t>(at_ - begin);
  return count;
}

}  // namespace sigma
