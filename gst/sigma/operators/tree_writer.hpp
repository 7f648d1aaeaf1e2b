/* The tree inside a coded chunk: statements that fill slots, then one expression that yields the
 * chunk's bytes, all as glyphs in pre-order. docs/format.md, "Operators", is normative.
 *
 *     glyph                      payload             children  yields
 *     PRIMITIVE LITERAL          bytes               0         the payload
 *     PRIMITIVE ABSTRACT         zstd frame          0         the frame's content
 *     DELTA     ABSTRACT         zstd frame          1         its content, with a prefix
 *     PRIMITIVE ITERATION        size, pattern       0         the pattern, repeated
 *     REFERENCE STREAM           distance, size      0         earlier bytes of the group
 *     REFERENCE Σ128+k           none                0         the slot's value
 *     COMPOSITE LIST             count               count     the children's values, joined
 *     COMPOSITE ARRAY            count               count     the children's bytes in turn
 *     DELTA     SUMMATION        layout              1         integers, from differences
 *     DELTA     BRANCH           machine, position   1         machine code
 *     COMPOSITE RECORD           size, records       9         text records, from lanes
 *     PRIMITIVE Σ128+k           bytes               0         nothing: sets the slot
 *     COMPOSITE Σ128+k           none                1         nothing: sets the slot
 *     DELTA     Σ128+k           none                1         nothing: appends to the slot
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

#include <initializer_list>

#include "gst/sigma/operators/branches.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

enum class Operator : uint8_t {
  LITERAL,
  LANE,
  PREFIXED_LANE,
  RUN,
  HISTORY,
  SLOT,
  CONCATENATE,
  INTERLEAVE,
  SUM,
  BRANCHES,
  RECORDS,
  SET_SLOT,
  STORE_SLOT,
  APPEND_SLOT,
  UNKNOWN
};

constexpr unsigned kMaxTreeDepth =
    16;  ///< nodes on a path from an expression's root, itself included
/// Bytes that a chunk may put into slots and workspace: the base, and so many for each byte of its
/// tree and each decoded one.
constexpr uint64_t kWorkBase = 65536;
constexpr uint64_t kWorkPerByte = 16;
constexpr size_t kSlotCount = 128;

SIGMA_API Operator operator_of(GlyphType type, Primitive primitive);

/// Whether glyphs of this operator carry a payload; they all do or none does.
constexpr bool takes_payload(Operator op) {
  return op != Operator::SLOT && op != Operator::STORE_SLOT && op != Operator::APPEND_SLOT;
}

constexpr bool is_statement(Operator op) {
  return op == Operator::SET_SLOT || op == Operator::STORE_SLOT || op == Operator::APPEND_SLOT;
}

/// Whether a chunk's tree has a records operator; what is malformed is not looked at further.
SIGMA_API bool has_records(ByteSpan tree);

/// Writes the glyphs of a tree, front to back, into memory of the caller's.
class SIGMA_API TreeWriter {
 public:
  explicit TreeWriter(MutableByteSpan out) : out_(out) {}

  void literal(ByteSpan bytes) { put(GlyphType::PRIMITIVE, Primitive::LITERAL, bytes); }
  void lane(ByteSpan frame) { put(GlyphType::PRIMITIVE, Primitive::ABSTRACT, frame); }
  /// Where a lane's frame is best made before it is added by lane_made(). The prefix, if there is
  /// one, is the expression written next.
  MutableByteSpan lane_room() const;
  void lane_made(size_t size, bool has_prefix = false);
  /// The prefix is the expression written next.
  void prefixed_lane(ByteSpan frame) { put(GlyphType::DELTA, Primitive::ABSTRACT, frame); }
  void run(uint64_t size, ByteSpan pattern);
  void history(uint64_t distance, uint64_t size);
  void slot(size_t k) { put_bare(GlyphType::REFERENCE, learned(k)); }
  /// The `count` children are the expressions written next.
  void concatenate(uint64_t count);
  /// The same for fewer than 128 children, of which it is not known yet how many there are.
  class Count;
  Count concatenate_some();
  void set_count(const Count& count, uint8_t children);
  /// Likewise.
  void interleave(uint64_t count);
  /// The differences are the expression written next.
  void sum(const IntegerLayout& layout);
  /// The lanes are the kRecordLanes expressions written next.
  void records(uint64_t size, uint64_t count);
  /// The code with absolute addresses is the expression written next.
  void branches(Architecture architecture, uint32_t position);
  void set_slot(size_t k, ByteSpan bytes) { put(GlyphType::PRIMITIVE, learned(k), bytes); }
  /// The value is the expression written next; likewise for append_slot().
  void store_slot(size_t k) { put_bare(GlyphType::COMPOSITE, learned(k)); }
  void append_slot(size_t k) { put_bare(GlyphType::DELTA, learned(k)); }

  bool overflowed() const { return overflowed_; }
  ByteSpan bytes() const { return out_.first(size_); }
  uint64_t glyphs() const { return glyphs_; }

 private:
  void put_numbers(GlyphType type, Primitive primitive, std::initializer_list<uint64_t> numbers);
  static Primitive learned(size_t k) { return static_cast<Primitive>(128 + k); }
  void put(GlyphType type, Primitive primitive, ByteSpan payload, ByteSpan more = {});
  void put_bare(GlyphType type, Primitive primitive);
  bool put_header(const GlyphHeader& header);

  MutableByteSpan out_;
  size_t size_ = 0;
  uint64_t glyphs_ = 0;
  bool overflowed_ = false;
};

/// Where a number of children is to be written.
class TreeWriter::Count {
  friend class TreeWriter;
  size_t place = 0;
};

}  // namespace sigma
