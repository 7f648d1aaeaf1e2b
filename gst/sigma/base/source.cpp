/* Files as sources.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/source.hpp"

#include <cerrno>

#include "gst/sigma/base/system_file.hpp"

namespace sigma {
namespace {

Status io_error(const char* text, uint64_t offset, int error) {
  return Status::error(ErrorCode::IO, text, offset, static_cast<uint64_t>(error));
}

}  // namespace

void FileSource::open(const char* path) {
  system_file::Info info;
  if (path != nullptr) fd_ = system_file::open_input(path);
  if (path == nullptr)
    status_ = Status::error(ErrorCode::INVALID_ARGUMENT, "a file needs a name");
  else if (fd_ < 0 || system_file::get_info(fd_, info) != 0)
    status_ = io_error("the input cannot be opened", 0, errno);
  else if (!info.is_regular)
    status_ = io_error("the input is no regular file", 0, ESPIPE);
  else
    size_ = info.size;
}

void FileSource::close() {
  if (fd_ >= 0) system_file::close(fd_);
}

Status FileSource::fill(uint64_t offset, MutableByteSpan out) const {
  if (!status_.ok()) return status_;
  while (!out.empty()) {
    const ptrdiff_t n = system_file::read_at(fd_, offset, out);
    if (n < 0) return io_error("the input cannot be read", offset, errno);
    if (n == 0) return io_error("the input is shorter than it was", offset, EIO);
    offset += static_cast<uint64_t>(n);
    out = out.subspan(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace sigma
