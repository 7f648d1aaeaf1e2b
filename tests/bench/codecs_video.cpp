/* The codec for raw video: FFV1 of libavcodec, on one thread. It takes pictures in planes of its
 * own, so that copying them in and out is in its times.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <array>

#include "frame_codec.hpp"
#if HAVE_AVCODEC
extern "C" {
#include <libavcodec/avcodec.h>
}
#endif

namespace bench {
namespace {

#if HAVE_AVCODEC
/// Version 3 with the range coder, the large context model, checks, and key frames only. Coded: the
/// codec's global header, then every frame, each behind its size.
class Ffv1Codec : public FrameCodec {
 public:
  explicit Ffv1Codec(const Format& format) : FrameCodec(format) {
    av_log_set_level(AV_LOG_QUIET);
    // One slice where the version allows it: in small frames only.
    encoder_ = open_encoder(1);
    if (encoder_ == nullptr) encoder_ = open_encoder(0);
    require(encoder_ != nullptr, "opening FFV1's encoder");
    open_decoder();
    picture_->format = pixel_format();
    picture_->width = encoder_->width;
    picture_->height = encoder_->height;
    require(av_frame_get_buffer(picture_, 0) == 0, "av_frame_get_buffer");
  }
  ~Ffv1Codec() override {
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
  /// The codec knows RGB of 8 bits in words of 32 only.
  AVPixelFormat pixel_format() const {
    return format_.rgb ? AV_PIX_FMT_0RGB32 : AV_PIX_FMT_YUV420P;
  }

  AVCodecContext* open_encoder(int slices) const {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_FFV1);
    AVCodecContext* context = codec != nullptr ? avcodec_alloc_context3(codec) : nullptr;
    if (context == nullptr) return nullptr;
    context->width = static_cast<int>(format_.width);
    context->height = static_cast<int>(format_.height);
    context->pix_fmt = pixel_format();
    context->time_base = {1, 25};
    context->gop_size = 1;
    context->thread_count = 1;
    context->level = 3;
    context->slices = slices;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "coder", "range_tab", 0);
    av_dict_set(&options, "context", "1", 0);
    av_dict_set(&options, "slicecrc", "1", 0);
    const bool is_open = avcodec_open2(context, codec, &options) == 0;
    require(av_dict_count(options) == 0, "an option of FFV1");
    av_dict_free(&options);
    if (!is_open) avcodec_free_context(&context);
    return context;
  }

  void open_decoder() {
    const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_FFV1);
    decoder_ = codec != nullptr ? avcodec_alloc_context3(codec) : nullptr;
    require(decoder_ != nullptr, "finding FFV1's decoder");
    const auto size = static_cast<size_t>(encoder_->extradata_size);
    decoder_->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    require(decoder_->extradata != nullptr, "av_mallocz");
    std::memcpy(decoder_->extradata, encoder_->extradata, size);
    decoder_->extradata_size = encoder_->extradata_size;
    decoder_->width = encoder_->width;
    decoder_->height = encoder_->height;
    decoder_->thread_count = 1;
    require(avcodec_open2(decoder_, codec, nullptr) == 0, "opening FFV1's decoder");
  }

  static void write_sized(MemoryFile& file, const uint8_t* data, size_t size) {
    std::array<uint8_t, 4> header{};
    sigma::store_le(header.data(), static_cast<uint32_t>(size));
    require(file.write(header.data(), header.size()) && file.write(data, size),
            "making room for FFV1");
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

  void load_rgb(const uint8_t* from) const {
    for (size_t y = 0; y < format_.height; y++) {
      uint8_t* row = picture_->data[0] + y * static_cast<size_t>(picture_->linesize[0]);
      for (size_t x = 0; x < format_.width; x++, from += 3, row += 4) {
        const uint32_t pixel = static_cast<uint32_t>(from[0] << 16 | from[1] << 8 | from[2]);
        std::memcpy(row, &pixel, sizeof(pixel));
      }
    }
  }
  void store_rgb(uint8_t* to) const {
    for (size_t y = 0; y < format_.height; y++) {
      const uint8_t* row = decoded_->data[0] + y * static_cast<size_t>(decoded_->linesize[0]);
      for (size_t x = 0; x < format_.width; x++, to += 3, row += 4) {
        uint32_t pixel;
        std::memcpy(&pixel, row, sizeof(pixel));
        to[0] = static_cast<uint8_t>(pixel >> 16);
        to[1] = static_cast<uint8_t>(pixel >> 8);
        to[2] = static_cast<uint8_t>(pixel);
      }
    }
  }

  AVCodecContext* encoder_ = nullptr;
  AVCodecContext* decoder_ = nullptr;
  AVFrame* picture_ = av_frame_alloc();
  AVFrame* decoded_ = av_frame_alloc();
  AVPacket* packet_ = av_packet_alloc();
  AVPacket* coded_ = av_packet_alloc();
};

std::unique_ptr<Codec> make_ffv1(const Variant&, const Format& format, const SigmaOptions&) {
  if (format.kind != Format::Kind::VIDEO) return nullptr;
  return std::make_unique<Ffv1Codec>(format);
}
#endif

}  // namespace

std::vector<Family> video_families() {
#if HAVE_AVCODEC
  return {{"ffv1", "libavcodec", {""}, 0, -1, &make_ffv1}};
#else
  return {{"ffv1", "libavcodec", {""}, 0, -1, nullptr}};
#endif
}

}  // namespace bench
