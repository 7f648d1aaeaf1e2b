/* Text in characters of two or four bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// How UTF-16 and UTF-32, in either byte order, hold text that is nearly all ASCII or Latin-1: one
/// byte of each character is that of the narrow text, the others are nearly all zeros.
struct WideText {
  uint8_t width = 1;  ///< bytes of a character: 1, 2 or 4; 1: the text is not wide
  uint8_t place = 0;  ///< of the narrow text's byte among them

  bool is_wide() const { return width != 1; }
};

/// Tells by a few pieces of the chunk.
WideText find_wide_text(ByteSpan chunk);

/// The end of the last line of the narrow text in the last sixteenth of `bytes`; otherwise their
/// end.
size_t find_wide_line_end(ByteSpan bytes, WideText wide);

/// The narrow text of a chunk of wide text, which is coded, and the other planes around it. What is
/// not wide is its own narrow text.
class WideChunk {
 public:
  /// Puts the narrow text at the end of `scratch`, and takes that off. False if that leaves less
  /// than `least_scratch`, or a decoder, with `workspace` bytes, no room.
  bool begin(ByteSpan chunk, size_t least_scratch, size_t workspace, MutableByteSpan& scratch);

  bool is_wide() const { return wide_.is_wide(); }
  ByteSpan narrow() const;
  /// Bytes of a decoder's workspace that planes take while the narrow text is made, and what all of
  /// them add to its work.
  size_t workspace() const;
  size_t work() const { return is_wide() ? chunk_.size() : 0; }

  /// Planes before the narrow text's expression, and behind it. `lanes` has the parameters of
  /// lanes.
  Status begin_value(LaneEncoder& lanes, TreeWriter& tree);
  Status end_value(LaneEncoder& lanes, TreeWriter& tree);

 private:
  bool lies_alone() const;
  MutableByteSpan plane(size_t which) const;
  MutableByteSpan take_plane(size_t which);
  Status write_planes(size_t first, size_t end, LaneEncoder& lanes, TreeWriter& tree);

  WideText wide_;
  ByteSpan chunk_;
  MutableByteSpan plane_;  ///< the longest one: the narrow text, but while another plane is written
};

}  // namespace sigma
