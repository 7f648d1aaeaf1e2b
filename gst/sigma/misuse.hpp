/* What the public classes say of calls that cannot be.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

/// A public object for whose state there was no memory.
inline Status no_state(size_t size) {
  return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, size);
}

template <typename T>
bool is_null(std::span<T> bytes) {
  return bytes.data() == nullptr && !bytes.empty();
}

inline Status null_bytes() {
  return Status::error(ErrorCode::INVALID_ARGUMENT, "bytes at the null pointer");
}

}  // namespace sigma
