/* Evaluates the tree of a coded chunk. It knows operators, not models.
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
#pragma once

#include <array>
#include <utility>

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Holds what lives for one group beside its history: the slots. One evaluator serves one stream at
/// a time. Every length is known, and checked against the head's limits, before memory is reserved
/// or bytes are written.
class SIGMA_API Evaluator {
 public:
  explicit Evaluator(GlyphBufferPool& pool) : pool_(pool), lanes_(pool) {}

  /// Takes the limits of a stream and forgets all slots.
  void start_stream(const Head& head);
  /// A key chunk comes next: forgets all slots.
  void start_group();

  /// Sets a slot as a chunk before would have done.
  Status preset_slot(size_t slot, ByteSpan bytes);

  /// Evaluates `tree` into `out`, which it must fill exactly. `history`: the group's bytes before
  /// this chunk, as many as the head allows. After an error the slots are as before if the tree has
  /// no statements, else as after reject().
  Status evaluate(ByteSpan tree, ByteSpan history, MutableByteSpan out);

  /// The chunk evaluated last is not what it should be: if it has changed slots, nobody knows what
  /// they should hold, and all are empty.
  void reject() {
    if (has_statements_) start_group();
  }

  /// Gives the workspace back to the pool, for others to use until the next chunk. Kept otherwise:
  /// among buffers of other sizes it would not be found again.
  void lend_memory() { pool_.release(std::move(workspace_)); }

  /// For others that decode lanes between chunks.
  LaneDecoder& lanes() { return lanes_; }

  /// Glyphs evaluated since start_stream().
  uint64_t glyphs() const { return glyphs_; }

 private:
  /// A glyph taken from the front of a tree, with its operator.
  struct Node {
    Operator op = Operator::UNKNOWN;
    size_t slot = 0;
    ByteSpan payload;
  };

  Status evaluate_tree(ByteSpan tree, MutableByteSpan out);
  Status take_node(ByteSpan& tree, Node& node);
  Status run_statement(const Node& node, ByteSpan& tree);
  Status replace_slot(size_t slot, ByteSpan* tree, ByteSpan bytes);
  Status append_slot(size_t slot, ByteSpan& tree);

  /// The exact size of the expression at the front of `tree`, which it passes.
  Result<size_t> measure(ByteSpan& tree, unsigned depth);
  Result<uint64_t> measure_node(const Node& node, ByteSpan& tree, unsigned depth);
  Result<uint64_t> measure_child(ByteSpan& tree, unsigned depth);
  Result<uint64_t> measure_interleaved(const Node& node, ByteSpan& tree, unsigned depth);
  Result<uint64_t> measure_records(const Node& node, ByteSpan& tree, unsigned depth);
  /// Writes the value of the expression at the front of `tree`, of out's size, and passes it.
  Status write_value(ByteSpan& tree, MutableByteSpan out, unsigned depth);
  Status write_node(const Node& node, ByteSpan& tree, MutableByteSpan out, unsigned depth);
  Status write_joined(const Node& node, ByteSpan& tree, MutableByteSpan out, unsigned depth);
  Status write_merged(ByteSpan& tree, MutableByteSpan out, unsigned depth);
  Status write_interleaved(const Node& node, ByteSpan& tree, MutableByteSpan out, unsigned depth);
  Status write_records(const Node& node, ByteSpan& tree, MutableByteSpan out, unsigned depth);
  /// The value of the expression at the front of `tree`, in place if it lies somewhere already.
  Result<ByteSpan> view_value(ByteSpan& tree, unsigned depth);

  Result<ByteSpan> history_view(const Node& node) const;
  Status reserve_workspace();
  Result<MutableByteSpan> workspace(size_t size);
  Result<MutableByteSpan> rest_of_workspace();
  Status admit_to_slots(size_t size);
  Status admit_work(size_t size);

  GlyphBufferPool& pool_;
  LaneDecoder lanes_;
  Head head_;
  std::array<Buffer, kSlotCount> slots_;
  uint64_t slots_size_ = 0;      ///< bytes in all slots
  uint64_t stored_ = 0;          ///< bytes this chunk put into slots
  bool has_statements_ = false;  ///< this chunk
  Buffer workspace_;
  size_t workspace_used_ = 0;  ///< by values that are still needed
  uint64_t work_left_ = 0;     ///< bytes that this chunk may still put into slots and workspace
  ByteSpan history_;
  uint64_t glyphs_ = 0;
};

}  // namespace sigma
