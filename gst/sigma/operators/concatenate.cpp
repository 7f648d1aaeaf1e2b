/* Joined values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/concatenate.hpp"

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

/// Each operand takes at least a byte of the tree, which bounds the count.
bool parse_count(ByteSpan payload, size_t tree_size, uint64_t& count) {
  VarintReader in(payload);
  return in.read(count) && in.at_end() && count <= tree_size;
}

Result<uint64_t> measure_joined(Operands& operands, const Node& node) {
  uint64_t count = 0;
  if (!parse_count(node.payload, operands.tree_size(), count))
    return malformed("a list is malformed");
  uint64_t total = 0;
  for (; count > 0; count--) {
    const Result<size_t> size = operands.measure();
    if (!size.ok()) return size.status;
    total += size.value;  // cannot overflow: 2^28 operands of 2^27 bytes
  }
  return total;
}

Status write_joined(Operands& operands, const Node& node, MutableByteSpan out) {
  uint64_t count = 0;
  if (!parse_count(node.payload, operands.tree_size(), count))
    return malformed("a list is malformed");
  for (; count > 0; count--) {
    const Result<size_t> size = operands.next_size();
    if (!size.ok()) return size.status;
    if (const Status status = operands.write(out.first(size.value)); !status.ok()) return status;
    out = out.subspan(size.value);
  }
  return {};
}

}  // namespace

constinit const OperatorEntry kConcatenate = {
    .name = "concatenate",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::LIST,
    .last = Primitive::LIST,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_joined,
    .write = write_joined,
};

}  // namespace sigma
