/* Files of the system: the same calls on POSIX and on Windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>

#include "gst/sigma/base/bytes.hpp"

/// What is below 0 is an error, which errno tells. Names of files are in UTF-8 on Windows.
namespace sigma::system_file {

int open_input(const char* path);
/// Makes the file if there is none; what it holds stays.
int open_output(const char* path);
int close(int fd);

/// How many bytes came, 0 at the end.
ptrdiff_t read(int fd, MutableByteSpan out);
/// The same at an offset, of a regular file.
ptrdiff_t read_at(int fd, uint64_t offset, MutableByteSpan out);
/// How many bytes were written.
ptrdiff_t write(int fd, ByteSpan bytes);

struct Info {
  bool is_regular = false;  ///< it has a size, and bytes at any offset
  uint64_t size = 0;        ///< bytes
};
int get_info(int fd, Info& info);
/// Whether both are one file, under whatever names.
bool is_same(int a, int b);
/// Makes a regular file empty.
int truncate(int fd);

}  // namespace sigma::system_file
