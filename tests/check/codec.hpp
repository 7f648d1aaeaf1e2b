/* Whole streams through the library, in any split, for tests. */
#pragma once

#include <functional>

#include "gst/sigma/packet.hpp"
#include "gst/sigma/sigma.hpp"
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

/// A packet of a sound stream.
struct PacketView {
  size_t offset = 0;  ///< of its tag
  size_t size = 0;    ///< tag, length, header and body
  sigma::PacketHeader header;
  sigma::ByteSpan body;
};
/// All of them, by header hops; the test fails if one is not where it must be.
std::vector<PacketView> packets(const Bytes& stream);

bool is_prefix(const Bytes& start, const Bytes& whole_bytes);

}  // namespace codec
