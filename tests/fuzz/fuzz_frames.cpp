/* Frames there and back: any bytes in any format with any predictors; and the model, whatever is
 * said of the bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>

#include "forge.hpp"
#include "frame_trees.hpp"
#include "gst/sigma/in_memory.hpp"
#include "gst/sigma/models/frames/frame_probe.hpp"
#include "gst/sigma/operators/evaluator.hpp"

namespace {

using testdata::Bytes;

void require(bool holds) {
  if (!holds) abort();
}

void check_tree(const Bytes& raw, sigma::FrameLayout layout, uint64_t seed) {
  testdata::Random random(seed);
  const size_t unit = layout.width * (layout.is_apart ? layout.plane_count : 1);
  const size_t samples = raw.size() / unit;
  if (samples == 0) return;
  const auto middle = raw.begin() + static_cast<std::ptrdiff_t>(random.below(samples) * unit);
  const auto end = raw.begin() + static_cast<std::ptrdiff_t>(samples * unit);
  const Bytes reference(raw.begin(), middle);
  const Bytes value(middle, end);
  Bytes room(4 * raw.size() + 300000);
  sigma::TreeWriter tree(room);
  forge::write_frames(tree, reference, value, layout,
                      forge::random_frame_predictors(layout, samples, random), random);
  require(!tree.overflowed());
  sigma::GlyphBufferPool pool;
  sigma::Evaluator evaluator(pool);
  sigma::Head head;
  head.workspace_max = 4 << 20;
  evaluator.start_stream(head);
  Bytes out(value.size());
  require(evaluator.evaluate(tree.bytes(), {}, out).ok() && out == value);
}

/// In chunks that are long enough for drawings, or short ones.
void check_model(const Bytes& in, const sigma::FrameFormat& format, unsigned level, bool is_long) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = is_long ? 8 * sigma::kMinChunkSize : sigma::kMinChunkSize;
  settings.frames = format;
  settings.verify = true;
  Bytes stream(sigma::encode_bound(in.size()));
  const auto size = sigma::encode_bytes(in, stream, settings);
  require(size.ok());
  Bytes out(in.size());
  const auto decoded = sigma::decode_bytes({stream.data(), size.value}, out);
  require(decoded.ok() && out == in);
}

/// Whatever is found can be coded.
void check_probe(const Bytes& in, uint64_t offset) {
  const sigma::FoundFrames found = sigma::find_frames(in, offset);
  const sigma::FrameFormat& format = found.format;
  if (format.plane_count == 0) return;
  require(format.plane_count <= sigma::kMaxFramePlanes && format.width <= 2);
  for (size_t i = 0; i < format.plane_count; i++) {
    const sigma::FramePlane& plane = format.planes[i];
    require(plane.row > 0 && plane.rows > 0 && plane.period > 0 &&
            plane.period <= sigma::kMaxFramePeriod);
  }
  require(found.shift < format.frame_size() * format.width);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 17) return 0;
  sigma::FrameLayout layout;
  layout.width = 1 + data[0] % 2;
  layout.big_endian = layout.width == 2 && (data[0] & 2) != 0;
  layout.plane_count = 1 + data[1] % sigma::kMaxFramePlanes;
  for (size_t i = 0; i < layout.plane_count; i++)
    layout.planes[i] = {size_t{1} + data[2 + i], size_t{1} + data[6 + i] % 32,
                        size_t{1} + data[10] % sigma::kMaxFramePeriod, (data[10] & 4) != 0};
  layout.position = data[11] % layout.frame_size();
  layout.block_width = 1 + data[12] % sigma::kMaxFrameBlock;
  layout.block_height = 1 + data[13] % sigma::kMaxFrameBlock;
  Bytes in(data + 16, data + size);
  // Repeated, so that small inputs are long enough for some frames.
  for (unsigned doublings = 0; doublings < data[14] % 14 && in.size() < 100000; doublings++)
    in.insert(in.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(in.size()));
  check_model(in, data[14] & 16 ? sigma::FrameFormat{} : layout, 1 + data[15] % 9,
              (data[15] & 64) != 0);
  check_probe(in, data[15]);
  in.resize(std::max<size_t>(std::min<size_t>(in.size(), 4096) / 2 * 2, 2));
  check_tree(in, layout, data[15]);
  for (size_t i = 1; i < layout.plane_count; i++)
    layout.planes[i] = {layout.planes[0].row, layout.planes[0].rows, 1 + i % 3, i == 2};
  layout.is_apart = true;
  layout.position %= layout.planes[0].row * layout.planes[0].rows;
  check_tree(in, layout, data[15]);
  return 0;
}
