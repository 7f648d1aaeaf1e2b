/* Drives encoder and decoder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec.hpp"
#include "gst/sigma/operators/array.hpp"

#include <algorithm>
#include <memory>

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace codec {
namespace {

using testdata::append;

void take_all(sigma::StreamingEncoder& encoder, Bytes& out) {
  sigma::Packet packet;
  while (encoder.take(packet))
    for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
      append(out, part);
}

/// Not ck_assert(), which works only while a test runs: make-golden uses this file, too.
void require(const sigma::Status& status) {
  if (!status.ok()) ck_abort_msg("%s", sigma::describe(status).text);
}

}  // namespace

Split whole() {
  return [] { return SIZE_MAX; };
}

Split pieces_of(size_t size) {
  return [size] { return size; };
}

Split random_pieces(uint64_t seed, size_t most) {
  auto random = std::make_shared<testdata::Random>(seed);
  return [random, most] { return 1 + random->below(most); };
}

sigma::EncoderSettings small_groups(unsigned level, bool index) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 65536;
  settings.key_interval = 4;
  settings.index = index;
  return settings;
}

sigma::EncoderSettings at_level(unsigned level, uint32_t chunk_size) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = chunk_size;
  return settings;
}

Bytes encode(const Bytes& input, const sigma::EncoderSettings& settings, const Split& split,
             sigma::TaskPool* tasks) {
  sigma::StreamingEncoder encoder;
  require(encoder.configure(settings, tasks));
  Bytes out;
  for (size_t at = 0; at < input.size();) {
    const size_t size = std::min(split(), input.size() - at);
    for (sigma::ByteSpan piece(input.data() + at, size); !piece.empty();) {
      const sigma::Result<size_t> used = encoder.push_lent(piece);
      require(used.status);
      piece = piece.subspan(used.value);
      take_all(encoder, out);
    }
    at += size;
  }
  require(encoder.finish());
  take_all(encoder, out);
  return out;
}

Decoded decode(const Bytes& stream, const Split& split, uint64_t max_memory) {
  sigma::StreamingDecoder decoder(max_memory);
  const Salvaged all = drive(decoder, stream, split);
  return {all.bytes(), all.status, all.stats};
}

void check_round_trip(const Bytes& input, const sigma::EncoderSettings& settings) {
  const Decoded decoded = decode(encode(input, settings));
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == input);
}

Bytes Salvaged::bytes() const {
  Bytes all;
  for (const Piece& piece : pieces)
    append(all, piece.bytes);
  return all;
}

Salvaged salvage(const Bytes& stream, const Split& split, uint64_t max_memory) {
  sigma::StreamingDecoder decoder(max_memory, sigma::OnError::SKIP);
  return drive(decoder, stream, split);
}

std::string difference(const Salvaged& got, const Salvaged& expected) {
  if (got.status.code != expected.status.code || got.status.offset != expected.status.offset)
    return std::string(sigma::describe(got.status).text) + ", not " +
           sigma::describe(expected.status).text;
  const auto same_piece = [](const Salvaged::Piece& a, const Salvaged::Piece& b) {
    return a.position == b.position && a.bytes == b.bytes;
  };
  if (!std::equal(got.pieces.begin(), got.pieces.end(), expected.pieces.begin(),
                  expected.pieces.end(), same_piece) ||
      got.stats.chunks != expected.stats.chunks)
    return "other chunks";
  const auto same_damage = [](const sigma::Damage& a, const sigma::Damage& b) {
    return a.stream_begin == b.stream_begin && a.stream_end == b.stream_end &&
           a.position_begin == b.position_begin && a.position_end == b.position_end &&
           a.chunks == b.chunks && a.cause.code == b.cause.code;
  };
  const bool same = std::equal(got.damage.begin(), got.damage.end(), expected.damage.begin(),
                               expected.damage.end(), same_damage);
  return same ? "" : "other damage";
}

void check_same(const Salvaged& got, const Salvaged& expected) {
  const std::string found = difference(got, expected);
  ck_assert_msg(found.empty(), "%s", found.c_str());
}

sigma::Result<sigma::MutableByteSpan> OwnMemory::reserve(size_t size) {
  // What was reserved last may be no chunk; then it is not needed either.
  latest_ = std::move(next_);
  next_ = {Bytes(size), {}};
  return sigma::MutableByteSpan(next_.bytes);
}

sigma::Buffer OwnMemory::adopt(sigma::Buffer&& block) {
  latest_ = std::move(next_);
  next_ = {{}, std::move(block)};
  return {};
}

std::vector<PacketView> packets(const Bytes& stream) {
  std::vector<PacketView> all;
  for (size_t at = 0; at < stream.size(); at += all.back().size) {
    const sigma::ByteSpan rest = sigma::ByteSpan(stream).subspan(at);
    sigma::GlyphHeader glyph;
    PacketView packet;
    packet.offset = at;
    if (sigma::parse_glyph_header(rest, glyph) != sigma::GlyphParse::COMPLETE)
      ck_abort_msg("no glyph at %zu", at);
    require(sigma::parse_packet_header(glyph, rest.first(glyph.header_size),
                                       rest.subspan(glyph.header_size), at, packet.header));
    packet.size = glyph.header_size + glyph.payload_size;
    packet.body = rest.first(packet.size).last(packet.header.body_size);
    all.push_back(packet);
  }
  return all;
}

Bytes to_planes_and_back(const Bytes& in, const sigma::IntegerLayout& layout) {
  Bytes out(in.size());
  for (size_t k = 0; k < layout.width; k++) {
    Bytes plane(sigma::plane_size(in.size(), layout.width, k));
    sigma::subtract_to_plane(layout, in, k, plane);
    sigma::scatter_plane(plane, k, layout.width, out);
  }
  sigma::sum_up(layout, out);
  return out;
}

bool is_prefix(const Bytes& start, const Bytes& whole_bytes) {
  return start.size() <= whole_bytes.size() &&
         std::equal(start.begin(), start.end(), whole_bytes.begin());
}

}  // namespace codec
