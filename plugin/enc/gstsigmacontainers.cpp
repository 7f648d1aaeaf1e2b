/* Which caps are a container's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/enc/gstsigmacontainers.h"

#include <algorithm>
#include <string_view>

namespace {

/// A list of names, and not what the demuxers that are installed take: the same caps give the same
/// stream everywhere. Formats of which each buffer is a unit of its own (audio/mpeg, image/jpeg,
/// application/x-rtp) are not among them.
constexpr std::string_view kContainers[] = {
    "application/gxf",
    "application/mxf",
    "application/ogg",
    "application/vnd.ms-sstr+xml",
    "application/vnd.rn-realmedia",
    "application/x-3gp",
    "application/x-apetag",
    "application/x-gdp",
    "application/x-id3",
    "application/x-pn-realaudio",
    "application/x-quicktime",
    "application/x-sigmalang",
    "application/x-yuv4mpeg",
    "audio/ogg",
    "audio/quicktime",
    "audio/webm",
    "audio/x-aiff",
    "audio/x-au",
    "audio/x-caf",
    "audio/x-m4a",
    "audio/x-matroska",
    "audio/x-ms-asf",
    "audio/x-rf64",
    "audio/x-w64",
    "audio/x-wav",
    "image/mj2",
    "multipart/form-data",
    "multipart/x-mixed-replace",
    "video/mj2",
    "video/mpegts",
    "video/ogg",
    "video/quicktime",
    "video/webm",
    "video/x-flv",
    "video/x-ivf",
    "video/x-la-asf",
    "video/x-matroska",
    "video/x-matroska-3d",
    "video/x-ms-asf",
    "video/x-msvideo",
    "video/x-nuv",
};
static_assert(std::ranges::is_sorted(kContainers));

}  // namespace

bool gst_sigma_is_container(GstCaps* caps) {
  if (gst_caps_is_any(caps) || gst_caps_is_empty(caps)) return false;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const std::string_view name = gst_structure_get_name(structure);
  // An elementary stream has this name, too.
  gboolean is_system_stream = FALSE;
  if (name == "video/mpeg" &&
      gst_structure_get_boolean(structure, "systemstream", &is_system_stream))
    return is_system_stream != FALSE;
  return std::ranges::binary_search(kContainers, name);
}
