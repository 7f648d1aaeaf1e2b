/* All of an input through an encoder or a decoder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/thread_pool.hpp"
#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encoder.hpp"

namespace sigma {

/// Threads of its own for a call that gets none: nothing but an object if it is to have one thread.
class OwnThreads {
 public:
  explicit OwnThreads(unsigned threads) : pool_(threads), is_used_(threads != 1) {}
  TaskPool* pool() { return is_used_ ? &pool_ : nullptr; }

 private:
  ThreadPool pool_;
  bool is_used_;
};

/// Writes the packets that wait. `out` has Status write(ByteSpan), here and below.
template <typename Out>
Status write_packets(StreamingEncoder& encoder, Out& out) {
  Packet packet;
  while (encoder.take(packet))
    for (const ByteSpan part : {packet.bytes.bytes(), packet.lent})
      if (const Status status = out.write(part); !status.ok()) return status;
  return {};
}

template <typename Out>
Status encode_piece(StreamingEncoder& encoder, ByteSpan bytes, Out& out) {
  while (!bytes.empty()) {
    const Result<size_t> used = encoder.push_lent(bytes);
    if (!used.ok()) return used.status;
    bytes = bytes.subspan(used.value);
    if (const Status status = write_packets(encoder, out); !status.ok()) return status;
  }
  return {};
}

template <typename Out>
Status finish_encoding(StreamingEncoder& encoder, Out& out) {
  const Status status = encoder.finish();
  return status.ok() ? write_packets(encoder, out) : status;
}

/// Writes the chunks that the input so far gives.
template <typename Out>
Status write_chunks(StreamingDecoder& decoder, Out& out) {
  DecodedChunk chunk;
  for (;;) {
    const Result<bool> more = decoder.next(chunk);
    if (!more.ok()) return more.status;
    if (!more.value) return {};
    if (const Status status = out.write(chunk.bytes); !status.ok()) return status;
  }
}

template <typename Out>
Status decode_piece(StreamingDecoder& decoder, ByteSpan bytes, Out& out) {
  const Status status = decoder.push(bytes);
  return status.ok() ? write_chunks(decoder, out) : status;
}

template <typename Out>
Status finish_decoding(StreamingDecoder& decoder, Out& out) {
  decoder.end_input();
  const Status status = write_chunks(decoder, out);
  return status.ok() ? decoder.finish() : status;
}

}  // namespace sigma
