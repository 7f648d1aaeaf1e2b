/* Codecs for PCM: FLAC and WavPack, on one thread. They take samples as numbers of 32 bits, so that
 * unpacking the bytes, and packing them again, is in their times.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <array>
#include <cstdio>

#include "frame_codec.hpp"
#if HAVE_FLAC
#include <FLAC/stream_decoder.h>
#include <FLAC/stream_encoder.h>
#endif
#if HAVE_WAVPACK
#include <wavpack/wavpack.h>
#endif

namespace bench {
namespace {

/// Samples as numbers of 32 bits: what FLAC and WavPack take.
class Samples {
 public:
  explicit Samples(const Format& format) : bytes_(format.bits / 8) {}

  void unpack(const uint8_t* from, int32_t* to, size_t count) const {
    switch (bytes_) {
      case 1:
        return unpack_as<1>(from, to, count);
      case 2:
        return unpack_as<2>(from, to, count);
      case 3:
        return unpack_as<3>(from, to, count);
      default:
        return unpack_as<4>(from, to, count);
    }
  }
  void pack(const int32_t* from, uint8_t* to, size_t count) const {
    switch (bytes_) {
      case 1:
        return pack_as<1>(from, to, count);
      case 2:
        return pack_as<2>(from, to, count);
      case 3:
        return pack_as<3>(from, to, count);
      default:
        return pack_as<4>(from, to, count);
    }
  }
  size_t bytes() const { return bytes_; }

 private:
  /// Samples of 8 bits have no sign; the codecs want one.
  template <size_t Size>
  static constexpr int32_t kBias = Size == 1 ? 128 : 0;

  template <size_t Size>
  static void unpack_as(const uint8_t* from, int32_t* to, size_t count) {
    for (size_t i = 0; i < count; i++, from += Size) {
      uint32_t value = 0;
      for (size_t byte = 0; byte < Size; byte++)
        value |= static_cast<uint32_t>(from[byte]) << (8 * byte);
      constexpr unsigned kUnused = Size == 1 ? 0 : 32 - 8 * Size;
      to[i] = (static_cast<int32_t>(value << kUnused) >> kUnused) - kBias<Size>;
    }
  }
  template <size_t Size>
  static void pack_as(const int32_t* from, uint8_t* to, size_t count) {
    for (size_t i = 0; i < count; i++, to += Size) {
      const auto value = static_cast<uint32_t>(from[i] + kBias<Size>);
      for (size_t byte = 0; byte < Size; byte++)
        to[byte] = static_cast<uint8_t>(value >> (8 * byte));
    }
  }

  size_t bytes_;
};

[[maybe_unused]] constexpr size_t kFramesAtOnce = 4096;  ///< of PCM

#if HAVE_FLAC
/// With the MD5 that the program flac writes and checks.
class FlacCodec : public FrameCodec {
 public:
  FlacCodec(int level, const Format& format)
      : FrameCodec(format),
        level_(static_cast<unsigned>(level)),
        samples_(format),
        numbers_(kFramesAtOnce * format.channels) {}
  ~FlacCodec() override {
    FLAC__stream_encoder_delete(encoder_);
    FLAC__stream_decoder_delete(decoder_);
  }

 protected:
  size_t encode_frames(ByteSpan in, MutableByteSpan out) override {
    MemoryFile file = {.room = out, .content = {}};
    configure(in.size() / format_.frame_size());
    require(FLAC__stream_encoder_init_stream(encoder_, &write_coded, &seek_coded, &tell_coded,
                                             nullptr, &file) == FLAC__STREAM_ENCODER_INIT_STATUS_OK,
            "FLAC__stream_encoder_init_stream");
    while (!in.empty()) {
      const size_t frames = std::min(kFramesAtOnce, in.size() / format_.frame_size());
      samples_.unpack(in.data(), numbers_.data(), frames * format_.channels);
      require(FLAC__stream_encoder_process_interleaved(encoder_, numbers_.data(),
                                                       static_cast<uint32_t>(frames)),
              "FLAC__stream_encoder_process_interleaved");
      in = in.subspan(frames * format_.frame_size());
    }
    require(FLAC__stream_encoder_finish(encoder_), "FLAC__stream_encoder_finish");
    return file.size;
  }

  void decode_frames(ByteSpan in, MutableByteSpan out) override {
    file_ = {.room = {}, .content = in};
    decoded_ = out;
    FLAC__stream_decoder_set_md5_checking(decoder_, true);
    require(FLAC__stream_decoder_init_stream(decoder_, &read_coded, nullptr, nullptr, nullptr,
                                             nullptr, &write_decoded, nullptr, &fail,
                                             this) == FLAC__STREAM_DECODER_INIT_STATUS_OK,
            "FLAC__stream_decoder_init_stream");
    require(FLAC__stream_decoder_process_until_end_of_stream(decoder_),
            "FLAC__stream_decoder_process_until_end_of_stream");
    require(FLAC__stream_decoder_finish(decoder_), "the MD5 of FLAC");
    require(decoded_.empty(), "decoding all of FLAC");
  }

 private:
  /// Before every run, as finishing a stream forgets the settings.
  void configure(uint64_t frames) {
    FLAC__stream_encoder_set_channels(encoder_, format_.channels);
    FLAC__stream_encoder_set_bits_per_sample(encoder_, format_.bits);
    FLAC__stream_encoder_set_sample_rate(encoder_, format_.rate);
    FLAC__stream_encoder_set_compression_level(encoder_, level_);
    FLAC__stream_encoder_set_total_samples_estimate(encoder_, frames);
  }

  static FLAC__StreamEncoderWriteStatus write_coded(const FLAC__StreamEncoder*,
                                                    const FLAC__byte data[], size_t size, uint32_t,
                                                    uint32_t, void* file) {
    return static_cast<MemoryFile*>(file)->write(data, size)
               ? FLAC__STREAM_ENCODER_WRITE_STATUS_OK
               : FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
  }
  static FLAC__StreamEncoderSeekStatus seek_coded(const FLAC__StreamEncoder*, FLAC__uint64 to,
                                                  void* file) {
    static_cast<MemoryFile*>(file)->at = static_cast<size_t>(to);
    return FLAC__STREAM_ENCODER_SEEK_STATUS_OK;
  }
  static FLAC__StreamEncoderTellStatus tell_coded(const FLAC__StreamEncoder*, FLAC__uint64* at,
                                                  void* file) {
    *at = static_cast<MemoryFile*>(file)->at;
    return FLAC__STREAM_ENCODER_TELL_STATUS_OK;
  }

  static FLAC__StreamDecoderReadStatus read_coded(const FLAC__StreamDecoder*, FLAC__byte data[],
                                                  size_t* size, void* self) {
    *size = static_cast<FlacCodec*>(self)->file_.read(data, *size);
    return *size != 0 ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
                      : FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
  }
  static FLAC__StreamDecoderWriteStatus write_decoded(const FLAC__StreamDecoder*,
                                                      const FLAC__Frame* frame,
                                                      const FLAC__int32* const channels[],
                                                      void* self) {
    return static_cast<FlacCodec*>(self)->interleave(frame->header.blocksize, channels)
               ? FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE
               : FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  }
  static void fail(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void*) {
    give_up("FLAC cannot decode what it made");
  }

  bool interleave(size_t frames, const FLAC__int32* const channels[]) {
    const size_t size = frames * format_.frame_size();
    if (size > decoded_.size()) return false;
    numbers_.resize(std::max(numbers_.size(), frames * format_.channels));
    for (size_t channel = 0; channel < format_.channels; channel++) {
      for (size_t i = 0; i < frames; i++)
        numbers_[i * format_.channels + channel] = channels[channel][i];
    }
    samples_.pack(numbers_.data(), decoded_.data(), frames * format_.channels);
    decoded_ = decoded_.subspan(size);
    return true;
  }

  unsigned level_;
  Samples samples_;
  std::vector<int32_t> numbers_;
  FLAC__StreamEncoder* encoder_ = FLAC__stream_encoder_new();
  FLAC__StreamDecoder* decoder_ = FLAC__stream_decoder_new();
  MemoryFile file_;
  MutableByteSpan decoded_;
};

std::unique_ptr<Codec> make_flac(const Variant& variant, const Format& format,
                                 const SigmaOptions&) {
  if (format.kind != Format::Kind::PCM) return nullptr;
  return std::make_unique<FlacCodec>(variant.level, format);
}
#endif

#if HAVE_WAVPACK
/// Reads coded blocks from memory; WavPack wants the functions in a table.
struct WavPackReader {
  static MemoryFile& file(void* id) { return *static_cast<MemoryFile*>(id); }
  static int32_t read(void* id, void* data, int32_t count) {
    return static_cast<int32_t>(file(id).read(data, static_cast<size_t>(count)));
  }
  static int32_t write(void*, void*, int32_t) { return 0; }
  static int64_t position(void* id) { return static_cast<int64_t>(file(id).at); }
  static int seek(void* id, int64_t to) {
    if (to < 0 || static_cast<size_t>(to) > file(id).content.size()) return -1;
    file(id).at = static_cast<size_t>(to);
    return 0;
  }
  static int seek_from(void* id, int64_t by, int origin) {
    const auto size = static_cast<int64_t>(file(id).content.size());
    return seek(id, by + (origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position(id) : size));
  }
  static int push_back(void* id, int byte) {
    if (file(id).at == 0) return EOF;
    file(id).at--;
    return byte;
  }
  static int64_t size(void* id) { return static_cast<int64_t>(file(id).content.size()); }
  static int can_seek(void*) { return 1; }
  static int nothing(void*) { return 0; }
};

/// Contexts live for one file only.
class WavPackCodec : public FrameCodec {
 public:
  WavPackCodec(bool very_high, const Format& format)
      : FrameCodec(format),
        very_high_(very_high),
        samples_(format),
        numbers_(kFramesAtOnce * format.channels) {}

 protected:
  size_t encode_frames(ByteSpan in, MutableByteSpan out) override {
    MemoryFile file = {.room = out, .content = {}};
    WavpackContext* context = WavpackOpenFileOutput(&write_block, &file, nullptr);
    require(context != nullptr, "WavpackOpenFileOutput");
    configure(context, static_cast<int64_t>(in.size() / format_.frame_size()));
    while (!in.empty()) {
      const size_t frames = std::min(kFramesAtOnce, in.size() / format_.frame_size());
      samples_.unpack(in.data(), numbers_.data(), frames * format_.channels);
      require(WavpackPackSamples(context, numbers_.data(), static_cast<uint32_t>(frames)),
              "WavpackPackSamples");
      in = in.subspan(frames * format_.frame_size());
    }
    require(WavpackFlushSamples(context), "WavpackFlushSamples");
    WavpackCloseFile(context);
    return file.size;
  }

  void decode_frames(ByteSpan in, MutableByteSpan out) override {
    MemoryFile file = {.room = {}, .content = in};
    std::array<char, 128> error{};  // at least 80, says the manual
    WavpackContext* context =
        WavpackOpenFileInputEx64(&reader_, &file, nullptr, error.data(), 0, 0);
    require(context != nullptr, "WavpackOpenFileInputEx64");
    while (!out.empty()) {
      const auto frames = WavpackUnpackSamples(context, numbers_.data(), kFramesAtOnce);
      const size_t size = frames * format_.frame_size();
      require(frames != 0 && size <= out.size(), "WavpackUnpackSamples");
      samples_.pack(numbers_.data(), out.data(), size_t{frames} * format_.channels);
      out = out.subspan(size);
    }
    require(WavpackGetNumErrors(context) == 0, "a check of WavPack");
    WavpackCloseFile(context);
  }

 private:
  void configure(WavpackContext* context, int64_t frames) const {
    WavpackConfig config = {};
    config.bytes_per_sample = static_cast<int>(samples_.bytes());
    config.bits_per_sample = static_cast<int>(format_.bits);
    config.num_channels = static_cast<int>(format_.channels);
    config.channel_mask = format_.channels == 1 ? 4 : (1 << format_.channels) - 1;
    config.sample_rate = static_cast<int32_t>(format_.rate);
    if (very_high_) config.flags = CONFIG_HIGH_FLAG | CONFIG_VERY_HIGH_FLAG;
    require(
        WavpackSetConfiguration64(context, &config, frames, nullptr) && WavpackPackInit(context),
        "WavpackPackInit");
  }

  static int write_block(void* file, void* data, int32_t size) {
    return static_cast<MemoryFile*>(file)->write(data, static_cast<size_t>(size)) ? 1 : 0;
  }

  bool very_high_;
  Samples samples_;
  std::vector<int32_t> numbers_;
  WavpackStreamReader64 reader_ = {
      &WavPackReader::read,    &WavPackReader::write,     &WavPackReader::position,
      &WavPackReader::seek,    &WavPackReader::seek_from, &WavPackReader::push_back,
      &WavPackReader::size,    &WavPackReader::can_seek,  &WavPackReader::nothing,
      &WavPackReader::nothing,
  };
};

std::unique_ptr<Codec> make_wavpack(const Variant& variant, const Format& format,
                                    const SigmaOptions&) {
  if (format.kind != Format::Kind::PCM) return nullptr;
  return std::make_unique<WavPackCodec>(variant.text == "hh", format);
}
#endif

}  // namespace

std::vector<Family> pcm_families() {
  std::vector<Family> families = {
      {"flac", "libFLAC", {"0", "5", "8"}, 0, 8, nullptr},
      {"wavpack", "libwavpack", {"", "hh"}, 0, -1, nullptr},
  };
#if HAVE_FLAC
  families[0].make = &make_flac;
#endif
#if HAVE_WAVPACK
  families[1].make = &make_wavpack;
#endif
  return families;
}

}  // namespace bench
