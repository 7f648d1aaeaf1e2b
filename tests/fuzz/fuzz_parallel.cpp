/* Any bytes into the decoder that goes ahead by groups, which must give and say what decoding in
 * order does. Work that threads would do is done by who waits for it, so that runs repeat. The
 * first byte chooses whether damage is skipped (top bit), whether chunks go to memory of our own
 * (the bit below) and how the input is split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdint>
#include <cstdlib>

#include "codec.hpp"
#include "gst/sigma/decoder.hpp"
#include "mutator.hpp"
#include "threads.hpp"

const size_t kChoiceBytes = 1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const testdata::Bytes stream(data + 1, data + size);
  const auto on_error = (data[0] & 0x80) != 0 ? sigma::OnError::SKIP : sigma::OnError::FAIL;
  const size_t piece = (data[0] & 0x3f) * size_t{50};
  const codec::Split split = piece == 0 ? codec::whole() : codec::pieces_of(piece);
  constexpr uint64_t kMemory = 64 << 20;
  sigma::StreamingDecoder in_order(kMemory, on_error);
  sigma::StreamingDecoder ahead(kMemory, on_error);
  threads::Refusing refusing;
  if (!ahead.set_threads(&refusing, 2).ok()) abort();
  codec::OwnMemory memory;
  if ((data[0] & 0x40) != 0) static_cast<void>(ahead.set_chunk_memory(&memory));
  const codec::Salvaged got = codec::drive(ahead, stream, split);
  if (!codec::difference(got, codec::drive(in_order, stream, split)).empty()) abort();
  if (got.stats.peak_memory > kMemory) abort();
  return 0;
}
