/* How many bytes are like those some distance before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kAlikePieces = 4;
constexpr size_t kAlikePiece = 1024;                          ///< bytes compared in each
constexpr uint32_t kAlikeBytes = kAlikePieces * kAlikePiece;  ///< in all

/// Adds to each counts[lag], from 1 on, how many bytes of a sample differ by at most `most` from
/// those `lag` bytes before. The chunk is longer than all lags and kAlikeBytes together.
void count_alike(ByteSpan chunk, uint8_t most, std::span<uint32_t> counts);

}  // namespace sigma
