/* The files that are read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/tool/options.hpp"

namespace tool {

/// Adds the names in a file, each ended by `end`; "-": standard input. False after an error, which
/// was told.
bool read_file_list(const char* path, char end, std::vector<std::string>& names);

/// An open file, read from front to back, or, if it is a regular one, anywhere.
class Input : public sigma::ByteSource {
 public:
  Input() = default;
  ~Input() override;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// "-": standard input.
  sigma::Status open(const std::string& path);
  const std::string& path() const { return path_; }
  /// For messages.
  const char* name() const { return is_stdin() ? "standard input" : path_.c_str(); }
  bool is_stdin() const { return path_ == "-"; }
  bool is_regular() const { return S_ISREG(info_.st_mode); }
  const struct stat& info() const { return info_; }
  /// Whether what was read is still all that the file holds.
  bool is_unchanged() const;

  uint64_t size() const override;
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override;

  /// What comes first, which read_next() gives all the same; fewer bytes only at the end. To be
  /// called before that.
  sigma::Result<size_t> peek(sigma::MutableByteSpan out);
  /// Reads what comes next; gives how much, 0 at the end.
  sigma::Result<size_t> read_next(sigma::MutableByteSpan out);
  /// The next byte read is that one of a regular file.
  sigma::Status go_to(uint64_t offset);
  /// read_next() gives these bytes of it alone.
  sigma::Status restrict_to(uint64_t begin, uint64_t end);
  /// The first of them, and their number; 0 and size() otherwise.
  uint64_t begin() const { return begin_; }
  uint64_t part_size() const { return std::min(end_, size()) - begin_; }
  /// Whether something can be read, or the end is there, within so many ms.
  bool waits_no_longer_than(int ms) const;

 private:
  std::string path_;
  int fd_ = -1;
  struct stat info_ {};
  uint64_t begin_ = 0;
  uint64_t end_ = UINT64_MAX;
  uint64_t next_ = 0;            ///< of read_next(), where it is restricted
  std::vector<uint8_t> peeked_;  ///< of a pipe, read and not given yet
};

/// Calls `use` for each input that the options name, those in folders included. What cannot be
/// opened, or is not to be, is told.
void for_each_input(const Options& options, const std::function<void(Input&)>& use);

}  // namespace tool
