/* What an operator is, and what an evaluation lends to it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/operators/slots.hpp"
#include "gst/sigma/wire/glyph.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {

/// Nodes on a path from an expression's root, itself included.
constexpr unsigned kMaxTreeDepth = 16;
/// Bytes that a chunk may put into slots and workspace: the base, and so many for each byte of its
/// tree and each decoded one.
constexpr uint64_t kWorkBase = 65536;
constexpr uint64_t kWorkPerByte = 16;

struct OperatorEntry;
class OperatorTable;
class Operands;

/// A glyph taken from the front of a tree, with its operator.
struct Node {
  const OperatorEntry* op = nullptr;
  uint8_t number = 0;  ///< of its code point, from the operator's first: a slot's
  ByteSpan payload;
};

/// An operator: an expression, which has measure() and write(), or a statement, which has run().
/// docs/format.md, "Operators", is normative. Each takes its operands in order.
struct OperatorEntry {
  const char* name;  ///< as in docs/format.md
  GlyphType type;
  Primitive first;  ///< of its code points
  Primitive last;
  uint8_t since_minor;  ///< the minor version of the format that brought it
  bool has_payload;     ///< all its glyphs carry one, or none does
  /// The exact size of the value. Passes all operands, checks all payloads and touches no memory.
  Result<uint64_t> (*measure)(Operands&, const Node&) = nullptr;
  /// Writes the value into memory that measure() sized: operands are known to be sound.
  Status (*write)(Operands&, const Node&, MutableByteSpan out) = nullptr;
  /// The value where it lies already; null if it has to be written.
  Result<ByteSpan> (*view)(Operands&, const Node&) = nullptr;
  Status (*run)(Operands&, const Node&) = nullptr;
};

/// What an operator sees of an evaluation: its operands, which follow in the tree, and what is
/// there to make their values from. Every length is known, and checked against the head's limits,
/// before memory is reserved or bytes are written.
class Operands {
 public:
  /// That of the next operand; null if its glyph is malformed or of no operator.
  const OperatorEntry* next_operator();
  /// The exact size of the next operand, which stays the next.
  Result<size_t> next_size();
  /// The same, and passes it.
  Result<size_t> measure();
  /// Writes the value of the next operand, of out's size, and passes it.
  Status write(MutableByteSpan out);
  /// The value of the next operand, which it passes: in place if it lies somewhere already, else
  /// in workspace, until a WorkspaceScope around the call ends.
  Result<ByteSpan> view();
  /// Bytes of the tree that follow.
  size_t tree_size() const { return tree_.size(); }

  /// What the value that is written may still take for tables.
  Result<MutableByteSpan> rest_of_workspace();
  /// Counts bytes that do not come out.
  Status admit_work(size_t size);

  /// The group's bytes before the chunk, as many as the head allows.
  ByteSpan history() const { return history_; }
  Slots& slots() { return slots_; }
  /// For others that decode lanes in between, too.
  LaneDecoder& lanes() { return lanes_; }
  /// The minor version that the stream declares.
  uint8_t minor() const { return head_.minor; }

 protected:
  /// Null `lanes`: it has a decoder of its own.
  Operands(GlyphBufferPool& pool, const OperatorTable& table, LaneDecoder* lanes = nullptr)
      : pool_(pool),
        table_(table),
        own_lanes_(pool),
        lanes_(lanes != nullptr ? *lanes : own_lanes_),
        slots_(pool) {}

  Status read_node(Node& node);
  Result<MutableByteSpan> workspace(size_t size);
  Status reserve_workspace();

  GlyphBufferPool& pool_;
  const OperatorTable& table_;
  LaneDecoder own_lanes_;
  LaneDecoder& lanes_;
  Head head_;
  Slots slots_;
  ByteSpan tree_;       ///< what is left of it
  unsigned depth_ = 0;  ///< of the node whose operands are taken
  Buffer workspace_;
  size_t workspace_used_ = 0;  ///< by values that are still needed
  uint64_t work_left_ = 0;     ///< bytes that this chunk may still put into slots and workspace
  ByteSpan history_;
  uint64_t glyphs_ = 0;

 private:
  friend class WorkspaceScope;
};

/// Gives back, at its end, the workspace that values took since it began.
class WorkspaceScope {
 public:
  explicit WorkspaceScope(Operands& operands)
      : used_(operands.workspace_used_), before_(operands.workspace_used_) {}
  ~WorkspaceScope() { used_ = before_; }
  WorkspaceScope(const WorkspaceScope&) = delete;
  WorkspaceScope& operator=(const WorkspaceScope&) = delete;

 private:
  size_t& used_;
  size_t before_;
};

/// A tree or what it refers to breaks a rule.
inline Status malformed(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

}  // namespace sigma
