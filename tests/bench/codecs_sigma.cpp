/* sigma's levels, fed as a pipeline feeds them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>

#include "codec.hpp"
#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encoder.hpp"
#include "options.hpp"

namespace bench {
namespace {

void require(const sigma::Status& status) {
  if (!status.ok()) give_up(sigma::describe(status).text);
}

class SigmaCodec : public Codec, private sigma::ChunkMemory {
 public:
  SigmaCodec(const sigma::EncoderSettings& settings, size_t piece) : piece_(piece) {
    require(encoder_.configure(settings));
  }

  size_t encode(ByteSpan in, MutableByteSpan out) override {
    size_t size = 0;
    while (!in.empty()) {
      const auto used = encoder_.push_lent(in.first(std::min(piece_, in.size())));
      require(used.status);
      in = in.subspan(used.value);
      size += take_packets(out.subspan(size));
    }
    require(encoder_.finish());
    size += take_packets(out.subspan(size));
    peak_memory_ = std::max<size_t>(peak_memory_, encoder_.stats().peak_memory);
    return size;
  }

  size_t decode(ByteSpan in, MutableByteSpan out) override {
    decoder_.reset();
    static_cast<void>(decoder_.set_chunk_memory(this));
    free_ = out;
    size_t size = 0;
    while (!in.empty()) {
      const ByteSpan piece = in.first(std::min(piece_, in.size()));
      require(decoder_.push(piece));
      in = in.subspan(piece.size());
      size += take_chunks(out.subspan(size));
    }
    decoder_.end_input();
    size += take_chunks(out.subspan(size));
    require(decoder_.finish());
    return size;
  }

  size_t memory() const override { return peak_memory_; }

 private:
  sigma::Result<MutableByteSpan> reserve(size_t size) override {
    if (size > free_.size()) give_up("sigma decodes more bytes than went in");
    return free_.first(size);
  }

  size_t take_packets(MutableByteSpan out) {
    size_t size = 0;
    for (sigma::Packet packet; encoder_.take(packet);) {
      if (packet.size() > out.size() - size)
        give_up("sigma makes more bytes than there is room for");
      for (const ByteSpan part : {packet.bytes.bytes(), packet.lent}) {
        std::copy(part.begin(), part.end(), out.begin() + static_cast<std::ptrdiff_t>(size));
        size += part.size();
      }
    }
    return size;
  }

  size_t take_chunks(MutableByteSpan out) {
    size_t size = 0;
    for (sigma::DecodedChunk chunk;;) {
      const auto more = decoder_.next(chunk);
      require(more.status);
      if (!more.value) return size;
      if (chunk.bytes.size() > out.size() - size) give_up("sigma decodes more bytes than went in");
      if (chunk.bytes.data() != out.data() + size)
        std::memcpy(out.data() + size, chunk.bytes.data(), chunk.bytes.size());
      size += chunk.bytes.size();
      free_ = out.subspan(size);
    }
  }

  size_t piece_;
  sigma::StreamingEncoder encoder_;
  sigma::StreamingDecoder decoder_{UINT64_MAX};
  size_t peak_memory_ = 0;
  MutableByteSpan free_;  ///< of the output
};

std::unique_ptr<Codec> make_sigma(const Variant& variant, const Format&,
                                  const SigmaOptions& options) {
  sigma::EncoderSettings settings = options.settings;
  settings.level = static_cast<unsigned>(variant.level);
  if (variant.memory != 0) settings.max_memory = variant.memory;
  return std::make_unique<SigmaCodec>(settings, options.piece);
}

/// Of video whose format is said, as caps do.
std::unique_ptr<Codec> make_with_frames(const Variant& variant, const Format& format,
                                        const SigmaOptions& options) {
  if (format.kind != Format::Kind::VIDEO) return nullptr;
  SigmaOptions known = options;
  sigma::FrameFormat& frames = known.settings.frames;
  const size_t width = format.width;
  const size_t height = format.height;
  if (format.rgb) {
    frames.planes[0] = {3 * width, height, 3, false};
    frames.plane_count = 1;
  } else {
    const sigma::FramePlane colours = {(width + 1) / 2, (height + 1) / 2, 1, false};
    frames.planes = {{{width, height, 1, false}, colours, colours}};
    frames.plane_count = 3;
  }
  return make_sigma(variant, format, known);
}

}  // namespace

std::vector<Family> sigma_families() {
  return {{"sigma",
           "libsigma",
           {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
           0,
           sigma::kMaxLevel,
           &make_sigma},
          {"frames", "libsigma", {"3", "6"}, 1, sigma::kMaxLevel, &make_with_frames}};
}

}  // namespace bench
