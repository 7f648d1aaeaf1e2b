/* Any bytes as an input that is read at random: an error or bytes, within the bound; of a sound
 * stream the bytes that it decodes to in order. The first byte chooses whether damage is skipped,
 * the second where reads go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/random_access.hpp"
#include "memory_source.hpp"
#include "mutator.hpp"

const size_t kChoiceBytes = 2;

namespace {

constexpr uint64_t kMemory = 8 << 20;

/// Whether the input is sound; what it decodes to.
bool decode(sigma::ByteSpan input, std::vector<uint8_t>& out) {
  sigma::StreamingDecoder decoder(kMemory);
  if (!decoder.push(input).ok()) return false;
  for (sigma::DecodedChunk chunk;;) {
    const sigma::Result<bool> more = decoder.next(chunk);
    if (!more.ok()) return false;
    // Of a stream that is entered behind its last key nothing is decoded, but positions count it.
    if (!more.value) return decoder.finish().ok() && decoder.position() == out.size();
    // In a stream that is entered late, positions begin in its middle.
    if (chunk.position != out.size()) return false;
    out.insert(out.end(), chunk.bytes.begin(), chunk.bytes.end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kChoiceBytes) return 0;
  const sigma::ByteSpan input(data + kChoiceBytes, size - kChoiceBytes);
  std::vector<uint8_t> expected;
  const bool is_sound = decode(input, expected);
  testdata::MemorySource source(input);
  sigma::RandomAccessDecoder decoder(
      source, kMemory, (data[0] & 1) != 0 ? sigma::OnError::SKIP : sigma::OnError::FAIL);
  const bool opens = decoder.open().ok();
  if (decoder.open().ok() != opens || (is_sound && !opens)) abort();
  if (!opens) return 0;
  const uint64_t total = decoder.size();
  if (is_sound && (total != expected.size() || !decoder.end_status().ok())) abort();
  // A time leads to a key of the input, or nowhere.
  const sigma::Result<uint64_t> duration = decoder.duration();
  for (const uint64_t time : {uint64_t{0}, uint64_t{data[1]} << 24, UINT64_MAX}) {
    const sigma::Result<sigma::TimePoint> found = decoder.locate_time(time);
    if (found.ok() && (!duration.ok() || duration.value == sigma::kNoTime)) abort();
    if (found.ok() && found.value.entry.stream_offset >= input.size()) abort();
  }
  std::vector<uint8_t> out(1000);
  uint64_t position = data[1];
  for (int i = 0; i < 12; i++) {
    position = position * 2654435761u + 12345;
    // Every third read is at the place of the first one.
    const uint64_t at = total == 0 ? 0 : (i % 3 == 0 ? data[1] : position) % total;
    const sigma::Result<size_t> got = decoder.read(at, out);
    if (got.ok() && got.value != std::min<uint64_t>(out.size(), total - at)) abort();
    if (is_sound &&
        (!got.ok() || !std::equal(out.begin(), out.begin() + static_cast<long>(got.value),
                                  expected.begin() + static_cast<long>(at))))
      abort();
  }
  if (decoder.stats().peak_memory > kMemory) abort();
  return 0;
}
