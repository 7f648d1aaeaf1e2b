/* The sequences of a lane that take least by given prices.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/match_parser.hpp"

#include <algorithm>

namespace sigma {
namespace {

constexpr uint32_t kShort = 3;  ///< bytes
/// Farther away three bytes are no cheaper than as literals.
constexpr ptrdiff_t kShortReach = ptrdiff_t{1} << 16;
constexpr uint32_t kNever = UINT32_MAX;
constexpr uint32_t kAllLengths = 64;

}  // namespace

MatchParser::MatchParser(MutableByteSpan lent, MatchRows& rows, const MatchPrices& prices,
                         const MatchParameters& parameters)
    : rows_(rows),
      prices_(prices),
      parameters_(parameters),
      nodes_(reinterpret_cast<Node*>(lent.data())),
      short_places_(reinterpret_cast<uint32_t*>(lent.data() + kNodesMemory)) {}

void MatchParser::start(const LiteralKind& kind, ByteSpan bytes) {
  kind_ = kind;
  first_ = kind.first;
  at_ = bytes.data();
  end_ = bytes.data() + bytes.size();
  rows_.start(first_, end_);
  rows_.add_all(at_);
  offsets_ = {};
}

uint32_t MatchParser::short_hash(const uint8_t* at) {
  return (load_le<uint32_t>(at) << 8) * 0x9E3779B1U >> (32 - kShortLog);
}

/// How far back the latest place with the same three bytes is; 0: nowhere.
uint32_t MatchParser::find_short(const uint8_t* at) {
  for (; next_short_ < at; next_short_++)
    short_places_[short_hash(next_short_)] = static_cast<uint32_t>(next_short_ - first_) + 1;
  const uint32_t place = short_places_[short_hash(at)];
  if (place == 0 || at - (first_ + (place - 1)) > kShortReach) return 0;
  return static_cast<uint32_t>(at - (first_ + (place - 1)));
}

/// Nodes up to one are there.
void MatchParser::reach(uint32_t i) {
  while (last_ < i)
    nodes_[++last_].price = kNever;
}

/// What the cheapest way to a node leaves for the ways on.
void MatchParser::arrive(uint32_t i) {
  Node& node = nodes_[i];
  const Node& before = nodes_[i - (node.length != 0 ? node.length : 1)];
  node.offsets = before.offsets;
  node.context = before.context;
  node.run = before.run + 1;
  if (node.length == 0) return;
  node.run = 0;
  const uint32_t number = node.offsets.number(node.offset);
  node.context = {match_token(node.length - kLeastMatch).symbol, match_token(number).symbol};
}

void MatchParser::try_literal(uint32_t i, const uint8_t* at) {
  const Node& node = nodes_[i];
  reach(i + 1);
  const uint32_t price = node.price - prices_.run(node.context, node.run) +
                         prices_.literal(kind_.symbol(at, node.run, node.offsets[0])) +
                         prices_.run(node.context, node.run + 1);
  if (price <= nodes_[i + 1].price) {
    nodes_[i + 1].price = price;
    nodes_[i + 1].length = 0;
  }
}

/// A match of any length from `least` on.
void MatchParser::try_matches(uint32_t i, uint32_t least, const MatchRows::Found& match) {
  const Node& node = nodes_[i];
  reach(i + match.length);
  RepeatOffsets offsets = node.offsets;
  const MatchToken distance = match_token(offsets.number(match.offset));
  const uint32_t run = match_token(node.run).symbol;
  const uint32_t price = node.price + prices_.distance(node.context, run, distance);
  const MatchPrices::Lengths lengths = prices_.lengths(run, distance.symbol);
  // Of long matches the longest way is as good as any.
  for (uint32_t length = least; length <= match.length;
       length = length < kAllLengths ? length + 1 : std::max(length + 1, match.length)) {
    const uint32_t whole = price + lengths[length];
    Node& to = nodes_[i + length];
    if (whole >= to.price) continue;
    to.price = whole;
    to.length = length;
    to.offset = match.offset;
  }
}

/// All matches at a place, of `most` bytes at most. Gives the length of the longest one.
uint32_t MatchParser::try_all(uint32_t i, const uint8_t* at, uint32_t most,
                              MatchRows::Found& longest) {
  longest = {};
  const uint8_t* const end = at + most;
  const auto take = [&](uint32_t least, MatchRows::Found match) {
    if (match.length > longest.length) longest = match;
    if (longest.length < enough()) try_matches(i, least, match);
  };
  const RepeatOffsets offsets = nodes_[i].offsets;
  for (size_t k = 0; k < RepeatOffsets::kCount && longest.length < enough(); k++) {
    const uint32_t offset = offsets[k];
    if (offset > static_cast<size_t>(at - first_)) continue;
    const uint32_t length = common_length(at, at - offset, end);
    if (length >= kLeastMatch) take(kLeastMatch, {length, offset, 0});
  }
  if (longest.length >= enough()) return longest.length;
  uint32_t length = kShort - 1;
  if (const uint32_t offset = find_short(at); offset != 0) {
    const uint32_t common = common_length(at, at - offset, end);
    if (common >= kShort) {
      take(kShort, {common, offset, 0});
      length = common;
    }
  }
  std::array<MatchRows::Found, MatchRows::kMostFound> found;
  const size_t count = rows_.find_all(at, length, end, found);
  for (size_t k = 0; k < count && longest.length < enough(); k++) {
    take(length + 1, found[k]);
    length = found[k].length;
  }
  return longest.length;
}

/// The cheapest way from at_ to some place that all ways lead over, or that is far enough. Gives
/// its node; `taken`, if it has a length, is a match from there.
uint32_t MatchParser::find_path(const uint8_t* limit, MatchRows::Found& taken) {
  last_ = 0;
  nodes_[0].length = 0;
  nodes_[0].price = prices_.run(nodes_[0].context, nodes_[0].run);
  taken = {};
  for (uint32_t i = 0;; i++) {
    const uint8_t* const at = at_ + i;
    if (i != 0) arrive(i);
    if ((i != 0 && i == last_) || i + enough() >= kNodes || limit - at < MatchRows::kTail) return i;
    rows_.add_some(at);
    MatchRows::Found longest;
    if (try_all(i, at, static_cast<uint32_t>(limit - at), longest) >= enough()) {
      taken = longest;
      return i;
    }
    if (last_ == i) return i;  // nothing repeats
    try_literal(i, at);
  }
}

/// The sequences of the way to a node; gives how many.
size_t MatchParser::trace(uint32_t end, MatchSequence* sequences) const {
  size_t count = 0;
  for (uint32_t i = end; i != 0;) {
    const Node& node = nodes_[i];
    i -= node.length != 0 ? node.length : 1;
    if (node.length != 0) sequences[count++] = {nodes_[i].run, node.length, node.offset};
  }
  std::reverse(sequences, sequences + count);
  return count;
}

/// The next path begins behind a node, and behind the match that is taken there.
void MatchParser::go_on_from(uint32_t end, const MatchRows::Found& taken) {
  nodes_[0] = nodes_[end];
  at_ += end;
  if (taken.length == 0) return;
  const uint32_t number = nodes_[0].offsets.number(taken.offset);
  nodes_[0].context = {match_token(taken.length - kLeastMatch).symbol, match_token(number).symbol};
  nodes_[0].run = 0;
  at_ += taken.length;
}

size_t MatchParser::find_block(MatchSequence* sequences, size_t most, size_t& length) {
  const uint8_t* const begin = at_;
  const uint8_t* const limit =
      begin + std::min<size_t>(static_cast<size_t>(end_ - begin), parameters_.block);
  nodes_[0] = {};
  nodes_[0].offsets = offsets_;
  std::fill_n(short_places_, size_t{1} << kShortLog, 0);
  next_short_ = at_ - std::min(kShortReach, at_ - first_);
  size_t count = 0;
  while (most - count > kNodes / kLeastMatch && limit - at_ >= MatchRows::kTail) {
    MatchRows::Found taken;
    const uint32_t end = find_path(limit, taken);
    count += trace(end, sequences + count);
    if (taken.length != 0) sequences[count++] = {nodes_[end].run, taken.length, taken.offset};
    go_on_from(end, taken);
    if (end != 0 || taken.length != 0) continue;
    // What repeats nothing for long is looked at here and there.
    const uint32_t step = static_cast<uint32_t>(
        std::min<ptrdiff_t>(1 + (nodes_[0].run >> kMatchSkipLog), limit - at_));
    nodes_[0].run += step;
    at_ += step;
  }
  if (limit - at_ < MatchRows::kTail) at_ = limit;
  offsets_ = nodes_[0].offsets;
  length = static_cast<size_t>(at_ - begin);
  return count;
}

}  // namespace sigma
