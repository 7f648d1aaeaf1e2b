/* Tables in memory that is given, one behind the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kWorkspaceUnit = 8;  ///< what takes workspace takes a multiple of so many bytes
constexpr size_t workspace_units(size_t size) {
  return (size + kWorkspaceUnit - 1) / kWorkspaceUnit * kWorkspaceUnit;
}

/// Tables in the caller's memory, one behind the other.
class Arena {
 public:
  /// `memory` is aligned for any table.
  explicit Arena(MutableByteSpan memory) : memory_(memory) {}
  size_t left() const { return memory_.size(); }
  /// What is left.
  MutableByteSpan rest() const { return memory_; }
  /// Room for `count`, at most 2^27, each counted as `size_of_each` bytes; null if there is not
  /// enough left.
  template <typename T>
  T* take(size_t count, size_t size_of_each = sizeof(T)) {
    static_assert(alignof(T) <= kWorkspaceUnit);
    const size_t size = workspace_units(count * size_of_each);
    if (size > memory_.size()) return nullptr;
    uint8_t* taken = memory_.data();
    memory_ = memory_.subspan(size);
    return reinterpret_cast<T*>(taken);
  }

 private:
  MutableByteSpan memory_;
};

}  // namespace sigma
