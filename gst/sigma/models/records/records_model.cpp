/* The model `records`: the key chunk decides, the parts of a chunk follow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/records_model.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "gst/sigma/models/records/records_settings.hpp"
#include "gst/sigma/models/sampling/lines.hpp"
#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

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

/// Percent of the key chunk's size as bytes below which its records tell what to do with its group.
constexpr size_t kSurePercent = 88;

/// Percent of what all may take that the parts so far may have, for their size.
constexpr size_t kPartPercent = 150;

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
  return settings.asked != Model::BYTES && settings.asked != Model::SAMPLES &&
         settings.level >= first_level && settings.chunk_size >= kMinRecordChunk;
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
  const LaneParameters lane = record_parameters(settings.lane);
  parts_.configure(lane, memory);
  const bool is_patient = settings.level >= kPatientLevel || settings.asked == Model::RECORDS;
  choice_.configure(compared_parameters(settings.lane, lane), is_patient ? 100 : 88);
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
  if (const Status status = parts_.begin(scratch); !status.ok()) return status;
  scratch_ = scratch;
  most_ = chunk.size() - 1;
  const Result<CodedBody> body =
      goes_on ? encode_chosen(chunk, {context.format, context.part_size}, is_key, context)
              : encode_best(chunk, candidates, is_key, context);
  if (is_key) context.is_in_vain = context.format.syntax == RecordSyntax::NONE;
  parts_.end();
  return body;
}

/// In the most promising of the formats, or in the next one if that does not get small enough.
/// Patient levels code a key chunk in both, since a sample may take commas for a table's.
Result<CodedBody> RecordsModel::encode_best(ByteSpan chunk, const RecordCandidates& candidates,
                                            bool is_key, RecordContext& context) {
  const Result<FormatChoice::Prospects> found = choice_.choose(chunk, candidates, scratch_);
  if (!found.ok()) return found.status;
  const RecordCandidates& chosen = found.value.formats;
  if (chosen.count == 0) return CodedBody{};
  // A key chunk's records may take no more than its bytes, and less where time counts.
  const Result<size_t> plain = is_key ? choice_.plain_size(chunk, scratch_) : chunk.size();
  if (!plain.ok()) return plain.status;
  if (is_key) most_ = std::min(most_, plain.value * choice_.worth_percent() / 100);
  // What repeats itself at a distance has templates that do so, too.
  const bool repeats = plain.value < found.value.plain / 2;
  if (!found.value.are_likely && !repeats && !choice_.is_patient()) return CodedBody{};
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
    if (!is_key || !choice_.is_patient()) break;
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
  TreeWriter tree(parts_.tree_room());
  const Status status = encode_parts(chunk, choice, is_key, context, tree);
  if (!status.ok()) return status;
  if (is_crowded_ || tree.overflowed() || tree.bytes().size() > most_) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
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
  RecordAnalysis& analysis = parts_.analysis();
  analysis.shapes().learn(context.shapes);
  TreeWriter::Count count;
  if (!is_key) count = tree.concatenate_some();
  uint8_t parts = 0;
  for (size_t tries = 0;
       !chunk.empty() && tries < kMaxTries && parts < kMaxParts && choice.part_size > least;) {
    ByteSpan part = take_part(chunk, choice.part_size);
    const bool is_first = is_key && parts == 0;  // of a group: what it has is shared
    const TreeWriter before = tree;
    if (const Status status = parts_.start_part(); !status.ok()) return status;
    part = analysis.read(choice.format, shares ? context.templates.bytes() : ByteSpan(), part);
    bool fits = !part.empty() && (!is_first || analysis.order_templates(parts_.tree_room())) &&
                analysis.code_columns(part, std::min<uint64_t>(parts_.workspace(), work_left_));
    Status status;
    if (fits) status = parts_.use_lanes();
    if (fits && is_first && status.ok()) status = parts_.write_slots(context, tree);
    if (fits && is_first) count = tree.concatenate_some();
    if (fits && status.ok()) status = parts_.write_records(part.size(), is_first, context, tree);
    if (!status.ok() || tree.overflowed()) return status;
    fits = fits && !parts_.is_crowded();
    if (!fits) {
      tree = before;
      choice.part_size = part.size() / 10000 * analysis.fitting_percent() * kTriedPercent;
      tries++;
      continue;
    }
    shares = shares || is_first;
    work_left_ -= analysis.lanes_memory() + analysis.tables_memory();
    chunk = chunk.subspan(part.size());
    const size_t done = size - chunk.size();
    if (is_key && tree.bytes().size() / kPartPercent * 100 > uint64_t{most_} * done / size) break;
    choice.part_size = analysis.fitting_part(part.size(), parts_.workspace());
    if (is_key) context.part_size = choice.part_size;
    parts++;
  }
  is_crowded_ = !chunk.empty();
  if (is_key) context.shapes = analysis.shapes().known();
  tree.set_count(count, parts);
  return {};
}

}  // namespace sigma
