/* Files as sources.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sigma {
namespace {

Status io_error(const char* text, uint64_t offset, int error) {
  return Status::error(ErrorCode::IO, text, offset, static_cast<uint64_t>(error));
}

}  // namespace

void FileSource::open(const char* path) {
  fd_ = ::open(path, O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0)
    status_ = io_error("the input cannot be opened", 0, errno);
  else if (!S_ISREG(info.st_mode))
    status_ = io_error("the input is no regular file", 0, ESPIPE);
  else
    size_ = static_cast<uint64_t>(info.st_size);
}

void FileSource::close() {
  if (fd_ >= 0) ::close(fd_);
}

Status FileSource::fill(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("the input cannot be read", offset, errno);
    if (n == 0) return io_error("the input is shorter than it was", offset, EIO);
    offset += static_cast<uint64_t>(n);
    out = out.subspan(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace sigma
