/* How dense a chunk's bytes are, and what repeats, from samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {

/// Chunks of fewer bytes are not worth a look.
constexpr size_t kMinProbed = 16384;

/// Whether the chunk would not shrink by more than a percent: its bytes are as frequent as those of
/// random ones, and none of those looked at repeat others of the chunk or its history.
bool looks_incompressible(ByteSpan chunk, ByteSpan history);

/// Whether the chunk's bytes by themselves, by a sample, are worth more than 5.75 bits each: text
/// is worth less; numbers, machine code and base64 are worth more as a rule.
bool looks_dense(ByteSpan chunk);

/// Pieces of a chunk that sampled_bits() looks at, and bytes of each, a multiple of all widths.
constexpr size_t kPlanePieces = 8;
constexpr size_t kPlanePiece = 1008;

/// Bits, in 1/256, of a sample in this layout, plane by plane.
uint64_t sampled_bits(ByteSpan chunk, const IntegerLayout& layout);

/// Places in a chunk of kMinProbed bytes and more, spread evenly; behind each there are
/// kPlaceSize bytes and the most that a phase can be.
constexpr size_t kPlaces = 16;
constexpr size_t kPlaceSize = 1008;  ///< bytes, a multiple of the width of all integers
size_t place_begin(ByteSpan chunk, size_t place);

/// Which places, a bit for each, begin with what repeats `length` bytes, at least 8, that came at
/// most `reach` bytes before, in the chunk or in the history right before it.
uint32_t find_repeats(ByteSpan chunk, ByteSpan history, size_t reach, size_t length);

}  // namespace sigma
