/* Lazy search: a match is taken if none that begins soon after it is worth more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/match_finder.hpp"

#include <algorithm>

#include "gst/sigma/base/text_masks.hpp"
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
/// Bytes that places of a row have in common, if they are no mere accident.
constexpr ptrdiff_t kLeastFound = 4;
/// Bytes of a match than which no longer one is looked for.
constexpr uint32_t kEnough = 512;

int32_t gain_of(uint32_t length, uint32_t offset) {
  return static_cast<int32_t>(4 * length) - static_cast<int32_t>(std::bit_width(offset));
}

/// Whether the last four bytes before `end` are alike: most that are longer than others end there.
bool are_equal_up_to(const uint8_t* a, const uint8_t* b, ptrdiff_t end) {
  return load_le<uint32_t>(a + end - 4) == load_le<uint32_t>(b + end - 4);
}

/// Bytes that a match has at least if it is worth more than `gain`.
ptrdiff_t length_for(int32_t gain, uint32_t offset) {
  return std::max<ptrdiff_t>((gain + static_cast<int32_t>(std::bit_width(offset))) / 4 + 1,
                             kLeastFound);
}

}  // namespace

size_t MatchRows::memory(const MatchParameters& parameters) {
  const size_t places = size_t{1} << parameters.places_log;
  return places * (sizeof(uint32_t) + 1) + places / kRow;
}

MatchRows::MatchRows(Arena& arena, const MatchParameters& parameters)
    : places_(size_t{1} << parameters.places_log),
      hash_{64 - 8 * parameters.hashed, 64 - (parameters.places_log - kRowLog) - kTagBits} {
  positions_ = arena.take<uint32_t>(places_);
  tags_ = arena.take<uint8_t>(places_);
  heads_ = arena.take<uint8_t>(places_ / kRow);
}

void MatchRows::start(const uint8_t* begin, const uint8_t* end) {
  std::fill_n(positions_, places_, 0);
  std::fill_n(tags_, places_, 0);
  std::fill_n(heads_, places_ / kRow, 0);
  begin_ = begin;
  end_ = end;
  skip_to(begin);
}

/// A row, and behind it a byte that tells most places of it apart.
uint32_t MatchRows::Hash::operator()(const uint8_t* at) const {
  return static_cast<uint32_t>((load_le<uint64_t>(at) << unused) * 0x9E3779B185EBCA87 >> shift);
}

/// The next place is looked up so early that its row is there when it is added.
uint32_t MatchRows::look_up(const uint8_t* at, Hash hash) const {
  const uint32_t hashed = hash(at);
  const size_t row = (hashed >> kTagBits) * kRow;
  __builtin_prefetch(positions_ + row);
  __builtin_prefetch(tags_ + row);
  return hashed;
}

void MatchRows::skip_to(const uint8_t* at) {
  next_ = at;
  for (const uint8_t* place = at; place < at + kAhead && end_ - place >= kTail; place++)
    hashes_[static_cast<size_t>(place - begin_) % kAhead] = look_up(place, hash_);
}

void MatchRows::add_all(const uint8_t* at) {
  if (end_ - next_ < kTail) return;
  // What lies in members would be read anew after each byte that is written.
  const Hash hash = hash_;
  uint32_t* const positions = positions_;
  uint8_t* const tags = tags_;
  uint8_t* const heads = heads_;
  const auto end = static_cast<uint32_t>(std::min(at, end_ - kTail) - begin_);
  const auto last = static_cast<uint32_t>(end_ - kTail - begin_);
  const uint8_t* const begin = begin_;
  auto place = static_cast<uint32_t>(next_ - begin_);
  for (; place < end; place++) {
    const uint32_t hashed = hashes_[place % kAhead];
    const size_t row = hashed >> kTagBits;
    const auto head = static_cast<uint8_t>((heads[row] - 1) % kRow);
    heads[row] = head;
    positions[row * kRow + head] = place + 1;
    tags[row * kRow + head] = static_cast<uint8_t>(hashed);
    if (place + kAhead <= last) hashes_[place % kAhead] = look_up(begin + place + kAhead, hash);
  }
  next_ = begin_ + place;
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
      at == next_ ? hashes_[static_cast<size_t>(at - begin_) % kAhead] : hash_(at);
  const size_t row = hash >> kTagBits;
  const auto tag = static_cast<uint8_t>(hash);
  const uint8_t* const tags = tags_ + row * kRow;
  const uint32_t* const positions = positions_ + row * kRow;
  const unsigned head = heads_[row];
  uint32_t equal = bits_of(equal_bytes(load_bytes16(tags), tag));
  equal = (equal >> head | equal << (kRow - head)) & 0xFFFF;
  const auto limit = static_cast<uint32_t>(at - begin_);
  for (; equal != 0; equal &= equal - 1) {
    const uint32_t position =
        positions[(static_cast<unsigned>(std::countr_zero(equal)) + head) % kRow];
    // None is there yet, or a block ended before what was looked at ahead.
    if (position - 1 >= limit) continue;
    if (!take(begin_ + (position - 1))) break;
  }
}

MatchRows::Found MatchRows::find(const uint8_t* at, Found best) const {
  // Places are ever farther away, so that none needs less than what was needed before.
  ptrdiff_t needed = length_for(best.gain, 1);
  if (needed > end_ - at) return best;
  for_each_place(at, [&](const uint8_t* from) {
    if (!are_equal_up_to(at, from, needed)) return true;
    const uint32_t length = common_length(at, from, end_);
    const auto offset = static_cast<uint32_t>(at - from);
    const int32_t gain = gain_of(length, offset);
    if (gain > best.gain) best = {length, offset, gain};
    needed = length_for(best.gain, offset);
    return length < kEnough && needed <= end_ - at;
  });
  return best;
}

size_t MatchRows::find_all(const uint8_t* at, uint32_t length, const uint8_t* end,
                           std::array<Found, kMostFound>& found) const {
  size_t count = 0;
  ptrdiff_t needed = std::max<ptrdiff_t>(length + 1, kLeastFound);
  if (needed > end - at) return 0;
  for_each_place(at, [&](const uint8_t* from) {
    if (!are_equal_up_to(at, from, needed)) return true;
    const uint32_t common = common_length(at, from, end);
    if (common < needed) return true;
    found[count++] = {common, static_cast<uint32_t>(at - from), 0};
    needed = common + 1;
    return needed <= end - at;
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

/// The best match at a place that is worth more than `gain`, repeated offsets among them.
MatchRows::Found MatchSearch::find(const uint8_t* at, int32_t gain) const {
  MatchRows::Found best = {0, 0, gain};
  for (size_t i = 0; i < RepeatOffsets::kCount; i++) {
    const uint32_t offset = offsets_[i];
    if (offset > static_cast<size_t>(at - first_)) continue;
    if (load_le<uint16_t>(at) != load_le<uint16_t>(at - offset)) continue;
    const uint32_t length = common_length(at, at - offset, end_);
    const int32_t worth = static_cast<int32_t>(4 * length) - static_cast<int32_t>(i) - 2;
    if (worth > best.gain) best = {length, offset, worth};
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
    const MatchRows::Found found = find(next, best.gain + static_cast<int32_t>(ahead) * 4);
    if (found.length == 0) continue;
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
    MatchRows::Found best = find(at_, 0);
    if (best.length == 0) {
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
