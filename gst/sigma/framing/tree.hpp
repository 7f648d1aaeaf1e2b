/* Framing trees: how what a chunk says of its buffers lies in its body.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// Bytes that the framing tree of a script takes at most, if it need not be cut.
constexpr size_t framing_tree_max(size_t script_size) {
  return script_size + kMaxGlyphHeader;
}

/// More bytes that it takes at most if it must: a header is 72 bytes, each cut a glyph's header.
constexpr size_t kFramingCutRoom = 3072;

/// Writes the tree that yields `script`: a lane with the words of the format as prefix where that
/// is smaller, made by `lanes` if that is not null, or a literal. `out` has framing_tree_max()
/// bytes. Gives its size.
Result<size_t> write_framing_tree(LaneEncoder* lanes, ByteSpan script, MutableByteSpan out);

/// The same, as literals that are cut inside of packet headers, so that it holds none.
/// Gives 0 if there is no room.
size_t write_cut_framing_tree(ByteSpan script, MutableByteSpan out);

/// Evaluates framing trees, which have few operators, in few places.
class FramingEvaluator : private Operands {
 public:
  FramingEvaluator(GlyphBufferPool& pool, LaneDecoder& lanes);

  /// The tree's value, of `most` bytes at most; valid until the next call, and as long as `tree`.
  Result<ByteSpan> evaluate(ByteSpan tree, size_t most);

 private:
  Buffer value_;
};

/// Text that caps and events often have: the prefix of framing trees' lanes (docs/format.md,
/// section 9).
ByteSpan framing_words();

}  // namespace sigma
