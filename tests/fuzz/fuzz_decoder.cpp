/* Any bytes into the decoder: an error or bytes, within the bound, never anything else. The first
 * byte chooses how the input is split. */
#include <cstdint>
#include <cstdlib>

#include "gst/sigma/decoder.hpp"

namespace {

constexpr uint64_t kMemory = 8 << 20;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] == 0 ? size : data[0];
  sigma::StreamingDecoder decoder(kMemory);
  sigma::Status status;
  uint64_t out = 0;
  for (size_t at = 1; at < size && status.ok(); at += piece) {
    status = decoder.push({data + at, piece < size - at ? piece : size - at});
    for (sigma::DecodedChunk chunk; status.ok();) {
      const auto more = decoder.next(chunk);
      status = more.status;
      if (!more.ok() || !more.value) break;
      // Touched, so that the sanitizer sees where they lie.
      for (const uint8_t byte : chunk.bytes)
        out += byte;
    }
  }
  if (status.ok()) status = decoder.finish();
  if (decoder.stats().peak_memory > kMemory) abort();
  if (out == UINT64_MAX) abort();
  return 0;
}
