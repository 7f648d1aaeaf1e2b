/* Words of caps and events.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string_view>

#include "gst/sigma/framing/tree.hpp"

namespace sigma {

ByteSpan framing_words() {
  // Part of the format: docs/format.md has the same text.
  static constexpr std::string_view kWords =
      "taglist, title=(string), artist=(string), album=(string), container-format=(string), "
      "language-code=(string)en, audio-codec=(string), video-codec=(string), "
      "bitrate=(uint), encoder=(string), datetime=(datetime), "
      "application/x-json, text/x-raw, format=(string)utf8, pango-markup, application/x-rtp, "
      "media=(string), clock-rate=(int)90000, encoding-name=(string), payload=(int)96, "
      "stream-format=(string)byte-stream, alignment=(string)au, level=(string), "
      "profile=(string), codec_data=(buffer), parsed=(boolean)true, image/jpeg, "
      "video/x-h264, audio/mpeg, mpegversion=(int)4, framed=(boolean)true, "
      "audio/x-raw, format=(string)F32LE, layout=(string)interleaved, rate=(int)44100, "
      "channels=(int)2, channel-mask=(bitmask)0x0000000000000003, "
      "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, rate=(int)48000, "
      "channels=(int)1, "
      "video/x-raw, format=(string)NV12, width=(int)1920, height=(int)1080, "
      "format=(string)YUY2, format=(string)RGB, format=(string)RGBA, format=(string)BGRx, "
      "format=(string)GRAY16_LE, format=(string)GRAY8, width=(int)640, height=(int)480, "
      "width=(int)1280, height=(int)720, framerate=(fraction)25/1, "
      "framerate=(fraction)30000/1001, chroma-site=(string)mpeg2, colorimetry=(string)bt709, "
      "chroma-site=(string)jpeg, colorimetry=(string)bt601, colorimetry=(string)sRGB, "
      "interlace-mode=(string)interleaved, "
      "video/x-raw, format=(string)I420, width=(int)320, height=(int)240, "
      "framerate=(fraction)30/1, multiview-mode=(string)mono, "
      "multiview-flags=(GstVideoMultiviewFlagsSet)0:ffffffff, "
      "pixel-aspect-ratio=(fraction)1/1, interlace-mode=(string)progressive";
  return {reinterpret_cast<const uint8_t*>(kWords.data()), kWords.size()};
}

}  // namespace sigma
