/* Chunks of few values, as masks, labels and small integers are: bytes by their frequency.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/samples_model.hpp"

#include <algorithm>

#include "gst/sigma/models/samples/trial_pieces.hpp"

namespace sigma {
namespace {

/// 1/256 bits of a byte, about, below which values are few: a lane's codes have whole bits, of
/// which the most frequent value wastes a part.
constexpr uint32_t kFewValues = 2 * 256;

}  // namespace

/// What some pieces take by frequency, in 1/256 bits of a byte.
uint64_t SamplesModel::values_bits(ByteSpan chunk) {
  uint64_t bits = 0;
  for (size_t place = 0; place < kTrialPlaces; place++)
    bits += choose_plane(trial_piece(chunk, place, 1)).bits;
  return bits / kTrialPlaces;
}

/// In parts that a decoder has room for; empty if a lane or samples promise less.
Result<CodedBody> SamplesModel::encode_values(ByteSpan chunk, const SampleForms& forms,
                                              MutableByteSpan scratch) {
  if (forms.plain_bits >= kFewValues || chunk.size() < kTrialPlaces * kTrialSize)
    return CodedBody{};
  const Result<uint64_t> lane = lane_size(chunk);
  if (!lane.ok()) return lane.status;
  if (const Status status = use_memory(); !status.ok()) return status;
  const uint64_t bits = values_bits(chunk);
  if (bits * chunk.size() / (8 * 256) >= lane.value / 16 * 15) return CodedBody{};
  if (bits >= forms_bits(chunk, forms)) return CodedBody{};
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  const size_t parts = (chunk.size() + part_size_ - 1) / part_size_;
  if (parts > 1) tree.concatenate(parts);
  for (; !chunk.empty(); chunk = chunk.subspan(std::min(part_size_, chunk.size())))
    if (!write_plane(chunk.first(std::min(part_size_, chunk.size())), tree)) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

}  // namespace sigma
