/* Bytes that can be read at any offset.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Bytes in all.
  virtual uint64_t size() const = 0;
  /// Fills `out` with the bytes at `offset`; all of them lie before size(). AGAIN if they are not
  /// here yet: the same call will succeed later.
  virtual Status read(uint64_t offset, MutableByteSpan out) = 0;
};

/// A file, as long as it was when it was opened.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const char* path) { open(path); }
  ~FileSource() override { close(); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  /// Whether it could be opened.
  const Status& status() const { return status_; }
  uint64_t size() const override { return size_; }
  Status read(uint64_t offset, MutableByteSpan out) override { return fill(offset, out); }

 private:
  // The library has no virtual functions, so that applications with and without run-time type
  // information link with it.
  SIGMA_API void open(const char* path);
  SIGMA_API void close();
  SIGMA_API Status fill(uint64_t offset, MutableByteSpan out) const;

  int fd_ = -1;
  uint64_t size_ = 0;
  Status status_;
};

}  // namespace sigma
