/* Expansion of records: columns are prepared from the script, then written row by row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/records/records.hpp"

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/records/column_parser.hpp"
#include "gst/sigma/operators/records/row_writer.hpp"

namespace sigma {

bool parse_records(ByteSpan payload, uint64_t& size, uint64_t& count) {
  VarintReader in(payload);
  return in.read(size) && in.read(count) && in.at_end();
}

Result<size_t> expand_records(const RecordLanes& lanes, uint64_t records, MutableByteSpan workspace,
                              MutableByteSpan out) {
  RecordPreparer preparer(lanes, workspace);
  Result<Column> top = preparer.prepare(records);
  if (!top.ok()) return top.status;
  RecordWriter writer(lanes[static_cast<size_t>(RecordLane::STRINGS)],
                      lanes[static_cast<size_t>(RecordLane::BITS)], out);
  const Status status = writer.write(top.value, records);
  if (!status.ok()) return status;
  return workspace.size() - preparer.workspace_left();
}

namespace {

Result<uint64_t> measure_records(Operands& operands, const Node& node) {
  uint64_t size = 0;
  uint64_t count = 0;
  if (!parse_records(node.payload, size, count)) return malformed("records are malformed");
  for (size_t i = 0; i < kRecordLanes; i++) {
    const Result<size_t> lane = operands.measure();
    if (!lane.ok()) return lane.status;
  }
  return size;
}

/// All lanes at once, and behind them the tables that say what is taken from where.
Status write_records(Operands& operands, const Node& node, MutableByteSpan out) {
  uint64_t size = 0;
  uint64_t count = 0;
  if (!parse_records(node.payload, size, count)) return malformed("records are malformed");
  const WorkspaceScope scope(operands);
  RecordLanes lanes;
  for (ByteSpan& lane : lanes) {
    const Result<ByteSpan> value = operands.view();
    if (!value.ok()) return value.status;
    lane = value.value;
  }
  const Result<MutableByteSpan> rest = operands.rest_of_workspace();
  if (!rest.ok()) return rest.status;
  const Result<size_t> tables = expand_records(lanes, count, rest.value, out);
  if (tables.ok()) return operands.admit_work(tables.value);
  Status status = tables.status;
  if (status.code == ErrorCode::UNSUPPORTED_OPERATOR)
    status.value |= uint64_t{operands.minor()} << 16;
  return status;
}

}  // namespace

constinit const OperatorEntry kRecords = {
    .name = "records",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::RECORD,
    .last = Primitive::RECORD,
    .since_minor = 2,
    .has_payload = true,
    .measure = measure_records,
    .write = write_records,
};

}  // namespace sigma
