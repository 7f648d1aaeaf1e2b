/* What drawings are like: how far pixels lie from those that they may equal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/frames/copy_search.hpp"
#include "gst/sigma/models/frames/distance_votes.hpp"

namespace sigma {

/// Distances, in bytes.
struct DrawingShape {
  size_t unit = 0;      ///< of a pixel; 0: it is no drawing
  size_t row = 0;       ///< of the first plane
  size_t next_row = 0;  ///< of the next one, where it differs; else 0
  size_t frame = 0;     ///< 0: it is not known
};

/// That of pictures whose format is known.
DrawingShape shape_of(const FrameFormat& format);

/// Whether so much of the bytes is even, or equal to the frame before, that copies are worth a try:
/// more than so many percent.
bool is_like_drawing(const FrameBytes& bytes, size_t frame, unsigned percent);

/// That of bytes of which nothing is said: the row is the distance at which edges come again, and
/// pixels are those with which what is new begins, or that cost about as little as single bytes.
DrawingShape find_shape(ByteSpan bytes, DistanceVotes& votes, const CopyRoom& room);

/// Copies from pixels around one, and from the frame before.
CopiesForm form_of(const DrawingShape& shape, size_t size);

/// One more distance, if it is of whole pixels.
void add_distance(CopiesForm& form, size_t bytes);

}  // namespace sigma
