/* Lists of fields, one for each column, in memory that is given.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/models/records/field_reader.hpp"

namespace sigma {

/// The fields of one column, in order. An empty one has no block.
struct FieldList {
  uint32_t first = 0;  ///< its first block
  uint32_t end = 0;    ///< the place behind its last field
  uint32_t count = 0;
};

/// Memory for lists: blocks of 15 fields and the number of the next block. Blocks are taken in
/// order and given back in the opposite one.
class FieldStore {
 public:
  /// A field must begin before this place.
  static constexpr uint32_t kMaxBegin = uint32_t{1} << 21;

  explicit FieldStore(std::span<uint32_t> memory) : memory_(memory), next_(1) {}
  FieldStore() : FieldStore(std::span<uint32_t>()) {}

  /// Whether there is memory for so many fields, whatever lists they belong to.
  bool has_room(size_t fields) const { return (next_ + fields) * kBlock <= memory_.size(); }

  /// False if there is no memory left.
  bool append(FieldList& list, const Field& field) {
    const bool is_full = list.end % kBlock == kFields || list.count == 0;
    if (is_full && !add_block(list)) return false;
    memory_[list.end++] = field.begin | field.size << kBeginBits;
    list.count++;
    return true;
  }

  /// Blocks that are taken.
  size_t mark() const { return next_; }
  /// Gives back all blocks that were taken since.
  void release(size_t mark) { next_ = mark; }
  /// Blocks that there are.
  size_t capacity() const { return memory_.size() / kBlock; }

  /// Reads a list, front to back.
  class Cursor {
   public:
    Cursor(const FieldStore& store, const FieldList& list)
        : memory_(store.memory_.data()), at_(size_t{list.first} * kBlock) {}
    Field next() {
      if (place_ == kFields) {
        at_ = size_t{memory_[at_ + kFields]} * kBlock;
        place_ = 0;
      }
      const uint32_t packed = memory_[at_ + place_++];
      return {packed & (kMaxBegin - 1), packed >> kBeginBits};
    }

    /// Passes fields that are in the list.
    void skip(size_t count) {
      for (; count > kFields - place_; place_ = 0) {
        count -= kFields - place_;
        at_ = size_t{memory_[at_ + kFields]} * kBlock;
      }
      place_ += count;
    }

   private:
    friend FieldStore;
    const uint32_t* memory_;
    size_t at_;
    size_t place_ = 0;
  };

  /// Changes the size of the field that the cursor gave last.
  void set_size(const Cursor& cursor, uint32_t size) {
    uint32_t& packed = memory_[cursor.at_ + cursor.place_ - 1];
    packed = (packed & (kMaxBegin - 1)) | size << kBeginBits;
  }

 private:
  static constexpr unsigned kBeginBits = 21;
  static constexpr uint32_t kFields = 15;
  static constexpr uint32_t kBlock = kFields + 1;
  static_assert(kMaxFieldSize < size_t{1} << (32 - kBeginBits));

  bool add_block(FieldList& list) {
    if ((next_ + 1) * kBlock > memory_.size()) return false;
    const auto fresh = static_cast<uint32_t>(next_++);
    if (list.count == 0)
      list.first = fresh;
    else
      memory_[list.end] = fresh;
    list.end = fresh * kBlock;
    return true;
  }

  std::span<uint32_t> memory_;
  size_t next_;  ///< block 0 is none
};

}  // namespace sigma
