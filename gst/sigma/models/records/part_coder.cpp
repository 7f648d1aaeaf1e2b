/* Lanes and tree of a part's records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/part_coder.hpp"

#include <algorithm>
#include <utility>

namespace sigma {
namespace {

/// Bytes of templates and strings that chunks repeat instead of sharing them with their key chunk.
constexpr size_t kShortContext = 128;

/// A frame is no smaller than so many bytes.
constexpr size_t kMinFrame = 24;

/// A shorter lane is one block.
constexpr size_t kMinCut = 2048;
/// Percent of a lane's frame that one with blocks by frequency must promise to take.
constexpr size_t kPromising = 98;
/// The same where there is time: with matches, which are found better there, it may be much smaller
/// than it promises.
constexpr size_t kMayPromise = 135;

/// Percent of a lane's frame that one without matches may take for matches not to be looked for
/// once more.
constexpr size_t kMuchLess = 98;

/// Adds a frame that was made in the room for lanes, or a literal if none fits.
void add_frame(size_t size, ByteSpan bytes, bool has_prefix, TreeWriter& tree) {
  if (size == 0)
    tree.literal(bytes);
  else
    tree.lane_made(size, has_prefix);
}

}  // namespace

void PartCoder::configure(const LaneParameters& lane, const MemoryNeed& memory) {
  lane_ = lane;
  memory_ = memory;
}

Status PartCoder::begin(MutableByteSpan scratch) {
  scratch_ = scratch;
  return pool_.reserve(staging_, memory_.staging);
}

/// Tables and lists of fields are kept in the memory of the coder, which has nothing to do until
/// lanes are written. The texts of templates, which are lanes, too, lie at the end of the scratch:
/// the tree begins at its front, and lanes are gathered before those texts.
Status PartCoder::start_part() {
  const Result<MutableByteSpan> lent = lane_coder_.lend_memory(memory_.coder);
  if (!lent.ok()) return lent.status;
  analysis_.start(
      {lent.value, {staging_.block(), memory_.staging}, scratch_.data() + texts_begin()});
  is_crowded_ = false;
  return {};
}

/// A lane in one piece, before the texts of templates. If that does not leave room between it and
/// the tree for the lane's frame, nothing, and the records are crowded.
ByteSpan PartCoder::gather(RecordLane which, const TreeWriter& tree) {
  const size_t size = analysis_.lanes().size(which);
  const size_t end = texts_begin();
  const size_t used = tree.bytes().size() + kMaxGlyphHeader;
  is_crowded_ = is_crowded_ || used > end || size > (end - used) / 2;
  if (is_crowded_) return {};
  analysis_.lanes().gather(which, scratch_.data() + end - size);
  return scratch_.subspan(end - size, size);
}

/// The prefix, right before the lane if there is room: zstd searches what lies in one piece in
/// three quarters of the time.
ByteSpan PartCoder::put_before(ByteSpan lane, ByteSpan prefix, const TreeWriter& tree) {
  const size_t used = tree.bytes().size() + kMaxGlyphHeader;
  const auto begin = static_cast<size_t>(lane.data() - scratch_.data());
  if (prefix.size() > begin - used || lane.size() > begin - used - prefix.size()) return prefix;
  uint8_t* const to = scratch_.data() + begin - prefix.size();
  std::copy(prefix.begin(), prefix.end(), to);
  return {to, prefix.size()};
}

/// Adds a lane with the prefix that `slot` holds, or a literal where that is no larger.
Status PartCoder::write_lane(ByteSpan bytes, ByteSpan prefix, size_t slot, TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  Result<size_t> frame = size_t{0};
  if (bytes.size() > kMinFrame && room.size() >= bytes.size())
    frame = lane_coder_.encode(bytes, prefix, room.first(bytes.size()));
  if (!frame.ok()) return frame.status;
  add_frame(frame.value, bytes, !prefix.empty(), tree);
  if (frame.value != 0 && !prefix.empty()) tree.slot(slot);
  return {};
}

/// The smallest frame of a lane: the one of `size` bytes at the front of `room`, which lies before
/// the lane, or one with blocks by frequency. Without matches that takes no search; with them it is
/// tried where that is not much less, or the search takes little.
Result<size_t> PartCoder::encode_in_blocks(ByteSpan bytes, const BlockCuts& cuts, size_t size,
                                           MutableByteSpan room) {
  const size_t free = std::min(room.size(), static_cast<size_t>(bytes.data() - room.data()));
  if (free / 2 < size) return encode_in_place(bytes, cuts, size, room);
  const MutableByteSpan place = room.subspan(size);
  for (const bool has_matches : {false, true}) {
    if (!has_matches && !is_quick()) continue;
    const Result<size_t> frame =
        has_matches ? lane_coder_.encode(bytes, {}, place.first(size), cuts.positions())
                    : lane_coder_.encode_literals(bytes, place.first(size), cuts.positions());
    if (!frame.ok()) return frame;
    if (frame.value == 0) continue;
    std::copy_n(place.data(), frame.value, room.data());
    const bool is_enough = !has_matches && lane_.strategy >= strategy::LAZY;
    if (is_enough && frame.value < size / 100 * kMuchLess) return frame;
    size = frame.value;
  }
  return size;
}

/// The same where there is no room for two frames.
Result<size_t> PartCoder::encode_in_place(ByteSpan bytes, const BlockCuts& cuts, size_t size,
                                          MutableByteSpan room) {
  const Result<size_t> frame = lane_coder_.encode(bytes, {}, room.first(size), cuts.positions());
  if (!frame.ok() || frame.value != 0) return frame;
  return lane_coder_.encode(bytes, {}, room.first(bytes.size()));
}

/// Adds a lane of column after column. Where blocks that end with the frequencies of their bytes
/// promise to be smaller, that is tried, too; at once, where a quick search finds few matches.
Status PartCoder::write_codes(RecordLane which, ByteSpan bytes, TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  if (bytes.size() < kMinCut || room.size() < bytes.size()) return write_lane(bytes, {}, 0, tree);
  const BlockCuts cuts = find_block_cuts(bytes);
  const bool cuts_at_once = which == RecordLane::BUCKETS && is_quick();
  Result<size_t> frame =
      lane_coder_.encode(bytes, {}, room.first(bytes.size()),
                         cuts_at_once ? cuts.positions() : std::span<const uint32_t>());
  const size_t most = frame.value / 100 * (is_quick() ? kPromising : kMayPromise);
  const bool is_promising = frame.ok() && cuts.size < most;
  if (!cuts_at_once && cuts.count != 0 && is_promising)
    frame = encode_in_blocks(bytes, cuts, frame.value, room);
  if (frame.ok()) add_frame(frame.value, bytes, false, tree);
  return frame.status;
}

/// Keeps the first bytes for the chunks of the group.
Status PartCoder::keep(ByteSpan bytes, size_t most, Buffer& buffer) {
  bytes = bytes.first(std::min(bytes.size(), most));
  if (const Status status = pool_.reserve(buffer, most, GlyphBufferPool::Fit::CLOSE); !status.ok())
    return status;
  buffer.set_filled(0, 0);
  buffer.append(bytes);
  return {};
}

Status PartCoder::write_slots(RecordContext& context, TreeWriter& tree) {
  Status status = keep(analysis_.templates().shared_definitions(), RecordAnalysis::kLimits.shared,
                       context.templates);
  if (status.ok())
    status = keep(gather(RecordLane::STRINGS, tree), memory_.slots - RecordAnalysis::kLimits.shared,
                  context.strings);
  tree.store_slot(kTemplateSlot);
  if (status.ok()) status = write_lane(context.templates.bytes(), {}, 0, tree);
  tree.store_slot(kStringSlot);
  if (status.ok()) status = write_lane(context.strings.bytes(), {}, 0, tree);
  return status;
}

/// Adds bytes of which the first are in a slot, and `shared`.
Status PartCoder::write_shared(ByteSpan bytes, ByteSpan shared, size_t slot, TreeWriter& tree) {
  const ByteSpan rest = bytes.subspan(shared.size());
  if (!rest.empty()) tree.concatenate(2);
  tree.slot(slot);
  return rest.empty() ? Status{} : write_lane(rest, bytes.first(shared.size()), slot, tree);
}

Status PartCoder::write_records(size_t size, bool is_first, const RecordContext& context,
                                TreeWriter& tree) {
  const size_t begin = tree.bytes().size();
  const ByteSpan templates = context.templates.bytes();
  const ByteSpan strings = context.strings.bytes();
  // What is as short is said again: then damage to the key chunk costs no other.
  const bool uses_slots =
      analysis_.templates().known() != 0 && templates.size() + strings.size() > kShortContext;
  tree.records(size, analysis_.records());
  Status status =
      is_first || uses_slots
          ? write_shared(analysis_.templates().definitions(), templates, kTemplateSlot, tree)
          : write_lane(analysis_.templates().definitions(), {}, 0, tree);
  for (size_t i = 1; status.ok() && i < kRecordLanes; i++) {
    const auto which = static_cast<RecordLane>(i);
    const ByteSpan lane = gather(which, tree);
    if (is_crowded_) return {};
    if (which == RecordLane::INDEXES || which == RecordLane::LOWS || which == RecordLane::BUCKETS)
      status = write_codes(which, lane, tree);
    else if (which != RecordLane::STRINGS)
      status = write_lane(lane, {}, 0, tree);
    else if (is_first)
      status = write_shared(lane, strings, kStringSlot, tree);
    else
      status = write_lane(lane, uses_slots ? put_before(lane, strings, tree) : ByteSpan(),
                          kStringSlot, tree);
    if (which == RecordLane::SCRIPT) fixed_size_ = tree.bytes().size() - begin;
  }
  return status;
}

}  // namespace sigma
