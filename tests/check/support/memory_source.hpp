/* Bytes in memory as an input that is read at random.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <cstdlib>

#include "gst/sigma/base/source.hpp"

namespace testdata {

/// Counts what is read of it; ends the process at a read beyond its end. The bytes must outlive it.
class MemorySource : public sigma::ByteSource {
 public:
  explicit MemorySource(sigma::ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) std::abort();
    const sigma::ByteSpan from = bytes_.subspan(static_cast<size_t>(offset), out.size());
    std::copy(from.begin(), from.end(), out.begin());
    bytes_read += out.size();
    reads++;
    return {};
  }
  uint64_t bytes_read = 0;
  uint64_t reads = 0;

 private:
  sigma::ByteSpan bytes_;
};

}  // namespace testdata
