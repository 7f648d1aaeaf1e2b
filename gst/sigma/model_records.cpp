/* Analysis, lanes and the tree of records.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/model_records.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/record_probe.hpp"

namespace sigma {
namespace {

/// New templates that records have at most, before their words become fields: one for so many,
/// beside the first ones.
constexpr size_t kRecordsPerTemplate = 8;
constexpr size_t kFirstTemplates = 64;

constexpr size_t kSampleSize = size_t{128} << 10;

/// Percent of what a sample takes as it is, below which records surely win.
constexpr size_t kSurePercent = 50;

constexpr size_t kMaxParts = 8;

/// A frame is no smaller than so many bytes.
constexpr size_t kLeastFrame = 24;

/// The end of the first of `parts` equal parts of the bytes, behind a line feed if one is near.
size_t part_end(ByteSpan bytes, size_t parts) {
  if (parts == 1) return bytes.size();
  const size_t end = bytes.size() / parts;
  const void* feed = std::memchr(bytes.data() + end, '\n', std::min(end / 4, bytes.size() - end));
  if (feed == nullptr) return end;
  return static_cast<size_t>(static_cast<const uint8_t*>(feed) - bytes.data()) + 1;
}

}  // namespace

void RecordsModel::configure(const EncoderPlan& plan) {
  lane_ = plan.record_lane;
  strings_max_ = plan.has_records() ? plan.slots_size() - kLimits.shared : 0;
  workspace_max_ = plan.workspace_size();
  staging_size_ = plan.filter_size();
}

Result<RecordsModel::Body> RecordsModel::encode(ByteSpan chunk, bool is_key, RecordContext& context,
                                                MutableByteSpan scratch) {
  if (is_key) context.format = {};
  const bool is_possible = scratch.size() >= min_scratch() && find_record_formats(chunk).count != 0;
  if (!is_possible) return Body{};
  if (const Status status = pool_.reserve(staging_, staging_size_); !status.ok()) return status;
  use_scratch(scratch);
  const Result<Choice> choice = choose_format(chunk);
  if (!choice.ok()) return choice.status;
  const RecordFormat& format = choice.value.format;
  Body body;
  bool is_done = format.syntax == RecordSyntax::NONE;
  for (size_t parts = chunk.size() / FieldStore::kMaxBegin + 1; !is_done && parts <= kMaxParts;
       parts *= 2) {
    TreeWriter tree(scratch.first(std::min(texts_begin(), chunk.size() - 1)));
    const Result<Outcome> outcome = encode_parts(chunk, parts, format, is_key, context, tree);
    if (!outcome.ok()) return outcome.status;
    is_done = outcome.value != Outcome::TOO_MUCH;
    if (outcome.value != Outcome::CODED) continue;
    body = {{tree.bytes(), tree.glyphs()}, choice.value.is_sure && parts == 1};
    if (is_key) context.format = format;
  }
  pool_.release(std::move(staging_));
  return body;
}

/// Tables lie at the end of the scratch, the texts of templates last of all: what is written begins
/// at its front, and lanes are gathered before those texts when the other tables are done with.
void RecordsModel::use_scratch(MutableByteSpan scratch) {
  scratch_ = scratch;
  const auto end = reinterpret_cast<uintptr_t>(scratch.data() + scratch.size());
  uint8_t* memory = scratch.data() + scratch.size() - end % kAlignment - kTables;
  fields_end_ = static_cast<size_t>(memory - scratch.data());
  lists_ = reinterpret_cast<Lists*>(memory);
  memory += sizeof(Lists);
  columns_.set_memory(memory, memory + kSplits);
  memory += kSplits + ColumnCoder::dictionary_size();
  templates_.set_memory(memory);
}

/// Fields are listed in what lies between the tree and the tables.
void RecordsModel::use_fields(size_t begin) {
  const auto at = reinterpret_cast<uintptr_t>(scratch_.data() + begin);
  begin += (kAlignment - at % kAlignment) % kAlignment;
  const size_t size = begin < fields_end_ ? fields_end_ - begin : 0;
  fields_ = FieldStore({reinterpret_cast<uint32_t*>(scratch_.data() + std::min(begin, fields_end_)),
                        size / sizeof(uint32_t)});
  lanes_ = LaneStore({staging_.block(), staging_size_});
  is_crowded_ = false;
}

/// Writes the whole chunk, part by part, each with lanes of its own.
Result<RecordsModel::Outcome> RecordsModel::encode_parts(ByteSpan chunk, size_t parts,
                                                         const RecordFormat& format, bool is_key,
                                                         RecordContext& context, TreeWriter& tree) {
  if (const Status status = lane_coder_.configure(lane_); !status.ok()) return status;
  bool is_first = is_key;  // of a group: what it has is shared
  bool has_context = !is_key && context.format == format;
  if (!is_first && parts > 1) tree.concatenate(parts);
  for (size_t left = parts; left > 0; left--) {
    const ByteSpan part = chunk.first(part_end(chunk, left));
    chunk = chunk.subspan(part.size());
    use_fields(tree.bytes().size());
    if (!analyse(format, has_context ? context.templates.bytes() : ByteSpan(), part) ||
        !code_columns(part))
      return Outcome::TOO_MUCH;
    if (is_first) {
      if (const Status status = write_slots(context, tree); !status.ok()) return status;
      if (parts > 1) tree.concatenate(parts);
    }
    const Status status = write_records(part.size(), is_first, context, tree);
    if (!status.ok()) return status;
    if (is_crowded_) return Outcome::TOO_MUCH;
    if (tree.overflowed()) return Outcome::UNFIT;
    has_context = has_context || is_first;
    is_first = false;
  }
  return Outcome::CODED;
}

/// The template of a record. Where there are many new ones, texts that come but once get none of
/// their own: their words become fields, too, and if that does not help, they are one field.
uint32_t RecordsModel::find_template(RecordReader& reader, ByteSpan bytes) {
  const size_t fresh = templates_.count() - templates_.known();
  const bool has_many = fresh > kFirstTemplates && fresh * kRecordsPerTemplate > records_;
  uint32_t id = templates_.find(reader, bytes,
                                has_many ? TemplateTable::Add::REPEATED : TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::TEXT);
  id = templates_.find(reader, bytes, TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::WHOLE);
  return templates_.find(reader, bytes, TemplateTable::Add::ALWAYS);
}

/// Finds templates and the columns' fields; false if there is no room for them.
bool RecordsModel::analyse(const RecordFormat& format, ByteSpan known, ByteSpan bytes) {
  templates_.start(format.syntax, known);
  lists_->fill({});
  records_ = 0;
  RecordReader reader(format, bytes);
  while (reader.next()) {
    const uint32_t id = find_template(reader, bytes);
    if (id == TemplateTable::kNone) return false;
    lanes_.put_wide(RecordLane::IDS, id);
    records_++;
    const uint16_t* const columns = templates_.columns();
    for (size_t i = 0; i < reader.size(); i++)
      if (!fields_.append((*lists_)[columns[i]], reader[i])) return false;
  }
  return !lanes_.overflowed();
}

/// Codes all columns; false if there is no room for what they take, here or in a decoder.
bool RecordsModel::code_columns(ByteSpan bytes) {
  columns_.start(bytes, fields_, lanes_);
  for (size_t i = 0; i < templates_.column_count(); i++) {
    const FieldList& list = (*lists_)[i];
    if (list.count != 0 && !columns_.code(list)) return false;
  }
  const size_t tables =
      scope_memory(templates_.count(), templates_.column_count()) + columns_.decoder_memory();
  size_t lanes = workspace_units(templates_.definitions().size());
  for (size_t i = 1; i < kRecordLanes; i++)
    lanes += workspace_units(lanes_.size(static_cast<RecordLane>(i)));
  return !lanes_.overflowed() && lanes + tables <= workspace_max_;
}

/// A lane in one piece, before the texts of templates. If that does not leave room between it and
/// the tree for the lane's frame, nothing, and the records are crowded.
ByteSpan RecordsModel::gather(RecordLane which, const TreeWriter& tree) {
  const size_t size = lanes_.size(which);
  const size_t end = texts_begin();
  const size_t used = tree.bytes().size() + kMaxGlyphHeader;
  is_crowded_ = is_crowded_ || used > end || size > (end - used) / 2;
  if (is_crowded_) return {};
  lanes_.gather(which, scratch_.data() + end - size);
  return scratch_.subspan(end - size, size);
}

/// Adds a lane with the prefix that `slot` holds, or a literal where that is no larger.
Status RecordsModel::write_lane(ByteSpan bytes, ByteSpan prefix, size_t slot, TreeWriter& tree) {
  const MutableByteSpan room = tree.lane_room();
  Result<size_t> frame = size_t{0};
  if (bytes.size() > kLeastFrame && room.size() >= bytes.size())
    frame = lane_coder_.encode(bytes, prefix, room.first(bytes.size()));
  if (!frame.ok()) return frame.status;
  if (frame.value == 0) {
    tree.literal(bytes);
    return {};
  }
  tree.lane_made(frame.value, !prefix.empty());
  if (!prefix.empty()) tree.slot(slot);
  return {};
}

/// Keeps the first bytes for the chunks of the group.
Status RecordsModel::keep(ByteSpan bytes, size_t most, Buffer& buffer) {
  bytes = bytes.first(std::min(bytes.size(), most));
  if (const Status status = pool_.reserve(buffer, most, GlyphBufferPool::Fit::CLOSE); !status.ok())
    return status;
  buffer.set_filled(0, 0);
  buffer.append(bytes);
  return {};
}

/// Statements that keep the first templates and strings of a group.
Status RecordsModel::write_slots(RecordContext& context, TreeWriter& tree) {
  Status status = keep(templates_.shared_definitions(), kLimits.shared, context.templates);
  if (status.ok()) status = keep(gather(RecordLane::STRINGS, tree), strings_max_, context.strings);
  tree.store_slot(kTemplateSlot);
  if (status.ok()) status = write_lane(context.templates.bytes(), {}, 0, tree);
  tree.store_slot(kStringSlot);
  if (status.ok()) status = write_lane(context.strings.bytes(), {}, 0, tree);
  return status;
}

/// Adds bytes of which the first are in a slot, and `shared`.
Status RecordsModel::write_shared(ByteSpan bytes, ByteSpan shared, size_t slot, TreeWriter& tree) {
  const ByteSpan rest = bytes.subspan(shared.size());
  if (!rest.empty()) tree.concatenate(2);
  tree.slot(slot);
  return rest.empty() ? Status{} : write_lane(rest, shared, slot, tree);
}

/// Adds the records that were analysed: the first ones of a group share with a slot what begins
/// their templates and strings; others that know templates use the slots.
Status RecordsModel::write_records(size_t size, bool is_first, const RecordContext& context,
                                   TreeWriter& tree) {
  const size_t begin = tree.bytes().size();
  const bool uses_slots = templates_.known() != 0;
  const ByteSpan templates = context.templates.bytes();
  const ByteSpan strings = context.strings.bytes();
  tree.records(size, records_);
  Status status = is_first || uses_slots
                      ? write_shared(templates_.definitions(), templates, kTemplateSlot, tree)
                      : write_lane(templates_.definitions(), {}, 0, tree);
  for (size_t i = 1; status.ok() && i < kRecordLanes; i++) {
    const auto which = static_cast<RecordLane>(i);
    const ByteSpan lane = gather(which, tree);
    if (is_crowded_) return {};
    if (which != RecordLane::STRINGS)
      status = write_lane(lane, {}, 0, tree);
    else if (is_first)
      status = write_shared(lane, strings, kStringSlot, tree);
    else
      status = write_lane(lane, uses_slots ? strings : ByteSpan(), kStringSlot, tree);
    if (which == RecordLane::SCRIPT) fixed_size_ = tree.bytes().size() - begin;
  }
  return status;
}

/// Bytes that what a sample is taken from would take in a format, if that has `times` the sample's
/// size; SIZE_MAX if there is no room. Templates and script are needed once only.
Result<size_t> RecordsModel::try_format(const RecordFormat& format, ByteSpan sample, size_t times) {
  use_fields(0);
  if (!analyse(format, {}, sample) || !code_columns(sample)) return SIZE_MAX;
  TreeWriter tree(scratch_.first(texts_begin()));
  if (const Status status = write_records(sample.size(), false, {}, tree); !status.ok())
    return status;
  if (is_crowded_ || tree.overflowed()) return SIZE_MAX;
  return fixed_size_ + (tree.bytes().size() - fixed_size_) * times;
}

/// The format in which a sample of the chunk gets smallest, if that promises to be smaller than the
/// chunk gets as it is, which has the history to refer to.
Result<RecordsModel::Choice> RecordsModel::choose_format(ByteSpan chunk) {
  const RecordCandidates candidates = find_record_formats(chunk);
  const ByteSpan sample = middle_lines(chunk, kSampleSize);
  const size_t times = std::max<size_t>(chunk.size() / sample.size(), 1);
  if (const Status status = lane_coder_.configure(lane_); !status.ok()) return status;
  const Result<size_t> plain = lane_coder_.encode(sample, {}, scratch_);
  if (!plain.ok()) return plain.status;
  Choice best;
  if (plain.value == 0) return best;
  size_t best_size = plain.value * times;
  for (size_t i = 0; i < candidates.count; i++) {
    const Result<size_t> size = try_format(candidates.formats[i], sample, times);
    if (!size.ok()) return size.status;
    if (size.value >= best_size) continue;
    best.format = candidates.formats[i];
    best_size = size.value;
  }
  best.is_sure = best_size < plain.value * times / 100 * kSurePercent;
  return best;
}

}  // namespace sigma
