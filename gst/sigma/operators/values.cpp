/* Literals, runs and history.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/values.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

/// The size of the value, then a pattern of 1 to 255 bytes.
bool parse_run(ByteSpan payload, uint64_t& size, ByteSpan& pattern) {
  VarintReader in(payload);
  if (!in.read(size)) return false;
  pattern = in.rest();
  return !pattern.empty() && pattern.size() <= 255;
}

bool parse_history(ByteSpan payload, uint64_t& distance, uint64_t& size) {
  VarintReader in(payload);
  return in.read(distance) && in.read(size) && in.at_end();
}

/// Fills `out` with the pattern, from its front on.
void repeat(ByteSpan pattern, MutableByteSpan out) {
  if (pattern.size() == 1) {
    std::memset(out.data(), pattern[0], out.size());
    return;
  }
  for (size_t done = 0; done < out.size(); done += pattern.size())
    std::memcpy(out.data() + done, pattern.data(), std::min(pattern.size(), out.size() - done));
}

Result<uint64_t> measure_literal(Operands&, const Node& node) {
  return uint64_t{node.payload.size()};
}

Result<ByteSpan> view_literal(Operands&, const Node& node) {
  return node.payload;
}

Status write_literal(Operands&, const Node& node, MutableByteSpan out) {
  copy_bytes(node.payload, out);
  return {};
}

Result<uint64_t> measure_run(Operands&, const Node& node) {
  uint64_t size = 0;
  ByteSpan pattern;
  if (!parse_run(node.payload, size, pattern)) return malformed("a run is malformed");
  return size;
}

Status write_run(Operands&, const Node& node, MutableByteSpan out) {
  uint64_t size = 0;
  ByteSpan pattern;
  if (!parse_run(node.payload, size, pattern)) return malformed("a run is malformed");
  repeat(pattern, out);
  return {};
}

Result<ByteSpan> view_history(Operands& operands, const Node& node) {
  const ByteSpan history = operands.history();
  uint64_t distance = 0;
  uint64_t size = 0;
  if (!parse_history(node.payload, distance, size) || size == 0 || size > distance ||
      distance > history.size())
    return malformed("a reference points outside the group's history");
  return history.subspan(history.size() - static_cast<size_t>(distance), static_cast<size_t>(size));
}

Result<uint64_t> measure_history(Operands& operands, const Node& node) {
  const Result<ByteSpan> view = view_history(operands, node);
  if (!view.ok()) return view.status;
  return uint64_t{view.value.size()};
}

Status write_history(Operands& operands, const Node& node, MutableByteSpan out) {
  const Result<ByteSpan> view = view_history(operands, node);
  if (view.ok()) copy_bytes(view.value, out);
  return view.status;
}

}  // namespace

constinit const OperatorEntry kLiteral = {
    .name = "literal",
    .type = GlyphType::PRIMITIVE,
    .first = Primitive::LITERAL,
    .last = Primitive::LITERAL,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_literal,
    .write = write_literal,
    .view = view_literal,
};

constinit const OperatorEntry kRun = {
    .name = "run",
    .type = GlyphType::PRIMITIVE,
    .first = Primitive::ITERATION,
    .last = Primitive::ITERATION,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_run,
    .write = write_run,
};

constinit const OperatorEntry kHistory = {
    .name = "history",
    .type = GlyphType::REFERENCE,
    .first = Primitive::STREAM,
    .last = Primitive::STREAM,
    .since_minor = 0,
    .has_payload = true,
    .measure = measure_history,
    .write = write_history,
    .view = view_history,
};

}  // namespace sigma
