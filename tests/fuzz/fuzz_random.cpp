/* Any bytes as an input that is read at random: an error or bytes, always the same ones, within the
 * bound. The first byte chooses whether damage is skipped, the second where reads go. */
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gst/sigma/random_access.hpp"
#include "mutator.hpp"

const size_t kChoiceBytes = 2;

namespace {

constexpr uint64_t kMemory = 8 << 20;

class MemorySource : public sigma::ByteSource {
 public:
  explicit MemorySource(sigma::ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) abort();
    const sigma::ByteSpan from = bytes_.subspan(static_cast<size_t>(offset), out.size());
    std::copy(from.begin(), from.end(), out.begin());
    return {};
  }

 private:
  sigma::ByteSpan bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  MemorySource source({data + 2, size - 2});
  sigma::RandomAccessDecoder decoder(
      source, kMemory, (data[0] & 1) != 0 ? sigma::OnError::SKIP : sigma::OnError::FAIL);
  if (!decoder.open().ok()) return 0;
  const uint64_t total = decoder.size();
  std::vector<uint8_t> first(1000);
  std::vector<uint8_t> again(1000);
  uint64_t position = data[1];
  for (int i = 0; i < 8; i++) {
    position = position * 2654435761u + 12345;
    const uint64_t at = total == 0 ? 0 : position % total;
    const sigma::Result<size_t> got = decoder.read(at, first);
    if (got.ok() && got.value != std::min<uint64_t>(first.size(), total - at)) abort();
    // From elsewhere, back to the same place.
    static_cast<void>(decoder.read(total == 0 ? 0 : (at + total / 2) % total, again));
    const sigma::Result<size_t> same = decoder.read(at, again);
    // In a stream of repeated and exchanged packets it may depend on the keys that are known by
    // then what can be found, but not what it is.
    if (got.ok() && same.ok() &&
        !std::equal(first.begin(), first.begin() + static_cast<long>(got.value), again.begin()))
      abort();
  }
  if (decoder.stats().peak_memory > 2 * kMemory) abort();
  return 0;
}
