/* Lanes. lanes/zstd_lane.hpp has the coder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/lane.hpp"

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

Result<uint64_t> measure_lane(Operands&, const Node& node) {
  return LaneDecoder::content_size(node.payload);
}

Status write_lane(Operands& operands, const Node& node, MutableByteSpan out) {
  return operands.lanes().decode(node.payload, {}, out);
}

Result<uint64_t> measure_prefixed_lane(Operands& operands, const Node& node) {
  const Result<size_t> prefix = operands.measure();
  if (!prefix.ok()) return prefix.status;
  return LaneDecoder::content_size(node.payload);
}

Status write_prefixed_lane(Operands& operands, const Node& node, MutableByteSpan out) {
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> prefix = operands.view();
  if (!prefix.ok()) return prefix.status;
  return operands.lanes().decode(node.payload, prefix.value, out);
}

}  // namespace

constinit const OperatorEntry kLane = {
    .name = "lane",
    .type = GlyphType::PRIMITIVE,
    .first = Primitive::ABSTRACT,
    .last = Primitive::ABSTRACT,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_lane,
    .write = write_lane,
};

constinit const OperatorEntry kPrefixedLane = {
    .name = "prefixed lane",
    .type = GlyphType::DELTA,
    .first = Primitive::ABSTRACT,
    .last = Primitive::ABSTRACT,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_prefixed_lane,
    .write = write_prefixed_lane,
};

}  // namespace sigma
