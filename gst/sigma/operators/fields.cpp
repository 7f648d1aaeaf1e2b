/* Fields, put together to rows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/fields.hpp"

#include <cstring>
#include <numeric>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {
namespace {

bool parse_fields(ByteSpan payload, FieldWidths& widths) {
  VarintReader in(payload);
  widths.count = 0;
  while (!in.at_end()) {
    uint64_t width = 0;
    if (widths.count == kMaxRowFields || !in.read(width) || width == 0 || width > kMaxRowFieldWidth)
      return false;
    widths.all[widths.count++] = static_cast<uint8_t>(width);
  }
  return widths.count >= 2;
}

/// Copies `count` pieces from each step of one side to each step of the other.
template <size_t Width>
void copy_pieces(const uint8_t* from, size_t from_step, uint8_t* to, size_t to_step, size_t count) {
  for (size_t i = 0; i < count; i++, from += from_step, to += to_step)
    std::memcpy(to, from, Width);
}

void copy_pieces(size_t width, const uint8_t* from, size_t from_step, uint8_t* to, size_t to_step,
                 size_t count) {
  switch (width) {
    case 1:
      return copy_pieces<1>(from, from_step, to, to_step, count);
    case 2:
      return copy_pieces<2>(from, from_step, to, to_step, count);
    case 4:
      return copy_pieces<4>(from, from_step, to, to_step, count);
    case 8:
      return copy_pieces<8>(from, from_step, to, to_step, count);
    default:
      for (size_t i = 0; i < count; i++, from += from_step, to += to_step)
        std::memcpy(to, from, width);
  }
}

}  // namespace

size_t FieldWidths::row() const {
  return std::accumulate(all.begin(), all.begin() + count, size_t{0});
}

void gather_field(ByteSpan rows, size_t row, size_t at, size_t width, MutableByteSpan field) {
  if (field.empty()) return;
  copy_pieces(width, rows.data() + at, row, field.data(), width, field.size() / width);
}

void scatter_field(ByteSpan field, size_t row, size_t at, size_t width, MutableByteSpan rows) {
  if (field.empty()) return;
  copy_pieces(width, field.data(), width, rows.data() + at, row, field.size() / width);
}

namespace {

Result<uint64_t> measure_fields(Operands& operands, const Node& node) {
  FieldWidths widths;
  if (!parse_fields(node.payload, widths)) return malformed("the widths of fields are malformed");
  uint64_t rows = 0;
  for (size_t k = 0; k < widths.count; k++) {
    const Result<size_t> field = operands.measure();
    if (!field.ok()) return field.status;
    if (k == 0) rows = field.value / widths.all[0];
    if (field.value != rows * widths.all[k])
      return malformed("the fields of rows do not fit together");
  }
  if (rows > kMaxChunk / widths.row()) return malformed("a value is too long");
  return rows * widths.row();
}

/// One field after the other, so that there need be room for one only.
Status write_fields(Operands& operands, const Node& node, MutableByteSpan out) {
  FieldWidths widths;
  if (!parse_fields(node.payload, widths)) return malformed("the widths of fields are malformed");
  const size_t row = widths.row();
  for (size_t k = 0, at = 0; k < widths.count; at += widths.all[k], k++) {
    const WorkspaceScope scope(operands);
    const Result<ByteSpan> field = operands.view();
    if (!field.ok()) return field.status;
    scatter_field(field.value, row, at, widths.all[k], out);
  }
  return {};
}

}  // namespace

constinit const OperatorEntry kFields = {
    .name = "fields",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::CLASS,
    .last = Primitive::CLASS,
    .since_minor = 5,
    .has_payload = true,
    .measure = measure_fields,
    .write = write_fields,
};

}  // namespace sigma
