/* Which conversion the pixels of a chunk have gone through, and their planes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/operators/colours.hpp"
#include "gst/sigma/operators/frames.hpp"

namespace sigma {

/// Forms in which pixels may be planes, the likeliest first: that of a conversion by which some
/// pixels, whole ones of `unit` bytes, may have been made, and the differences to green.
struct ColourForms {
  size_t count = 0;
  std::array<ColourForm, 2> all;
};
ColourForms find_colours(ByteSpan pixels, size_t unit);

/// What is not made of planes.
struct ColourExceptions {
  static constexpr size_t most(size_t pixels) { return pixels / 16 + 8; }
  /// Bytes that are needed to look for them.
  static constexpr size_t memory(size_t pixels) {
    return workspace_units(most(pixels) * sizeof(uint32_t)) +
           workspace_units(most(pixels) * kMinPixel);
  }
  unsigned mark = kNoColourMark;
  MutableByteSpan colours;
};

/// Writes the planes of whole pixels one behind the other. False if there are too many exceptions;
/// `memory` is for these.
bool separate_chunk(const ColourForm& form, ByteSpan pixels, MutableByteSpan planes,
                    MutableByteSpan memory, ColourExceptions& exceptions);

}  // namespace sigma
