/* Files on POSIX.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/system_file.hpp"

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sigma::system_file {
namespace {

/// Makes a call again that a signal interrupted.
template <typename Call>
ptrdiff_t repeat(Call call) {
  for (;;) {
    const ptrdiff_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

int open_input(const char* path) {
  return ::open(path, O_RDONLY | O_CLOEXEC);
}

int open_output(const char* path) {
  return ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
}

int close(int fd) {
  return ::close(fd);
}

ptrdiff_t read(int fd, MutableByteSpan out) {
  return repeat([&] { return ::read(fd, out.data(), out.size()); });
}

ptrdiff_t read_at(int fd, uint64_t offset, MutableByteSpan out) {
  const auto at = static_cast<off_t>(offset);
  return repeat([&] { return ::pread(fd, out.data(), out.size(), at); });
}

ptrdiff_t write(int fd, ByteSpan bytes) {
  return repeat([&] { return ::write(fd, bytes.data(), bytes.size()); });
}

int get_info(int fd, Info& info) {
  struct stat found = {};
  if (::fstat(fd, &found) != 0) return -1;
  info = {S_ISREG(found.st_mode), static_cast<uint64_t>(found.st_size)};
  return 0;
}

bool is_same(int a, int b) {
  struct stat first = {};
  struct stat second = {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

int truncate(int fd) {
  return ::ftruncate(fd, 0);
}

}  // namespace sigma::system_file

#endif
