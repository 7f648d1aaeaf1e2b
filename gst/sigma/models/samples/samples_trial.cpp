/* Ways to code a chunk as samples, where there is time: pieces of it tell which takes least.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "gst/sigma/models/samples/samples_model.hpp"

namespace sigma {
namespace {

/// Larger pieces than those that tell samples from lanes: rows have a table for each field.
constexpr size_t kPieceSize = size_t{16} << 10;
/// Those from the middle first: chunks may begin and end with what is something else.
constexpr std::array<size_t, 4> kOrder = {1, 2, 0, 3};
/// Percent of what the best way takes of the pieces so far beyond which another one is dropped.
constexpr std::array<uint64_t, kOrder.size()> kDroppedPercent = {125, 118, 115, 112};

/// Whole frames, which begin a multiple of their size behind the first.
ByteSpan piece_of(ByteSpan frames, size_t place, size_t frame) {
  const size_t middle = frames.size() * (2 * place + 1) / (2 * kOrder.size());
  const size_t begin = (middle - std::min(middle, kPieceSize / 2)) / frame * frame;
  return frames.subspan(begin, std::min(kPieceSize, frames.size() - begin) / frame * frame);
}

}  // namespace

/// The forms that promise least, and others that chunks have, whatever they promise: that is off by
/// a third either way.
Status SamplesModel::find_ways(const ChunkInput& chunk, const SampleForms& forms,
                               SampleWays& ways) {
  if (find_scaled_form(chunk.bytes, chunk.position, forms, ways.scaled))
    ways.all[ways.count++] = {SampleWays::SCALED, {}, 0};
  ways.rows = find_rows(chunk.bytes, forms.plain_bits, forms.bits);
  if (const Status status = use_memory(); !status.ok()) return status;
  if (ways.rows.widths.count != 0) {
    if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
    choose_fields(chunk.bytes, ways.rows, ways.codings);
    ways.all[ways.count++] = {SampleWays::ROWS, {}, 0};
  }
  std::array<std::pair<uint64_t, size_t>, kMaxSampleForms> promised;
  for (size_t i = 0; i < forms.count; i++)
    promised[i] = {form_bits(chunk.bytes, forms.all[i]), i};
  std::sort(promised.begin(), promised.begin() + static_cast<ptrdiff_t>(forms.count));
  for (size_t i = 0; i < std::min(forms.count, SampleWays::kForms); i++)
    ways.all[ways.count++] = {SampleWays::FORM, forms.all[promised[i].second], 0};
  return {};
}

size_t SampleWays::phase(const Way& way) const {
  return way.kind == ROWS ? rows.phase : way.kind == SCALED ? scaled.form.phase : way.form.phase;
}

size_t SampleWays::frame_size(const Way& way) const {
  if (way.kind == ROWS) return rows.widths.row();
  return way.kind == SCALED ? 2 * scaled.form.layout.frame_size() : way.form.layout.frame_size();
}

/// Bytes whose first frame begins at `phase`.
Result<CodedBody> SamplesModel::encode_way(ByteSpan bytes, const SampleWays& ways,
                                           const SampleWays::Way& way, size_t phase,
                                           MutableByteSpan scratch) {
  if (const Status status = use_memory(); !status.ok()) return status;
  if (way.kind == SampleWays::ROWS) {
    RowForm rows = ways.rows;
    rows.phase = phase;
    if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
    return encode_rows(bytes, rows, ways.codings, scratch);
  }
  if (way.kind == SampleWays::SCALED) {
    ScaledForm scaled = ways.scaled;
    scaled.form.phase = phase;
    return encode_scaled(bytes, scaled, scratch);
  }
  return encode_form(bytes, {way.form.layout, phase}, scratch);
}

/// Bytes that the last three quarters of a piece add to what the first one takes: tables and the
/// like, of which rows have one for each field, count once in a chunk.
Result<uint64_t> SamplesModel::added_size(ByteSpan piece, const SampleWays& ways,
                                          const SampleWays::Way& way, MutableByteSpan scratch) {
  const size_t frame = ways.frame_size(way);
  uint64_t sizes[2];
  for (const size_t k : {0, 1}) {
    const ByteSpan bytes = k == 0 ? piece.first(piece.size() / 4 / frame * frame) : piece;
    const Result<CodedBody> body = encode_way(bytes, ways, way, 0, scratch);
    if (!body.ok()) return body.status;
    sizes[k] = body.value.bytes.empty() ? bytes.size() : body.value.bytes.size();
  }
  return sizes[1] - std::min(sizes[0], sizes[1]);
}

/// Puts the way first that takes least of some pieces, coded with short predictors, and drops those
/// that are behind.
Status SamplesModel::sort_ways(ByteSpan chunk, SampleWays& ways, MutableByteSpan scratch) {
  const unsigned order = std::exchange(max_order_, std::min(max_order_, kQuickOrder));
  Result<uint64_t> added = 0;
  const auto begin = ways.all.begin();
  for (size_t i = 0; i < kOrder.size() && ways.count > 1 && added.ok(); i++) {
    for (size_t k = 0; k < ways.count && added.ok(); k++) {
      SampleWays::Way& way = ways.all[k];
      const ByteSpan frames = chunk.subspan(ways.phase(way));
      added = added_size(piece_of(frames, kOrder[i], ways.frame_size(way)), ways, way, scratch);
      way.size += added.value;
    }
    std::stable_sort(begin, begin + static_cast<ptrdiff_t>(ways.count),
                     [](const auto& a, const auto& b) { return a.size < b.size; });
    while (ways.all[ways.count - 1].size * 100 > ways.all[0].size * kDroppedPercent[i])
      ways.count--;
  }
  max_order_ = order;
  return added.status;
}

/// In another way than `best`, which lies at the front of the scratch, if that takes less; whether
/// it does.
Result<bool> SamplesModel::encode_smaller(ByteSpan chunk, const SampleWays& ways,
                                          const SampleWays::Way& way,
                                          const SampleWays::Way& best_way, CodedBody& best,
                                          MutableByteSpan scratch) {
  const size_t most = best.bytes.size() - 1;
  // There may be no room for both.
  const bool fits = most <= scratch.size() - best.bytes.size();
  const MutableByteSpan room = fits ? scratch.subspan(best.bytes.size()) : scratch;
  const Result<CodedBody> body = encode_way(chunk, ways, way, ways.phase(way), room.first(most));
  if (!body.ok()) return body.status;
  if (body.value.bytes.empty() && fits) return false;
  const bool is_smaller = !body.value.bytes.empty();
  const Result<CodedBody> again =
      is_smaller ? body : encode_way(chunk, ways, best_way, ways.phase(best_way), scratch);
  if (!again.ok()) return again.status;
  best = again.value;
  std::memmove(scratch.data(), best.bytes.data(), best.bytes.size());
  best.bytes = scratch.first(best.bytes.size());
  return is_smaller;
}

/// In the way that takes least of the pieces, and the best one of each other kind that is not far
/// behind: what rows of a table gain by those above them, and long predictors, pieces do not show.
Result<CodedBody> SamplesModel::encode_best_way(const ChunkInput& chunk, const SampleForms& forms,
                                                MutableByteSpan scratch) {
  SampleWays ways;
  if (const Status status = find_ways(chunk, forms, ways); !status.ok()) return status;
  if (const Status status = sort_ways(chunk.bytes, ways, scratch); !status.ok()) return status;
  CodedBody best;
  const SampleWays::Way* best_way = nullptr;
  std::array<bool, SampleWays::kKinds> has_kind{};
  for (const SampleWays::Way& way : std::span(ways.all).first(ways.count)) {
    // Rows that promise no less are those of a layout of equal samples, cut otherwise.
    const bool is_in_vain = best_way != nullptr && way.kind == SampleWays::ROWS &&
                            ways.rows.bits >= forms.bits - forms.bits / 16;
    if (has_kind[way.kind] || is_in_vain) continue;
    if (best_way == nullptr) {
      const Result<CodedBody> body = encode_way(chunk.bytes, ways, way, ways.phase(way), scratch);
      if (!body.ok()) return body;
      if (body.value.bytes.empty()) continue;
      best = body.value;
      best_way = &way;
    } else {
      const Result<bool> is_smaller =
          encode_smaller(chunk.bytes, ways, way, *best_way, best, scratch);
      if (!is_smaller.ok()) return is_smaller.status;
      if (is_smaller.value) best_way = &way;
    }
    has_kind[way.kind] = true;
  }
  if (best_way == nullptr || best_way->kind != SampleWays::FORM) return best;
  const Status status = settle_form(chunk, best_way->form, forms.is_sure, best);
  return status.ok() ? Result<CodedBody>(best) : Result<CodedBody>(status);
}

}  // namespace sigma
