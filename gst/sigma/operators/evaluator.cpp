/* Evaluation of trees: measure first, then write.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/evaluator.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

void Evaluator::start_stream(const Head& head) {
  head_ = head;
  glyphs_ = 0;
  workspace_ = Buffer();
  slots_.start_stream(head.slots_max);
}

Status Evaluator::preset_slot(size_t slot, ByteSpan bytes) {
  slots_.start_chunk();
  if (const Status status = slots_.admit(bytes.size()); !status.ok()) return status;
  return slots_.set(slot, bytes);
}

Status Evaluator::evaluate(ByteSpan tree, ByteSpan history, MutableByteSpan out) {
  const Status status = begin(tree, history, out.size());
  return status.ok() ? finish(out) : status;
}

Status Evaluator::begin(ByteSpan tree, ByteSpan history, size_t size) {
  tree_ = tree;
  depth_ = 0;
  history_ = history;
  slots_.start_chunk();
  has_statements_ = false;
  workspace_used_ = 0;
  work_left_ = kWorkBase + kWorkPerByte * (uint64_t{tree.size()} + size);
  return end(run_statements(), false);
}

Status Evaluator::finish(MutableByteSpan out) {
  return end(evaluate_tree(out), true);
}

Status Evaluator::end(const Status& status, bool is_whole) {
  if (status.ok() && !is_whole) return status;
  tree_ = {};
  history_ = {};
  if (!status.ok()) reject();
  return status;
}

Status Evaluator::run_statements() {
  for (;;) {
    const ByteSpan rest = tree_;
    Node node;
    if (const Status status = read_node(node); !status.ok()) return status;
    if (node.op->run == nullptr) {
      tree_ = rest;
      return {};
    }
    glyphs_++;
    has_statements_ = true;
    if (const Status status = node.op->run(*this, node); !status.ok()) return status;
  }
}

Status Evaluator::evaluate_tree(MutableByteSpan out) {
  const ByteSpan expression = tree_;
  const Result<size_t> size = measure();
  if (!size.ok()) return size.status;
  if (size.value != out.size()) return malformed("a chunk's tree yields another size");
  if (!tree_.empty()) return malformed("glyphs follow a chunk's tree");
  tree_ = expression;
  return write(out);
}

Status Operands::read_node(Node& node) {
  Glyph glyph;
  size_t size = 0;
  if (parse_glyph(tree_, glyph, size) != GlyphParse::COMPLETE)
    return malformed(table_.texts().malformed);
  node.op = table_.find(glyph.type, glyph.primitive);
  if (node.op == nullptr) {
    const TreeTexts& texts = table_.texts();
    if (texts.unknown != nullptr)
      return malformed(glyph.has_payload ? texts.unknown : texts.payload);
    const uint64_t value = uint64_t{head_.minor} << 16 | uint64_t(glyph.type) << 8 |
                           static_cast<uint8_t>(glyph.primitive);
    return Status::error(ErrorCode::UNSUPPORTED_OPERATOR, "unknown operator", 0, value);
  }
  if (glyph.has_payload != node.op->has_payload) return malformed(table_.texts().payload);
  node.number = static_cast<uint8_t>(static_cast<uint8_t>(glyph.primitive) -
                                     static_cast<uint8_t>(node.op->first));
  node.payload = glyph.payload;
  tree_ = tree_.subspan(size);
  return {};
}

const OperatorEntry* Operands::next_operator() {
  const ByteSpan next = tree_;
  Node node;
  const Status status = read_node(node);
  tree_ = next;
  return status.ok() ? node.op : nullptr;
}

Result<size_t> Operands::measure() {
  if (depth_ == kMaxTreeDepth) return malformed("a chunk's tree is too deep");
  Node node;
  if (const Status status = read_node(node); !status.ok()) return status;
  if (node.op->measure == nullptr) return malformed("a statement stands where a value is due");
  depth_++;
  const Result<uint64_t> size = node.op->measure(*this, node);
  depth_--;
  if (!size.ok()) return size.status;
  if (size.value > kMaxChunk) return malformed(table_.texts().too_long);
  return static_cast<size_t>(size.value);
}

Result<size_t> Operands::next_size() {
  const ByteSpan next = tree_;
  const Result<size_t> size = measure();
  tree_ = next;
  return size;
}

Status Operands::write(MutableByteSpan out) {
  Node node;
  if (const Status status = read_node(node); !status.ok()) return status;
  if (node.op->write == nullptr) return malformed("a statement stands where a value is due");
  glyphs_++;
  depth_++;
  const Status status = node.op->write(*this, node, out);
  depth_--;
  return status;
}

Result<ByteSpan> Operands::view() {
  const ByteSpan next = tree_;
  Node node;
  if (const Status status = read_node(node); !status.ok()) return status;
  if (node.op->view != nullptr) {
    glyphs_++;
    return node.op->view(*this, node);
  }
  tree_ = next;
  const Result<size_t> size = next_size();
  if (!size.ok()) return size.status;
  const Result<MutableByteSpan> room = workspace(size.value);
  if (!room.ok()) return room.status;
  const Status status = write(room.value);
  if (!status.ok()) return status;
  return ByteSpan(room.value);
}

/// What does not come out must be in proportion to what goes in and comes out: or a few bytes could
/// keep a decoder busy for as long as it takes to fill all the memory it was allowed.
Status Operands::admit_work(size_t size) {
  if (size > work_left_) return malformed("a chunk's tree does more work than the format allows");
  work_left_ -= size;
  return {};
}

Status Operands::reserve_workspace() {
  if (workspace_) return {};
  Result<Buffer> fresh = pool_.acquire(head_.workspace_max, GlyphBufferPool::Fit::CLOSE);
  if (fresh.ok()) workspace_ = std::move(fresh.value);
  return fresh.status;
}

Result<MutableByteSpan> Operands::rest_of_workspace() {
  if (const Status status = reserve_workspace(); !status.ok()) return status;
  const size_t left = head_.workspace_max - workspace_used_;
  return MutableByteSpan(workspace_.block() + workspace_used_,
                         static_cast<size_t>(std::min<uint64_t>(left, work_left_)));
}

Result<MutableByteSpan> Operands::workspace(size_t size) {
  if (workspace_units(size) > head_.workspace_max - workspace_used_)
    return malformed("a chunk's tree needs more workspace than the head declares");
  if (const Status status = admit_work(size); !status.ok()) return status;
  if (const Status status = reserve_workspace(); !status.ok()) return status;
  const MutableByteSpan room(workspace_.block() + workspace_used_, size);
  workspace_used_ += workspace_units(size);
  return room;
}

}  // namespace sigma
