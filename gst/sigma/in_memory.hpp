/* Bytes in memory to a stream in memory, and back, each by one call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

/// Room that encode_bytes() needs at most for `size` bytes, at any settings.
constexpr uint64_t encode_bound(uint64_t size) {
  const uint64_t more = size / 24 + 32 * 1024;
  return size < UINT64_MAX - more ? size + more : UINT64_MAX;
}

/// Writes `input` as one stream to the front of `out`, and gives its size. Threads are the
/// library's own. INVALID_ARGUMENT if `out` has too little room.
SIGMA_API Result<size_t> encode_bytes(ByteSpan input, MutableByteSpan out,
                                      const EncoderSettings& settings = {});

/// Bytes that a stream, or joined ones, decode to, as far as their ends and heads tell.
SIGMA_API Result<uint64_t> decoded_size(ByteSpan stream);

/// Writes what a stream, or joined ones, decode to, to the front of `out`, and gives how much that
/// is. INVALID_ARGUMENT if `out` has too little room: decoded_size() tells how much it takes. With
/// OnError::SKIP damage is no error: what is lost is left out of `out`, and `listener`, if there is
/// one, is told.
SIGMA_API Result<size_t> decode_bytes(ByteSpan stream, MutableByteSpan out,
                                      const DecoderSettings& settings = {},
                                      DamageListener* listener = nullptr);

}  // namespace sigma
