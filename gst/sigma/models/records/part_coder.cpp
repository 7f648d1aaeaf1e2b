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
  if (status.ok())
    status = lanes_.write(RecordLane::STRINGS, context.templates.bytes(), {}, 0, tree);
  tree.store_slot(kStringSlot);
  if (status.ok()) status = lanes_.write(RecordLane::STRINGS, context.strings.bytes(), {}, 0, tree);
  return status;
}

/// Adds bytes of which the first are in a slot, and `shared`.
Status PartCoder::write_shared(RecordLane which, ByteSpan bytes, ByteSpan shared, size_t slot,
                               TreeWriter& tree) {
  const ByteSpan rest = bytes.subspan(shared.size());
  if (!rest.empty()) tree.concatenate(2);
  tree.slot(slot);
  return rest.empty() ? Status{}
                      : lanes_.write(which, rest, bytes.first(shared.size()), slot, tree);
}

Status PartCoder::write_records(size_t size, bool is_first, const RecordContext& context,
                                LaneHabits* learned, TreeWriter& tree) {
  const size_t begin = tree.bytes().size();
  const ByteSpan templates = context.templates.bytes();
  const ByteSpan strings = context.strings.bytes();
  const bool knows = analysis_.templates().known() != 0;
  // What is as short is said again: then damage to the key chunk costs no other.
  const bool uses_slots = knows && templates.size() + strings.size() > kShortContext;
  const LaneHabits habits = knows ? context.habits : LaneHabits();
  if (learned != nullptr) *learned = {};
  tree.records(size, analysis_.records());
  const ByteSpan definitions = analysis_.templates().definitions();
  Status status =
      is_first || uses_slots
          ? write_shared(RecordLane::TEMPLATES, definitions, templates, kTemplateSlot, tree)
          : lanes_.write(RecordLane::TEMPLATES, definitions, {}, 0, tree);
  for (size_t i = 1; status.ok() && i < kRecordLanes; i++) {
    const auto which = static_cast<RecordLane>(i);
    const ByteSpan lane = gather(which, tree);
    if (is_crowded_) return {};
    if (which == RecordLane::SCRIPT)
      status = lanes_.write(which, lane, {}, 0, tree);
    else if (which != RecordLane::STRINGS)
      status = lanes_.write_codes(which, lane, habits, learned, tree);
    else if (is_first)
      status = write_shared(which, lane, strings, kStringSlot, tree);
    else
      status = lanes_.write(which, lane, uses_slots ? put_before(lane, strings, tree) : ByteSpan(),
                            kStringSlot, tree);
    if (which == RecordLane::SCRIPT) fixed_size_ = tree.bytes().size() - begin;
  }
  return status;
}

}  // namespace sigma
