/* Files on Windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/system_file.hpp"

#if defined(_WIN32)

#define WIN32_LEAN_AND_MEAN
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <windows.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>

namespace sigma::system_file {
namespace {

constexpr size_t kMaxCall = size_t{1} << 30;  ///< bytes that one call takes

int open_file(const char* path, int flags) {
  const int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, nullptr, 0);
  if (size <= 0) {
    errno = EINVAL;
    return -1;
  }
  const std::unique_ptr<wchar_t[]> wide(new (std::nothrow) wchar_t[static_cast<size_t>(size)]);
  if (wide == nullptr) {
    errno = ENOMEM;
    return -1;
  }
  MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide.get(), size);
  return ::_wopen(wide.get(), flags | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
}

HANDLE handle_of(int fd) {
  return reinterpret_cast<HANDLE>(::_get_osfhandle(fd));
}

unsigned size_of_call(size_t size) {
  return static_cast<unsigned>(std::min(size, kMaxCall));
}

}  // namespace

int open_input(const char* path) {
  return open_file(path, _O_RDONLY);
}

int open_output(const char* path) {
  return open_file(path, _O_WRONLY | _O_CREAT);
}

int close(int fd) {
  return ::_close(fd);
}

ptrdiff_t read(int fd, MutableByteSpan out) {
  return ::_read(fd, out.data(), size_of_call(out.size()));
}

ptrdiff_t read_at(int fd, uint64_t offset, MutableByteSpan out) {
  OVERLAPPED at = {};
  at.Offset = static_cast<DWORD>(offset);
  at.OffsetHigh = static_cast<DWORD>(offset >> 32);
  DWORD got = 0;
  if (ReadFile(handle_of(fd), out.data(), size_of_call(out.size()), &got, &at) != 0)
    return static_cast<ptrdiff_t>(got);
  if (GetLastError() == ERROR_HANDLE_EOF) return 0;
  errno = EIO;
  return -1;
}

ptrdiff_t write(int fd, ByteSpan bytes) {
  return ::_write(fd, bytes.data(), size_of_call(bytes.size()));
}

int get_info(int fd, Info& info) {
  struct _stat64 found = {};
  if (::_fstat64(fd, &found) != 0) return -1;
  info = {(found.st_mode & _S_IFMT) == _S_IFREG, static_cast<uint64_t>(found.st_size)};
  return 0;
}

bool is_same(int a, int b) {
  BY_HANDLE_FILE_INFORMATION first = {};
  BY_HANDLE_FILE_INFORMATION second = {};
  return GetFileInformationByHandle(handle_of(a), &first) != 0 &&
         GetFileInformationByHandle(handle_of(b), &second) != 0 &&
         first.dwVolumeSerialNumber == second.dwVolumeSerialNumber &&
         first.nFileIndexHigh == second.nFileIndexHigh &&
         first.nFileIndexLow == second.nFileIndexLow;
}

int truncate(int fd) {
  return ::_chsize_s(fd, 0) == 0 ? 0 : -1;
}

}  // namespace sigma::system_file

#endif
