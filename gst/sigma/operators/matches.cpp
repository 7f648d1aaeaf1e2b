/* Matches. lanes/match_lane.hpp has the coder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/matches.hpp"

#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

Result<uint64_t> measure_matches(Operands& operands, const Node& node) {
  if (const Result<size_t> prefix = operands.measure(); !prefix.ok()) return prefix.status;
  MatchDecoder decoder;
  if (const Status status = decoder.parse(node.payload); !status.ok()) return status;
  return uint64_t{decoder.size()};
}

Status write_matches(Operands& operands, const Node& node, MutableByteSpan out) {
  MatchDecoder decoder;
  if (const Status status = decoder.parse(node.payload); !status.ok()) return status;
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> prefix = operands.view();
  if (!prefix.ok()) return prefix.status;
  while (!decoder.is_whole()) {
    const Result<MutableByteSpan> rest = operands.rest_of_workspace();
    if (!rest.ok()) return rest.status;
    if (rest.value.size() < decoder.memory())
      return malformed(
          "the tables of matches need more workspace than the head or the work allows");
    if (const Status status = operands.admit_work(decoder.memory()); !status.ok()) return status;
    const MutableByteSpan tables = rest.value.first(decoder.memory());
    if (const Status status = decoder.decode_block(prefix.value, tables, out); !status.ok())
      return status;
  }
  return decoder.at_end() ? Status{} : malformed("something follows the blocks of matches");
}

}  // namespace

constinit const OperatorEntry kMatches = {
    .name = "matches",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::ABSTRACT,
    .last = Primitive::ABSTRACT,
    .since_minor = 8,
    .has_payload = true,
    .measure = measure_matches,
    .write = write_matches,
};

}  // namespace sigma
