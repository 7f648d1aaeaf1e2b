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
#include "gst/sigma/models/records/records_model.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/records_settings.hpp"
#include "gst/sigma/models/sampling/lines.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/records/columns.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {
namespace {

/// New templates that records have at most, before their words become fields: one for so many,
/// beside the first ones.
constexpr size_t kRecordsPerTemplate = 8;
constexpr size_t kFirstTemplates = 64;

constexpr size_t kSampleSize = size_t{64} << 10;
/// Percent of the key chunk's share that a chunk's records may take; more is not what was expected.
constexpr size_t kExpectedPercent = 150;
/// Formats that a chunk is coded in, at most, until it gets small enough.
constexpr size_t kMaxFormats = 2;

/// Percent of what the more promising of two formats takes that the other one may take to be kept:
/// what is smaller by less in the key chunk need not be so in the rest of its group.
constexpr size_t kSurprisePercent = 88;

/// Percent of the bytes that must be in records like others for a chunk to be looked at whose group
/// began with something else: such a look costs as much as coding does.
constexpr unsigned kLateRecordsPercent = 50;

/// A part that is too much is tried again with less; so often in a chunk.
constexpr size_t kMaxTries = 5;
constexpr size_t kMaxParts = 24;

/// Percent of what seems to be just possible that is tried.
constexpr size_t kTriedPercent = 92;

/// Bytes of templates and strings that chunks repeat instead of sharing them with their key chunk.
constexpr size_t kShortContext = 128;

/// Percent of the key chunk's size as bytes below which its records tell what to do with its group.
constexpr size_t kSurePercent = 88;

/// Percent of what all may take that the parts so far may have, for their size.
constexpr size_t kPartPercent = 150;

/// A frame is no smaller than so many bytes.
constexpr size_t kLeastFrame = 24;

/// The front of the bytes, `size` at most, that ends behind a line feed if one is near; half of
/// them rather than leaving little.
ByteSpan take_part(ByteSpan bytes, size_t size) {
  if (bytes.size() <= size) return bytes;
  size = std::min(size, bytes.size() / 2);
  const ByteSpan tail = bytes.first(size).last(size / 4);
  const auto feed = std::find(tail.rbegin(), tail.rend(), uint8_t{'\n'});
  return bytes.first(feed == tail.rend() ? size : size - static_cast<size_t>(feed - tail.rbegin()));
}

/// Records take several times the time of bytes (docs/levels.md).
bool serves_records(const ModelSettings& settings) {
  const unsigned first_level = settings.asked == Model::RECORDS ? 1 : kFirstRecordLevel;
  return settings.asked != Model::BYTES && settings.level >= first_level &&
         settings.chunk_size >= kMinRecordChunk;
}

/// A key chunk that looks like records has no history to lose; the others of its group go on if
/// that was much smaller as records than as bytes.
bool records_go_on(ByteSpan begin, bool is_key, const GroupState* state) {
  if (is_key) return find_record_formats(begin, 0).count != 0;
  const RecordContext& context = *static_cast<const RecordContext*>(state);
  return context.is_sure && has_record_format(begin, context.format);
}

}  // namespace

const ModelEntry kRecordsModel = {
    Model::RECORDS,
    &StreamStats::chunks_records,
    RecordsModel::min_scratch(),
    serves_records,
    records_memory,
    [](GlyphBufferPool& pool, LaneEncoder& lanes) -> std::unique_ptr<ChunkModel> {
      return std::unique_ptr<ChunkModel>(new (std::nothrow) RecordsModel(pool, lanes));
    },
    []() -> std::unique_ptr<GroupState> {
      return std::unique_ptr<GroupState>(new (std::nothrow) RecordContext());
    },
    records_go_on,
    find_record_end,
};

Status RecordsModel::configure(const ModelSettings& settings) {
  const MemoryNeed memory = records_memory(settings);
  chunk_lane_ = settings.lane;
  lane_ = record_parameters(settings.lane);
  bytes_lane_ = compared_parameters(settings.lane, lane_);
  strings_max_ = memory.slots - kLimits.shared;
  workspace_max_ = memory.workspace;
  staging_size_ = memory.staging;
  coder_size_ = memory.coder;
  const bool is_patient = settings.level >= kPatientLevel || settings.asked == Model::RECORDS;
  worth_percent_ = is_patient ? 100 : 88;
  return {};
}

Result<CodedBody> RecordsModel::encode(const ChunkInput& chunk, GroupState* state,
                                       MutableByteSpan scratch) {
  RecordContext& context = *static_cast<RecordContext*>(state);
  Result<CodedBody> body = encode_records(chunk.bytes, chunk.is_key, context, scratch);
  const size_t size = body.value.bytes.size();
  if (!body.ok() || size == 0) return body;
  const Result<bool> smaller = are_smaller(chunk, context, size, scratch.subspan(size));
  if (!smaller.ok()) return smaller.status;
  body.value.is_settled = smaller.value;
  return body;
}

/// Whether a sample of the chunk, which may repeat the history, is smaller as bytes than its share
/// of `size`.
Result<bool> RecordsModel::may_be_smaller(const ChunkInput& chunk, size_t size,
                                          MutableByteSpan scratch) {
  const ByteSpan sample = middle_lines(chunk.bytes, kSampleSize);
  if (scratch.size() < sample.size()) return true;
  if (const Status status = lane_coder_.configure(chunk_lane_); !status.ok()) return status;
  const Result<size_t> frame =
      lane_coder_.encode(sample, chunk.history, scratch.first(sample.size()));
  if (!frame.ok()) return frame.status;
  return frame.value != 0 && frame.value * (chunk.bytes.size() / sample.size()) < size;
}

/// Whether the records of a chunk, of `size` bytes, are known to be smaller than its bytes: a key
/// chunk's were compared, and tell for its group what is not far from what they took.
Result<bool> RecordsModel::are_smaller(const ChunkInput& chunk, RecordContext& context, size_t size,
                                       MutableByteSpan scratch) {
  const size_t percent = size * 100 / chunk.bytes.size() + 1;
  if (chunk.is_key) {
    context.percent = percent;
    return true;
  }
  if (!context.is_sure || percent * 100 > context.percent * kExpectedPercent) return false;
  const Result<bool> may = may_be_smaller(chunk, size, scratch);
  return may.ok() ? Result<bool>(!may.value) : may;
}

Result<CodedBody> RecordsModel::encode_records(ByteSpan chunk, bool is_key, RecordContext& context,
                                               MutableByteSpan scratch) {
  if (is_key) context.forget();
  if (scratch.size() < min_scratch() || context.is_in_vain) return CodedBody{};
  // What the key chunk was found to be need not be found again.
  const bool goes_on = !is_key && context.format.syntax != RecordSyntax::NONE;
  if (goes_on && !has_record_format(chunk, context.format)) return CodedBody{};
  RecordCandidates candidates;
  if (!goes_on) candidates = find_record_formats(chunk, is_key ? 0 : kLateRecordsPercent);
  if (!goes_on && candidates.count == 0) return CodedBody{};
  if (const Status status = pool_.reserve(staging_, staging_size_); !status.ok()) return status;
  scratch_ = scratch;
  most_ = chunk.size() - 1;
  const Result<CodedBody> body =
      goes_on ? encode_chosen(chunk, {context.format, context.part_size}, is_key, context)
              : encode_best(chunk, candidates, is_key, context);
  if (is_key) context.is_in_vain = context.format.syntax == RecordSyntax::NONE;
  pool_.release(std::move(staging_));
  return body;
}

/// In the most promising of the formats, or in the next one if that does not get small enough.
/// Patient levels code a key chunk in both, since a sample may take commas for a table's.
Result<CodedBody> RecordsModel::encode_best(ByteSpan chunk, const RecordCandidates& candidates,
                                            bool is_key, RecordContext& context) {
  const Result<Prospects> found = choose_formats(chunk, candidates);
  if (!found.ok()) return found.status;
  const RecordCandidates& chosen = found.value.formats;
  if (chosen.count == 0) return CodedBody{};
  // A key chunk's records may take no more than its bytes, and less where time counts.
  const Result<size_t> plain = is_key ? plain_size(chunk) : chunk.size();
  if (!plain.ok()) return plain.status;
  if (is_key) most_ = std::min(most_, plain.value * worth_percent_ / 100);
  // What repeats itself at a distance has templates that do so, too.
  const bool repeats = plain.value < found.value.plain / 2;
  if (!found.value.are_likely && !repeats && !is_patient()) return CodedBody{};
  size_t coded = chosen.count;  // that the body is of
  size_t best = chosen.count;
  size_t most = most_;
  Result<CodedBody> body = CodedBody{};
  for (size_t i = 0; i < std::min(chosen.count, kMaxFormats); i++) {
    if (is_key) context.forget();  // what another format has left
    body = encode_chosen(chunk, {chosen.formats[i]}, is_key, context);
    if (!body.ok()) return body;
    coded = i;
    if (body.value.bytes.empty()) continue;
    best = i;
    if (!is_key || !is_patient()) break;
    most = most_;
    most_ = body.value.bytes.size() / 100 * kSurprisePercent;
  }
  if (best == chosen.count) return CodedBody{};
  if (best != coded) {
    most_ = most;
    context.forget();
    body = encode_chosen(chunk, {chosen.formats[best]}, is_key, context);
    if (!body.ok() || body.value.bytes.empty()) return body;
  }
  if (!is_key) return body;
  context.format = chosen.formats[best];
  context.is_sure = body.value.bytes.size() * 100 < plain.value * kSurePercent;
  return body;
}

Result<CodedBody> RecordsModel::encode_chosen(ByteSpan chunk, Choice choice, bool is_key,
                                              RecordContext& context) {
  TreeWriter tree(scratch_.first(texts_begin()));
  const Status status = encode_parts(chunk, choice, is_key, context, tree);
  if (!status.ok()) return status;
  if (is_crowded_ || tree.overflowed() || tree.bytes().size() > most_) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// What a chunk without history takes as bytes.
Result<size_t> RecordsModel::plain_size(ByteSpan chunk) {
  if (const Status status = lane_coder_.configure(bytes_lane_); !status.ok()) return status;
  const Result<size_t> plain = lane_coder_.encode(chunk, {}, scratch_);
  return plain.ok() && plain.value == 0 ? chunk.size() : plain;
}

/// Tables and lists of fields are kept in the memory of the coder, which has nothing to do until
/// lanes are written. The texts of templates, which are lanes, too, lie at the end of the scratch:
/// the tree begins at its front, and lanes are gathered before those texts.
Status RecordsModel::use_memory() {
  const Result<MutableByteSpan> lent = lane_coder_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  Arena arena(lent.value);
  templates_.set_memory(arena, scratch_.data() + texts_begin());
  lists_ = arena.take<Lists>(1);
  columns_.set_memory(arena);
  shapes_.set_memory(arena);
  const MutableByteSpan rest = arena.rest();
  fields_ = FieldStore({reinterpret_cast<uint32_t*>(rest.data()), rest.size() / sizeof(uint32_t)});
  lanes_ = LaneStore({staging_.block(), staging_size_});
  is_crowded_ = false;
  fitting_ = 50;
  return {};
}

/// Writes the whole chunk, part by part, each with lanes of its own and as large as there is room
/// for, here and in a decoder. If there is not enough room in the end, it is crowded.
Status RecordsModel::encode_parts(ByteSpan chunk, Choice& choice, bool is_key,
                                  RecordContext& context, TreeWriter& tree) {
  choice.part_size = std::min({choice.part_size, chunk.size(), size_t{FieldStore::kMaxBegin}});
  const size_t size = chunk.size();
  const size_t least = size / kMaxParts;
  // Short chunks may not make a decoder work as much; slots are work, too.
  work_left_ = kWorkBase + kWorkPerByte * size;
  if (is_key) work_left_ -= std::min<uint64_t>(kSharedSize, kWorkPerByte / 2 * size);
  bool shares = !is_key && context.format == choice.format;
  shapes_.learn(context.shapes);
  TreeWriter::Count count;
  if (!is_key) count = tree.concatenate_some();
  uint8_t parts = 0;
  for (size_t tries = 0;
       !chunk.empty() && tries < kMaxTries && parts < kMaxParts && choice.part_size > least;) {
    ByteSpan part = take_part(chunk, choice.part_size);
    const bool is_first = is_key && parts == 0;  // of a group: what it has is shared
    const TreeWriter before = tree;
    if (const Status status = use_memory(); !status.ok()) return status;
    part = analyse(choice.format, shares ? context.templates.bytes() : ByteSpan(), part);
    bool fits = !part.empty() && (!is_first || order_templates()) && code_columns(part);
    Status status;
    if (fits) status = lane_coder_.configure(lane_);
    if (fits && is_first && status.ok()) status = write_slots(context, tree);
    if (fits && is_first) count = tree.concatenate_some();
    if (fits && status.ok()) status = write_records(part.size(), is_first, context, tree);
    if (!status.ok() || tree.overflowed()) return status;
    fits = fits && !is_crowded_;
    if (!fits) {
      tree = before;
      is_crowded_ = true;
      choice.part_size = part.size() / 10000 * fitting_ * kTriedPercent;
      tries++;
      continue;
    }
    shares = shares || is_first;
    work_left_ -= lanes_memory() + tables_memory();
    chunk = chunk.subspan(part.size());
    const size_t done = size - chunk.size();
    if (is_key && tree.bytes().size() / kPartPercent * 100 > uint64_t{most_} * done / size) break;
    choice.part_size = fitting_part(part.size());
    if (is_key) context.part_size = choice.part_size;
    parts++;
  }
  is_crowded_ = !chunk.empty();
  if (is_key) context.shapes = shapes_.known();
  tree.set_count(count, parts);
  return {};
}

/// The template of a record that was just found. A new text makes one, without the words that are
/// known to change. Where there are many new ones, texts that come but once get none of their own:
/// their words become fields, too, and if that does not help, they are one field.
uint32_t RecordsModel::find_template(RecordReader& reader) {
  uint32_t id = templates_.find(reader);
  if (id != TemplateTable::kNone) return id;
  if (reader.syntax() != RecordSyntax::DELIMITED) {
    reader.read_again(RecordSyntax::TEXT);
    const uint32_t words = shapes_.watch(reader);
    reader.keep_fields(words);
    if (words != 0) id = templates_.find(reader, TemplateTable::Add::ROOM);
    if (id != TemplateTable::kNone) return id;
  }
  const size_t fresh = templates_.count() - templates_.known();
  const bool has_many = fresh > kFirstTemplates && fresh * kRecordsPerTemplate > records_;
  id = templates_.find(reader, has_many ? TemplateTable::Add::REPEATED : TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::TEXT);
  id = templates_.find(reader, TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::WHOLE);
  return templates_.find(reader, TemplateTable::Add::ALWAYS);
}

/// Finds templates and the columns' fields of records at the front of `bytes`: of as many as there
/// is room for, which it gives.
ByteSpan RecordsModel::analyse(const RecordFormat& format, ByteSpan known, ByteSpan bytes) {
  templates_.start(format.syntax, known);
  lists_->fill({});
  records_ = values_ = 0;
  half_text_ = 0;
  RecordReader reader(format, bytes);
  for (size_t end = 0;; end = reader.end()) {
    if (end <= bytes.size() / 2) half_text_ = templates_.definitions().size();
    uint32_t id = templates_.follow(reader);
    if (id == TemplateTable::kNone) {
      if (!reader.next()) return bytes;
      id = find_template(reader);
    }
    if (id == TemplateTable::kNone || !fields_.has_room(reader.size())) return bytes.first(end);
    lanes_.put_wide(RecordLane::IDS, id);
    if (lanes_.overflowed()) return bytes.first(end);
    records_++;
    values_ += reader.size();
    const uint16_t* const columns = templates_.columns();
    for (size_t i = 0; i < reader.size(); i++)
      fields_.append((*lists_)[columns[i]], reader[i]);
  }
}

/// Puts the templates of the first records of a group in the order of their use: the most frequent
/// ones, which the group shares, have short ids. False if memory is used up.
bool RecordsModel::order_templates() {
  const auto front = reinterpret_cast<uintptr_t>(scratch_.data());
  const size_t skipped = (kWorkspaceUnit - front % kWorkspaceUnit) % kWorkspaceUnit;
  Arena arena(scratch_.first(texts_begin()).subspan(skipped));
  auto* const ids = arena.take<uint16_t>(kLimits.templates);
  auto* const columns = arena.take<uint16_t>(kLimits.columns);
  auto* const lists = arena.take<Lists>(1);
  auto* const codes = arena.take<uint8_t>(lanes_.size(RecordLane::IDS));
  auto* const lows = arena.take<uint8_t>(lanes_.size(RecordLane::LOWS));
  auto* const text = arena.take<uint8_t>(templates_.order_memory());
  if (lists == nullptr || codes == nullptr || lows == nullptr || text == nullptr) return false;
  if (!templates_.order_by_use(ids, columns, text)) return false;
  *lists = *lists_;
  for (size_t i = 0; i < templates_.column_count(); i++)
    (*lists_)[columns[i]] = (*lists)[i];
  lanes_.gather(RecordLane::IDS, codes);
  lanes_.gather(RecordLane::LOWS, lows);
  lanes_.clear();
  const uint8_t* low = lows;
  for (uint64_t i = 0; i < records_; i++)
    lanes_.put_wide(RecordLane::IDS, ids[widen(codes[i], low)]);
  return !lanes_.overflowed();
}

/// What lanes and tables take of a decoder's workspace.
size_t RecordsModel::lanes_memory() const {
  size_t lanes = 0;
  for (size_t i = 1; i < kRecordLanes; i++)
    lanes += workspace_units(lanes_.size(static_cast<RecordLane>(i)));
  return lanes;
}
size_t RecordsModel::tables_memory() const {
  return workspace_units(templates_.definitions().size()) + columns_.decoder_memory() +
         scope_memory(templates_.count(), templates_.column_count());
}

/// Codes all columns; false if there is no room for what they take, here or in a decoder.
bool RecordsModel::code_columns(ByteSpan bytes) {
  columns_.start(bytes, fields_, lanes_);
  size_t coded = 0;
  for (size_t i = 0; fits_workspace(coded) && i < templates_.column_count(); i++) {
    const FieldList& list = (*lists_)[i];
    if (list.count != 0 && !columns_.code(i, list)) return false;
    coded += list.count;
  }
  return fits_workspace(coded);
}

/// Whether a decoder has room for what there is when so many values are coded.
bool RecordsModel::fits_workspace(size_t coded) {
  const size_t needed = lanes_memory() + tables_memory();
  const uint64_t most = std::min<uint64_t>(workspace_max_, work_left_);
  if (needed <= most) return true;
  // All values, as far as one can tell from those that are coded.
  const uint64_t all = uint64_t{needed} * values_ / std::max<size_t>(coded, 1);
  const auto percent = static_cast<size_t>(most * 100 / std::max<uint64_t>(all, 1));
  fitting_ = std::clamp<size_t>(percent, 50, 99);
  return false;
}

/// Bytes of a part that a decoder has room for, if it is like the one of `size` bytes that was
/// coded: its lanes grow with it, its tables hardly.
size_t RecordsModel::fitting_part(size_t size) const {
  const size_t tables = tables_memory() + tables_memory() / 8;
  const size_t room = workspace_max_ > tables ? (workspace_max_ - tables) / 100 * kTriedPercent : 0;
  const uint64_t fitting = uint64_t{room} * size / std::max<size_t>(lanes_memory(), 1);
  return static_cast<size_t>(std::max<uint64_t>(fitting, size / 2));
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
  const ByteSpan templates = context.templates.bytes();
  const ByteSpan strings = context.strings.bytes();
  // What is as short is said again: then damage to the key chunk costs no other.
  const bool uses_slots =
      templates_.known() != 0 && templates.size() + strings.size() > kShortContext;
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

/// What a sample's bytes would take in a format, if what it is taken from has `times` its size.
Result<RecordsModel::Estimate> RecordsModel::try_format(const RecordFormat& format, ByteSpan sample,
                                                        size_t times) {
  shapes_.learn({});
  if (const Status status = use_memory(); !status.ok()) return status;
  work_left_ = workspace_max_;
  if (analyse(format, {}, sample).size() != sample.size() || !code_columns(sample))
    return Estimate{};
  TreeWriter tree(scratch_.first(texts_begin()).subspan(kSampleSize));
  if (const Status status = lane_coder_.configure(lane_); !status.ok()) return status;
  if (const Status status = write_records(sample.size(), false, {}, tree); !status.ok())
    return status;
  if (is_crowded_ || tree.overflowed()) return Estimate{};
  const size_t values = (tree.bytes().size() - fixed_size_) * times;
  // A chunk of twice the size has as many templates more as the second half of the sample has.
  const uint64_t most = uint64_t{fixed_size_} * times;
  uint64_t fixed = fixed_size_;
  for (size_t left = times; left > 1; left /= 2)
    fixed =
        std::min(fixed * templates_.definitions().size() / std::max<size_t>(half_text_, 1), most);
  return Estimate{fixed_size_ + values, static_cast<size_t>(fixed) + values};
}

/// The formats in which a sample of the chunk promises to be smaller than the chunk gets as it is,
/// which has the history to refer to; the most promising first. Those that are so with no templates
/// but the sample's, if there are no others: the templates of source code go on to grow.
Result<RecordsModel::Prospects> RecordsModel::choose_formats(ByteSpan chunk,
                                                             const RecordCandidates& candidates) {
  const ByteSpan sample = spread_lines(chunk, scratch_.first(kSampleSize));
  const size_t times = std::max<size_t>(chunk.size() / sample.size(), 1);
  if (const Status status = lane_coder_.configure(bytes_lane_); !status.ok()) return status;
  const Result<size_t> plain = lane_coder_.encode(sample, {}, scratch_.subspan(kSampleSize));
  if (!plain.ok()) return plain.status;
  Prospects found;
  found.plain = plain.value * times;
  const size_t most = found.plain / 100 * worth_percent_;
  RecordCandidates& chosen = found.formats;
  std::array<size_t, kRecordFormats> sizes;
  for (size_t i = 0; i < candidates.count; i++) {
    const Result<Estimate> size = try_format(candidates.formats[i], sample, times);
    if (!size.ok()) return size.status;
    const bool is_likely = size.value.likely < most;
    const bool decides = !is_patient();  // what is likely excludes the others
    if (size.value.least >= most || (decides && found.are_likely && !is_likely)) continue;
    if (is_likely && !std::exchange(found.are_likely, true) && decides) chosen.count = 0;
    size_t place = chosen.count++;
    for (; place > 0 && sizes[place - 1] > size.value.likely; place--) {
      sizes[place] = sizes[place - 1];
      chosen.formats[place] = chosen.formats[place - 1];
    }
    sizes[place] = size.value.likely;
    chosen.formats[place] = candidates.formats[i];
  }
  return found;
}

}  // namespace sigma
