/* Lanes: how they are searched, blocks by frequency, no search where it gains nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/record_lane_writer.hpp"

#include <algorithm>
#include <utility>

namespace sigma {
namespace {

/// A frame is no smaller than so many bytes.
constexpr size_t kMinFrame = 24;

/// A shorter lane is one block.
constexpr size_t kMinCut = 2048;
/// Percent of a lane's frame that one with blocks by frequency must promise to take.
constexpr size_t kPromising = 98;
/// The same where there is time: with matches, which are found better there, it may be much smaller
/// than it promises.
constexpr size_t kMayPromise = 135;
/// The same where it tells of other lanes, too: without matches it may take as much.
constexpr size_t kMayTell = 102;

/// Percent of a lane's frame that one without matches may take for matches not to be looked for
/// once more.
constexpr size_t kMuchLess = 98;

/// Percent of what blocks by frequency promise to take without matches, from which on these do not
/// tell more of where blocks should end.
constexpr size_t kMostlyLiterals = 70;

/// Of what a group's first lane takes without matches, what another one may take more, in parts.
constexpr size_t kUsualParts = 16;
/// Of a lane's bytes, in 1/256, what may repeat beside twice of what does so in a group's first one
/// for matches not to be looked for.
constexpr size_t kMoreRepeats = 12;

/// In 1/256 of the bytes, what repeats nearby, eight bytes or more.
size_t repeated_share(ByteSpan bytes) {
  constexpr unsigned kTableLog = 12;
  std::array<uint32_t, size_t{1} << kTableLog> places{};  // by hash; the first one is not found
  const uint8_t* const begin = bytes.data();
  size_t repeated = 0;
  for (size_t at = 0; at + sizeof(uint64_t) <= bytes.size();) {
    const auto word = load_le<uint64_t>(begin + at);
    uint32_t& place = places[word * 0x9E3779B185EBCA87 >> (64 - kTableLog)];
    const size_t seen = std::exchange(place, static_cast<uint32_t>(at));
    const bool is_there = seen != 0 && load_le<uint64_t>(begin + seen) == word;
    const size_t passed = is_there ? sizeof word : 1;
    repeated += is_there ? passed : 0;
    at += passed;
  }
  return repeated * 256 / std::max<size_t>(bytes.size(), 1);
}

/// Adds a frame that was made in the room for lanes, or a literal if none fits.
void add_frame(size_t size, ByteSpan bytes, bool has_prefix, TreeWriter& tree) {
  if (size == 0)
    tree.literal(bytes);
  else
    tree.lane_made(size, has_prefix);
}

}  // namespace

/// Codes repeat in longer runs than texts, and quick levels end blocks where frequencies change
/// only in lanes that gain by it.
LaneParameters RecordLaneWriter::parameters_of(RecordLane which) const {
  LaneParameters lane = lane_;
  if (!is_lazy()) return lane;
  const bool are_codes =
      which == RecordLane::IDS || which == RecordLane::INDEXES || which == RecordLane::NUMBERS;
  if (are_codes) lane.min_match++;
  lane.splits_blocks =
      which == RecordLane::INDEXES || which == RecordLane::NUMBERS || which == RecordLane::STRINGS;
  return lane;
}

Status RecordLaneWriter::write(RecordLane which, ByteSpan bytes, ByteSpan prefix, size_t slot,
                               TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  Result<size_t> frame = size_t{0};
  if (bytes.size() > kMinFrame && room.size() >= bytes.size()) {
    if (const Status status = lane_coder_.configure(parameters_of(which)); !status.ok())
      return status;
    frame = lane_coder_.encode(bytes, prefix, room.first(bytes.size()));
  }
  if (!frame.ok()) return frame.status;
  add_frame(frame.value, bytes, !prefix.empty(), tree);
  if (frame.value != 0 && !prefix.empty()) tree.slot(slot);
  return {};
}

Status RecordLaneWriter::write_codes(RecordLane which, ByteSpan bytes, const LaneHabits& known,
                                     LaneHabits* learned, TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  if (bytes.size() < kMinCut || room.size() < bytes.size()) return write(which, bytes, {}, 0, tree);
  if (const Status status = lane_coder_.configure(parameters_of(which)); !status.ok())
    return status;
  Frame frame;
  const Result<bool> is_as_known = encode_as_known(bytes, known[which], room, frame);
  if (!is_as_known.ok()) return is_as_known.status;
  const bool is_first = learned != nullptr && is_lazy();
  if (!is_as_known.value) {
    if (const Status status = encode_codes(which, bytes, room, is_first, frame); !status.ok())
      return status;
  }
  if (is_first && frame.is_cut)
    (*learned)[which] = {true, frame.has_matches,
                         static_cast<uint16_t>(frame.taken(bytes) * 256 / bytes.size() + 1),
                         static_cast<uint16_t>(repeated_share(bytes))};
  add_frame(frame.size, bytes, false, tree);
  return {};
}

/// A frame in blocks by frequency, as the group's first lane had one; false if that had none, or
/// this one is not like it.
Result<bool> RecordLaneWriter::encode_as_known(ByteSpan bytes, const LaneHabits::Habit& habit,
                                               MutableByteSpan room, Frame& frame) {
  if (!habit.is_known) return false;
  if (!habit.has_matches && repeated_share(bytes) > 2 * habit.repeats + kMoreRepeats) return false;
  const BlockCuts cuts = find_block_cuts(bytes);
  const MutableByteSpan place = room.first(bytes.size());
  const Result<size_t> made = habit.has_matches
                                  ? lane_coder_.encode(bytes, {}, place, cuts.positions())
                                  : lane_coder_.encode_literals(bytes, place, cuts.positions());
  if (!made.ok()) return made.status;
  frame = {made.value, habit.has_matches, true};
  if (habit.has_matches) return frame.taken(bytes) > cuts.size / 100 * kMostlyLiterals;
  return frame.taken(bytes) * 256 / (kUsualParts + 1) * kUsualParts <= bytes.size() * habit.share;
}

/// The smallest frame. The first one of a group is also made without matches where that may be as
/// small.
Status RecordLaneWriter::encode_codes(RecordLane which, ByteSpan bytes, MutableByteSpan room,
                                      bool is_first, Frame& frame) {
  const bool is_cut =
      which == RecordLane::INDEXES || which == RecordLane::LOWS || which == RecordLane::BUCKETS;
  BlockCuts cuts;
  if (is_cut || is_first) cuts = find_block_cuts(bytes);
  const bool cuts_at_once = which == RecordLane::BUCKETS && is_quick();
  const Result<size_t> made =
      lane_coder_.encode(bytes, {}, room.first(bytes.size()),
                         cuts_at_once ? cuts.positions() : std::span<const uint32_t>());
  if (!made.ok()) return made.status;
  frame = {made.value, true, false};
  const size_t most = made.value / 100 * (is_quick() ? kPromising : kMayPromise);
  const bool is_promising = is_cut && !cuts_at_once && cuts.count != 0 && cuts.size < most;
  const bool may_tell = is_first && cuts.size < frame.taken(bytes) / 100 * kMayTell;
  if (!is_promising && !may_tell) return {};
  return encode_in_blocks(bytes, cuts, is_promising, room, frame);
}

/// The smallest frame of a lane: the one at the front of `room`, which lies before the lane, or one
/// with blocks by frequency. Without matches that takes no search; with them it is tried where that
/// is not much less, or the search takes little.
Status RecordLaneWriter::encode_in_blocks(ByteSpan bytes, const BlockCuts& cuts, bool tries_matches,
                                          MutableByteSpan room, Frame& frame) {
  const size_t free = std::min(room.size(), static_cast<size_t>(bytes.data() - room.data()));
  const size_t limit = frame.taken(bytes);
  if (free < frame.size + limit)
    return tries_matches ? encode_in_place(bytes, cuts, room, frame) : Status{};
  const MutableByteSpan place = room.subspan(frame.size, limit);
  for (const bool has_matches : {false, true}) {
    if (has_matches ? !tries_matches : !is_quick()) continue;
    const size_t most = frame.taken(bytes);
    const Result<size_t> made =
        has_matches ? lane_coder_.encode(bytes, {}, place.first(most), cuts.positions())
                    : lane_coder_.encode_literals(bytes, place.first(most), cuts.positions());
    if (!made.ok()) return made.status;
    if (made.value == 0) continue;
    std::copy_n(place.data(), made.value, room.data());
    frame = {made.value, has_matches, true};
    const bool is_enough = !has_matches && lane_.strategy >= strategy::LAZY;
    if (is_enough && made.value < most / 100 * kMuchLess) return {};
  }
  return {};
}

/// The same where there is no room for two frames.
Status RecordLaneWriter::encode_in_place(ByteSpan bytes, const BlockCuts& cuts,
                                         MutableByteSpan room, Frame& frame) {
  Result<size_t> made = lane_coder_.encode(bytes, {}, room.first(frame.size), cuts.positions());
  if (made.ok() && made.value == 0) made = lane_coder_.encode(bytes, {}, room.first(bytes.size()));
  frame.size = made.value;
  return made.status;
}

}  // namespace sigma
