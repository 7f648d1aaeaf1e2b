/* Whole inputs in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/in_memory.hpp"

#include "gst/sigma/misuse.hpp"
#include "gst/sigma/one_pass.hpp"
#include "gst/sigma/random_access.hpp"

namespace sigma {
namespace {

/// Memory that fills up.
class Room {
 public:
  explicit Room(MutableByteSpan room) : room_(room) {}

  Status write(ByteSpan bytes) {
    if (bytes.size() > room_.size() - size_)
      return Status::error(ErrorCode::INVALID_ARGUMENT, "the output has too little room", size_);
    copy_bytes(bytes, room_.subspan(size_));
    size_ += bytes.size();
    return {};
  }
  size_t size() const { return size_; }

 private:
  MutableByteSpan room_;
  size_t size_ = 0;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  Status read(uint64_t offset, MutableByteSpan out) override {
    copy_bytes(bytes_.subspan(static_cast<size_t>(offset), out.size()), out);
    return {};
  }

 private:
  ByteSpan bytes_;
};

}  // namespace

Result<size_t> encode_bytes(ByteSpan input, MutableByteSpan out, const EncoderSettings& settings) {
  if (is_null(input) || is_null(out)) return null_bytes();
  OwnThreads threads(settings.threads);
  StreamingEncoder encoder;
  Room room(out);
  Status status = encoder.configure(settings, threads.pool());
  if (status.ok()) status = encode_piece(encoder, input, room);
  if (status.ok()) status = finish_encoding(encoder, room);
  return status.ok() ? Result<size_t>(room.size()) : status;
}

Result<uint64_t> decoded_size(ByteSpan stream) {
  if (is_null(stream)) return null_bytes();
  MemorySource source(stream);
  RandomAccessDecoder decoder(source);
  const Status status = decoder.open();
  return status.ok() ? Result<uint64_t>(decoder.size()) : status;
}

Result<size_t> decode_bytes(ByteSpan stream, MutableByteSpan out, const DecoderSettings& settings,
                            DamageListener* listener) {
  if (is_null(stream) || is_null(out)) return null_bytes();
  OwnThreads threads(settings.threads);
  StreamingDecoder decoder(settings.max_memory, settings.on_error);
  decoder.set_listener(listener);
  Room room(out);
  Status status = decoder.set_threads(threads.pool(), settings.threads);
  if (status.ok()) status = decode_piece(decoder, stream, room);
  if (status.ok()) status = finish_decoding(decoder, room);
  return status.ok() ? Result<size_t>(room.size()) : status;
}

}  // namespace sigma
