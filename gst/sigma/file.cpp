/* encode_file() and decode_file().
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/file.hpp"

#include <cerrno>
#include <utility>

#include "gst/sigma/base/system_file.hpp"
#include "gst/sigma/one_pass.hpp"

namespace sigma {
namespace {

constexpr size_t kReadSize = 256 * 1024;  ///< bytes a read

Status io_error(const char* text, uint64_t offset) {
  return Status::error(ErrorCode::IO, text, offset, static_cast<uint64_t>(errno));
}

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) system_file::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  bool is_same_as(const File& other) const { return system_file::is_same(fd_, other.fd_); }
  uint64_t written() const { return written_; }

  Result<size_t> read(MutableByteSpan out) const {
    const ptrdiff_t n = system_file::read(fd_, out);
    if (n < 0) return io_error("the input cannot be read", 0);
    return static_cast<size_t>(n);
  }

  /// What a regular file held goes with the first write: an input that gives nothing leaves it.
  Status write(ByteSpan bytes) {
    if (const Status status = empty(); !status.ok()) return status;
    while (!bytes.empty()) {
      const ptrdiff_t n = system_file::write(fd_, bytes);
      if (n < 0) return io_error("the output cannot be written", written_);
      written_ += static_cast<uint64_t>(n);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
    return {};
  }

  /// Closes; a file system may tell only now that it could not keep the bytes.
  Status close() {
    if (const Status status = empty(); !status.ok()) return status;
    return system_file::close(std::exchange(fd_, -1)) == 0
               ? Status{}
               : io_error("the output cannot be closed", written_);
  }

 private:
  /// Empties a regular file, once; what is none, such as a pipe, stays as it is.
  Status empty() {
    if (std::exchange(is_emptied_, true)) return {};
    system_file::Info info;
    if (system_file::get_info(fd_, info) != 0 || !info.is_regular ||
        system_file::truncate(fd_) == 0)
      return {};
    return io_error("the output cannot be emptied", 0);
  }

  int fd_;
  uint64_t written_ = 0;
  bool is_emptied_ = false;
};

/// Reads all of `in` and has it used piece by piece: Status use(ByteSpan).
template <typename Use>
Status use_all(const File& in, const File& out, ProgressListener* progress, Use use) {
  GlyphBufferPool pool;
  Result<Buffer> buffer = pool.acquire(kReadSize);
  if (!buffer.ok()) return buffer.status;
  for (uint64_t done = 0;;) {
    const Result<size_t> n = in.read({buffer.value.block(), kReadSize});
    if (!n.ok()) return n.status;
    if (n.value == 0) return {};
    if (const Status status = use(ByteSpan(buffer.value.block(), n.value)); !status.ok())
      return status;
    done += n.value;
    if (progress != nullptr && !progress->on_progress(done, out.written()))
      return Status::error(ErrorCode::CANCELLED, "the application ended the call", done);
  }
}

/// Opens both files, and calls work(in, out), which gives the status.
template <typename Work>
Status with_files(const char* input, const char* output, Work work) {
  if (input == nullptr || output == nullptr)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a file needs a name");
  const File in(system_file::open_input(input));
  if (!in.is_open()) return io_error("the input cannot be opened", 0);
  File out(system_file::open_output(output));
  if (!out.is_open()) return io_error("the output cannot be opened", 0);
  if (in.is_same_as(out))
    return Status::error(ErrorCode::INVALID_ARGUMENT, "input and output are the same file");
  const Status status = work(in, out);
  return status.ok() ? out.close() : status;
}

}  // namespace

Result<StreamStats> encode_file(const char* input, const char* output,
                                const EncoderSettings& settings, ProgressListener* progress) {
  OwnThreads threads(settings.threads);
  StreamingEncoder encoder;
  Status status = encoder.configure(settings, threads.pool());
  if (!status.ok()) return status;
  status = with_files(input, output, [&](const File& in, File& out) {
    const Status used = use_all(in, out, progress,
                                [&](ByteSpan bytes) { return encode_piece(encoder, bytes, out); });
    return used.ok() ? finish_encoding(encoder, out) : used;
  });
  return status.ok() ? Result<StreamStats>(encoder.stats()) : status;
}

Result<StreamStats> decode_file(const char* input, const char* output,
                                const DecoderSettings& settings, DamageListener* listener,
                                ProgressListener* progress) {
  OwnThreads threads(settings.threads);
  StreamingDecoder decoder(settings.max_memory, settings.on_error);
  decoder.set_listener(listener);
  Status status = decoder.set_threads(threads.pool(), settings.threads);
  if (!status.ok()) return status;
  status = with_files(input, output, [&](const File& in, File& out) {
    const Status used = use_all(in, out, progress,
                                [&](ByteSpan bytes) { return decode_piece(decoder, bytes, out); });
    return used.ok() ? finish_decoding(decoder, out) : used;
  });
  return status.ok() ? Result<StreamStats>(decoder.stats()) : status;
}

}  // namespace sigma
