/* Any bytes as a stream in which a text is sought: an error or chunks, within the bound. A chunk
 * that is passed has not the text, if it decodes at all; others are as without a search, and as
 * they were examined. The index, sound or not, leads into the input or nowhere. The first byte
 * chooses whether damage is skipped, and groups decoded ahead, the second the text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/random_access.hpp"
#include "memory_source.hpp"
#include "mutator.hpp"
#include "threads.hpp"

const size_t kChoiceBytes = 2;

namespace {

constexpr uint64_t kMemory = 8 << 20;
constexpr std::string_view kTexts[] = {"sigma",         "request", "e",      "200",
                                       "no such thing", "ab\xC3",  "host 1", "-7"};

/// By their streams and positions.
using Chunks = std::map<std::pair<uint64_t, uint64_t>, std::vector<uint8_t>>;

/// Keeps what it is shown.
class Keeping : public sigma::ChunkExaminer {
 public:
  struct Kept : sigma::ChunkFinding {
    std::vector<uint8_t> bytes;
  };
  std::unique_ptr<sigma::ChunkFinding> examine(sigma::ByteSpan bytes) override {
    auto kept = std::make_unique<Kept>();
    kept->bytes.assign(bytes.begin(), bytes.end());
    return kept;
  }
};

/// Hands each chunk over that comes before an error.
template <typename Use>
void decode(sigma::StreamingDecoder& decoder, sigma::ByteSpan input, Use use) {
  if (!decoder.push(input).ok()) return;
  for (int round = 0; round < 2; round++) {
    for (sigma::DecodedChunk chunk;;) {
      const sigma::Result<bool> more = decoder.next(chunk);
      if (!more.ok()) return;
      if (!more.value) break;
      use(chunk);
    }
    decoder.end_input();
  }
}

void check_ranges(sigma::ByteSpan input, const sigma::SoughtTexts& sought,
                  sigma::OnError on_error) {
  testdata::MemorySource source(input);
  sigma::RandomAccessDecoder decoder(source, kMemory, on_error);
  if (!decoder.open().ok()) return;
  uint64_t position = 0;
  for (int i = 0; i < 100 && position < decoder.size(); i++) {
    const sigma::Result<sigma::TextRange> range = decoder.find_texts(sought, position);
    if (!range.ok()) return;
    if (range.value.begin < position || range.value.end < range.value.begin) abort();
    if (range.value.end > decoder.size() || range.value.end == position) abort();
    position = range.value.end;
  }
  for (const uint64_t lines : {uint64_t{0}, uint64_t{7}, UINT64_MAX}) {
    const sigma::Result<sigma::LinePoint> point = decoder.locate_line(lines);
    if (point.ok() && point.value.entry.stream_offset > input.size()) abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kChoiceBytes) return 0;
  const sigma::ByteSpan input(data + kChoiceBytes, size - kChoiceBytes);
  const auto on_error = (data[0] & 1) != 0 ? sigma::OnError::SKIP : sigma::OnError::FAIL;
  const std::string_view text = kTexts[data[1] % std::size(kTexts)];
  const sigma::ByteSpan texts[] = {{reinterpret_cast<const uint8_t*>(text.data()), text.size()}};
  const sigma::SoughtTexts sought = {texts, (data[1] & 0x80) != 0};
  Chunks chunks;
  sigma::StreamingDecoder plain(kMemory, on_error);
  decode(plain, input, [&](const sigma::DecodedChunk& chunk) {
    chunks[{chunk.stream, chunk.position}].assign(chunk.bytes.begin(), chunk.bytes.end());
  });
  Keeping examiner;
  sigma::StreamingDecoder searching(kMemory, on_error);
  threads::Refusing refusing;
  if ((data[0] & 2) != 0 && !searching.set_threads(&refusing, 2).ok()) abort();
  if (!searching.set_sought(&sought).ok() || !searching.set_examiner(&examiner).ok()) abort();
  bool is_apart = false;
  decode(searching, input, [&](const sigma::DecodedChunk& chunk) {
    const auto* kept = static_cast<const Keeping::Kept*>(chunk.finding);
    if (kept != nullptr && !std::ranges::equal(kept->bytes, chunk.bytes)) abort();
    // Behind one that is damaged in what is not looked at, positions are others.
    const auto known = chunks.find({chunk.stream, chunk.position});
    is_apart = is_apart || known == chunks.end() ||
               known->second.size() != chunk.bytes.size() + chunk.passed_size;
    if (is_apart || chunk.passed_size == 0) return;
    const std::vector<uint8_t>& bytes = known->second;
    if (std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end()) abort();
    if (std::count(bytes.begin(), bytes.end(), '\n') != static_cast<int64_t>(chunk.passed_lines))
      abort();
  });
  if (searching.stats().peak_memory > kMemory) abort();
  check_ranges(input, sought, on_error);
  return 0;
}
