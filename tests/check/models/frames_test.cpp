/* Frames: every format there and back, at every place where a chunk may begin; what that saves, and
 * what stays as it was.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec.hpp"
#include "colour_trees.hpp"
#include "frame_trees.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/models/frames/frame_probe.hpp"
#include "lines.hpp"
#include "suite.hpp"

namespace {

using sigma::EncoderSettings;
using sigma::FrameFormat;
using testdata::Bytes;
using testdata::MiB;

FrameFormat format_of(unsigned width, bool big, unsigned unused,
                      std::initializer_list<sigma::FramePlane> planes) {
  FrameFormat format;
  format.width = width;
  format.big_endian = big;
  format.unused = unused;
  for (const sigma::FramePlane& plane : planes)
    format.planes[format.plane_count++] = plane;
  return format;
}

FrameFormat planar(size_t width, size_t height) {
  return format_of(1, false, 0,
                   {{width, height}, {width / 2, height / 2}, {width / 2, height / 2}});
}

struct Coded {
  size_t size;
  sigma::StreamStats stats;
};

Coded encode(const Bytes& raw, const EncoderSettings& settings) {
  const auto made = lines::encode_with_stats(raw, settings);
  const auto decoded = codec::decode(made.stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == raw);
  ck_assert_uint_eq(decoded.stats.chunks_frames, made.stats.chunks_frames);
  return {made.stream.size(), made.stats};
}

EncoderSettings with_frames(const FrameFormat& format, unsigned level = 3) {
  EncoderSettings settings;
  settings.level = level;
  settings.frames = format;
  return settings;
}

EncoderSettings level_of(EncoderSettings settings, unsigned level) {
  settings.level = level;
  return settings;
}

/// Pixels, with memory for their planes.
EncoderSettings with_pixels(size_t width, size_t height, size_t unit, unsigned level = 3) {
  EncoderSettings settings =
      with_frames(format_of(1, false, 0, {{width * unit, height, unit}}), level);
  settings.max_memory = 24 * MiB;
  return settings;
}

/// Surfaces of a few colours, with slanted, softened edges, as drawings have them.
Bytes drawing(size_t width, size_t height, size_t unit) {
  testdata::Random random(17);
  struct Shape {
    size_t x, y, size, slope;
    uint8_t colour[4];
  };
  std::vector<Shape> shapes(200);
  for (Shape& shape : shapes) {
    shape = {random.below(width),
             random.below(height),
             10 + random.below(width / 6),
             random.below(3),
             {}};
    for (uint8_t& part : shape.colour)
      part = static_cast<uint8_t>(random.below(256));
  }
  Bytes out;
  for (size_t y = 0; y < height; y++) {
    std::vector<Shape> here;
    for (const Shape& shape : shapes)
      if (y >= shape.y && y < shape.y + shape.size) here.push_back(shape);
    for (size_t x = 0; x < width; x++) {
      const uint8_t paper[4] = {250, 250, 240, 255};
      uint8_t pixel[4];
      std::copy(paper, paper + 4, pixel);
      for (const Shape& shape : here) {
        const size_t from = shape.x + (y - shape.y) * shape.slope / 2;
        if (x < from || x > from + shape.size) continue;
        const bool is_soft = x == from || x == from + shape.size;
        for (size_t k = 0; k < 4; k++)
          pixel[k] = static_cast<uint8_t>(is_soft ? (pixel[k] + 3 * shape.colour[k]) / 4
                                                  : shape.colour[k]);
      }
      out.insert(out.end(), pixel, pixel + unit);
    }
  }
  return out;
}

EncoderSettings as_bytes(unsigned level = 3) {
  EncoderSettings settings;
  settings.level = level;
  settings.model = sigma::Model::BYTES;
  return settings;
}

}  // namespace

START_TEST(frames_of_every_format_come_back) {
  const FrameFormat formats[] = {
      planar(160, 120),
      format_of(1, false, 0, {{160, 120}, {160, 60, 2}}),  // NV12
      format_of(1, false, 0, {{480, 120, 3}}),             // RGB
      format_of(1, false, 0, {{640, 120, 4}}),             // RGBx
      format_of(1, false, 0, {{160, 120, 2, true}}),       // a mosaic
      format_of(2, false, 0, {{160, 120}}),                // depth
      format_of(2, true, 0, {{160, 120}}),                 // the other way round
      format_of(2, false, 4, {{160, 120}, {160, 60, 2}}),  // as P010
      format_of(2, false, 0, {{160, 120, 2, true}}),       // a mosaic of 12 bits
      format_of(2, true, 0, {{640, 120, 4}}),              // ARGB64
  };
  for (const FrameFormat& format : formats) {
    const Bytes raw = forge::moving_picture(format, MiB / (format.frame_size() * format.width));
    EncoderSettings bytes = with_frames(format);
    bytes.model = sigma::Model::BYTES;
    ck_assert_uint_eq(encode(raw, bytes).stats.chunks_frames, 0);
    for (const unsigned level : {1U, 3U, 6U, 9U}) {
      if (testdata::is_short_run() && level > 3) continue;
      EncoderSettings settings = with_frames(format, level);
      if (level < 3) ck_assert_uint_eq(encode(raw, settings).stats.chunks_frames, 0);
      settings.model = sigma::Model::FRAMES;
      const Coded coded = encode(raw, settings);
      // Noise that repeats itself may be smaller as samples or bytes.
      if (format.width == 1) ck_assert_uint_eq(coded.stats.chunks_frames, coded.stats.chunks);
      ck_assert_uint_le(coded.size, encode(raw, level_of(bytes, level)).size);
    }
  }
}
END_TEST

START_TEST(low_bits_that_are_said_to_be_unused_come_back) {
  const FrameFormat format = format_of(2, false, 6, {{160, 120}, {160, 60, 2}});
  Bytes raw = forge::moving_picture(format, 20);
  for (size_t i = 0; i < raw.size(); i += 4000)
    raw[i] ^= 1;
  for (const unsigned level : {3U, 6U}) {
    EncoderSettings settings = with_frames(format, level);
    settings.model = sigma::Model::FRAMES;
    encode(raw, settings);
  }
}
END_TEST

/// A row of them is more than a quarter of the smallest chunk.
START_TEST(rows_that_are_long_for_their_chunk_come_back) {
  for (const FrameFormat& format :
       {format_of(1, false, 0, {{32768, 10, 4}}), format_of(1, false, 0, {{24000, 10, 3}}),
        format_of(2, false, 0, {{32768, 10, 4}})}) {
    EncoderSettings settings = with_frames(format);
    settings.chunk_size = 65536;
    encode(forge::moving_picture(format, 2), settings);
  }
}
END_TEST

START_TEST(chunks_begin_anywhere_in_a_frame) {
  for (const unsigned width : {1U, 2U}) {
    const FrameFormat format = format_of(width, false, 0, {{101, 57}, {51, 29, 3}});
    const Bytes raw = forge::moving_picture(format, 40);
    for (const size_t piece : {70001U, 65536U, 5743U}) {
      EncoderSettings settings = with_frames(format);
      settings.chunk_size = 65536;
      ck_assert(codec::decode(codec::encode(raw, settings, codec::pieces_of(piece))).bytes == raw);
    }
  }
}
END_TEST

START_TEST(what_repeats_takes_next_to_nothing) {
  const FrameFormat format = planar(320, 240);
  const Bytes one = forge::moving_picture(format, 1);
  Bytes raw;
  for (int i = 0; i < 40; i++)
    raw.insert(raw.end(), one.begin(), one.end());
  EncoderSettings settings = with_frames(format);
  settings.chain = sigma::kDefaultKeyInterval;
  const Coded coded = encode(raw, settings);
  ck_assert_uint_lt(coded.size, encode(one, with_frames(format)).size * 3 / 2);
}
END_TEST

START_TEST(a_frame_is_history_where_memory_has_room) {
  const FrameFormat format = planar(768, 576);
  EncoderSettings settings = with_frames(format);
  const auto known = sigma::plan_encoder(settings);
  ck_assert(known.ok());
  ck_assert_uint_ge(known.value.history_size, format.frame_size());
  ck_assert_uint_le(known.value.memory.total(), sigma::kDefaultEncoderMemory);
  // A level that looks for no frames has none in its memory.
  EncoderSettings quick;
  quick.level = 2;
  const uint32_t history = sigma::plan_encoder(quick).value.history_size;
  quick.frames = format;
  ck_assert_uint_eq(sigma::plan_encoder(quick).value.history_size, history);
  settings.frames = planar(1920, 1080);
  ck_assert_uint_lt(sigma::plan_encoder(settings).value.history_size, settings.frames.frame_size());
  settings.max_memory = 24 * MiB;
  const auto large = sigma::plan_encoder(settings);
  ck_assert_uint_ge(large.value.history_size, settings.frames.frame_size());
  ck_assert_uint_le(large.value.memory.total(), settings.max_memory);
}
END_TEST

START_TEST(patient_levels_have_as_long_chunks_behind_a_frame) {
  const FrameFormat format = planar(768, 576);
  const auto quick = sigma::plan_encoder(with_frames(format));
  for (const unsigned level : {6U, 7U, 8U, 9U}) {
    const auto patient = sigma::plan_encoder(with_frames(format, level));
    ck_assert(patient.status.ok());
    ck_assert_uint_ge(patient.value.history_size, format.frame_size());
    ck_assert_uint_ge(patient.value.dense_size, quick.value.dense_size);
    ck_assert_uint_le(patient.value.memory.total(), sigma::kDefaultEncoderMemory);
  }
}
END_TEST

/// A still picture of soft spots, before which others move, so many pixels in a frame; with noise,
/// so that bytes hardly repeat.
Bytes moving_spots(const FrameFormat& format, size_t across, size_t down, size_t frames) {
  testdata::Random random(5);
  Bytes spots(size_t{256} * 256);
  for (uint8_t& spot : spots)
    spot = static_cast<uint8_t>(random.below(200));
  const auto spot_at = [&](size_t x, size_t y) { return spots[y % 256 * 256 + x % 256]; };
  const sigma::FramePlane& first = format.planes[0];
  Bytes raw;
  for (size_t n = 0; n < frames; n++)
    for (size_t plane = 0; plane < format.plane_count; plane++) {
      const sigma::FramePlane& of = format.planes[plane];
      for (size_t y = 0; y < of.rows; y++)
        for (size_t x = 0; x < of.row; x++) {
          const size_t line = y * first.rows / of.rows;
          const size_t moved = line / 64 % 2 == 1 ? n : 0;
          const size_t column =
              x / of.period * first.row / of.row * of.period / first.period + 4096 - moved * across;
          const size_t row = line + 4096 - moved * down;
          const size_t sum = spot_at(column, row) + spot_at(column + 1, row) +
                             spot_at(column, row + 1) + random.below(12) + 3 * (x % of.period);
          if (format.width == 2) raw.push_back(static_cast<uint8_t>(sum));
          raw.push_back(static_cast<uint8_t>(format.width == 2 ? sum >> 8 : sum / 4));
        }
    }
  return raw;
}

START_TEST(patient_levels_follow_what_moves) {
  const FrameFormat rgb = format_of(1, false, 0, {{320 * 3, 240, 3}});
  const FrameFormat wide = format_of(2, false, 0, {{320, 240}});
  for (const FrameFormat& format : {planar(320, 240), rgb, wide}) {
    const Bytes raw = moving_spots(format, 13, 5, 24);
    const EncoderSettings settings = with_frames(format, 6);
    const Coded patient = encode(raw, settings);
    // Level 5 finds as matches some of what moves.
    const Coded quick = encode(raw, level_of(settings, 4));
    ck_assert_uint_gt(patient.stats.chunks_frames, 0);
    ck_assert_uint_eq(patient.stats.chunks_frames, quick.stats.chunks_frames);
    ck_assert_uint_lt(patient.size, quick.size / 8 * 7);
  }
}
END_TEST

START_TEST(pixels_are_coded_as_the_planes_that_they_were) {
  for (const size_t unit : {3U, 4U}) {
    const Bytes pixels = forge::moving_pixels(160, 120, unit, 20);
    // There is no memory for planes by default.
    const size_t packed =
        encode(pixels, with_frames(format_of(1, false, 0, {{unit * 160, 120, unit}}))).size;
    const Coded coded = encode(pixels, with_pixels(160, 120, unit));
    ck_assert_uint_gt(coded.stats.chunks_frames, 0);
    ck_assert_uint_lt(coded.size, packed / 4 * 3);
    // Any bytes said to be pixels, and pixels among which some are not of the conversion.
    encode(testdata::random_bytes(300000), with_pixels(160, 120, unit));
    Bytes mixed = pixels;
    for (size_t i = 0; i < mixed.size(); i += 997)
      mixed[i] = static_cast<uint8_t>(mixed[i] + 50);
    // Blue first, and behind what is no colour.
    Bytes blue_first = mixed;
    for (size_t i = 0; i + unit <= mixed.size(); i += unit)
      std::swap(blue_first[i], blue_first[i + 2]);
    Bytes behind = mixed;
    for (size_t i = 0; unit == 4 && i + unit <= mixed.size(); i += unit)
      std::reverse(behind.begin() + static_cast<ptrdiff_t>(i),
                   behind.begin() + static_cast<ptrdiff_t>(i + unit));
    for (const unsigned level : {1U, 3U, 6U}) {
      const size_t size = encode(mixed, with_pixels(160, 120, unit, level)).size;
      ck_assert_uint_lt(size, pixels.size());
      // About as small as with red first.
      for (const Bytes& other : {blue_first, behind})
        ck_assert_uint_lt(encode(other, with_pixels(160, 120, unit, level)).size, size / 16 * 17);
    }
  }
}
END_TEST

START_TEST(samples_of_few_values_are_coded_by_their_ranks) {
  for (const bool big : {false, true}) {
    // Depths by disparities, in steps that grow with the depth.
    FrameFormat bytes = format_of(1, false, 0, {{160, 120}});
    Bytes raw;
    for (const uint8_t disparity : forge::moving_picture(bytes, 30)) {
      const unsigned depth = 200000U / (disparity + 4U);
      raw.push_back(static_cast<uint8_t>(big ? depth >> 8 : depth));
      raw.push_back(static_cast<uint8_t>(big ? depth : depth >> 8));
    }
    EncoderSettings settings = with_frames(format_of(2, big, 0, {{160, 120}}));
    settings.model = sigma::Model::FRAMES;
    // There is no memory for ranks by default.
    const size_t plain = encode(raw, settings).size;
    settings.max_memory = 24 * MiB;
    const Coded coded = encode(raw, settings);
    ck_assert_uint_gt(coded.stats.chunks_frames, 0);
    ck_assert_uint_lt(coded.size, plain / 4 * 3);
    // Values that did not occur before, an odd byte first, and more of them than there are ranks.
    raw.insert(raw.begin() + 700001, 5);
    const Bytes noise = testdata::random_bytes(100000);
    raw.insert(raw.end(), noise.begin(), noise.end());
    settings.chunk_size = 65537;
    encode(raw, settings);
  }
}
END_TEST

START_TEST(planes_of_pixels_go_on_in_chunks_that_begin_within_a_pixel) {
  const Bytes pixels = forge::moving_pixels(96, 64, 3, 30);
  EncoderSettings settings = with_pixels(96, 64, 3);
  // In whole pixels, and with one or two bytes more.
  size_t sizes[3];
  for (uint32_t more = 0; more < 3; more++) {
    settings.chunk_size = 65536 + 3 * 1000 + 2 + more;
    sizes[more] = encode(pixels, settings).size;
  }
  for (const size_t size : sizes)
    ck_assert_uint_lt(size, sizes[0] + sizes[0] / 50);
}
END_TEST

START_TEST(planes_of_pixels_are_left_where_memory_has_no_room) {
  EncoderSettings settings = with_pixels(640, 480, 3);
  ck_assert(sigma::plan_encoder(settings).value.has_colours);
  settings.max_memory = sigma::kDefaultEncoderMemory;
  const auto small = sigma::plan_encoder(settings);
  ck_assert(small.ok() && !small.value.has_colours);
  ck_assert_uint_ge(small.value.history_size, 3 * 640 * 480);
  settings.frames = planar(640, 480);
  ck_assert(!sigma::plan_encoder(settings).value.has_colours);
}
END_TEST

START_TEST(drawings_are_copies) {
  for (const size_t unit : {1U, 3U, 4U}) {
    const Bytes raw = drawing(1400, 900, unit);
    const FrameFormat format = format_of(1, false, 0, {{1400 * unit, 900, unit}});
    for (const unsigned level : {3U, 6U, 9U}) {
      if (testdata::is_short_run() && level > 3) continue;
      const size_t plain = encode(raw, as_bytes(level)).size;
      const size_t most = level < 9 ? plain * 4 / 5 : plain;
      ck_assert_uint_le(encode(raw, with_frames(format, level)).size, most);
      EncoderSettings unknown;
      unknown.level = level;
      ck_assert_uint_le(encode(raw, unknown).size, most);
    }
  }
}
END_TEST

START_TEST(drawings_are_found_behind_an_even_surface) {
  Bytes raw(3 * MiB, 255);
  const Bytes figure = drawing(600, 1800, 3);
  raw.insert(raw.end(), figure.begin(), figure.end());
  ck_assert_uint_lt(encode(raw, {}).size, encode(raw, as_bytes()).size * 9 / 10);
}
END_TEST

START_TEST(headers_of_any_length_may_come_first) {
  const FrameFormat formats[] = {
      format_of(1, false, 0, {{600, 150, 3}}),  // RGB
      format_of(2, false, 0, {{200, 150}}),
      format_of(2, true, 0, {{200, 150}}),
  };
  for (const FrameFormat& format : formats) {
    const Bytes raw = forge::moving_picture(format, MiB / (format.frame_size() * format.width));
    const size_t said = encode(raw, with_frames(format)).size;
    for (const size_t header : testdata::values<size_t>({15, 16, 17})) {
      Bytes file(header, 'h');
      file.insert(file.end(), raw.begin(), raw.end());
      ck_assert_uint_lt(encode(file, {}).size, said + said / 8);
    }
  }
}
END_TEST

START_TEST(frames_that_are_none_stay_bytes) {
  for (const Bytes& other :
       {testdata::log_lines(MiB), testdata::random_bytes(MiB), testdata::server_log(MiB),
        testdata::mixed(MiB), Bytes(), Bytes(100, 1)}) {
    EncoderSettings bytes;
    bytes.model = sigma::Model::BYTES;
    const Coded plain = encode(other, bytes);
    for (const FrameFormat& format :
         {planar(640, 480), format_of(2, false, 0, {{1000, 1000}}),
          format_of(1, false, 0, {{1, 1}}), format_of(2, true, 3, {{1 << 20, 100, 4, true}})}) {
      EncoderSettings settings = with_frames(format);
      ck_assert_uint_le(encode(other, settings).size, plain.size + plain.size / 500 + 8);
      settings.model = sigma::Model::FRAMES;
      ck_assert_uint_le(encode(other, settings).size, plain.size + plain.size / 500 + 8);
    }
  }
}
END_TEST

START_TEST(frames_are_found_where_nothing_is_said) {
  const FrameFormat formats[] = {
      planar(200, 150),
      format_of(1, false, 0, {{201, 151}}),
      format_of(1, false, 0, {{600, 150, 3}}),  // RGB
      format_of(1, false, 0, {{800, 150, 4}}),  // RGBx
      format_of(2, false, 0, {{200, 150}}),
      format_of(2, true, 0, {{200, 150}}),
  };
  for (const FrameFormat& format : formats) {
    Bytes raw = forge::moving_picture(format, MiB * 5 / 4 / (format.frame_size() * format.width));
    for (const size_t header : {0U, 54U}) {
      raw.insert(raw.begin(), header, 'h');
      const FrameFormat found = sigma::find_frames(sigma::ByteSpan(raw).first(MiB), 0).format;
      // The picture repeats itself after some rows.
      ck_assert_uint_gt(found.plane_count, 0);
      ck_assert_uint_eq(found.planes[0].row % format.planes[0].row, 0);
      ck_assert_uint_eq(found.planes[0].period, format.planes[0].period);
      ck_assert_uint_eq(found.width, format.width);
      ck_assert_int_eq(found.big_endian, format.big_endian);
      if (found.planes[0].row == format.planes[0].row)
        ck_assert_uint_eq(found.frame_size(), format.frame_size());
      // Of two bytes, noise that repeats itself may be smaller as samples.
      const Coded coded = encode(raw, {});
      if (format.width == 1) ck_assert_uint_eq(coded.stats.chunks_frames, coded.stats.chunks);
      EncoderSettings bytes;
      bytes.model = sigma::Model::BYTES;
      ck_assert_uint_lt(coded.size,
                        encode(raw, bytes).size * (format.width == 1 ? 100 : 101) / 100);
    }
  }
}
END_TEST

START_TEST(frames_are_not_found_in_other_data) {
  for (const Bytes& other : {testdata::log_lines(2 * MiB), testdata::random_bytes(MiB),
                             testdata::server_log(MiB), testdata::mixed(MiB), Bytes(2 * MiB, 7)})
    ck_assert_uint_eq(encode(other, {}).stats.chunks_frames, 0);
}
END_TEST

START_TEST(what_follows_pictures_is_looked_at_for_itself) {
  const Bytes pictures = forge::moving_picture(planar(200, 150), 40);
  const Bytes log = testdata::server_log(2 * MiB);
  Bytes both = pictures;
  both.insert(both.end(), log.begin(), log.end());
  EncoderSettings settings;
  settings.chunk_size = 524288;  // so that the log begins in the group of the pictures
  const size_t apart = encode(pictures, settings).size + encode(log, settings).size;
  EncoderSettings bytes = settings;
  bytes.model = sigma::Model::BYTES;
  ck_assert_uint_lt(encode(both, settings).size, apart + encode(log, bytes).size / 2);
}
END_TEST

START_TEST(streams_say_the_version_that_frames_need) {
  const auto minor_of = [](const EncoderSettings& settings) {
    return sigma::plan_encoder(settings).value.minor;
  };
  EncoderSettings frames = with_frames(planar(64, 64));
  frames.model = sigma::Model::FRAMES;
  ck_assert_uint_eq(minor_of(frames), 11);
  frames = with_pixels(64, 64, 3);
  ck_assert_uint_eq(minor_of(frames), 12);
  EncoderSettings bytes = frames;
  bytes.model = sigma::Model::BYTES;
  ck_assert_uint_lt(minor_of(bytes), 5);
}
END_TEST

START_TEST(formats_out_of_range_are_refused) {
  const auto refuses = [](const FrameFormat& format) {
    return sigma::plan_encoder(with_frames(format)).status.code ==
           sigma::ErrorCode::INVALID_ARGUMENT;
  };
  ck_assert(!refuses(planar(640, 480)));
  ck_assert(refuses(format_of(3, false, 0, {{8, 8}})));
  ck_assert(refuses(format_of(1, true, 0, {{8, 8}})));
  ck_assert(refuses(format_of(1, false, 8, {{8, 8}})));
  ck_assert(refuses(format_of(1, false, 0, {{0, 8}})));
  ck_assert(refuses(format_of(1, false, 0, {{8, 0}})));
  ck_assert(refuses(format_of(1, false, 0, {{8, 8, 5}})));
  ck_assert(refuses(format_of(1, false, 0, {{8, 8, 0}})));
  ck_assert(refuses(format_of(1, false, 0, {{(1 << 20) + 1, 1}})));
  ck_assert(refuses(format_of(1, false, 0, {{1 << 20, 1 << 20}})));
  FrameFormat many = planar(8, 8);
  many.plane_count = sigma::kMaxFramePlanes + 1;
  ck_assert(refuses(many));
}
END_TEST

int main() {
  return run_suite(
      "models/frames", 300,
      {{"P1",
        {frames_of_every_format_come_back, low_bits_that_are_said_to_be_unused_come_back,
         rows_that_are_long_for_their_chunk_come_back, chunks_begin_anywhere_in_a_frame,
         planes_of_pixels_go_on_in_chunks_that_begin_within_a_pixel}},
       {"P3",
        {a_frame_is_history_where_memory_has_room,
         planes_of_pixels_are_left_where_memory_has_no_room,
         patient_levels_have_as_long_chunks_behind_a_frame}},
       {"P5",
        {what_repeats_takes_next_to_nothing, patient_levels_follow_what_moves,
         pixels_are_coded_as_the_planes_that_they_were,
         samples_of_few_values_are_coded_by_their_ranks, frames_that_are_none_stay_bytes,
         drawings_are_copies, drawings_are_found_behind_an_even_surface,
         headers_of_any_length_may_come_first, frames_are_found_where_nothing_is_said,
         frames_are_not_found_in_other_data, what_follows_pictures_is_looked_at_for_itself}},
       {"P7", {formats_out_of_range_are_refused}},
       {"P11", {streams_say_the_version_that_frames_need}}});
}
