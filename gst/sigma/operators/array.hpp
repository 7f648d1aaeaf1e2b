/* Planes: bytes of several values in turn.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxPlanes = 16;

/// Bytes of plane `k` of `count`, where plane k of `size` bytes holds the bytes k, k + count,
/// k + 2 count …
constexpr size_t plane_size(size_t size, size_t count, size_t k) {
  return size / count + (k < size % count ? 1 : 0);
}

/// Puts plane `k` of `count` into `out`, where the other planes stay.
void scatter_plane(ByteSpan plane, size_t k, size_t count, MutableByteSpan out);

/// The same for both planes of two at once: `first` may lie in the upper end of `out`.
void merge_planes(ByteSpan first, ByteSpan second, MutableByteSpan out);

struct OperatorEntry;
extern const OperatorEntry kArray;

}  // namespace sigma
