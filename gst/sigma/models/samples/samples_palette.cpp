/* Numbers of which a chunk has few different ones, as sensors and what is computed from their steps
 * have: their ranks are samples, and the numbers themselves follow once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>

#include "gst/sigma/models/samples/number_set.hpp"
#include "gst/sigma/models/samples/samples_model.hpp"

namespace sigma {
namespace {

/// Numbers for each different one, at least.
constexpr size_t kLeastUses = 5;
constexpr size_t kIndex = 2;  ///< bytes of a rank

size_t most_numbers(size_t bytes, unsigned width) {
  return std::min(bytes / width / kLeastUses, NumberSet::kMost);
}

}  // namespace

size_t SamplesModel::palette_memory(size_t chunk_size) {
  return NumberSet::memory(std::max<size_t>(most_numbers(chunk_size, 2), 1));
}

/// Ranks of numbers to part_, and a palette to `room`, of which what it takes is given; empty if
/// there are too many different ones.
Result<ByteSpan> SamplesModel::take_palette(const SampleLayout& layout, ByteSpan numbers,
                                            MutableByteSpan room) {
  const Result<MutableByteSpan> lent = lanes_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  Arena arena(lent.value);
  const size_t most =
      std::min(most_numbers(numbers.size(), layout.width), room.size() / layout.width);
  if (most == 0) return ByteSpan();
  NumberSet set(arena, most, layout);
  if (!set.add_all(numbers)) return ByteSpan();
  // What has no palette touches no more memory.
  if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
  set.sort();
  set.write_ranks(numbers, {part_.block(), numbers.size() / layout.width * kIndex});
  const MutableByteSpan palette = room.first(set.size() * layout.width);
  set.write(palette);
  return ByteSpan(palette);
}

/// By the widest of the forms with few different numbers, in `most` bytes; empty if there is none.
Result<CodedBody> SamplesModel::encode_palette(ByteSpan chunk, const SampleForms& forms,
                                               size_t most, MutableByteSpan scratch) {
  const unsigned least = is_patient_ || forms.count == 0 ? 2 : forms.all[0].layout.width;
  for (const unsigned width : {8U, 4U, 2U})
    for (const bool big_endian : {false, true}) {
      const auto begin = forms.all.begin();
      const auto end = begin + static_cast<ptrdiff_t>(forms.count);
      const auto form = std::find_if(begin, end, [&](const SampleForm& other) {
        return other.layout.width == width && other.layout.big_endian == big_endian;
      });
      if (form == end || width < least) continue;
      Result<CodedBody> body = encode_ranks(chunk, *form, most, scratch);
      if (!body.ok() || !body.value.bytes.empty()) return body;
    }
  return CodedBody{};
}

/// By one form.
Result<CodedBody> SamplesModel::encode_ranks(ByteSpan chunk, const SampleForm& form, size_t most,
                                             MutableByteSpan scratch) {
  const unsigned width = form.layout.width;
  const ByteSpan whole = chunk.subspan(form.phase);
  // Parts begin with a frame, however many channels there are.
  const size_t unit = 2 * form.layout.frame_size();
  const size_t units = whole.size() / unit;
  const size_t most_units = staging_size_ / kIndex / (2 * form.layout.channels);
  if (units == 0 || most_units == 0) return CodedBody{};
  // As long as each other: a short one would have as large a palette.
  const size_t parts = (units + most_units - 1) / most_units;
  const size_t part = (units + parts - 1) / parts * unit;
  const size_t bytes = units * unit;
  const ByteSpan tail = whole.subspan(bytes);
  // A decoder holds the palette beside what it is made of.
  const MutableByteSpan palette = scratch.last(
      std::min({most_numbers(part, width) * width, part_size_ / 2, scratch.size() / 2}));
  TreeWriter tree(scratch.first(std::min(scratch.size() - palette.size(), most)));
  const size_t expressions = parts + (form.phase != 0 ? 1 : 0) + (tail.empty() ? 0 : 1);
  if (expressions > 1) tree.concatenate(expressions);
  if (form.phase != 0) tree.literal(chunk.first(form.phase));
  for (size_t begin = 0; begin < bytes; begin += part) {
    const ByteSpan numbers = whole.subspan(begin, std::min(part, bytes - begin));
    const Result<bool> is_written = write_ranks(form.layout, numbers, palette, tree);
    if (!is_written.ok()) return is_written.status;
    if (!is_written.value) return CodedBody{};
  }
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// False if different numbers are too many. `room` is for the palette.
Result<bool> SamplesModel::write_ranks(const SampleLayout& layout, ByteSpan numbers,
                                       MutableByteSpan room, TreeWriter& tree) {
  const Result<ByteSpan> palette = take_palette(layout, numbers, room);
  if (!palette.ok()) return palette.status;
  if (palette.value.empty()) return false;
  if (const Status status = use_memory(); !status.ok()) return status;
  const size_t count = numbers.size() / layout.width;
  const MutableByteSpan ranks(part_.block(), count * kIndex);
  SampleLayout of_ranks;
  of_ranks.width = kIndex;
  of_ranks.channels = choose_channels(ranks, kIndex, layout.channels);
  // Another model may have made it smaller: what ranks promise is off by a third at most.
  const uint64_t promised = sample_bits(ranks, of_ranks) * ranks.size() / (8 * 256);
  if (promised / 3 * 2 >= tree.payload_room().size()) return false;
  tree.palette({layout.width, kIndex});
  if (!write_samples(of_ranks, ranks, tree)) return false;
  SampleLayout of_palette;
  of_palette.width = layout.width;
  of_palette.big_endian = layout.big_endian;
  of_palette.is_float = layout.width >= 4;
  return write_samples(of_palette, palette.value, tree) && !tree.overflowed();
}

/// With a palette, unless one of the forms is as small without, by pieces of the chunk.
Result<CodedBody> SamplesModel::encode_found_palette(ByteSpan chunk, const SampleForms& forms,
                                                     size_t most, MutableByteSpan scratch) {
  const Result<CodedBody> ranks = encode_palette(chunk, forms, most, scratch);
  if (!ranks.ok() || ranks.value.bytes.empty()) return ranks;
  const size_t size = ranks.value.bytes.size();
  const bool in_vain = are_smaller(chunk, choose_form(chunk, forms), size, scratch.subspan(size));
  return in_vain ? CodedBody{} : ranks;
}

/// With a palette if that takes less than `best`, which lies at the front of the scratch.
Result<CodedBody> SamplesModel::prefer_palette(ByteSpan chunk, const SampleForms& forms,
                                               const CodedBody& best, size_t most,
                                               MutableByteSpan scratch) {
  const size_t size = best.bytes.size();
  Result<CodedBody> ranks =
      encode_palette(chunk, forms, size != 0 ? size - 1 : most, scratch.subspan(size));
  if (!ranks.ok()) return ranks;
  if (ranks.value.bytes.empty()) return best;
  std::memmove(scratch.data(), ranks.value.bytes.data(), ranks.value.bytes.size());
  ranks.value.bytes = scratch.first(ranks.value.bytes.size());
  return ranks;
}

}  // namespace sigma
