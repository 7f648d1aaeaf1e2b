/* Rows of fields: each field is coded by itself, as samples or as planes of bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/models/samples/samples_model.hpp"
#include "gst/sigma/operators/array.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {
namespace {

constexpr size_t kMaxWidth = 8;
/// Rows, and bytes of a plane, by which codings are chosen.
constexpr size_t kTriedBytes = 4096;

ByteSpan middle_of(ByteSpan bytes) {
  return bytes.size() <= kTriedBytes ? bytes
                                     : bytes.subspan((bytes.size() - kTriedBytes) / 2, kTriedBytes);
}

}  // namespace

/// Room for as much as a field has, behind the widest one of as many rows.
MutableByteSpan SamplesModel::behind(ByteSpan field, unsigned width) {
  return {part_.block() + kMaxWidth * (field.size() / width), field.size()};
}

SamplesModel::PlaneForm SamplesModel::choose_plane(ByteSpan plane) {
  const ByteSpan tried = middle_of(plane);
  std::array<uint8_t, kTriedBytes> differences;
  subtract_to_plane({1, false, 1}, tried, 0, {differences.data(), tried.size()});
  TansEncoder encoder(coder_memory_, table_limit_);
  PlaneForm best;
  uint64_t least = 256 * 8 * tried.size() / 64 * 63;
  best.is_dense = true;
  for (const bool is_summed : {false, true})
    for (const SymbolContext& context : {SymbolContext{0, 0, 0}, SymbolContext{1, 3, 0}}) {
      const ByteSpan bytes = is_summed ? ByteSpan(differences.data(), tried.size()) : tried;
      const uint64_t bits = encoder.estimate(bytes, context);
      if (bits >= least) continue;
      least = bits;
      best = {context, is_summed, false, 0};
    }
  best.bits = least / tried.size();
  return best;
}

bool SamplesModel::write_plane(ByteSpan plane, TreeWriter& tree) {
  const PlaneForm form = choose_plane(plane);
  if (form.is_dense) {
    tree.literal(plane);
    return !tree.overflowed();
  }
  if (form.is_summed) {
    const MutableByteSpan differences = tokens_.first(plane.size());
    subtract_to_plane({1, false, 1}, plane, 0, differences);
    tree.sum({1, false, 1});
    plane = differences;
  }
  TansEncoder encoder(coder_memory_, table_limit_);
  const size_t coded = encoder.encode(plane, form.context, tree.payload_room());
  if (coded == 0) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
  return !tree.overflowed();
}

bool SamplesModel::write_planes(ByteSpan field, unsigned width, TreeWriter& tree) {
  if (width == 1) return write_plane(field, tree);
  tree.interleave(width);
  const MutableByteSpan plane = behind(field, width).first(field.size() / width);
  for (unsigned k = 0; k < width; k++) {
    gather_field(field, width, k, 1, plane);
    if (!write_plane(plane, tree)) return false;
  }
  return true;
}

/// 1/256 bits of a value, about.
uint64_t SamplesModel::planes_bits(ByteSpan field, unsigned width) {
  const MutableByteSpan plane = behind(field, width).first(field.size() / width);
  uint64_t bits = 0;
  for (unsigned k = 0; k < width; k++) {
    gather_field(field, width, k, 1, plane);
    bits += choose_plane(plane).bits;
  }
  return bits;
}

/// Turns numbers into integers, which lie behind them; false if one of them is none.
bool SamplesModel::find_field_integers(const FloatScale& scale, ByteSpan field) {
  return find_integers(scale, field, behind(field, scale.width));
}

/// Of a field, which lies at the front of part_.
FieldCoding SamplesModel::choose_field(const FieldForm& form, ByteSpan field, unsigned width) {
  FieldCoding coding;
  coding.layout.width = width;
  coding.scale = {width, form.big_endian, 0, 0};
  if (form.is_scaled && find_scale(field, coding.scale) &&
      find_field_integers(coding.scale, field)) {
    coding.is_scaled = true;
    coding.bits = sample_bits(behind(field, width), coding.layout) * width;
    return coding;
  }
  coding.layout.big_endian = form.big_endian;
  coding.bits = sample_bits(field, coding.layout) * width;
  if (width >= 4) {
    coding.layout.is_float = true;
    const uint64_t bits = sample_bits(field, coding.layout) * width;
    coding.layout.is_float = bits < coding.bits - coding.bits / 64;
    coding.bits = std::min(coding.bits, bits);
  }
  const uint64_t bits = planes_bits(field, width);
  coding.is_planes = bits < coding.bits;
  coding.bits = std::min(coding.bits, bits);
  return coding;
}

bool SamplesModel::write_field(const FieldForm& form, FieldCoding coding, ByteSpan field,
                               TreeWriter& tree) {
  const unsigned width = coding.layout.width;
  // What was chosen for other rows may not be possible for these.
  if (coding.is_scaled && !find_field_integers(coding.scale, field))
    coding = choose_field(form, field, width);
  if (coding.is_planes) return write_planes(field, width, tree);
  if (!coding.is_scaled) return write_samples(coding.layout, field, tree);
  tree.scaled(coding.scale);
  return write_samples(coding.layout, behind(field, width), tree);
}

/// From rows in the middle; gives the 1/256 bits of a byte.
uint64_t SamplesModel::choose_fields(ByteSpan chunk, const RowForm& form, FieldCodings& codings) {
  const size_t row = form.widths.row();
  const size_t all = (chunk.size() - form.phase) / row;
  const size_t rows = std::min(all, std::min(kTriedBytes, part_size_ / (kMaxWidth + 1)));
  const ByteSpan bytes = chunk.subspan(form.phase + (all - rows) / 2 * row, rows * row);
  uint64_t bits = 0;
  for (size_t k = 0, at = 0; k < form.widths.count; at += form.widths.all[k], k++) {
    const unsigned width = form.widths.all[k];
    const MutableByteSpan field(part_.block(), rows * width);
    gather_field(bytes, row, at, width, field);
    codings[k] = choose_field(form.fields[k], field, width);
    bits += codings[k].bits;
  }
  return bits / row;
}

Result<CodedBody> SamplesModel::encode_rows(ByteSpan chunk, const RowForm& form,
                                            const FieldCodings& codings, MutableByteSpan scratch) {
  const size_t row = form.widths.row();
  const ByteSpan whole = chunk.subspan(form.phase);
  const size_t rows = whole.size() / row;
  const ByteSpan tail = whole.subspan(rows * row);
  // A field and its tokens fit a part's workspace.
  const size_t most = part_size_ / (kMaxWidth + 1);
  const size_t parts = (rows + most - 1) / most;
  const size_t part = (rows + parts - 1) / parts;
  // Tables count as work, of which there is only so much for a chunk.
  table_limit_ = std::clamp<size_t>(part / 1024, 1, max_tables_);
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  const size_t expressions = parts + (form.phase != 0 ? 1 : 0) + (tail.empty() ? 0 : 1);
  if (expressions > 1) tree.concatenate(expressions);
  if (form.phase != 0) tree.literal(chunk.first(form.phase));
  for (size_t begin = 0; begin < rows; begin += part) {
    const size_t count = std::min(part, rows - begin);
    const ByteSpan bytes = whole.subspan(begin * row, count * row);
    tree.fields(form.widths);
    for (size_t k = 0, at = 0; k < form.widths.count; at += form.widths.all[k], k++) {
      const unsigned width = form.widths.all[k];
      const MutableByteSpan field(part_.block(), count * width);
      gather_field(bytes, row, at, width, field);
      if (!write_field(form.fields[k], codings[k], field, tree)) return CodedBody{};
    }
  }
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

}  // namespace sigma
