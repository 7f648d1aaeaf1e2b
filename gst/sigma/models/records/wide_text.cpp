/* Zeros, counted by place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/wide_text.hpp"

#include <array>
#include <cstring>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"
#include "gst/sigma/operators/array.hpp"
#include "gst/sigma/operators/lane_writer.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {
namespace {

constexpr size_t kPieces = 4;
constexpr size_t kPiece = 1024;  ///< bytes, whole characters
constexpr size_t kMostWidth = 4;

/// Percent of the bytes of a place.
constexpr size_t kMostlyZero = 90;
constexpr size_t kHardlyZero = 2;

/// Bytes that a decoder needs beside the planes for records that are worth it.
constexpr size_t kLeastWorkspace = size_t{64} << 10;

using ZeroCounts = std::array<size_t, kMostWidth>;

ZeroCounts zeros_by_place(ByteSpan chunk) {
  ZeroCounts zeros{};
  for_each_piece(chunk, kPieces, kPiece, [&](ByteSpan piece) {
    for (size_t i = 0; i < piece.size(); i++)
      zeros[i % kMostWidth] += piece[i] == 0;
  });
  return zeros;
}

/// Where the narrow text lies among characters of so many bytes; not wide if it does not.
WideText find_place(const ZeroCounts& zeros, uint8_t width) {
  const size_t characters = kPieces * kPiece / width;
  WideText wide;
  size_t zero_planes = 0;
  for (uint8_t place = 0; place < width; place++) {
    size_t count = 0;
    for (size_t i = place; i < kMostWidth; i += width)
      count += zeros[i];
    if (count * 100 >= characters * kMostlyZero)
      zero_planes++;
    else if (count * 100 <= characters * kHardlyZero)
      wide = {width, place};
  }
  return wide.is_wide() && zero_planes + 1 == width ? wide : WideText{};
}

}  // namespace

WideText find_wide_text(ByteSpan chunk) {
  if (chunk.size() < kPieces * kPiece || std::memchr(chunk.data(), 0, kPiece) == nullptr) return {};
  const ZeroCounts zeros = zeros_by_place(chunk);
  const WideText two = find_place(zeros, 2);
  return two.is_wide() ? two : find_place(zeros, 4);
}

size_t find_wide_line_end(ByteSpan bytes, WideText wide) {
  const size_t least = bytes.size() - bytes.size() / 16;
  for (size_t i = bytes.size() / wide.width; i > 0 && i * wide.width > least; i--)
    if (bytes[(i - 1) * wide.width + wide.place] == '\n') return i * wide.width;
  return bytes.size();
}

bool WideChunk::begin(ByteSpan chunk, size_t least_scratch, size_t workspace,
                      MutableByteSpan& scratch) {
  chunk_ = chunk;
  wide_ = find_wide_text(chunk);
  if (!is_wide()) return true;
  const size_t size = plane_size(chunk.size(), wide_.width, 0);
  const size_t needed = workspace_units(size) + (lies_alone() ? 0 : kLeastWorkspace);
  if (workspace < needed || scratch.size() < size || scratch.size() - size < least_scratch)
    return false;
  plane_ = scratch.last(size);
  scratch = scratch.first(scratch.size() - size);
  take_plane(wide_.place);
  return true;
}

MutableByteSpan WideChunk::plane(size_t which) const {
  return plane_.first(plane_size(chunk_.size(), wide_.width, which));
}

MutableByteSpan WideChunk::take_plane(size_t which) {
  const MutableByteSpan taken = plane(which);
  subtract_to_plane({wide_.width}, chunk_, which, taken);
  return taken;
}

ByteSpan WideChunk::narrow() const {
  return is_wide() ? plane(wide_.place) : chunk_;
}

/// The first of two planes is made in its place, before the other one.
bool WideChunk::lies_alone() const {
  return !is_wide() || (wide_.width == 2 && wide_.place == 0);
}

size_t WideChunk::workspace() const {
  return lies_alone() ? 0 : workspace_units(plane_.size());
}

Status WideChunk::begin_value(LaneEncoder& lanes, TreeWriter& tree) {
  if (!is_wide()) return {};
  tree.interleave(wide_.width);
  return write_planes(0, wide_.place, lanes, tree);
}

Status WideChunk::end_value(LaneEncoder& lanes, TreeWriter& tree) {
  return is_wide() ? write_planes(wide_.place + size_t{1}, wide_.width, lanes, tree) : Status{};
}

Status WideChunk::write_planes(size_t first, size_t end, LaneEncoder& lanes, TreeWriter& tree) {
  for (size_t which = first; which < end; which++) {
    const ByteSpan bytes = take_plane(which);
    if (count_zeros(bytes) == bytes.size())
      tree.run(bytes.size(), bytes.first(1));
    else if (const Status status = write_lane(lanes, bytes, tree); !status.ok())
      return status;
  }
  if (first != end) take_plane(wide_.place);
  return {};
}

}  // namespace sigma
