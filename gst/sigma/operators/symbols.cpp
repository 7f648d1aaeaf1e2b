/* Symbols. lanes/tans_lane.hpp has the coder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/symbols.hpp"

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

Result<uint64_t> measure_symbols(Operands&, const Node& node) {
  TansDecoder decoder;
  if (const Status status = decoder.parse(node.payload); !status.ok()) return status;
  return uint64_t{decoder.count()};
}

Status write_symbols(Operands& operands, const Node& node, MutableByteSpan out) {
  TansDecoder decoder;
  if (const Status status = decoder.parse(node.payload); !status.ok()) return status;
  const Result<MutableByteSpan> rest = operands.rest_of_workspace();
  if (!rest.ok()) return rest.status;
  if (rest.value.size() < decoder.memory())
    return malformed("the tables of symbols need more workspace than the head or the work allows");
  if (const Status status = operands.admit_work(decoder.memory()); !status.ok()) return status;
  return decoder.decode(rest.value.first(decoder.memory()), out);
}

}  // namespace

constinit const OperatorEntry kSymbols = {
    .name = "symbols",
    .type = GlyphType::PRIMITIVE,
    .first = Primitive::EXPRESSION,
    .last = Primitive::EXPRESSION,
    .since_minor = 4,
    .has_payload = true,
    .measure = measure_symbols,
    .write = write_symbols,
};

}  // namespace sigma
