/* The different numbers of a chunk, if they are few.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/operators/predicted.hpp"
#include "gst/sigma/operators/scaled.hpp"

namespace sigma {

/// Numbers, each with a rank among those that are there: the least one has rank 0.
class NumberSet {
 public:
  /// As many as places of 16 bits tell apart with half of a table.
  static constexpr size_t kMost = 32768;
  static size_t memory(size_t most);

  /// Of at most `most` numbers, up to kMost, of a layout's width and order.
  NumberSet(Arena& arena, size_t most, const SampleLayout& layout);

  /// False as soon as too many are different, or most of them lie side by side.
  bool add_all(ByteSpan numbers);
  /// Once all are there.
  void sort();
  size_t size() const { return count_; }
  /// The ranks of numbers that were added, in two bytes each. Behind sort(), as is write().
  void write_ranks(ByteSpan numbers, MutableByteSpan out) const;
  /// All, from the least to the greatest, as the stream has them.
  void write(MutableByteSpan out) const;

 private:
  uint64_t load(const uint8_t* p) const { return load_number(as_stored_, p); }
  bool are_floats() const;
  bool is_dense(ByteSpan numbers) const;
  uint32_t place_of(uint64_t number) const;

  SampleLayout layout_;
  FloatScale as_stored_;  ///< width and order of numbers
  size_t most_;
  unsigned hash_bits_;
  uint16_t* table_;    ///< what is in a place, plus one
  uint64_t* numbers_;  ///< in the order in which they came
  uint16_t* sorted_;
  uint16_t* ranks_;
  size_t count_ = 0;
};

}  // namespace sigma
