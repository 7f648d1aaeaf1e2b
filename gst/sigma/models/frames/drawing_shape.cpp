/* What drawings are like: pixels, rows, and how even they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/drawing_shape.hpp"

#include <algorithm>
#include <array>

namespace sigma {

void add_distance(CopiesForm& form, size_t bytes) {
  const size_t distance = bytes / form.unit;
  if (bytes % form.unit != 0 || distance == 0 || distance > kMaxCopyDistance ||
      form.distance_count == kMaxCopyDistances)
    return;
  const std::span known = std::span(form.distances).first(form.distance_count);
  if (std::find(known.begin(), known.end(), distance) == known.end())
    form.distances[form.distance_count++] = distance;
}

CopiesForm form_of(const DrawingShape& shape, size_t size) {
  CopiesForm form;
  form.unit = shape.unit;
  form.size = size;
  if (shape.frame != 0) add_distance(form, shape.frame);
  for (const size_t row : {shape.row, shape.next_row})
    if (row > shape.unit)
      for (const size_t distance : {row, row + shape.unit, row - shape.unit})
        add_distance(form, distance);
  add_distance(form, shape.unit);
  return form;
}

DrawingShape shape_of(const FrameFormat& format) {
  DrawingShape shape;
  if (format.plane_count == 0) return shape;
  const FramePlane& first = format.planes[0];
  size_t period = first.is_skewed ? 1 : first.period;
  for (size_t i = 1; i < format.plane_count; i++) {
    if (format.planes[i].period != period) period = 1;
    if (format.planes[i].row != first.row) shape.next_row = format.planes[i].row * format.width;
  }
  shape.unit = period * format.width;
  shape.row = first.row * format.width * (first.is_skewed ? 2 : 1);
  shape.frame = format.frame_size() * format.width;
  return shape;
}

bool is_like_drawing(const FrameBytes& bytes, size_t frame, unsigned percent) {
  constexpr size_t kLooked = 1024;
  constexpr size_t kWindow = 12;
  const ByteSpan value = bytes.value;
  if (value.size() < 2 * kWindow + kLooked) return false;
  const size_t step = (value.size() - kWindow) / kLooked;
  size_t found = 0;
  for (size_t i = 0; i < kLooked; i++) {
    const uint8_t* const at = value.data() + i * step;
    const uint64_t here = load_le<uint64_t>(at);
    const auto equals = [&](size_t distance) { return here == load_le<uint64_t>(at + distance); };
    bool is_known = equals(1) || equals(3) || equals(4);
    if (!is_known && frame != 0) {
      if (frame <= i * step)
        is_known = here == load_le<uint64_t>(at - frame);
      else if (const size_t back = frame - i * step; back >= 8 && back <= bytes.reference.size())
        is_known =
            here == load_le<uint64_t>(bytes.reference.data() + bytes.reference.size() - back);
    }
    found += is_known;
  }
  return found * 100 > kLooked * percent;
}

namespace {

/// Where something is new that copies of single bytes leave.
struct SingleBytes {
  size_t news = 0;  ///< how often there is something new
  std::array<size_t, 3> begins_by_three{};
  std::array<size_t, 4> begins_by_four{};

  SingleBytes(const CopiesForm& form, const CopySteps& steps) {
    for_each_literal(form, steps, [&](size_t begin, size_t) {
      news++;
      begins_by_three[begin % 3]++;
      begins_by_four[begin % 4]++;
    });
  }
  /// Whether what is new begins with pixels of so many bytes.
  bool has_pixels_of(size_t unit) const {
    constexpr size_t kMinOfThree = 45;  // in a hundred
    constexpr size_t kMinOfFour = 60;
    if (unit == 3) return std::ranges::max(begins_by_three) * 100 > news * kMinOfThree;
    return std::ranges::max(begins_by_four) * 100 > news * kMinOfFour;
  }
};

/// Whether copies leave room in a part from the middle. What fits in all of it does in most parts,
/// and what does not, such as tables of programs, is known sooner.
bool may_be_copied(ByteSpan bytes, const CopiesForm& whole, const CopyRoom& room) {
  constexpr size_t kShare = 8;
  constexpr size_t kSlack = 2;  // a part may have more than its share
  const size_t size = bytes.size() / kShare;
  const MutableByteSpan part(const_cast<uint8_t*>(bytes.data()) + bytes.size() / 2, size);
  CopiesForm form = whole;
  form.size = size;
  const auto share = [](MutableByteSpan all) { return all.first(all.size() / kShare * kSlack); };
  return find_copies(form, {{}, part},
                     {share(room.steps), share(room.lengths), share(room.literals)})
             .steps != 0;
}

}  // namespace

DrawingShape find_shape(ByteSpan bytes, DistanceVotes& votes, const CopyRoom& room) {
  constexpr size_t kMinRow = 48;
  constexpr size_t kMaxRow = 65536;
  constexpr uint32_t kMinVotes = 16;
  constexpr size_t kStepCost = 2;  // bytes
  const MutableByteSpan all(const_cast<uint8_t*>(bytes.data()), bytes.size());
  const DistanceVotes::Vote best = votes.count({{}, all}, kMinRow, kMaxRow)[0];
  if (best.count < kMinVotes) return {};
  DrawingShape shape = {1, best.distance, 0, 0};
  CopiesForm form = form_of(shape, all.size());
  add_distance(form, 3);
  add_distance(form, 4);
  if (!may_be_copied(bytes, form, room)) return {};
  FoundCopies made = find_copies(form, {{}, all}, room);
  if (made.steps == 0) return {};
  const SingleBytes single(form, {room.steps.first(made.steps), room.lengths.first(made.lengths)});
  const size_t cost = kStepCost * made.steps + made.literals;
  for (const size_t unit : {4, 3}) {
    if (best.distance % unit != 0) continue;
    const DrawingShape candidate = {unit, best.distance, 0, 0};
    const MutableByteSpan tried = all.first(all.size() / unit * unit);
    form = form_of(candidate, tried.size());
    made = find_copies(form, {{}, tried}, room);
    if (made.steps == 0) continue;
    if (single.has_pixels_of(unit) || kStepCost * made.steps + made.literals <= cost + cost / 12)
      shape = candidate;
  }
  return shape;
}

}  // namespace sigma
