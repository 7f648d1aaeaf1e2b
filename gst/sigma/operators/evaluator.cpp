/* Evaluation of trees: measure first, then write.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/operators/evaluator.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/operators/array.hpp"
#include "gst/sigma/operators/branches.hpp"
#include "gst/sigma/operators/concatenate.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "gst/sigma/operators/values.hpp"

namespace sigma {
namespace {

Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

void copy_bytes(ByteSpan from, MutableByteSpan to) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

}  // namespace

void Evaluator::start_stream(const Head& head) {
  head_ = head;
  glyphs_ = 0;
  workspace_ = Buffer();
  start_group();
}

void Evaluator::start_group() {
  for (Buffer& slot : slots_)
    Buffer dropped = std::move(slot);
  slots_size_ = 0;
}

Status Evaluator::preset_slot(size_t slot, ByteSpan bytes) {
  stored_ = 0;
  work_left_ = bytes.size();
  return replace_slot(slot, nullptr, bytes);
}

Status Evaluator::evaluate(ByteSpan tree, ByteSpan history, MutableByteSpan out) {
  history_ = history;
  stored_ = 0;
  has_statements_ = false;
  workspace_used_ = 0;
  work_left_ = kWorkBase + kWorkPerByte * (uint64_t{tree.size()} + out.size());
  const Status status = evaluate_tree(tree, out);
  history_ = {};
  if (!status.ok()) reject();
  return status;
}

Status Evaluator::evaluate_tree(ByteSpan tree, MutableByteSpan out) {
  for (;;) {
    ByteSpan rest = tree;
    Node node;
    if (const Status status = take_node(rest, node); !status.ok()) return status;
    if (!is_statement(node.op)) break;
    glyphs_++;
    has_statements_ = true;
    tree = rest;
    if (const Status status = run_statement(node, tree); !status.ok()) return status;
  }
  ByteSpan rest = tree;
  const Result<size_t> size = measure(rest, 1);
  if (!size.ok()) return size.status;
  if (size.value != out.size()) return malformed("a chunk's tree yields another size");
  if (!rest.empty()) return malformed("glyphs follow a chunk's tree");
  return write_value(tree, out, 1);
}

Status Evaluator::take_node(ByteSpan& tree, Node& node) {
  Glyph glyph;
  size_t size = 0;
  if (parse_glyph(tree, glyph, size) != GlyphParse::COMPLETE)
    return malformed("a glyph inside a chunk is malformed");
  node.op = operator_of(glyph.type, glyph.primitive);
  if (node.op == Operator::UNKNOWN) {
    const uint64_t value = uint64_t{head_.minor} << 16 | uint64_t(glyph.type) << 8 |
                           static_cast<uint8_t>(glyph.primitive);
    return Status::error(ErrorCode::UNSUPPORTED_OPERATOR, "unknown operator", 0, value);
  }
  if (glyph.has_payload != takes_payload(node.op))
    return malformed("an operator's payload is missing or unexpected");
  node.slot = static_cast<uint8_t>(glyph.primitive) & (kSlotCount - 1);
  node.payload = glyph.payload;
  tree = tree.subspan(size);
  return {};
}

Status Evaluator::admit_to_slots(size_t size) {
  if (size > head_.slots_max || slots_size_ > head_.slots_max - size ||
      stored_ > head_.slots_max - size)
    return malformed("slots hold more than the head declares");
  stored_ += size;
  return admit_work(size);
}

/// What does not come out must be in proportion to what goes in and comes out: or a few bytes could
/// keep a decoder busy for as long as it takes to fill all the memory it was allowed.
Status Evaluator::admit_work(size_t size) {
  if (size > work_left_) return malformed("a chunk's tree does more work than the format allows");
  work_left_ -= size;
  return {};
}

Status Evaluator::run_statement(const Node& node, ByteSpan& tree) {
  if (node.op == Operator::SET_SLOT) return replace_slot(node.slot, nullptr, node.payload);
  if (node.op == Operator::STORE_SLOT) return replace_slot(node.slot, &tree, {});
  return append_slot(node.slot, tree);
}

/// Sets a slot to `bytes`, or to the value of the expression at the front of `tree` if there is
/// one, which may refer to the slot's old value.
Status Evaluator::replace_slot(size_t slot, ByteSpan* tree, ByteSpan bytes) {
  size_t size = bytes.size();
  if (tree != nullptr) {
    ByteSpan rest = *tree;
    const Result<size_t> measured = measure(rest, 1);
    if (!measured.ok()) return measured.status;
    size = measured.value;
  }
  if (const Status status = admit_to_slots(size); !status.ok()) return status;
  Result<Buffer> fresh = pool_.acquire(size, GlyphBufferPool::Fit::CLOSE);
  if (!fresh.ok()) return fresh.status;
  if (tree != nullptr) {
    const Status status = write_value(*tree, {fresh.value.block(), size}, 1);
    if (!status.ok()) return status;
  } else {
    copy_bytes(bytes, {fresh.value.block(), size});
  }
  fresh.value.set_filled(0, size);
  slots_size_ += size;
  slots_size_ -= slots_[slot].size();
  slots_[slot] = std::move(fresh.value);
  return {};
}

Status Evaluator::append_slot(size_t slot, ByteSpan& tree) {
  ByteSpan rest = tree;
  const Result<size_t> measured = measure(rest, 1);
  if (!measured.ok()) return measured.status;
  const size_t size = measured.value;
  if (const Status status = admit_to_slots(size); !status.ok()) return status;
  Buffer& buffer = slots_[slot];
  const Status reserved = pool_.reserve(buffer, buffer.size() + size, GlyphBufferPool::Fit::CLOSE);
  if (!reserved.ok()) return reserved;
  // The value may refer to the slot itself: the bytes it sees stay in place while it is written.
  const Status status = write_value(tree, {buffer.block() + buffer.size(), size}, 1);
  if (!status.ok()) return status;
  buffer.set_filled(0, buffer.size() + size);
  slots_size_ += size;
  return {};
}

Result<size_t> Evaluator::measure(ByteSpan& tree, unsigned depth) {
  if (depth > kMaxTreeDepth) return malformed("a chunk's tree is too deep");
  Node node;
  if (const Status status = take_node(tree, node); !status.ok()) return status;
  const Result<uint64_t> size = measure_node(node, tree, depth);
  if (!size.ok()) return size.status;
  if (size.value > kMaxChunk) return malformed("a value is too long");
  return static_cast<size_t>(size.value);
}

Result<uint64_t> Evaluator::measure_node(const Node& node, ByteSpan& tree, unsigned depth) {
  switch (node.op) {
    case Operator::LITERAL:
      return uint64_t{node.payload.size()};
    case Operator::LANE:
      return LaneDecoder::content_size(node.payload);
    case Operator::PREFIXED_LANE: {
      const Result<size_t> prefix = measure(tree, depth + 1);
      if (!prefix.ok()) return prefix.status;
      return LaneDecoder::content_size(node.payload);
    }
    case Operator::RUN: {
      uint64_t size = 0;
      ByteSpan pattern;
      if (!parse_run(node.payload, size, pattern)) return malformed("a run is malformed");
      return size;
    }
    case Operator::HISTORY: {
      const Result<ByteSpan> view = history_view(node);
      if (!view.ok()) return view.status;
      return uint64_t{view.value.size()};
    }
    case Operator::SLOT:
      return uint64_t{slots_[node.slot].size()};
    case Operator::CONCATENATE: {
      uint64_t count = 0;
      uint64_t total = 0;
      if (!parse_count(node.payload, tree, count)) return malformed("a list is malformed");
      for (; count > 0; count--) {
        const Result<size_t> child = measure(tree, depth + 1);
        if (!child.ok()) return child.status;
        total += child.value;  // cannot overflow: 2^28 children of 2^27 bytes
      }
      return total;
    }
    case Operator::INTERLEAVE:
      return measure_interleaved(node, tree, depth);
    case Operator::RECORDS:
      return measure_records(node, tree, depth);
    case Operator::SUM: {
      IntegerLayout layout;
      if (!parse_layout(node.payload, layout)) return malformed("a sum is malformed");
      return measure_child(tree, depth);
    }
    case Operator::BRANCHES: {
      Architecture architecture = Architecture::NONE;
      uint32_t position = 0;
      if (!parse_branches(node.payload, architecture, position))
        return malformed("a branch filter is malformed");
      return measure_child(tree, depth);
    }
    default:
      return malformed("a statement stands where a value is due");
  }
}

Result<uint64_t> Evaluator::measure_child(ByteSpan& tree, unsigned depth) {
  const Result<size_t> child = measure(tree, depth + 1);
  if (!child.ok()) return child.status;
  return uint64_t{child.value};
}

/// The first child's size is that of the longest plane. Those of the others follow from the whole.
Result<uint64_t> Evaluator::measure_interleaved(const Node& node, ByteSpan& tree, unsigned depth) {
  uint64_t count = 0;
  if (!parse_planes(node.payload, count)) return malformed("an array is malformed");
  size_t sizes[kMaxPlanes] = {};
  uint64_t total = 0;
  for (size_t k = 0; k < count; k++) {
    const Result<size_t> child = measure(tree, depth + 1);
    if (!child.ok()) return child.status;
    sizes[k] = child.value;
    total += child.value;
  }
  if (total > kMaxChunk) return malformed("a value is too long");
  for (size_t k = 0; k < count; k++)
    if (sizes[k] != plane_size(static_cast<size_t>(total), static_cast<size_t>(count), k))
      return malformed("the planes of an array do not fit together");
  return total;
}

Result<uint64_t> Evaluator::measure_records(const Node& node, ByteSpan& tree, unsigned depth) {
  uint64_t size = 0;
  uint64_t count = 0;
  if (!parse_records(node.payload, size, count)) return malformed("records are malformed");
  for (size_t i = 0; i < kRecordLanes; i++) {
    const Result<size_t> lane = measure(tree, depth + 1);
    if (!lane.ok()) return lane.status;
  }
  return size;
}

Status Evaluator::write_value(ByteSpan& tree, MutableByteSpan out, unsigned depth) {
  Node node;
  if (const Status status = take_node(tree, node); !status.ok()) return status;
  glyphs_++;
  return write_node(node, tree, out, depth);
}

/// Writes the value of a node that measure() has passed: its operands are known to be sound.
Status Evaluator::write_node(const Node& node, ByteSpan& tree, MutableByteSpan out,
                             unsigned depth) {
  switch (node.op) {
    case Operator::LITERAL:
      copy_bytes(node.payload, out);
      return {};
    case Operator::LANE:
      return lanes_.decode(node.payload, {}, out);
    case Operator::PREFIXED_LANE: {
      const size_t used = workspace_used_;
      const Result<ByteSpan> prefix = view_value(tree, depth + 1);
      if (!prefix.ok()) return prefix.status;
      const Status status = lanes_.decode(node.payload, prefix.value, out);
      workspace_used_ = used;
      return status;
    }
    case Operator::RUN: {
      uint64_t size = 0;
      ByteSpan pattern;
      if (!parse_run(node.payload, size, pattern)) return malformed("a run is malformed");
      write_run(pattern, out);
      return {};
    }
    case Operator::HISTORY: {
      const Result<ByteSpan> view = history_view(node);
      if (!view.ok()) return view.status;
      copy_bytes(view.value, out);
      return {};
    }
    case Operator::SLOT:
      copy_bytes(slots_[node.slot].bytes(), out);
      return {};
    case Operator::CONCATENATE:
      return write_joined(node, tree, out, depth);
    case Operator::INTERLEAVE:
      return write_interleaved(node, tree, out, depth);
    case Operator::RECORDS:
      return write_records(node, tree, out, depth);
    case Operator::SUM: {
      IntegerLayout layout;
      if (!parse_layout(node.payload, layout)) return malformed("a sum is malformed");
      const Status status = write_value(tree, out, depth + 1);
      if (status.ok()) sum_up(layout, out);
      return status;
    }
    case Operator::BRANCHES: {
      Architecture architecture = Architecture::NONE;
      uint32_t position = 0;
      if (!parse_branches(node.payload, architecture, position))
        return malformed("a branch filter is malformed");
      const Status status = write_value(tree, out, depth + 1);
      if (status.ok()) branches_to_relative(architecture, position, out);
      return status;
    }
    default:
      return malformed("a statement stands where a value is due");
  }
}

Status Evaluator::write_joined(const Node& node, ByteSpan& tree, MutableByteSpan out,
                               unsigned depth) {
  uint64_t count = 0;
  if (!parse_count(node.payload, tree, count)) return malformed("a list is malformed");
  for (; count > 0; count--) {
    ByteSpan rest = tree;
    const Result<size_t> size = measure(rest, depth + 1);
    if (!size.ok()) return size.status;
    const Status status = write_value(tree, out.first(size.value), depth + 1);
    if (!status.ok()) return status;
    out = out.subspan(size.value);
  }
  return {};
}

/// The first of two planes is made where it does no harm to what is written.
Status Evaluator::write_merged(ByteSpan& tree, MutableByteSpan out, unsigned depth) {
  const MutableByteSpan first = out.last(plane_size(out.size(), 2, 0));
  if (const Status status = write_value(tree, first, depth + 1); !status.ok()) return status;
  const size_t used = workspace_used_;
  const Result<ByteSpan> second = view_value(tree, depth + 1);
  if (!second.ok()) return second.status;
  merge_planes(first, second.value, out);
  workspace_used_ = used;
  return {};
}

/// One plane after the other, so that there need be room for one only.
Status Evaluator::write_interleaved(const Node& node, ByteSpan& tree, MutableByteSpan out,
                                    unsigned depth) {
  uint64_t count = 0;
  if (!parse_planes(node.payload, count)) return malformed("an array is malformed");
  if (count == 2) return write_merged(tree, out, depth);
  for (size_t k = 0; k < count; k++) {
    const size_t used = workspace_used_;
    const Result<ByteSpan> plane = view_value(tree, depth + 1);
    if (!plane.ok()) return plane.status;
    scatter_plane(plane.value, k, static_cast<size_t>(count), out);
    workspace_used_ = used;
  }
  return {};
}

/// All lanes at once, and behind them the tables that say what is taken from where.
Status Evaluator::write_records(const Node& node, ByteSpan& tree, MutableByteSpan out,
                                unsigned depth) {
  uint64_t size = 0;
  uint64_t count = 0;
  if (!parse_records(node.payload, size, count)) return malformed("records are malformed");
  const size_t used = workspace_used_;
  RecordLanes lanes;
  for (ByteSpan& lane : lanes) {
    const Result<ByteSpan> value = view_value(tree, depth + 1);
    if (!value.ok()) return value.status;
    lane = value.value;
  }
  const Result<MutableByteSpan> rest = rest_of_workspace();
  if (!rest.ok()) return rest.status;
  const Result<size_t> tables = expand_records(lanes, count, rest.value, out);
  workspace_used_ = used;
  if (tables.ok()) return admit_work(tables.value);
  Status status = tables.status;
  if (status.code == ErrorCode::UNSUPPORTED_OPERATOR) status.value |= uint64_t{head_.minor} << 16;
  return status;
}

Result<ByteSpan> Evaluator::view_value(ByteSpan& tree, unsigned depth) {
  ByteSpan rest = tree;
  Node node;
  if (const Status status = take_node(rest, node); !status.ok()) return status;
  if (node.op == Operator::LITERAL || node.op == Operator::HISTORY || node.op == Operator::SLOT) {
    tree = rest;
    glyphs_++;
    if (node.op == Operator::LITERAL) return node.payload;
    if (node.op == Operator::SLOT) return slots_[node.slot].bytes();
    return history_view(node);
  }
  rest = tree;
  const Result<size_t> size = measure(rest, depth);
  if (!size.ok()) return size.status;
  const Result<MutableByteSpan> room = workspace(size.value);
  if (!room.ok()) return room.status;
  const Status status = write_value(tree, room.value, depth);
  if (!status.ok()) return status;
  return ByteSpan(room.value);
}

Result<ByteSpan> Evaluator::history_view(const Node& node) const {
  VarintReader in(node.payload);
  uint64_t distance = 0;
  uint64_t size = 0;
  if (!in.read(distance) || !in.read(size) || !in.at_end() || size == 0 || size > distance ||
      distance > history_.size())
    return malformed("a reference points outside the group's history");
  return history_.subspan(history_.size() - static_cast<size_t>(distance),
                          static_cast<size_t>(size));
}

Status Evaluator::reserve_workspace() {
  if (workspace_) return {};
  Result<Buffer> fresh = pool_.acquire(head_.workspace_max, GlyphBufferPool::Fit::CLOSE);
  if (fresh.ok()) workspace_ = std::move(fresh.value);
  return fresh.status;
}

/// What a value may still take for tables.
Result<MutableByteSpan> Evaluator::rest_of_workspace() {
  if (const Status status = reserve_workspace(); !status.ok()) return status;
  const size_t left = head_.workspace_max - workspace_used_;
  return MutableByteSpan(workspace_.block() + workspace_used_,
                         static_cast<size_t>(std::min<uint64_t>(left, work_left_)));
}

Result<MutableByteSpan> Evaluator::workspace(size_t size) {
  if (workspace_units(size) > head_.workspace_max - workspace_used_)
    return malformed("a chunk's tree needs more workspace than the head declares");
  if (const Status status = admit_work(size); !status.ok()) return status;
  if (const Status status = reserve_workspace(); !status.ok()) return status;
  const MutableByteSpan room(workspace_.block() + workspace_used_, size);
  workspace_used_ += workspace_units(size);
  return room;
}

}  // namespace sigma
