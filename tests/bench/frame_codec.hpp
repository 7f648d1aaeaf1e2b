/* What the codecs for samples and frames have in common: they code whole frames, into memory that
 * they take for a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <cstring>

#include "codec.hpp"
#include "options.hpp"

namespace bench {

/// Ends the program with a message if something of a library's was not done.
inline void require(bool done, const char* what) {
  if (!done) give_up(std::string(what) + " failed");
}

/// Cuts a set to whole frames. What is left behind the last one is kept as it is, because every
/// codec must give all bytes back. Coded: the size of what the codec made, that, and the bytes
/// left.
class FrameCodec : public Codec {
 public:
  explicit FrameCodec(const Format& format) : format_(format) {}

  size_t encode(ByteSpan in, MutableByteSpan out) final {
    const size_t left = in.size() % format_.frame_size();
    const ByteSpan frames = in.first(in.size() - left);
    const size_t size =
        frames.empty() ? 0
                       : encode_frames(frames, out.subspan(kHeader, out.size() - kHeader - left));
    sigma::store_le(out.data(), static_cast<uint64_t>(size));
    std::memcpy(out.data() + kHeader + size, in.data() + frames.size(), left);
    return kHeader + size + left;
  }

  size_t decode(ByteSpan in, MutableByteSpan out) final {
    const size_t left = out.size() % format_.frame_size();
    const auto size = static_cast<size_t>(sigma::load_le<uint64_t>(in.data()));
    const MutableByteSpan frames = out.first(out.size() - left);
    if (!frames.empty()) decode_frames(in.subspan(kHeader, size), frames);
    std::memcpy(out.data() + frames.size(), in.data() + kHeader + size, left);
    return out.size();
  }

 protected:
  virtual size_t encode_frames(ByteSpan in, MutableByteSpan out) = 0;
  virtual void decode_frames(ByteSpan in, MutableByteSpan out) = 0;  ///< must fill `out`

  static constexpr size_t kHeader = sizeof(uint64_t);
  const Format format_;
};

/// Where a library writes to and reads from, like a file.
struct MemoryFile {
  MutableByteSpan room;
  ByteSpan content;
  size_t at = 0;
  size_t size = 0;

  bool write(const void* data, size_t count) {
    if (count > room.size() - at) return false;
    std::memcpy(room.data() + at, data, count);
    at += count;
    size = std::max(size, at);
    return true;
  }
  size_t read(void* data, size_t count) {
    count = std::min(count, content.size() - at);
    std::memcpy(data, content.data() + at, count);
    at += count;
    return count;
  }
};

}  // namespace bench
