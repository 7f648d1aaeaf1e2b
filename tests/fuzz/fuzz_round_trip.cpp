/* Any bytes, at any settings, in any split, through encoder and decoder: the same bytes. The first
 * eight bytes choose the settings.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encoder.hpp"
#include "gst/sigma/models/records/limits.hpp"

namespace {

using Bytes = std::vector<uint8_t>;

void require(bool condition) {
  if (!condition) abort();
}

void take_all(sigma::StreamingEncoder& encoder, Bytes& out) {
  for (sigma::Packet packet; encoder.take(packet);) {
    for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
      out.insert(out.end(), part.begin(), part.end());
  }
}

Bytes encode(const Bytes& input, const sigma::EncoderSettings& settings, size_t piece,
             uint8_t flush_every) {
  sigma::StreamingEncoder encoder;
  require(encoder.configure(settings).ok());
  Bytes out;
  size_t pushes = 0;
  for (size_t at = 0; at < input.size();) {
    const sigma::ByteSpan rest(input.data() + at, std::min(piece, input.size() - at));
    const auto used = piece % 2 == 0 ? encoder.push(rest) : encoder.push_lent(rest);
    require(used.ok());
    at += used.value;
    take_all(encoder, out);
    if (flush_every != 0 && ++pushes % flush_every == 0) require(encoder.flush().ok());
    take_all(encoder, out);
  }
  require(encoder.finish().ok());
  take_all(encoder, out);
  return out;
}

Bytes decode(const Bytes& stream, size_t piece) {
  sigma::StreamingDecoder decoder;
  Bytes out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    require(decoder.push({stream.data() + at, std::min(piece, stream.size() - at)}).ok());
    for (sigma::DecodedChunk chunk;;) {
      const auto more = decoder.next(chunk);
      require(more.ok());
      if (!more.value) break;
      out.insert(out.end(), chunk.bytes.begin(), chunk.bytes.end());
    }
  }
  require(decoder.finish().ok());
  return out;
}

/// Other numbers in the same text make records.
uint8_t turn_digit(uint8_t byte, size_t by) {
  return byte >= '0' && byte <= '9' ? static_cast<uint8_t>('0' + (byte - '0' + by) % 10) : byte;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  sigma::EncoderSettings settings;
  const bool has_records = data[1] >> 6 == 3;
  settings.level = has_records ? sigma::kFirstRecordLevel + data[0] % 4U : data[0] % 10U;
  settings.chunk_size = has_records ? 524288 : 65536 + (data[1] >> 6) * 21845;
  settings.key_interval = 1 + (data[1] & 63) % 5;
  // So that levels from 6 on look for far repeats.
  if (data[2] >= 192) settings.max_memory = uint64_t{80} << 20;
  settings.index = data[2] % 2 == 0;
  settings.verify = data[2] % 4 < 2;
  // Repeated, so that small inputs make several chunks.
  Bytes input;
  for (unsigned copies = 0; copies <= data[3] && input.size() < 150000; copies++)
    for (size_t i = 8; i < size; i++)
      input.push_back(has_records ? turn_digit(data[i], copies * 7 + i % 3) : data[i]);
  // Large inputs come in fewer pieces, so that no run takes long.
  const size_t least = 1 + input.size() / 2048;
  const size_t piece = least + data[4] * size_t{257};
  const Bytes stream = encode(input, settings, piece, data[5] % 8);
  require(decode(stream, least + data[6] * size_t{131}) == input);
  if (data[5] % 8 == 0)
    require(encode(input, settings, least + data[7] * size_t{263}, 0) == stream);
  return 0;
}
