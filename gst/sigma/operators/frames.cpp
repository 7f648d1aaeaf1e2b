/* Frames: what the payload says, and the operator.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/frames.hpp"

#include <algorithm>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/frame_taps.hpp"
#include "gst/sigma/operators/payload_numbers.hpp"

namespace sigma {
namespace {

bool read_plane(VarintReader& in, FramePlane& plane) {
  return read_number(in, 1, kMaxFrameRow, plane.row) &&
         read_number(in, 1, kMaxFrameRow, plane.rows) &&
         read_number(in, 1, kMaxFramePeriod, plane.period) &&
         read_number(in, 0, 1, plane.is_skewed);
}

/// Order of bytes, and whether planes are apart.
bool read_order(VarintReader& in, FrameLayout& layout) {
  unsigned order = 0;
  if (!read_number(in, 0, 3, order)) return false;
  layout.big_endian = (order & 1) != 0;
  layout.is_apart = (order & 2) != 0;
  return !layout.big_endian || layout.width > 1;
}

bool read_layout(VarintReader& in, FrameLayout& layout) {
  if (!read_number(in, 1, 2, layout.width) || !read_order(in, layout) ||
      !read_number(in, 0, 8 * layout.width - 1, layout.unused) ||
      !read_number(in, 0, kMaxFrameSize - 1, layout.position) ||
      !read_number(in, 1, kMaxFrameBlock, layout.block_width) ||
      !read_number(in, 1, kMaxFrameBlock, layout.block_height) ||
      !read_number(in, 1, kMaxFramePlanes, layout.plane_count))
    return false;
  uint64_t size = 0;
  for (size_t i = 0; i < layout.plane_count; i++) {
    if (!read_plane(in, layout.planes[i])) return false;
    size += uint64_t{layout.planes[i].row} * layout.planes[i].rows;
  }
  if (!layout.is_apart) return size <= kMaxFrameSize && layout.position < size;
  const FramePlane& first = layout.planes[0];
  for (size_t i = 1; i < layout.plane_count; i++)
    if (layout.planes[i].row != first.row || layout.planes[i].rows != first.rows) return false;
  return size <= kMaxFrameSize && layout.position < first.row * first.rows;
}

bool read_median(VarintReader& in, size_t period, FramePredictor& predictor) {
  predictor.is_median = true;
  if (!read_number(in, 1, kMaxFrameOffset, predictor.left) ||
      !read_number(in, 1, kMaxFrameOffset, predictor.above))
    return false;
  for (size_t i = 0; i < period; i++)
    if (!read_number(in, 0, kMaxFrameOffset, predictor.references[i])) return false;
  return true;
}

/// How many taps there are comes first; 0: a median.
bool read_predictor(VarintReader& in, size_t period, FramePredictor& predictor) {
  if (!read_number(in, 0, kMaxFrameTaps, predictor.tap_count)) return false;
  if (predictor.tap_count == 0) return read_median(in, period, predictor);
  predictor.is_median = false;
  if (!read_number(in, 0, kMaxFrameShift, predictor.shift)) return false;
  for (size_t i = 0; i < predictor.tap_count; i++) {
    FrameTap& tap = predictor.taps[i];
    if (!read_number(in, 1, kMaxFrameOffset, tap.offset)) return false;
    for (size_t k = 0; k < period; k++) {
      uint64_t factor = 0;
      if (!read_number(in, 0, UINT16_MAX, factor)) return false;
      tap.factors[k] = static_cast<int16_t>(unzigzag(factor));
    }
  }
  return true;
}

void put_predictor(const FramePredictor& predictor, size_t period, NumberWriter& out) {
  out.put(predictor.is_median ? 0 : predictor.tap_count);
  if (predictor.is_median) {
    out.put(predictor.left);
    out.put(predictor.above);
    for (size_t i = 0; i < period; i++)
      out.put(predictor.references[i]);
    return;
  }
  out.put(predictor.shift);
  for (size_t i = 0; i < predictor.tap_count; i++) {
    out.put(predictor.taps[i].offset);
    for (size_t k = 0; k < period; k++)
      out.put(zigzag(static_cast<uint64_t>(int64_t{predictor.taps[i].factors[k]})));
  }
}

bool is_in(uint64_t number, uint64_t least, uint64_t most) {
  return number >= least && number <= most;
}

size_t divide_up(size_t number, size_t by) {
  return (number + by - 1) / by;
}

/// A sample of a frame, by its place in a plane.
struct Place {
  size_t plane = 0;
  size_t y = 0;
  size_t x = 0;
};

Place place_of(const FrameLayout& layout, size_t sample) {
  Place place;
  for (; place.plane + 1 < layout.plane_count; place.plane++) {
    const FramePlane& plane = layout.planes[place.plane];
    if (sample < plane.row * plane.rows) break;
    sample -= plane.row * plane.rows;
  }
  place.y = sample / layout.planes[place.plane].row;
  place.x = sample % layout.planes[place.plane].row;
  return place;
}

}  // namespace

bool is_frame_format(const FrameFormat& format) {
  if (!is_in(format.width, 1, 2) || (format.big_endian && format.width == 1) ||
      format.unused >= 8 * format.width || !is_in(format.plane_count, 1, kMaxFramePlanes))
    return false;
  uint64_t size = 0;
  for (size_t i = 0; i < format.plane_count; i++) {
    const FramePlane& plane = format.planes[i];
    if (!is_in(plane.row, 1, kMaxFrameRow) || !is_in(plane.rows, 1, kMaxFrameRow) ||
        !is_in(plane.period, 1, kMaxFramePeriod))
      return false;
    size += uint64_t{plane.row} * plane.rows;
  }
  return size <= kMaxFrameSize;
}

bool is_frame_of_pixels(const FrameFormat& format) {
  const FramePlane& plane = format.planes[0];
  return format.plane_count == 1 && format.width == 1 && format.unused == 0 && !plane.is_skewed &&
         plane.period >= 3 && plane.row % plane.period == 0;
}

FrameLayout FrameLayout::of_plane(size_t plane) const {
  FrameLayout layout = *this;
  layout.planes[0] = planes[plane];
  layout.plane_count = 1;
  layout.is_apart = false;
  return layout;
}

size_t FrameLayout::blocks_in_row(size_t plane) const {
  return divide_up(planes[plane].row, block_width * planes[plane].period);
}

size_t FrameLayout::count_blocks(size_t samples) const {
  if (samples == 0) return 0;
  if (is_apart) {
    size_t count = 0;
    for (size_t i = 0; i < plane_count; i++)
      count += of_plane(i).count_blocks(samples / plane_count);
    return count;
  }
  const auto in_plane = [this](size_t i) {
    return blocks_in_row(i) * divide_up(planes[i].rows, block_height);
  };
  size_t in_frame = 0;
  for (size_t i = 0; i < plane_count; i++)
    in_frame += in_plane(i);
  // Those above a sample's own.
  const auto above = [&](const Place& place) {
    size_t count = place.y / block_height * blocks_in_row(place.plane);
    for (size_t i = 0; i < place.plane; i++)
      count += in_plane(i);
    return count;
  };
  const size_t last = position + samples - 1;
  const size_t size = frame_size();
  const Place end = place_of(*this, last % size);
  return last / size * in_frame + above(end) + blocks_in_row(end.plane) -
         above(place_of(*this, position));
}

FrameRows::FrameRows(const FrameLayout& layout, size_t samples)
    : layout_(layout), samples_(samples) {
  const Place place = place_of(layout, layout.position);
  next_.plane = place.plane;
  next_.y = place.y;
  next_.x = place.x;
}

bool FrameRows::next(FrameRow& row) {
  if (next_.begin == samples_) return false;
  const FramePlane& plane = layout_.planes[next_.plane];
  next_.count = std::min(plane.row - next_.x, samples_ - next_.begin);
  row = next_;
  next_.begin += next_.count;
  next_.x = 0;
  next_.y++;
  const bool ends = next_.y == plane.rows;
  if (ends || next_.y % layout_.block_height == 0)
    next_.first_block += layout_.blocks_in_row(next_.plane);
  if (ends) {
    next_.y = 0;
    next_.plane = (next_.plane + 1) % layout_.plane_count;
  }
  return true;
}

size_t write_frames(const FrameLayout& layout, const FramePredictors& predictors,
                    MutableByteSpan out) {
  NumberWriter writer(out);
  for (const size_t number :
       {size_t{layout.width}, size_t{layout.big_endian} | size_t{layout.is_apart} << 1,
        size_t{layout.unused}, layout.position, layout.block_width, layout.block_height,
        layout.plane_count})
    writer.put(number);
  for (size_t i = 0; i < layout.plane_count; i++) {
    const FramePlane& plane = layout.planes[i];
    for (const size_t number : {plane.row, plane.rows, plane.period, size_t{plane.is_skewed}})
      writer.put(number);
  }
  for (size_t i = 0; i < layout.plane_count; i++) {
    const PlanePredictors& plane = predictors.planes[i];
    writer.put(plane.count);
    for (size_t k = 0; k < plane.count; k++)
      put_predictor(plane.all[k], layout.planes[i].period, writer);
  }
  return writer.size();
}

bool read_frames(ByteSpan payload, FrameLayout& layout, FramePredictors* predictors) {
  VarintReader in(payload);
  if (!read_layout(in, layout)) return false;
  FramePredictor unused;
  for (size_t i = 0; i < layout.plane_count; i++) {
    size_t count = 0;
    if (!read_number(in, 0, kMaxFramePredictors, count)) return false;
    if (predictors != nullptr) predictors->planes[i].count = count;
    for (size_t k = 0; k < count; k++)
      if (!read_predictor(in, layout.planes[i].period,
                          predictors != nullptr ? predictors->planes[i].all[k] : unused))
        return false;
  }
  return in.at_end();
}

namespace {

/// The reference, a mode for each block, and residuals, of which there are as many bytes as in the
/// value.
Result<uint64_t> measure_frames(Operands& operands, const Node& node) {
  FrameLayout layout;
  if (!read_frames(node.payload, layout, nullptr)) return malformed("frames are malformed");
  const Result<size_t> reference = operands.measure();
  if (!reference.ok()) return reference.status;
  const Result<size_t> modes = operands.measure();
  if (!modes.ok()) return modes.status;
  const Result<size_t> residuals = operands.measure();
  if (!residuals.ok()) return residuals.status;
  const size_t unit = layout.width * (layout.is_apart ? layout.plane_count : 1);
  if (residuals.value % unit != 0) return malformed("frames end within a sample");
  if (layout.is_apart && reference.value % unit != 0)
    return malformed("planes of frames have no parts of their reference");
  if (modes.value != layout.count_blocks(residuals.value / layout.width))
    return malformed("frames have another number of blocks");
  return uint64_t{residuals.value};
}

Status restore_frames(const FrameLayout& layout, const FramePredictors& predictors, ByteSpan modes,
                      const FrameBytes& bytes);

/// Planes that are apart, one after the other.
Status restore_apart(const FrameLayout& layout, const FramePredictors& predictors, ByteSpan modes,
                     const FrameBytes& bytes) {
  const size_t samples = bytes.value.size() / layout.width / layout.plane_count;
  for (size_t i = 0; i < layout.plane_count; i++) {
    const FrameLayout plane = layout.of_plane(i);
    FramePredictors own;
    own.planes[0] = predictors.planes[i];
    const size_t blocks = plane.count_blocks(samples);
    const Status status =
        restore_frames(plane, own, modes.first(blocks), bytes.of_plane(i, layout.plane_count));
    if (!status.ok()) return status;
    modes = modes.subspan(blocks);
  }
  return {};
}

Status restore_frames(const FrameLayout& layout, const FramePredictors& predictors, ByteSpan modes,
                      const FrameBytes& bytes) {
  if (layout.is_apart) return restore_apart(layout, predictors, modes, bytes);
  ReadyPredictors ready;
  ready.prepare(layout, predictors, false);
  FrameRows rows(layout, bytes.value.size() / layout.width);
  FrameRow row;
  bool is_sound = true;
  while (is_sound && rows.next(row)) {
    const size_t count = predictors.planes[row.plane].count;
    for_each_run(layout, row, modes, [&](const FrameRun& run, uint8_t mode) {
      if (mode < count)
        restore_run(layout, ready.planes[row.plane][mode], run, bytes);
      else
        is_sound = false;
    });
  }
  return is_sound ? Status{} : malformed("a block of frames has no such predictor");
}

Status write_frames_value(Operands& operands, const Node& node, MutableByteSpan out) {
  FrameLayout layout;
  FramePredictors predictors;
  if (!read_frames(node.payload, layout, &predictors)) return malformed("frames are malformed");
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> reference = operands.view();
  if (!reference.ok()) return reference.status;
  const Result<ByteSpan> modes = operands.view();
  if (!modes.ok()) return modes.status;
  if (const Status status = operands.write(out); !status.ok()) return status;
  return restore_frames(layout, predictors, modes.value, {reference.value, out});
}

}  // namespace

constinit const OperatorEntry kFrames = {
    .name = "frames",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::MATRIX,
    .last = Primitive::MATRIX,
    .since_minor = 5,
    .has_payload = true,
    .measure = measure_frames,
    .write = write_frames_value,
};

}  // namespace sigma
