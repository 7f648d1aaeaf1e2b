/* Zeros, counted by place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/wide_text.hpp"

#include <array>
#include <cstring>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"

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

void WideText::take_plane(ByteSpan bytes, size_t which, MutableByteSpan out) const {
  const uint8_t* const from = bytes.data() + which;
  const size_t step = width;
  for (size_t i = 0; i < out.size(); i++)
    out[i] = from[i * step];
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
  const size_t size = wide_.plane_size(chunk.size(), 0);
  const size_t needed = workspace_units(size) + (lies_alone() ? 0 : kLeastWorkspace);
  if (workspace < needed || scratch.size() < size || scratch.size() - size < least_scratch)
    return false;
  plane_ = scratch.last(size);
  scratch = scratch.first(scratch.size() - size);
  wide_.take_plane(chunk, wide_.place, plane(wide_.place));
  return true;
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

/// A plane that does not get small does not fit in as a literal either.
Status WideChunk::write_planes(size_t first, size_t end, LaneEncoder& lanes, TreeWriter& tree) {
  for (size_t which = first; which < end; which++) {
    const MutableByteSpan bytes = plane(which);
    wide_.take_plane(chunk_, which, bytes);
    if (count_zeros(bytes) == bytes.size()) {
      tree.run(bytes.size(), bytes.first(1));
      continue;
    }
    const Result<size_t> frame = lanes.encode(bytes, {}, tree.lane_room());
    if (!frame.ok()) return frame.status;
    if (frame.value == 0)
      tree.literal(bytes);
    else
      tree.lane_made(frame.value);
  }
  if (first != end) wide_.take_plane(chunk_, wide_.place, plane(wide_.place));
  return {};
}

}  // namespace sigma
