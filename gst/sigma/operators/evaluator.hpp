/* Evaluates the tree of a coded chunk. It knows neither models nor operators: table.cpp
 * lists those.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <utility>

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {

/// Holds what lives for one group beside its history: the slots. One evaluator serves one stream at
/// a time.
class Evaluator : public Operands {
 public:
  explicit Evaluator(GlyphBufferPool& pool, const OperatorTable& table = chunk_operators())
      : Operands(pool, table) {}

  /// Takes the limits of a stream and forgets all slots.
  void start_stream(const Head& head);
  /// A key chunk comes next: forgets all slots.
  void start_group() { slots_.clear(); }

  /// Sets a slot as a chunk before would have done.
  Status preset_slot(size_t slot, ByteSpan bytes);

  /// Evaluates `tree` into `out`, which it must fill exactly. `history`: the group's bytes before
  /// this chunk, as many as the head allows. After an error the slots are as before if the tree has
  /// no statements, else as after reject().
  Status evaluate(ByteSpan tree, ByteSpan history, MutableByteSpan out);

  /// The same in two steps: the statements, which may be all that is wanted of a chunk of `size`
  /// bytes, and its bytes.
  Status begin(ByteSpan tree, ByteSpan history, size_t size);
  Status finish(MutableByteSpan out);

  /// The chunk evaluated last is not what it should be: if it has changed slots, nobody knows what
  /// they should hold, and all are empty.
  void reject() {
    if (has_statements_) start_group();
  }

  /// Gives the workspace back to the pool, for others to use until the next chunk. Kept otherwise:
  /// among buffers of other sizes it would not be found again.
  void release_memory() { pool_.release(std::move(workspace_)); }

  /// Glyphs evaluated since start_stream().
  uint64_t glyphs() const { return glyphs_; }

 private:
  Status run_statements();
  Status evaluate_tree(MutableByteSpan out);
  Status end(const Status& status, bool is_whole);

  bool has_statements_ = false;  ///< this chunk
};

}  // namespace sigma
