/* Numbers from a palette. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/palette.hpp"

#include <cstring>

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

template <unsigned Width, typename Index>
bool put_units(ByteSpan palette, MutableByteSpan out) {
  const size_t entries = palette.size() / Width;
  const size_t count = out.size() / Width;
  const uint8_t* const indexes = out.data() + (out.size() - count * sizeof(Index));
  // A number ends before the index of the next one.
  for (size_t i = 0; i < count; i++) {
    const size_t index = load_le<Index>(indexes + i * sizeof(Index));
    if (index >= entries) return false;
    std::memcpy(out.data() + i * Width, palette.data() + index * Width, Width);
  }
  return true;
}

template <typename Index>
bool put_indexed(unsigned width, ByteSpan palette, MutableByteSpan out) {
  if (width == 2) return put_units<2, Index>(palette, out);
  if (width == 4) return put_units<4, Index>(palette, out);
  return put_units<8, Index>(palette, out);
}

bool parse_palette(ByteSpan payload, PaletteForm& form) {
  VarintReader in(payload);
  uint64_t width = 0;
  uint64_t index = 0;
  if (!in.read(width) || !in.read(index) || !in.at_end() || width > 8 || index > 8) return false;
  form = {static_cast<unsigned>(width), static_cast<unsigned>(index)};
  return form.is_valid();
}

Result<uint64_t> measure_palette(Operands& operands, const Node& node) {
  PaletteForm form;
  if (!parse_palette(node.payload, form)) return malformed("the form of a palette is malformed");
  const Result<size_t> indexes = operands.measure();
  if (!indexes.ok()) return indexes.status;
  const Result<size_t> palette = operands.measure();
  if (!palette.ok()) return palette.status;
  if (indexes.value % form.index != 0 || palette.value % form.width != 0)
    return malformed("a palette, or its indexes, end in the middle of a number");
  const size_t count = indexes.value / form.index;
  if (palette.value / form.width > count)
    return malformed("a palette has more numbers than there are indexes");
  return uint64_t{count} * form.width;
}

Status write_palette(Operands& operands, const Node& node, MutableByteSpan out) {
  PaletteForm form;
  if (!parse_palette(node.payload, form)) return malformed("the form of a palette is malformed");
  const size_t indexes = out.size() / form.width * form.index;
  if (const Status status = operands.write(out.last(indexes)); !status.ok()) return status;
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> palette = operands.view();
  if (!palette.ok()) return palette.status;
  return put_numbers(form, palette.value, out) ? Status{}
                                               : malformed("an index is beyond its palette");
}

}  // namespace

bool PaletteForm::is_valid() const {
  return (width == 2 || width == 4 || width == 8) && (index == 1 || index == 2);
}

bool put_numbers(const PaletteForm& form, ByteSpan palette, MutableByteSpan out) {
  return form.index == 1 ? put_indexed<uint8_t>(form.width, palette, out)
                         : put_indexed<uint16_t>(form.width, palette, out);
}

constinit const OperatorEntry kPalette = {
    .name = "palette",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::MEMBER,
    .last = Primitive::MEMBER,
    .since_minor = 12,
    .has_payload = true,
    .measure = measure_palette,
    .write = write_palette,
};

}  // namespace sigma
