/* Codecs for arrays of numbers, on one thread: Blosc, which sorts bytes or bits by their place in a
 * number before zstd, and ZFP without loss.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>

#include "frame_codec.hpp"
#if HAVE_BLOSC
#include <blosc.h>
#endif
#if HAVE_ZFP
#include <zfp.h>
#endif

namespace bench {
namespace {

#if HAVE_BLOSC
/// At Blosc's own default level.
class BloscCodec : public FrameCodec {
 public:
  BloscCodec(int shuffle, const Format& format) : FrameCodec(format), shuffle_(shuffle) {}

 protected:
  size_t encode_frames(ByteSpan in, MutableByteSpan out) override {
    constexpr int kLevel = 5;
    const int size = blosc_compress_ctx(kLevel, shuffle_, format_.bits / 8, in.size(), in.data(),
                                        out.data(), out.size(), "zstd", 0, 1);
    require(size > 0, "blosc_compress_ctx");
    return static_cast<size_t>(size);
  }
  void decode_frames(ByteSpan in, MutableByteSpan out) override {
    const int size = blosc_decompress_ctx(in.data(), out.data(), out.size(), 1);
    require(size >= 0 && static_cast<size_t>(size) == out.size(), "blosc_decompress_ctx");
  }

 private:
  int shuffle_;
};

std::unique_ptr<Codec> make_blosc(const Variant& variant, const Format& format,
                                  const SigmaOptions&) {
  if (format.kind != Format::Kind::NUMBERS && format.kind != Format::Kind::PCM) return nullptr;
  return std::make_unique<BloscCodec>(
      variant.text == "bitshuffle" ? BLOSC_BITSHUFFLE : BLOSC_SHUFFLE, format);
}
#endif

#if HAVE_ZFP
/// As one row: sets do not say what dimensions they have. Numbers in the other byte order are
/// turned, which is in the times.
class ZfpCodec : public FrameCodec {
 public:
  explicit ZfpCodec(const Format& format)
      : FrameCodec(format),
        type_(format.is_float ? (format.bits == 64 ? zfp_type_double : zfp_type_float)
                              : (format.bits == 64 ? zfp_type_int64 : zfp_type_int32)) {}
  ~ZfpCodec() override { zfp_stream_close(zfp_); }

 protected:
  size_t encode_frames(ByteSpan in, MutableByteSpan out) override {
    numbers_.assign(in.begin(), in.end());
    turn();
    open(out);
    zfp_field* const field = make_field();
    const size_t size = zfp_compress(zfp_, field);
    zfp_field_free(field);
    require(size != 0, "zfp_compress");
    return size;
  }
  void decode_frames(ByteSpan in, MutableByteSpan out) override {
    coded_.assign(in.begin(), in.end());
    // It reads whole words.
    coded_.resize((in.size() + 15) / 8 * 8);
    numbers_.resize(out.size());
    open(coded_);
    zfp_field* const field = make_field();
    const size_t size = zfp_decompress(zfp_, field);
    zfp_field_free(field);
    require(size != 0, "zfp_decompress");
    turn();
    std::copy(numbers_.begin(), numbers_.end(), out.begin());
  }

 private:
  zfp_field* make_field() {
    return zfp_field_1d(numbers_.data(), type_, numbers_.size() / format_.frame_size());
  }
  void open(MutableByteSpan memory) {
    if (bits_ != nullptr) stream_close(bits_);
    bits_ = stream_open(memory.data(), memory.size());
    zfp_stream_set_bit_stream(zfp_, bits_);
    zfp_stream_rewind(zfp_);
    zfp_stream_set_reversible(zfp_);
  }
  void turn() {
    const auto size = static_cast<std::ptrdiff_t>(format_.frame_size());
    for (auto at = numbers_.begin(); format_.big_endian && at != numbers_.end(); at += size)
      std::reverse(at, at + size);
  }

  zfp_type type_;
  zfp_stream* zfp_ = zfp_stream_open(nullptr);
  bitstream* bits_ = nullptr;
  std::vector<uint8_t> numbers_;
  std::vector<uint8_t> coded_;
};

std::unique_ptr<Codec> make_zfp(const Variant&, const Format& format, const SigmaOptions&) {
  if (format.kind != Format::Kind::NUMBERS || format.bits < 32) return nullptr;
  return std::make_unique<ZfpCodec>(format);
}
#endif

}  // namespace

std::vector<Family> array_families() {
  std::vector<Family> families = {
      {"blosc", "libblosc", {"shuffle", "bitshuffle"}, 0, -1, nullptr},
      {"zfp", "libzfp", {""}, 0, -1, nullptr},
  };
#if HAVE_BLOSC
  families[0].make = &make_blosc;
#endif
#if HAVE_ZFP
  families[1].make = &make_zfp;
#endif
  return families;
}

}  // namespace bench
