/* Samples: what a chunk holds, if it holds any, and whether that is smaller than a lane.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/samples_model.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/samples/trial_pieces.hpp"
#include "gst/sigma/models/sampling/code.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/text.hpp"

namespace sigma {
namespace {

constexpr size_t kMaxPart = 256 * 1024;  ///< samples

/// From this level on, chunks are tried that are likely to be smaller otherwise.
constexpr unsigned kPatientLevel = 6;

constexpr uint8_t kSampleMinor = 12;

/// Chunks of fewer bytes have no room for tables.
constexpr size_t kMinSampleChunk = kMinChunkSize;

bool serves_samples(const ModelSettings& settings) {
  return settings.level >= 1 && settings.asked != Model::BYTES &&
         settings.asked != Model::RECORDS && settings.asked != Model::FRAMES &&
         settings.asked != Model::TEXT && settings.chunk_size >= kMinSampleChunk;
}

/// Tables and tokens that a decoder holds at once: less for small chunks.
size_t table_limit(const ModelSettings& settings) {
  return std::clamp<size_t>(settings.chunk_size / 16384, 4, kMaxTansTables);
}

size_t part_limit(const ModelSettings& settings) {
  return std::min<size_t>(settings.chunk_size / 4, kMaxPart);
}

/// Whether pieces of so many bytes come again in `many` of the places looked at.
bool repeats(const ChunkInput& chunk, size_t size, int many) {
  return std::popcount(find_repeats(chunk.bytes, chunk.history, SIZE_MAX, size)) >= many;
}

/// Whether the chunk is what a level that has no time does not look at: text, which repeats itself
/// at some distance, too, and machine code, parts of which are like rows of fields.
bool is_no_array(const ChunkInput& chunk) {
  return looks_like_text(chunk.bytes) || is_machine_code(chunk.bytes, chunk.position);
}

/// Whether a level that has no time to try in vain should try these: not single bytes, of which
/// frames of video are made that must not wait, nor what is less sure if it repeats in short
/// pieces, as machine code does.
bool are_worth_trying(const ChunkInput& chunk, const SampleForms& forms) {
  constexpr size_t kShort = 8;
  if (forms.all[0].layout.width == 1) return false;
  return forms.is_sure || !repeats(chunk, kShort, 8);
}

/// Bytes that the chunk takes as planes of integers, or of their differences, by a sample.
size_t plane_size(ByteSpan chunk, const SampleForm& form) {
  IntegerLayout layout = {form.layout.width, form.layout.big_endian, form.layout.channels};
  const ByteSpan bytes = chunk.subspan(form.phase);
  uint64_t bits = sampled_bits(bytes, layout);
  layout.distance = 0;
  bits = std::min(bits, sampled_bits(bytes, layout));
  return static_cast<size_t>(bits / 8 * bytes.size() / (kPlanePieces * kPlanePiece) / 256);
}

}  // namespace

/// Bytes below which a chunk, where hardly anything repeats, is not looked at by other models:
/// what planes take, if there is no time to code it twice, or if filters found what these cannot;
/// else less, as that is of a sample.
size_t SamplesModel::least_size(ByteSpan chunk, const SampleForm& form) const {
  const size_t size = plane_size(chunk, form);
  return is_patient_ && adaptation_.count == 0 ? size - size / 10 : size;
}

const ModelEntry kSamplesModel = {
    Model::SAMPLES,
    &StreamStats::chunks_samples,
    0,
    serves_samples,
    [](const ModelSettings& settings) { return SamplesModel::memory(settings); },
    [](GlyphBufferPool& pool, LaneEncoder& lanes) -> std::unique_ptr<ChunkModel> {
      return std::unique_ptr<ChunkModel>(new (std::nothrow) SamplesModel(pool, lanes));
    },
    nullptr,
    nullptr,
    nullptr,
    kSampleMinor,
};

MemoryNeed SamplesModel::memory(const ModelSettings& settings) {
  if (settings.chunk_size < kMinSampleChunk) return {};
  const size_t part = part_limit(settings);
  MemoryNeed need;
  need.room = settings.room_size;
  need.coder = std::max(lane_encoder_memory(settings.lane, settings.chunk_size),
                        workspace_units(sizeof(Memory)) + workspace_units(part) +
                            workspace_units(filter_count(settings) * sizeof(AdaptiveFilter)) +
                            TansEncoder::memory(part, table_limit(settings)));
  need.coder = std::max(need.coder, palette_memory(settings.chunk_size));
  // Numbers as integers; a decoder that verifies takes its place.
  need.staging = settings.room_size / 2;
  need.workspace = workspace_units(part) + table_limit(settings) * kTansDecoderTable;
  return need;
}

Status SamplesModel::configure(const ModelSettings& settings) {
  lane_ = settings.lane;
  max_order_ = settings.level >= kPatientLevel ? 32 : (settings.level >= 3 ? 12 : 8);
  is_patient_ = settings.level >= kPatientLevel || settings.asked == Model::SAMPLES;
  filter_count_ = filter_count(settings);
  coder_size_ = memory(settings).coder;
  staging_size_ = memory(settings).staging;
  part_size_ = part_limit(settings);
  max_tables_ = table_limit(settings);
  return {};
}

/// The memory of the lane encoder, which has nothing to do meanwhile.
Status SamplesModel::use_memory() {
  const Result<MutableByteSpan> lent = lanes_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  Arena arena(lent.value);
  memory_ = new (arena.take<Memory>(1)) Memory;
  tokens_ = {arena.take<uint8_t>(part_size_), part_size_};
  memory_->search.start(max_order_);
  filters_ = arena.take<AdaptiveFilter>(filter_count_);
  coder_memory_ = arena.rest();
  table_limit_ = max_tables_;
  return {};
}

Result<CodedBody> SamplesModel::encode(const ChunkInput& chunk, GroupState*,
                                       MutableByteSpan scratch) {
  if (!is_patient_ && is_no_array(chunk)) return CodedBody{};
  const SampleForms forms = find_sample_forms(chunk.bytes, chunk.position);
  const size_t most = std::min({scratch.size(), chunk.most, chunk.bytes.size() - 1});
  const MutableByteSpan all = scratch;
  scratch = scratch.first(std::min(scratch.size(), chunk.most));
  const Result<CodedBody> values = encode_values(chunk.bytes, forms, scratch);
  if (!values.ok() || !values.value.bytes.empty()) return values;
  if (is_patient_) {
    const Result<CodedBody> best = encode_best_way(chunk, forms, scratch);
    return best.ok() ? prefer_palette(chunk.bytes, forms, best.value, most, all) : best;
  }
  ScaledForm scaled;
  const bool is_scaled = find_scaled_form(chunk.bytes, chunk.position, forms, scaled);
  if (!is_scaled) {
    const Result<CodedBody> ranks = encode_found_palette(chunk.bytes, forms, most, all);
    if (!ranks.ok() || !ranks.value.bytes.empty()) return ranks;
  }
  // Missing values repeat as rows do: these are looked for behind.
  const bool rows_are_last = is_scaled && scaled.has_missing;
  if (!rows_are_last) {
    const Result<CodedBody> rows = encode_found_rows(chunk, forms, scratch);
    if (!rows.ok() || !rows.value.bytes.empty()) return rows;
  }
  if (is_scaled) {
    if (const Status status = use_memory(); !status.ok()) return status;
    const Result<CodedBody> body = encode_scaled(chunk.bytes, scaled, scratch);
    if (!body.ok() || !body.value.bytes.empty()) return body;
  }
  if (rows_are_last) {
    const Result<CodedBody> rows = encode_found_rows(chunk, forms, scratch);
    if (!rows.ok() || !rows.value.bytes.empty()) return rows;
  }
  return encode_found_form(chunk, forms, scratch);
}

/// Empty if there are no rows, or others promise less.
Result<CodedBody> SamplesModel::encode_found_rows(const ChunkInput& chunk, const SampleForms& forms,
                                                  MutableByteSpan scratch) {
  const RowForm rows = find_rows(chunk.bytes, forms.plain_bits, forms.bits - forms.bits / 16);
  if (rows.widths.count == 0) return CodedBody{};
  FieldCodings codings;
  const Result<bool> are_chosen = choose_rows(chunk.bytes, rows, forms, codings);
  if (!are_chosen.ok()) return are_chosen.status;
  if (!are_chosen.value) return CodedBody{};
  Result<CodedBody> body = encode_rows(chunk.bytes, rows, codings, scratch);
  if (!body.ok() || body.value.bytes.empty()) return body;
  if (const Status status = settle(chunk, body.value); !status.ok()) return status;
  return body;
}

/// Empty if there is no form, or a lane promises less.
Result<CodedBody> SamplesModel::encode_found_form(const ChunkInput& chunk, const SampleForms& forms,
                                                  MutableByteSpan scratch) {
  if (forms.count == 0 || !are_worth_trying(chunk, forms)) return CodedBody{};
  const Result<uint64_t> lane = lane_size(chunk.bytes);
  if (!lane.ok()) return lane.status;
  if (const Status status = use_memory(); !status.ok()) return status;
  const SampleForm form = choose_form(chunk.bytes, forms);
  // By so many quarters of what a lane takes: what was found by samples may be wrong in both ways.
  const uint64_t bits = sample_bits(chunk.bytes.subspan(form.phase), form.layout);
  if (bits * chunk.bytes.size() / (8 * 256) >= lane.value / 4 * (forms.is_sure ? 8 : 5))
    return CodedBody{};
  if (!are_smaller(chunk.bytes, form, lane.value, scratch)) return CodedBody{};
  Result<CodedBody> body = encode_form(chunk.bytes, form, scratch);
  if (!body.ok() || body.value.bytes.empty()) return body;
  const Status status = settle_form(chunk, form, forms.is_sure, body.value);
  return status.ok() ? body : Result<CodedBody>(status);
}

/// Where hardly anything repeats, other models find nothing smaller than planes of differences, but
/// for machine code, which is not surely an array.
Status SamplesModel::settle_form(const ChunkInput& chunk, const SampleForm& form, bool is_sure,
                                 CodedBody& body) {
  const bool may_settle = is_sure || !is_patient_;
  if (!may_settle || body.bytes.size() >= least_size(chunk.bytes, form)) return {};
  return settle(chunk, body);
}

/// Bytes that the chunk takes as a lane, by pieces of it, in which short repeats are found.
Result<uint64_t> SamplesModel::lane_size(ByteSpan chunk) {
  if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  uint64_t size = 0;
  uint64_t tried = 0;
  for (size_t place = 0; place < kTrialPlaces; place++) {
    const ByteSpan piece = trial_piece(chunk, place, 1);
    if (piece.empty() || piece.size() > staging_size_) return uint64_t{chunk.size()};
    const Result<size_t> coded = lanes_.encode(piece, {}, {part_.block(), piece.size()});
    if (!coded.ok()) return coded.status;
    size += coded.value != 0 ? coded.value : piece.size();
    tried += piece.size();
  }
  return size * chunk.size() / tried;
}

/// Whether the same pieces take at most as much as samples, or little more, as a few do not tell
/// all. What predictors promise is off by half where much is the same, or nothing is a sample.
bool SamplesModel::are_smaller(ByteSpan chunk, const SampleForm& form, uint64_t lane,
                               MutableByteSpan scratch) {
  const ByteSpan frames = chunk.subspan(form.phase);
  const uint64_t most = lane * kTrialPlaces * kTrialSize / chunk.size() / 16 * 17;
  uint64_t size = 0;
  for (size_t place = 0; place < kTrialPlaces && size <= most; place++) {
    const ByteSpan piece = trial_piece(frames, place, form.layout.frame_size());
    const Result<CodedBody> body = encode_form(piece, {form.layout, 0}, scratch);
    size += body.ok() && !body.value.bytes.empty() ? body.value.bytes.size() : piece.size();
  }
  return size <= most;
}

/// No other model need look at the chunk if it does not repeat itself, and is larger as a lane.
Status SamplesModel::settle(const ChunkInput& chunk, CodedBody& body) {
  if (repeats(chunk, 16, 4)) return {};
  const Result<uint64_t> size = lane_size(chunk.bytes);
  if (!size.ok()) return size.status;
  // There is time to be sure where it is close: pieces repeat less than the whole.
  body.is_settled = body.bytes.size() < (is_patient_ ? size.value / 10 * 9 : size.value);
  return {};
}

/// Whether fields promise less than a lane: programs have rows, too, of which a lane takes less.
Result<bool> SamplesModel::choose_rows(ByteSpan chunk, const RowForm& rows,
                                       const SampleForms& forms, FieldCodings& codings) {
  const Result<uint64_t> lane = lane_size(chunk);
  if (!lane.ok()) return lane.status;
  if (uint64_t{rows.bits} * chunk.size() / (8 * 256) / 5 * 4 >= lane.value) return false;
  if (const Status status = use_memory(); !status.ok()) return status;
  if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
  const uint64_t bits = choose_fields(chunk, rows, codings);
  return bits * chunk.size() / (8 * 256) < lane.value && bits < forms_bits(chunk, forms);
}

/// What a few blocks take, in 1/256 bits for each of the bytes.
uint64_t SamplesModel::sample_bits(ByteSpan bytes, const SampleLayout& layout) {
  constexpr size_t kTried = 1024;  // samples
  constexpr size_t kTriedPlaces = 4;
  const size_t frames = bytes.size() / layout.frame_size();
  const size_t count = std::min(kTried / layout.channels, frames / (kTriedPlaces + 1));
  BlockPredictors block;
  uint64_t bits = 0;
  for (size_t i = 1; i <= kTriedPlaces; i++)
    bits += memory_->search.find(layout, bytes, i * frames / (kTriedPlaces + 1), count, block);
  return bits / (kTriedPlaces * count * layout.frame_size());
}

/// The same of a form, and more for halves of larger samples: those that hardly change seem to take
/// nothing.
uint64_t SamplesModel::form_bits(ByteSpan chunk, const SampleForm& form) {
  const uint64_t bits = sample_bits(chunk.subspan(form.phase), form.layout);
  return form.layout.width == 1 ? bits + bits / 8 : bits;
}

/// The form that is best when predicted.
SampleForm SamplesModel::choose_form(ByteSpan chunk, const SampleForms& forms) {
  SampleForm best = forms.all[0];
  uint64_t least = UINT64_MAX;
  for (size_t i = 0; i < forms.count && forms.count > 1; i++) {
    const SampleForm& form = forms.all[i];
    // Halves of larger ones, which are twice as many, seldom are what they look like.
    if (!is_patient_ && form.layout.width == 1) continue;
    const uint64_t bits = form_bits(chunk, form);
    if (bits >= least) continue;
    least = bits;
    best = form;
  }
  return best;
}

/// 1/256 bits of a byte in frames of equal samples, which are predicted better than fields.
uint64_t SamplesModel::forms_bits(ByteSpan chunk, const SampleForms& forms) {
  if (forms.count == 0) return UINT64_MAX;
  SampleForm form = choose_form(chunk, forms);
  const ByteSpan bytes = chunk.subspan(form.phase);
  form.layout.row = find_row(bytes, form.layout, 2);
  return sample_bits(bytes, form.layout);
}

}  // namespace sigma
