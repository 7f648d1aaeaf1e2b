/* The model `records`: the key chunk decides, the parts of a chunk follow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/records_model.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <new>
#include <utility>

#include "gst/sigma/models/records/records_settings.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/lines.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"
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
/// began with none, and, if the key chunk was looked at in vain, how many more than in that.
constexpr unsigned kLateRecordsPercent = 50;
constexpr unsigned kSecondLookPercent = 80;
constexpr unsigned kMorePercent = 30;
/// From so many on it is a table, and looked at if the key chunk was tried as records, too.
constexpr unsigned kTablePercent = 95;

/// Percent of a decoder's workspace from which on a chunk is not tried as one part.
constexpr size_t kTooMuchPercent = 140;

/// A part that is too much is tried again with less; so often in a chunk.
constexpr size_t kMaxTries = 5;
constexpr size_t kMaxParts = 24;
/// No field begins behind so many bytes of a part.
constexpr size_t kMaxPart = FieldStore::kMaxBegin;

/// Percent of the key chunk's size as bytes below which its records tell what to do with its group.
constexpr size_t kSurePercent = 88;
/// Of what a key chunk takes as bytes, what records may take at levels that have no time: they are
/// decoded at half the speed.
constexpr unsigned kWorthPercent = 93;
/// The same at levels with some time, whose lanes of records take ten times the time of bytes.
constexpr unsigned kPatientPercent = 97;
/// As kWorthPercent, of what its sample takes as bytes, which is more than its share.
constexpr size_t kFarPercent = 48;
/// Percent of the key chunk's share up to which a chunk's records are what was expected.
constexpr size_t kUsualPercent = 130;
/// Percent of what a chunk is likely to take as bytes below which its records surely take less.
constexpr size_t kSurelyLessPercent = 75;

/// Percent of a dependent chunk from which on a part is tried that is all of it: halves have tables
/// and columns twice.
constexpr size_t kWholePercent = 80;

/// Percent of a key chunk's part, too much as it was, that would not have been from which on parts
/// of its size are tried again in dependent chunks, which share templates.
constexpr size_t kNearlyFitting = 88;

/// Bytes of scratch for the tree of a narrow text, which is short, and its templates.
constexpr size_t kLeastWideScratch = size_t{288} << 10;

/// Bytes of wide text that are coded at once.
constexpr size_t kMostWide = size_t{768} << 10;

/// Bytes of a narrow text that tell whether it has records.
constexpr size_t kWideSample = size_t{24} << 10;
constexpr size_t kWidePieces = 4;  ///< that it is taken from
/// Percent of them that must be in records like others: a short chunk costs what is none.
constexpr unsigned kWidePercent = 65;

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

/// Formats worth trying of a chunk that is not of its group's kind: one, if the key chunk was
/// looked at in vain, as what is no records should cost little.
RecordCandidates find_other_formats(ByteSpan chunk, const RecordContext& context) {
  const bool has_records = context.format.syntax != RecordSyntax::NONE;
  const bool is_vain = context.vain.count != 0;
  RecordCandidates candidates = find_record_formats(chunk, has_records ? 0 : kLateRecordsPercent);
  size_t count = 0;
  for (size_t i = 0; i < candidates.count; i++) {
    const RecordFormat& format = candidates.formats[i];
    const unsigned more = context.vain.percent_of(format) + kMorePercent;
    const unsigned most = context.was_tried ? kTablePercent : UINT_MAX;
    const unsigned least = std::clamp(more, kSecondLookPercent, most);
    if (is_vain && (candidates.percents[i] < least || count == 1)) continue;
    if (has_records && context.format.is_like(format)) continue;
    candidates.percents[count] = candidates.percents[i];
    candidates.formats[count++] = format;
  }
  candidates.count = count;
  return candidates;
}

/// Of kPlaces, where long texts repeat, as they are, at a distance that a sample does not show:
/// bytes may be much smaller then than their sample promises.
size_t count_long_repeats(ByteSpan chunk, ByteSpan history) {
  constexpr size_t kLong = 256;
  if (chunk.size() < kMinProbed) return 0;
  return static_cast<size_t>(std::popcount(find_repeats(chunk, history, SIZE_MAX, kLong)));
}

/// Records take several times the time of bytes (docs/levels.md).
bool serves_records(const ModelSettings& settings) {
  const unsigned first_level = settings.asked == Model::RECORDS ? 1 : kFirstRecordLevel;
  return settings.asked != Model::BYTES && settings.asked != Model::SAMPLES &&
         settings.asked != Model::FRAMES && settings.asked != Model::TEXT &&
         settings.level >= first_level && settings.chunk_size >= kMinRecordChunk;
}

/// A key chunk that looks like records has no history to lose; the others of its group go on if
/// that was much smaller as records than as bytes.
bool records_go_on(ByteSpan begin, bool is_key, const GroupState* state) {
  if (is_key) return find_record_formats(begin, 0).count != 0;
  const RecordContext& context = *static_cast<const RecordContext*>(state);
  return context.is_sure && has_record_format(begin, context.format);
}

/// A longer chunk of wide text leaves the narrow text no room. 0 if the text is not wide, or is
/// none of records.
size_t wide_end(ByteSpan chunk) {
  const WideText wide = find_wide_text(chunk);
  if (!wide.is_wide() || chunk.size() < kWideSample * wide.width) return 0;
  std::array<uint8_t, kWideSample> sample;
  uint8_t* to = sample.data();
  for_each_piece(chunk, kWidePieces, kWideSample / kWidePieces * wide.width, [&](ByteSpan piece) {
    const MutableByteSpan part(to, kWideSample / kWidePieces);
    subtract_to_plane({wide.width}, piece, wide.place, part);
    to += part.size();
  });
  if (find_record_formats(sample, kWidePercent).count == 0) return 0;
  return find_wide_line_end(chunk.first(std::min(chunk.size(), kMostWide)), wide);
}

size_t record_end(ByteSpan chunk) {
  const size_t end = wide_end(chunk);
  return end != 0 ? end : find_record_end(chunk);
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
    record_end,
    6,
    nullptr,
    wide_end,
};

Status RecordsModel::configure(const ModelSettings& settings) {
  const MemoryNeed memory = records_memory(settings);
  chunk_lane_ = settings.lane;
  const LaneParameters lane = record_parameters(settings.lane);
  parts_.configure(lane, memory);
  const bool is_asked = settings.asked == Model::RECORDS;
  const bool is_patient = settings.level >= kPatientLevel || is_asked;
  const bool tries_all = settings.level >= kMostPatientLevel || is_asked;
  best_percent_ = tries_all ? 100 : kPatientPercent;
  choice_.configure(compared_parameters(settings.lane, lane), is_patient ? 100 : kWorthPercent,
                    tries_all);
  return {};
}

Result<CodedBody> RecordsModel::encode(const ChunkInput& chunk, GroupState* state,
                                       MutableByteSpan scratch) {
  RecordContext& context = *static_cast<RecordContext*>(state);
  if (chunk.is_key) context.forget();
  if (scratch.size() < min_scratch()) return CodedBody{};
  scratch_ = scratch;
  if (!wide_.begin(chunk.bytes, kLeastWideScratch, parts_.workspace(), scratch_))
    return CodedBody{};
  ChunkInput narrow = chunk;
  narrow.bytes = wide_.narrow();
  if (wide_.is_wide()) narrow.history = {};
  Result<CodedBody> body =
      chunk.is_key ? encode_key(narrow.bytes, context) : encode_dependent(narrow.bytes, context);
  parts_.end();
  const size_t size = body.value.bytes.size();
  if (!body.ok() || size == 0) return body;
  const auto end = static_cast<size_t>(body.value.bytes.data() - scratch.data()) + size;
  const Result<bool> smaller = are_smaller(narrow, context, size, scratch_.subspan(end));
  if (!smaller.ok()) return smaller.status;
  body.value.is_settled = smaller.value;
  return body;
}

size_t RecordsModel::least_scratch() const {
  return wide_.is_wide() ? kLeastWideScratch : min_scratch();
}

/// Trees are made in `scratch` from now on, and have `most` bytes.
Status RecordsModel::begin(MutableByteSpan scratch, size_t most) {
  most_ = most;
  return parts_.begin(scratch);
}

/// Bytes of the chunk's first part: half of it rather than what is surely too much.
size_t RecordsModel::first_part(ByteSpan chunk, const FormatChoice::Prospects& found) const {
  const bool fits = found.workspace <= workspace() / 100 * kTooMuchPercent;
  return fits ? SIZE_MAX : chunk.size() / 2;
}

/// In the format that promises most, if that is smaller than bytes.
Result<CodedBody> RecordsModel::encode_key(ByteSpan chunk, RecordContext& context) {
  const RecordCandidates candidates = find_record_formats(chunk);
  if (candidates.count == 0) return CodedBody{};
  if (const Status status = begin(scratch_, chunk.size() - 1); !status.ok()) return status;
  const Result<FormatChoice::Prospects> found = choice_.choose(chunk, candidates, true, scratch_);
  if (!found.ok()) return found.status;
  Result<bool> is_tried =
      found.value.formats.count != 0 && (found.value.are_likely || found.value.promises_much);
  if (found.value.formats.count != 0 && !is_tried.value && !choice_.is_patient())
    is_tried = repeats_itself(chunk, found.value);
  if (!is_tried.ok()) return is_tried.status;
  Result<CodedBody> body = CodedBody{};
  if (choice_.is_patient())
    body = encode_best(chunk, found.value, context);
  else if (is_tried.value)
    body = encode_first(chunk, found.value, context);
  if (context.format.syntax == RecordSyntax::NONE) {
    context.vain = candidates;
    context.was_tried = is_tried.value;
  }
  return body;
}

/// Whether the chunk takes half of what its sample promises as bytes: what repeats itself at a
/// distance has templates that do so, too, and need not grow.
Result<bool> RecordsModel::repeats_itself(ByteSpan chunk, const FormatChoice::Prospects& found) {
  if (!repeats_in_many_places(chunk)) return false;
  const Result<size_t> plain = plain_size(chunk, {});
  return plain.ok() ? Result<bool>(plain.value < found.plain / 2) : Result<bool>(plain.status);
}

/// In the format of its group. If it is not of that kind, or takes far more than the key chunk did,
/// it is looked at anew.
Result<CodedBody> RecordsModel::encode_dependent(ByteSpan chunk, RecordContext& context) {
  CodedBody body;
  if (context.format.syntax != RecordSyntax::NONE && has_record_format(chunk, context.format)) {
    if (const Status status = begin(scratch_, chunk.size() - 1); !status.ok()) return status;
    const Result<CodedBody> made =
        encode_chosen(chunk, {context.format, context.part_size}, false, context);
    if (!made.ok()) return made;
    body = made.value;
    const size_t share = context.percent * kExpectedPercent / 100;
    if (!body.bytes.empty() && body.bytes.size() * 100 <= chunk.size() * share) return body;
  }
  return encode_other_kind(chunk, context, body);
}

/// In a format that the group does not have, with templates of its own, if that promises to be
/// smaller than `body`, what there is already.
Result<CodedBody> RecordsModel::encode_other_kind(ByteSpan chunk, RecordContext& context,
                                                  CodedBody body) {
  const RecordCandidates candidates = find_other_formats(chunk, context);
  const MutableByteSpan rest = scratch_.subspan(body.bytes.size());
  if (candidates.count == 0 || rest.size() < least_scratch()) return body;
  const size_t most = body.bytes.empty() ? chunk.size() : body.bytes.size();
  if (const Status status = begin(rest, most - 1); !status.ok()) return status;
  const Result<FormatChoice::Prospects> found = choice_.choose(chunk, candidates, false, rest);
  if (!found.ok()) return found.status;
  const bool is_tried = found.value.formats.count != 0 &&
                        (found.value.are_likely || found.value.promises_much) &&
                        found.value.likely < most / 100 * kSurprisePercent;
  if (!is_tried) return body;
  const Choice choice = {found.value.formats.formats[0], first_part(chunk, found.value),
                         &found.value.shapes};
  const Result<CodedBody> other = encode_chosen(chunk, choice, false, context);
  return other.ok() && other.value.bytes.empty() ? Result<CodedBody>(body) : other;
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
  const bool is_usual =
      percent <= context.percent + 1 || percent * 100 <= context.percent * kUsualPercent;
  // What repeats in all places may take nothing as bytes, what does so in none as much as the key
  // chunk's, for what its records took.
  if (is_usual &&
      context.percent_of_bytes * kPlaces <
          kSurelyLessPercent * (kPlaces - count_long_repeats(chunk.bytes, chunk.history)))
    return true;
  const Result<bool> may = may_be_smaller(chunk, size, scratch);
  return may.ok() ? Result<bool>(!may.value) : may;
}

/// What a key chunk takes as bytes, which is coded as such behind `body`.
Result<size_t> RecordsModel::plain_size(ByteSpan chunk, const CodedBody& body) {
  return choice_.plain_size(chunk, choice_.bytes_lane(), scratch_.subspan(body.bytes.size()));
}

/// The key chunk in the first of the formats, or in the next one if that does not get small enough.
/// Bytes are compared before where they are close, and else unless they are far.
Result<CodedBody> RecordsModel::encode_first(ByteSpan chunk, const FormatChoice::Prospects& found,
                                             RecordContext& context) {
  Result<size_t> plain = found.are_close ? plain_size(chunk, {}) : found.plain;
  if (!plain.ok()) return plain.status;
  bool is_known = found.are_close;
  most_ = std::min(most_, plain.value * choice_.worth_percent() / 100);
  for (size_t i = 0; i < std::min(found.formats.count, kMaxFormats); i++) {
    context.forget();  // what another format has left
    if (i == 0) context.shapes = found.shapes;
    const RecordFormat& format = found.formats.formats[i];
    const Choice choice = {format, i == 0 ? first_part(chunk, found) : SIZE_MAX};
    const Result<CodedBody> body = encode_chosen(chunk, choice, true, context);
    if (!body.ok()) return body;
    const size_t size = body.value.bytes.size();
    if (size == 0) continue;
    const bool is_far =
        size * 100 < found.plain * kFarPercent && count_long_repeats(chunk, {}) == 0;
    if (!is_far && !std::exchange(is_known, true)) {
      plain = plain_size(chunk, body.value);
      if (!plain.ok()) return plain.status;
      most_ = std::min(most_, plain.value * choice_.worth_percent() / 100);
    }
    if (size > most_) continue;
    context.format = format;
    context.is_sure = is_far || size * 100 < plain.value * kSurePercent;
    context.percent_of_bytes = size * 100 / std::min(plain.value, found.plain) + 1;
    return body;
  }
  context.forget();
  return CodedBody{};
}

/// The key chunk in the best two formats, since a sample may take commas for a table's, and what is
/// smaller.
Result<CodedBody> RecordsModel::encode_best(ByteSpan chunk, const FormatChoice::Prospects& found,
                                            RecordContext& context) {
  const size_t count = std::min(found.formats.count, kMaxFormats);
  if (count == 0) return CodedBody{};
  const Result<size_t> plain = choice_.plain_size(chunk, chunk_lane_, scratch_);
  if (!plain.ok()) return plain.status;
  most_ = std::min(most_, plain.value * best_percent_ / 100);
  size_t coded = count;  // that the body is of
  size_t best = count;
  size_t most = most_;
  Result<CodedBody> body = CodedBody{};
  for (size_t i = 0; i < count; i++) {
    context.forget();
    if (i == 0) context.shapes = found.shapes;
    body = encode_chosen(chunk, {found.formats.formats[i]}, true, context);
    if (!body.ok()) return body;
    coded = i;
    if (body.value.bytes.empty()) continue;
    best = i;
    most = most_;
    most_ = body.value.bytes.size() / 100 * kSurprisePercent;
  }
  if (best != coded) {
    most_ = most;
    context.forget();
    if (best == count) return CodedBody{};
    if (best == 0) context.shapes = found.shapes;
    body = encode_chosen(chunk, {found.formats.formats[best]}, true, context);
    if (!body.ok() || body.value.bytes.empty()) return body;
  }
  context.format = found.formats.formats[best];
  context.percent_of_bytes = body.value.bytes.size() * 100 / plain.value + 1;
  context.is_sure = context.percent_of_bytes <= kSurePercent;
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
  bool shares = !is_key && context.format == choice.format;
  if (!is_key && choice.part_size >= chunk.size() / 100 * kWholePercent)
    choice.part_size = chunk.size();
  if (shares) choice.part_size = std::min(choice.part_size, context.whole_size);
  choice.part_size = std::min(choice.part_size, chunk.size());
  const size_t size = chunk.size();
  const size_t least = size / kMaxParts;
  // Short chunks may not make a decoder work as much; slots and planes are work, too.
  work_left_ = kWorkBase + kWorkPerByte * size;
  work_left_ -= wide_.work();
  if (is_key) work_left_ -= std::min<uint64_t>(kSharedSize, kWorkPerByte / 2 * size);
  RecordAnalysis& analysis = parts_.analysis();
  analysis.shapes().learn(choice.shapes != nullptr ? *choice.shapes : context.shapes);
  TreeWriter::Count count;
  if (!is_key)
    if (const Status status = begin_parts(tree, count); !status.ok()) return status;
  uint8_t parts = 0;
  for (size_t tries = 0;
       !chunk.empty() && tries < kMaxTries && parts < kMaxParts && choice.part_size > least;) {
    ByteSpan part = take_part(chunk, std::min(choice.part_size, kMaxPart));
    const bool is_first = is_key && parts == 0;  // of a group: what it has is shared
    const TreeWriter before = tree;
    if (const Status status = parts_.start_part(); !status.ok()) return status;
    part = analysis.read(choice.format, shares ? context.templates.bytes() : ByteSpan(), part);
    bool fits = !part.empty() && (!is_first || analysis.order_templates(parts_.tree_room())) &&
                analysis.code_columns(part, std::min<uint64_t>(workspace(), work_left_));
    Status status;
    if (fits) status = parts_.use_lanes();
    if (fits && is_first && status.ok()) status = parts_.write_slots(context, tree);
    if (fits && is_first && status.ok()) status = begin_parts(tree, count);
    if (fits && status.ok())
      status = parts_.write_records(part.size(), is_first, context,
                                    is_first ? &context.habits : nullptr, tree);
    if (!status.ok() || tree.overflowed()) return status;
    fits = fits && !parts_.is_crowded();
    if (!fits) {
      tree = before;
      if (is_key && analysis.fitting_percent() < kNearlyFitting)
        context.whole_size = part.size() / 10 * 9;
      choice.part_size = part.size() / 10000 * analysis.fitting_percent() * kTriedPercent;
      tries++;
      continue;
    }
    shares = shares || is_first;
    work_left_ -= analysis.lanes_memory() + analysis.tables_memory();
    chunk = chunk.subspan(part.size());
    const size_t done = size - chunk.size();
    if (is_key && tree.bytes().size() / kPartPercent * 100 > uint64_t{most_} * done / size) break;
    choice.part_size = analysis.fitting_part(part.size(), workspace());
    if (is_key) context.part_size = choice.part_size;
    parts++;
  }
  is_crowded_ = !chunk.empty();
  if (is_key) context.shapes = analysis.shapes().known();
  return end_parts(tree, count, parts);
}

/// Writes what stands before the parts, which are the narrow text where the chunk is wide.
Status RecordsModel::begin_parts(TreeWriter& tree, TreeWriter::Count& count) {
  Status status;
  if (wide_.is_wide()) status = parts_.use_lanes();
  if (status.ok()) status = wide_.begin_value(lane_coder_, tree);
  count = tree.concatenate_some();
  return status;
}

Status RecordsModel::end_parts(TreeWriter& tree, const TreeWriter::Count& count, uint8_t parts) {
  tree.set_count(count, parts);
  if (is_crowded_ || !wide_.is_wide()) return {};
  if (const Status status = parts_.use_lanes(); !status.ok()) return status;
  return wide_.end_value(lane_coder_, tree);
}

}  // namespace sigma
