/* Any bytes into the decoder: an error or bytes, within the bound, never anything else. The first
 * byte chooses whether damage is skipped (top bit), whether chunks go to memory of our own (the bit
 * below) and how the input is split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "gst/sigma/decoder.hpp"
#include "mutator.hpp"

const size_t kChoiceBytes = 1;

namespace {

constexpr uint64_t kMemory = 8 << 20;

/// What is reported must make sense.
class Checker : public sigma::DamageListener {
 public:
  void on_damage(const sigma::Damage& damage) override {
    if (damage.stream_end < damage.stream_begin) abort();
    if (damage.position_end < damage.position_begin) abort();
  }
};

/// No longer there than a chunk's memory must be.
class Memory : public sigma::ChunkMemory {
 public:
  sigma::Result<sigma::MutableByteSpan> reserve(size_t size) override {
    if (size > kMemory) abort();
    latest_ = std::move(next_);
    next_.reset(new uint8_t[size]);
    return sigma::MutableByteSpan(next_.get(), size);
  }

 private:
  std::unique_ptr<uint8_t[]> latest_;
  std::unique_ptr<uint8_t[]> next_;
};

/// Takes all chunks that are there. They must come in order.
void take_chunks(sigma::StreamingDecoder& decoder, sigma::Status& status, uint64_t& position,
                 uint64_t& sum) {
  for (sigma::DecodedChunk chunk; status.ok();) {
    const auto more = decoder.next(chunk);
    status = more.status;
    if (!more.ok() || !more.value) break;
    if (chunk.position < position) abort();
    position = chunk.position + chunk.bytes.size();
    // Touched, so that the sanitizer sees where they lie.
    for (const uint8_t byte : chunk.bytes)
      sum += byte;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool skips = (data[0] & 0x80) != 0;
  const size_t piece = (data[0] & 0x3f) == 0 ? size : (data[0] & 0x3f);
  sigma::StreamingDecoder decoder(kMemory, skips ? sigma::OnError::SKIP : sigma::OnError::FAIL);
  Checker checker;
  decoder.set_listener(&checker);
  Memory memory;
  if ((data[0] & 0x40) != 0) static_cast<void>(decoder.set_chunk_memory(&memory));
  sigma::Status status;
  uint64_t position = 0;
  uint64_t sum = 0;
  for (size_t at = 1; at < size && status.ok(); at += piece) {
    status = decoder.push({data + at, piece < size - at ? piece : size - at});
    take_chunks(decoder, status, position, sum);
  }
  decoder.end_input();
  take_chunks(decoder, status, position, sum);
  if (status.ok()) status = decoder.finish();
  if (decoder.stats().peak_memory > kMemory) abort();
  if (sum == UINT64_MAX) abort();
  return 0;
}
