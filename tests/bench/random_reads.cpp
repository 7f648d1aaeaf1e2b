/* P9: what random reads cost.
 *
 *     random-reads FILE.sigma [READS [SIZE]]      (100 65536)
 *
 * Reads SIZE decoded bytes at READS random positions, each with a decoder of its own, and prints
 * what was read of the file for opening, looking up and decoding, beside the size of the groups
 * that were touched.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "gst/sigma/sigma.hpp"
#include "testdata.hpp"

namespace {

/// Counts what passes.
class CountingSource : public sigma::ByteSource {
 public:
  explicit CountingSource(sigma::FileSource& file) : file_(file) {}
  uint64_t size() const override { return file_.size(); }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    bytes += out.size();
    reads++;
    return file_.read(offset, out);
  }
  uint64_t bytes = 0;
  uint64_t reads = 0;

 private:
  sigma::FileSource& file_;
};

uint64_t median(std::vector<uint64_t>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const char* name, std::vector<uint64_t>& values) {
  const uint64_t middle = median(values);
  std::printf("%-34s %12llu %12llu %12llu\n", name, static_cast<unsigned long long>(values.front()),
              static_cast<unsigned long long>(middle),
              static_cast<unsigned long long>(values.back()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE.sigma [READS [SIZE]]\n", argv[0]);
    return 2;
  }
  const size_t reads = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100;
  const size_t size = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 65536;
  sigma::FileSource file(argv[1]);
  std::vector<uint64_t> opening;
  std::vector<uint64_t> reading;
  std::vector<uint64_t> calls;
  std::vector<uint64_t> decoded;
  std::vector<uint8_t> out(size);
  testdata::Random random(1);
  uint64_t total = 0;
  for (size_t i = 0; i < reads; i++) {
    CountingSource source(file);
    sigma::RandomAccessDecoder decoder(source);
    sigma::Status status = file.status();
    if (status.ok()) status = decoder.open();
    total = decoder.size();
    opening.push_back(source.bytes);
    source.bytes = source.reads = 0;
    if (status.ok())
      status = decoder.read(random.below(static_cast<size_t>(total > size ? total - size : 1)), out)
                   .status;
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", sigma::describe(status).text);
      return 1;
    }
    reading.push_back(source.bytes);
    calls.push_back(source.reads);
    decoded.push_back(decoder.stats().bytes_out);
  }
  std::printf("%llu bytes, decoded %llu; %zu reads of %zu bytes\n",
              static_cast<unsigned long long>(file.size()), static_cast<unsigned long long>(total),
              reads, size);
  std::printf("%-34s %12s %12s %12s\n", "", "least", "median", "most");
  print("bytes read to open", opening);
  print("bytes read for look-up and groups", reading);
  print("reads for that", calls);
  print("bytes decoded", decoded);
  return 0;
}
