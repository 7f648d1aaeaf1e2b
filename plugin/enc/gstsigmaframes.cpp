/* Caps of raw pictures. The layouts are those that GStreamer documents as default.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/enc/gstsigmaframes.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace {

/// Where the samples of a format lie.
enum class Layout {
  PACKED,       ///< `period` samples for each pixel
  PLANES,       ///< three planes, the second and third one smaller
  SEMI_PLANES,  ///< two planes, the second one with two kinds
};

struct Format {
  std::string_view name;
  Layout layout;
  unsigned width;  ///< bytes of a sample
  bool big_endian;
  unsigned unused;
  unsigned period;  ///< of packed samples
  unsigned across;  ///< planes of colours are so many times narrower
  unsigned down;    ///< and lower
};

constexpr bool kBigHost = G_BYTE_ORDER == G_BIG_ENDIAN;

constexpr Format packed(std::string_view name, unsigned period, unsigned width = 1,
                        bool big = false) {
  return {name, Layout::PACKED, width, big, 0, period, 1, 1};
}
/// Two pixels have their colours in common.
constexpr Format paired(std::string_view name) {
  return {name, Layout::PACKED, 1, false, 0, 4, 2, 1};
}
constexpr Format planes(std::string_view name, unsigned across, unsigned down, unsigned width = 1,
                        bool big = false) {
  return {name, Layout::PLANES, width, big, 0, 1, across, down};
}
constexpr Format semi_planes(std::string_view name, unsigned across, unsigned down,
                             unsigned width = 1, unsigned unused = 0) {
  return {name, Layout::SEMI_PLANES, width, false, unused, 1, across, down};
}

constexpr Format kFormats[] = {
    planes("I420", 2, 2),
    planes("YV12", 2, 2),
    planes("Y42B", 2, 1),
    planes("Y444", 1, 1),
    planes("GBR", 1, 1),
    semi_planes("NV12", 2, 2),
    semi_planes("NV21", 2, 2),
    semi_planes("NV16", 2, 1),
    semi_planes("NV61", 2, 1),
    semi_planes("NV24", 1, 1),
    paired("YUY2"),
    paired("UYVY"),
    paired("YVYU"),
    paired("VYUY"),
    packed("RGB", 3),
    packed("BGR", 3),
    packed("RGBx", 4),
    packed("BGRx", 4),
    packed("xRGB", 4),
    packed("xBGR", 4),
    packed("RGBA", 4),
    packed("BGRA", 4),
    packed("ARGB", 4),
    packed("ABGR", 4),
    packed("AYUV", 4),
    packed("GRAY8", 1),
    packed("GRAY16_LE", 1, 2),
    packed("GRAY16_BE", 1, 2, true),
    packed("ARGB64", 4, 2, kBigHost),
    packed("AYUV64", 4, 2, kBigHost),
    planes("I420_10LE", 2, 2, 2),
    planes("I420_10BE", 2, 2, 2, true),
    planes("I420_12LE", 2, 2, 2),
    planes("I420_12BE", 2, 2, 2, true),
    planes("I422_10LE", 2, 1, 2),
    planes("I422_10BE", 2, 1, 2, true),
    planes("I422_12LE", 2, 1, 2),
    planes("I422_12BE", 2, 1, 2, true),
    planes("Y444_10LE", 1, 1, 2),
    planes("Y444_10BE", 1, 1, 2, true),
    planes("Y444_12LE", 1, 1, 2),
    planes("Y444_12BE", 1, 1, 2, true),
    planes("Y444_16LE", 1, 1, 2),
    planes("Y444_16BE", 1, 1, 2, true),
    semi_planes("P010_10LE", 2, 2, 2, 6),
    semi_planes("P012_LE", 2, 2, 2, 4),
    semi_planes("P016_LE", 2, 2, 2),
};

size_t round_up(size_t number, size_t unit) {
  return (number + unit - 1) / unit * unit;
}

/// Samples of a row that has at least so many, in bytes a multiple of 4.
size_t row_of(size_t samples, unsigned width) {
  return round_up(samples * width, 4) / width;
}

void add_plane(sigma::FrameFormat& format, size_t row, size_t rows, size_t period = 1,
               bool is_skewed = false) {
  format.planes[format.plane_count++] = {row, rows, period, is_skewed};
}

void make_format(const Format& of, size_t width, size_t height, sigma::FrameFormat& format) {
  format = {};
  format.width = of.width;
  format.big_endian = of.big_endian;
  format.unused = of.unused;
  if (of.layout == Layout::PACKED) {
    const size_t samples = of.across == 2 ? round_up(width, 2) * 2 : width * of.period;
    return add_plane(format, row_of(samples, of.width), height, of.period);
  }
  const size_t rows = round_up(height, of.down);
  const size_t colours = round_up(width, of.across) / of.across;
  add_plane(format, row_of(width, of.width), rows);
  if (of.layout == Layout::SEMI_PLANES)
    return add_plane(format, row_of(2 * colours, of.width), rows / of.down, 2);
  for (int plane = 0; plane < 2; plane++)
    add_plane(format, row_of(colours, of.width), rows / of.down);
}

/// The order of colours, which is no matter, and then perhaps bits and order of bytes.
bool make_mosaic(std::string_view name, size_t width, size_t height, sigma::FrameFormat& format) {
  constexpr size_t kColours = 4;
  if (name.size() < kColours) return false;
  const std::string_view colours = name.substr(0, kColours);
  const std::string_view rest = name.substr(kColours);
  if (colours != "bggr" && colours != "rggb" && colours != "grbg" && colours != "gbrg")
    return false;
  format = {};
  if (!rest.empty()) {
    const std::string_view bits = rest.substr(0, 2);
    const std::string_view order = rest.size() == 4 ? rest.substr(2) : std::string_view();
    if ((bits != "10" && bits != "12" && bits != "14" && bits != "16") ||
        (order != "le" && order != "be"))
      return false;
    format.width = 2;
    format.big_endian = order == "be";
  }
  add_plane(format, row_of(width, format.width), height, 2, true);
  return true;
}

}  // namespace

gboolean gst_sigma_frame_format(GstCaps* caps, sigma::FrameFormat* format) {
  if (!gst_caps_is_fixed(caps)) return FALSE;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const gchar* name = gst_structure_get_string(structure, "format");
  gint width = 0;
  gint height = 0;
  constexpr gint kMost = 32768;
  if (name == nullptr || !gst_structure_get_int(structure, "width", &width) ||
      !gst_structure_get_int(structure, "height", &height) || width <= 0 || width > kMost ||
      height <= 0 || height > kMost)
    return FALSE;
  const auto across = static_cast<size_t>(width);
  const auto down = static_cast<size_t>(height);
  if (gst_structure_has_name(structure, "video/x-bayer"))
    return make_mosaic(name, across, down, *format);
  if (!gst_structure_has_name(structure, "video/x-raw")) return FALSE;
  const auto* const found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                         [&](const Format& known) { return known.name == name; });
  if (found == std::end(kFormats)) return FALSE;
  make_format(*found, across, down, *format);
  return TRUE;
}
