/* encode_file() and decode_file(), on POSIX descriptors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encoder.hpp"

namespace sigma {
namespace {

constexpr size_t kReadSize = 256 * 1024;  ///< bytes a read

Status io_error(const char* text, uint64_t offset) {
  return Status::error(ErrorCode::IO, text, offset, static_cast<uint64_t>(errno));
}

/// A file descriptor that closes itself.
class File {
 public:
  File(const char* path, int flags) : fd_(::open(path, flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }

  Result<size_t> read(MutableByteSpan out) {
    for (;;) {
      const ssize_t n = ::read(fd_, out.data(), out.size());
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR) return io_error("the input cannot be read", 0);
    }
  }

  /// What a regular file held goes with the first write: an input that gives nothing leaves it.
  Status write(ByteSpan bytes) {
    if (const Status status = empty(); !status.ok()) return status;
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return io_error("the output cannot be written", written_);
      written_ += static_cast<uint64_t>(n);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
    return {};
  }

  /// Whether both are the same file, under whatever names.
  bool is_same_as(const File& other) const {
    struct stat a = {};
    struct stat b = {};
    return ::fstat(fd_, &a) == 0 && ::fstat(other.fd_, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
  }

  /// Closes; a file system may tell only now that it could not keep the bytes.
  Status close() {
    if (const Status status = empty(); !status.ok()) return status;
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0 ? Status{} : io_error("the output cannot be closed", written_);
  }

 private:
  /// Empties a regular file, once; what is none, such as a pipe, stays as it is.
  Status empty() {
    if (std::exchange(is_emptied_, true)) return {};
    struct stat info = {};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode) || ::ftruncate(fd_, 0) == 0) return {};
    return io_error("the output cannot be emptied", 0);
  }

  int fd_;
  uint64_t written_ = 0;
  bool is_emptied_ = false;
};

Status write_packets(StreamingEncoder& encoder, File& out) {
  Packet packet;
  while (encoder.take(packet))
    for (const ByteSpan part : {packet.bytes.bytes(), packet.lent})
      if (const Status status = out.write(part); !status.ok()) return status;
  return {};
}

Status push_all(StreamingEncoder& encoder, ByteSpan bytes, File& out) {
  while (!bytes.empty()) {
    const Result<size_t> used = encoder.push_lent(bytes);
    if (!used.ok()) return used.status;
    bytes = bytes.subspan(used.value);
    if (const Status status = write_packets(encoder, out); !status.ok()) return status;
  }
  return {};
}

Status write_chunks(StreamingDecoder& decoder, File& out) {
  DecodedChunk chunk;
  for (;;) {
    const Result<bool> more = decoder.next(chunk);
    if (!more.ok()) return more.status;
    if (!more.value) return {};
    if (const Status status = out.write(chunk.bytes); !status.ok()) return status;
  }
}

Status check_different(const File& in, const File& out) {
  if (!in.is_same_as(out)) return {};
  return Status::error(ErrorCode::INVALID_ARGUMENT, "input and output are the same file");
}

/// Reads `in` to its end, piece by piece.
template <typename Use>
Status for_each_read(File& in, Use use) {
  GlyphBufferPool pool;
  Result<Buffer> buffer = pool.acquire(kReadSize);
  if (!buffer.ok()) return buffer.status;
  for (;;) {
    const Result<size_t> n = in.read({buffer.value.block(), kReadSize});
    if (!n.ok()) return n.status;
    if (n.value == 0) return {};
    if (const Status status = use(ByteSpan(buffer.value.block(), n.value)); !status.ok())
      return status;
  }
}

}  // namespace

Result<StreamStats> encode_file(const char* input, const char* output,
                                const EncoderSettings& settings) {
  StreamingEncoder encoder;
  if (const Status status = encoder.configure(settings); !status.ok()) return status;
  File in(input, O_RDONLY);
  if (!in.is_open()) return io_error("the input cannot be opened", 0);
  File out(output, O_WRONLY | O_CREAT);
  if (!out.is_open()) return io_error("the output cannot be opened", 0);
  Status status = check_different(in, out);
  if (!status.ok()) return status;
  status = for_each_read(in, [&](ByteSpan bytes) { return push_all(encoder, bytes, out); });
  if (!status.ok()) return status;
  if (status = encoder.finish(); !status.ok()) return status;
  if (status = write_packets(encoder, out); !status.ok()) return status;
  if (status = out.close(); !status.ok()) return status;
  return encoder.stats();
}

Result<StreamStats> decode_file(const char* input, const char* output, uint64_t max_memory,
                                OnError on_error, DamageListener* listener) {
  StreamingDecoder decoder(max_memory, on_error);
  decoder.set_listener(listener);
  File in(input, O_RDONLY);
  if (!in.is_open()) return io_error("the input cannot be opened", 0);
  File out(output, O_WRONLY | O_CREAT);
  if (!out.is_open()) return io_error("the output cannot be opened", 0);
  Status status = check_different(in, out);
  if (!status.ok()) return status;
  status = for_each_read(in, [&](ByteSpan bytes) {
    const Status pushed = decoder.push(bytes);
    return pushed.ok() ? write_chunks(decoder, out) : pushed;
  });
  if (!status.ok()) return status;
  decoder.end_input();
  if (status = write_chunks(decoder, out); !status.ok()) return status;
  if (status = decoder.finish(); !status.ok()) return status;
  if (status = out.close(); !status.ok()) return status;
  return decoder.stats();
}

}  // namespace sigma
