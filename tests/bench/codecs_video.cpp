/* Codecs for raw video: FFV1, HuffYUV and Ut Video of libavcodec, on one thread. They take
 * pictures in planes of their own, so that copying them in and out is in their times.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "frame_codec.hpp"
#if HAVE_AVCODEC
extern "C" {
#include <libavcodec/avcodec.h>
}
#endif

namespace bench {
namespace {

#if HAVE_AVCODEC
/// How a codec of libavcodec is used: in the way that makes its files smallest, but for a variant
/// that says otherwise, with key frames only.
struct Recipe {
  AVCodecID id;
  AVPixelFormat yuv;  ///< for I420
  AVPixelFormat rgb;
  int level;
  int slices;  ///< 0: the codec's choice
  std::vector<std::pair<const char*, const char*>> options;
};

/// Coded: the codec's global header, then every frame, each behind its size.
class VideoCodec : public FrameCodec {
 public:
  VideoCodec(const Format& format, Recipe recipe) : FrameCodec(format), recipe_(std::move(recipe)) {
    av_log_set_level(AV_LOG_QUIET);
    // One slice where the version allows it: in small frames only.
    encoder_ = open_encoder(recipe_.slices);
    if (encoder_ == nullptr) encoder_ = open_encoder(0);
    require(encoder_ != nullptr, "opening a video encoder");
    open_decoder();
    picture_->format = pixel_format();
    picture_->width = encoder_->width;
    picture_->height = encoder_->height;
    require(av_frame_get_buffer(picture_, 0) == 0, "av_frame_get_buffer");
  }
  ~VideoCodec() override {
    avcodec_free_context(&encoder_);
    avcodec_free_context(&decoder_);
    av_frame_free(&picture_);
    av_frame_free(&decoded_);
    av_packet_free(&packet_);
    av_packet_free(&coded_);
  }

 protected:
  size_t encode_frames(ByteSpan in, MutableByteSpan out) override {
    MemoryFile file = {.room = out, .content = {}};
    write_sized(file, encoder_->extradata, static_cast<size_t>(encoder_->extradata_size));
    for (; !in.empty(); in = in.subspan(format_.frame_size())) {
      require(av_frame_make_writable(picture_) == 0, "av_frame_make_writable");
      load_picture(in.data());
      require(avcodec_send_frame(encoder_, picture_) == 0, "avcodec_send_frame");
      require(avcodec_receive_packet(encoder_, packet_) == 0, "avcodec_receive_packet");
      write_sized(file, packet_->data, static_cast<size_t>(packet_->size));
      av_packet_unref(packet_);
      picture_->pts++;
    }
    return file.size;
  }

  void decode_frames(ByteSpan in, MutableByteSpan out) override {
    take_sized(in);  // the header, which the decoder was opened with
    for (; !out.empty(); out = out.subspan(format_.frame_size())) {
      const ByteSpan frame = take_sized(in);
      coded_->data = const_cast<uint8_t*>(frame.data());
      coded_->size = static_cast<int>(frame.size());
      require(avcodec_send_packet(decoder_, coded_) == 0, "avcodec_send_packet");
      require(avcodec_receive_frame(decoder_, decoded_) == 0, "avcodec_receive_frame");
      store_picture(out.data());
      av_frame_unref(decoded_);
    }
  }

 private:
  AVPixelFormat pixel_format() const { return format_.rgb ? recipe_.rgb : recipe_.yuv; }

  AVCodecContext* open_encoder(int slices) const {
    const AVCodec* codec = avcodec_find_encoder(recipe_.id);
    AVCodecContext* context = codec != nullptr ? avcodec_alloc_context3(codec) : nullptr;
    if (context == nullptr) return nullptr;
    context->width = static_cast<int>(format_.width);
    context->height = static_cast<int>(format_.height);
    context->pix_fmt = pixel_format();
    context->time_base = {1, 25};
    context->gop_size = 1;
    context->thread_count = 1;
    if (recipe_.level != 0) context->level = recipe_.level;
    context->slices = slices;
    AVDictionary* options = nullptr;
    for (const auto& [name, value] : recipe_.options)
      av_dict_set(&options, name, value, 0);
    const bool is_open = avcodec_open2(context, codec, &options) == 0;
    require(av_dict_count(options) == 0, "an option of a video codec");
    av_dict_free(&options);
    if (!is_open) avcodec_free_context(&context);
    return context;
  }

  void open_decoder() {
    const AVCodec* codec = avcodec_find_decoder(recipe_.id);
    decoder_ = codec != nullptr ? avcodec_alloc_context3(codec) : nullptr;
    require(decoder_ != nullptr, "finding a video decoder");
    const auto size = static_cast<size_t>(encoder_->extradata_size);
    decoder_->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    require(decoder_->extradata != nullptr, "av_mallocz");
    std::memcpy(decoder_->extradata, encoder_->extradata, size);
    decoder_->extradata_size = encoder_->extradata_size;
    decoder_->codec_tag = encoder_->codec_tag;
    decoder_->bits_per_coded_sample = encoder_->bits_per_coded_sample;
    decoder_->width = encoder_->width;
    decoder_->height = encoder_->height;
    decoder_->thread_count = 1;
    require(avcodec_open2(decoder_, codec, nullptr) == 0, "opening a video decoder");
  }

  static void write_sized(MemoryFile& file, const uint8_t* data, size_t size) {
    std::array<uint8_t, 4> header{};
    sigma::store_le(header.data(), static_cast<uint32_t>(size));
    require(file.write(header.data(), header.size()) && file.write(data, size),
            "making room for a video");
  }
  static ByteSpan take_sized(ByteSpan& in) {
    const ByteSpan taken = in.subspan(4, sigma::load_le<uint32_t>(in.data()));
    in = in.subspan(4 + taken.size());
    return taken;
  }

  void load_picture(const uint8_t* from) const {
    if (format_.rgb) return load_rgb(from);
    for (int plane = 0; plane < 3; plane++) {
      const auto [width, height] = plane_size(plane);
      for (size_t y = 0; y < height; y++, from += width)
        std::memcpy(picture_->data[plane] + y * static_cast<size_t>(picture_->linesize[plane]),
                    from, width);
    }
  }
  void store_picture(uint8_t* to) const {
    if (format_.rgb) return store_rgb(to);
    for (int plane = 0; plane < 3; plane++) {
      const auto [width, height] = plane_size(plane);
      for (size_t y = 0; y < height; y++, to += width)
        std::memcpy(to, decoded_->data[plane] + y * static_cast<size_t>(decoded_->linesize[plane]),
                    width);
    }
  }
  std::pair<size_t, size_t> plane_size(int plane) const {
    if (plane == 0) return {format_.width, format_.height};
    return {(format_.width + 1) / 2, (format_.height + 1) / 2};
  }

  /// Calls `use` with where red, green and blue of each pixel lie, in order. A decoder may give
  /// words for what was packed.
  template <typename Use>
  void for_each_pixel(const AVFrame* picture, Use use) const {
    const auto row_of = [&](int plane, size_t y) {
      return picture->data[plane] + y * static_cast<size_t>(picture->linesize[plane]);
    };
    for (size_t y = 0; y < format_.height; y++) {
      constexpr bool is_little = std::endian::native == std::endian::little;
      uint8_t* rows[3];
      size_t step = 1;
      if (picture->format == AV_PIX_FMT_GBRP) {
        rows[0] = row_of(2, y), rows[1] = row_of(0, y), rows[2] = row_of(1, y);
      } else {
        // Red is the highest of three bytes in a word.
        const bool is_word = picture->format == AV_PIX_FMT_0RGB32;
        step = is_word ? 4 : 3;
        for (size_t k = 0; k < 3; k++)
          rows[k] = row_of(0, y) + (!is_word ? k : is_little ? 2 - k : 1 + k);
      }
      for (size_t x = 0; x < format_.width; x++)
        use(rows[0] + x * step, rows[1] + x * step, rows[2] + x * step);
    }
  }
  void load_rgb(const uint8_t* from) const {
    for_each_pixel(picture_, [&](uint8_t* red, uint8_t* green, uint8_t* blue) {
      *red = from[0], *green = from[1], *blue = from[2];
      from += 3;
    });
  }
  void store_rgb(uint8_t* to) const {
    for_each_pixel(decoded_, [&](const uint8_t* red, const uint8_t* green, const uint8_t* blue) {
      to[0] = *red, to[1] = *green, to[2] = *blue;
      to += 3;
    });
  }

  const Recipe recipe_;
  AVCodecContext* encoder_ = nullptr;
  AVCodecContext* decoder_ = nullptr;
  AVFrame* picture_ = av_frame_alloc();
  AVFrame* decoded_ = av_frame_alloc();
  AVPacket* packet_ = av_packet_alloc();
  AVPacket* coded_ = av_packet_alloc();
};

std::unique_ptr<Codec> make_video(const Format& format, const Recipe& recipe) {
  if (format.kind != Format::Kind::VIDEO) return nullptr;
  return std::make_unique<VideoCodec>(format, recipe);
}

/// Version 3 with checks: the range coder and the large context model, or Golomb codes.
std::unique_ptr<Codec> make_ffv1(const Variant& variant, const Format& format,
                                 const SigmaOptions&) {
  // Golomb codes are for 8 bits, which RGB exceeds when its colours are transformed.
  const bool is_golomb = variant.text == "golomb";
  if (is_golomb && format.rgb) return nullptr;
  return make_video(format, {AV_CODEC_ID_FFV1,
                             AV_PIX_FMT_YUV420P,
                             AV_PIX_FMT_0RGB32,
                             3,
                             1,
                             {{"coder", is_golomb ? "rice" : "range_tab"},
                              {"context", is_golomb ? "0" : "1"},
                              {"slicecrc", "1"}}});
}

/// Its variant of libavcodec, which has I420.
std::unique_ptr<Codec> make_huffyuv(const Variant&, const Format& format, const SigmaOptions&) {
  const char* const prediction = format.rgb ? "left" : "median";
  return make_video(
      format,
      {AV_CODEC_ID_FFVHUFF, AV_PIX_FMT_YUV420P, AV_PIX_FMT_RGB24, 0, 0, {{"pred", prediction}}});
}

std::unique_ptr<Codec> make_ut_video(const Variant&, const Format& format, const SigmaOptions&) {
  return make_video(
      format,
      {AV_CODEC_ID_UTVIDEO, AV_PIX_FMT_YUV420P, AV_PIX_FMT_GBRP, 0, 1, {{"pred", "median"}}});
}
#endif

}  // namespace

std::vector<Family> video_families() {
  std::vector<Family> families = {
      {"ffv1", "libavcodec", {"", "golomb"}, 0, -1, nullptr},
      {"huffyuv", "libavcodec", {""}, 0, -1, nullptr},
      {"utvideo", "libavcodec", {""}, 0, -1, nullptr},
  };
#if HAVE_AVCODEC
  families[0].make = &make_ffv1;
  families[1].make = &make_huffyuv;
  families[2].make = &make_ut_video;
#endif
  return families;
}

}  // namespace bench
