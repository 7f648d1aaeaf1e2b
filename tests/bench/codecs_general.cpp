/* Codecs of others for any bytes: zstd, lz4, brotli, xz, bzip2, bzip3, each as its program sets it
 * up by default, on one thread, with the check of the content that its format offers. Contexts are
 * kept from run to run where the library has any.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "codec.hpp"
#include "options.hpp"
#if HAVE_LZ4
#include <lz4frame.h>
#endif
#if HAVE_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif
#if HAVE_LZMA
#include <lzma.h>
#endif
#if HAVE_BZIP2
#include <bzlib.h>
#endif
#if HAVE_BZIP3
extern "C" {
#include <libbz3.h>
}
#endif

namespace bench {
namespace {

void require(bool done, const char* what) {
  if (!done) give_up(std::string(what) + " failed");
}

template <typename T>
std::unique_ptr<Codec> make(const Variant& variant, const Format&, const SigmaOptions&) {
  return std::make_unique<T>(variant.level);
}

class ZstdCodec : public Codec {
 public:
  explicit ZstdCodec(int level) {
    ZSTD_CCtx_setParameter(encoder_, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(encoder_, ZSTD_c_checksumFlag, 1);
  }
  ~ZstdCodec() override {
    ZSTD_freeCCtx(encoder_);
    ZSTD_freeDCtx(decoder_);
  }

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    const size_t size = ZSTD_compress2(encoder_, out.data(), out.size(), in.data(), in.size());
    require(!ZSTD_isError(size), "ZSTD_compress2");
    return size;
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    const size_t size = ZSTD_decompressDCtx(decoder_, out.data(), out.size(), in.data(), in.size());
    require(!ZSTD_isError(size), "ZSTD_decompressDCtx");
    return size;
  }
  size_t memory() const override { return ZSTD_sizeof_CCtx(encoder_); }

 private:
  ZSTD_CCtx* encoder_ = ZSTD_createCCtx();
  ZSTD_DCtx* decoder_ = ZSTD_createDCtx();
};

#if HAVE_LZ4
/// The frame format, with the blocks and the check of the program lz4.
class Lz4Codec : public Codec {
 public:
  explicit Lz4Codec(int level) {
    preferences_.frameInfo.blockSizeID = LZ4F_max4MB;
    preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences_.compressionLevel = level;
    require(!LZ4F_isError(LZ4F_createDecompressionContext(&decoder_, LZ4F_VERSION)),
            "LZ4F_createDecompressionContext");
  }
  ~Lz4Codec() override { LZ4F_freeDecompressionContext(decoder_); }

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    const size_t size =
        LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), &preferences_);
    require(!LZ4F_isError(size), "LZ4F_compressFrame");
    return size;
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    LZ4F_decompressOptions_t options = {};
    options.stableDst = 1;
    size_t made = 0;
    for (size_t hint = 1; hint != 0;) {
      size_t used = in.size();
      size_t room = out.size() - made;
      hint = LZ4F_decompress(decoder_, out.data() + made, &room, in.data(), &used, &options);
      require(!LZ4F_isError(hint) && (used != 0 || room != 0), "LZ4F_decompress");
      in = in.subspan(used);
      made += room;
    }
    return made;
  }

 private:
  LZ4F_preferences_t preferences_ = {};
  LZ4F_dctx* decoder_ = nullptr;
};
#endif

#if HAVE_BROTLI
/// Has no check of the content.
class BrotliCodec : public Codec {
 public:
  explicit BrotliCodec(int level) : level_(level) {}

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    size_t size = out.size();
    require(BrotliEncoderCompress(level_, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, in.size(),
                                  in.data(), &size, out.data()) == BROTLI_TRUE,
            "BrotliEncoderCompress");
    return size;
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    size_t size = out.size();
    require(BrotliDecoderDecompress(in.size(), in.data(), &size, out.data()) ==
                BROTLI_DECODER_RESULT_SUCCESS,
            "BrotliDecoderDecompress");
    return size;
  }

 private:
  int level_;
};
#endif

#if HAVE_LZMA
class XzCodec : public Codec {
 public:
  explicit XzCodec(int level) : level_(static_cast<uint32_t>(level)) {}
  ~XzCodec() override {
    lzma_end(&encoder_);
    lzma_end(&decoder_);
  }

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    require(lzma_easy_encoder(&encoder_, level_, LZMA_CHECK_CRC64) == LZMA_OK, "lzma_easy_encoder");
    return run(encoder_, in, out);
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    require(lzma_stream_decoder(&decoder_, UINT64_MAX, 0) == LZMA_OK, "lzma_stream_decoder");
    return run(decoder_, in, out);
  }
  size_t memory() const override { return lzma_easy_encoder_memusage(level_); }

 private:
  static size_t run(lzma_stream& stream, ByteSpan in, MutableByteSpan out) {
    stream.next_in = in.data();
    stream.avail_in = in.size();
    stream.next_out = out.data();
    stream.avail_out = out.size();
    require(lzma_code(&stream, LZMA_FINISH) == LZMA_STREAM_END, "lzma_code");
    return out.size() - stream.avail_out;
  }

  uint32_t level_;
  lzma_stream encoder_ = LZMA_STREAM_INIT;
  lzma_stream decoder_ = LZMA_STREAM_INIT;
};
#endif

#if HAVE_BZIP2
class Bzip2Codec : public Codec {
 public:
  explicit Bzip2Codec(int level) : level_(level) {}

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    auto size = static_cast<unsigned>(out.size());
    require(BZ2_bzBuffToBuffCompress(chars(out.data()), &size, chars(in.data()),
                                     static_cast<unsigned>(in.size()), level_, 0, 0) == BZ_OK,
            "BZ2_bzBuffToBuffCompress");
    return size;
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    auto size = static_cast<unsigned>(out.size());
    require(BZ2_bzBuffToBuffDecompress(chars(out.data()), &size, chars(in.data()),
                                       static_cast<unsigned>(in.size()), 0, 0) == BZ_OK,
            "BZ2_bzBuffToBuffDecompress");
    return size;
  }

 private:
  /// The interface is older than const.
  static char* chars(const uint8_t* bytes) {
    return reinterpret_cast<char*>(const_cast<uint8_t*>(bytes));
  }

  int level_;
};
#endif

#if HAVE_BZIP3
/// Blocks of 16 MiB, each behind its decoded and its coded size.
class Bzip3Codec : public Codec {
 public:
  explicit Bzip3Codec(int) : state_(bz3_new(kBlock)), block_(bz3_bound(kBlock)) {
    require(state_ != nullptr, "bz3_new");
  }
  ~Bzip3Codec() override { bz3_free(state_); }

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    size_t made = 0;
    for (; !in.empty(); in = in.subspan(std::min<size_t>(in.size(), kBlock))) {
      const ByteSpan raw = in.first(std::min<size_t>(in.size(), kBlock));
      require(out.size() - made >= kHeader + bz3_bound(raw.size()), "making room for bzip3");
      uint8_t* const body = out.data() + made + kHeader;
      std::memcpy(body, raw.data(), raw.size());
      const int32_t size = bz3_encode_block(state_, body, static_cast<int32_t>(raw.size()));
      require(size >= 0, "bz3_encode_block");
      sigma::store_le(out.data() + made, static_cast<uint32_t>(raw.size()));
      sigma::store_le(out.data() + made + 4, static_cast<uint32_t>(size));
      made += kHeader + static_cast<size_t>(size);
    }
    return made;
  }
  size_t decode(ByteSpan in, MutableByteSpan out) override {
    size_t made = 0;
    while (!in.empty()) {
      const auto raw = sigma::load_le<uint32_t>(in.data());
      const auto coded = sigma::load_le<uint32_t>(in.data() + 4);
      // Decoding in place needs more room than the decoded bytes.
      std::memcpy(block_.data(), in.data() + kHeader, coded);
      // Version 1.2.2 refuses some of what it made, such as many repeated pixels.
      if (bz3_decode_block(state_, block_.data(), static_cast<int32_t>(coded),
                           static_cast<int32_t>(raw)) != static_cast<int32_t>(raw))
        return 0;
      std::memcpy(out.data() + made, block_.data(), raw);
      in = in.subspan(kHeader + coded);
      made += raw;
    }
    return made;
  }

 private:
  static constexpr int32_t kBlock = 16 << 20;
  static constexpr size_t kHeader = 8;
  bz3_state* state_;
  std::vector<uint8_t> block_;
};
#endif

}  // namespace

std::vector<Family> general_families() {
  std::vector<Family> families = {
      {"zstd", "libzstd", {"1", "3", "5", "9", "12", "15", "19"}, -50, 22, &make<ZstdCodec>},
      {"lz4", "liblz4", {""}, 1, 12, nullptr},
      {"brotli", "libbrotli", {"5"}, 0, 11, nullptr},
      {"xz", "liblzma", {"6"}, 0, 9, nullptr},
      {"bzip2", "libbz2", {"9"}, 1, 9, nullptr},
      {"bzip3", "libbzip3", {""}, 0, -1, nullptr},
  };
#if HAVE_LZ4
  families[1].make = &make<Lz4Codec>;
#endif
#if HAVE_BROTLI
  families[2].make = &make<BrotliCodec>;
#endif
#if HAVE_LZMA
  families[3].make = &make<XzCodec>;
#endif
#if HAVE_BZIP2
  families[4].make = &make<Bzip2Codec>;
#endif
#if HAVE_BZIP3
  families[5].make = &make<Bzip3Codec>;
#endif
  return families;
}

}  // namespace bench
