/* Whole streams through the library, in any split, for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <functional>

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "gst/sigma/sigma.hpp"
#include "gst/sigma/wire/boundary_handler.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "testdata.hpp"

namespace codec {

using testdata::Bytes;

/// Gives the size of the next piece of input.
using Split = std::function<size_t()>;
Split whole();
Split pieces_of(size_t size);
Split random_pieces(uint64_t seed, size_t most);

/// Chunks of 64 KiB in groups of four.
sigma::EncoderSettings small_groups(unsigned level = 3, bool index = true);

sigma::EncoderSettings at_level(unsigned level, uint32_t chunk_size = 0);

/// Encodes; the test fails on an error.
Bytes encode(const Bytes& input, const sigma::EncoderSettings& settings = {},
             const Split& split = whole(), sigma::TaskPool* tasks = nullptr);

struct Decoded {
  Bytes bytes;  ///< all that came out before an error
  sigma::Status status;
  sigma::StreamStats stats;
};
Decoded decode(const Bytes& stream, const Split& split = whole(),
               uint64_t max_memory = sigma::kDefaultDecoderMemory);

/// What is encoded decodes to the input.
void check_round_trip(const Bytes& input, const sigma::EncoderSettings& settings = {});

/// What a decoder that leaves damage out gave and said.
struct Salvaged {
  struct Piece {
    uint64_t position;
    Bytes bytes;
  };
  std::vector<Piece> pieces;  ///< chunk by chunk
  std::vector<sigma::Damage> damage;
  sigma::Status status;
  sigma::StreamStats stats;

  Bytes bytes() const;  ///< all pieces, joined
};
Salvaged salvage(const Bytes& stream, const Split& split = whole(),
                 uint64_t max_memory = sigma::kDefaultDecoderMemory);

/// Feeds a decoder of any kind with pieces, and takes all that it gives.
template <typename Decoder>
Salvaged drive(Decoder& decoder, const Bytes& stream, const Split& split) {
  struct Log : sigma::DamageListener {
    std::vector<sigma::Damage> damage;
    void on_damage(const sigma::Damage& one) override { damage.push_back(one); }
  } log;
  decoder.set_listener(&log);
  Salvaged result;
  const auto take_chunks = [&] {
    for (sigma::DecodedChunk chunk; result.status.ok();) {
      const sigma::Result<bool> more = decoder.next(chunk);
      result.status = more.status;
      if (!more.ok() || !more.value) return;
      result.pieces.push_back({chunk.position, Bytes(chunk.bytes.begin(), chunk.bytes.end())});
    }
  };
  for (size_t at = 0; at < stream.size() && result.status.ok();) {
    const size_t size = std::min(split(), stream.size() - at);
    // A copy of its own for each piece, so that a sanitizer sees a read past its end.
    const Bytes piece(stream.begin() + static_cast<std::ptrdiff_t>(at),
                      stream.begin() + static_cast<std::ptrdiff_t>(at + size));
    result.status = decoder.push(piece);
    take_chunks();
    at += size;
  }
  if (result.status.ok()) decoder.end_input();
  take_chunks();
  if (result.status.ok()) result.status = decoder.finish();
  decoder.set_listener(nullptr);
  result.damage = log.damage;
  result.stats = decoder.stats();
  return result;
}

/// In what the chunks that two decoders gave, or what they said, differ; empty if in nothing.
std::string difference(const Salvaged& got, const Salvaged& expected);
void check_same(const Salvaged& got, const Salvaged& expected);

/// A test's own memory for chunks, each in a block that a sanitizer knows the end of, and no longer
/// there than it must be.
class OwnMemory : public sigma::ChunkMemory {
 public:
  sigma::Result<sigma::MutableByteSpan> reserve(size_t size) override;
  sigma::Buffer adopt(sigma::Buffer&& block) override;

 private:
  struct Held {
    Bytes bytes;
    sigma::Buffer block;
  };
  Held latest_;
  Held next_;
};

/// A packet of a sound stream.
struct PacketView {
  size_t offset = 0;  ///< of its tag
  size_t size = 0;    ///< tag, length, header and body
  sigma::PacketHeader header;
  sigma::ByteSpan body;
};
/// All of them, by header hops; the test fails if one is not where it must be.
std::vector<PacketView> packets(const Bytes& stream);

/// The bytes as planes of differences, put together and summed again.
Bytes to_planes_and_back(const Bytes& in, const sigma::IntegerLayout& layout);

bool is_prefix(const Bytes& start, const Bytes& whole_bytes);

}  // namespace codec
