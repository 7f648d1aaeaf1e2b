/* The file that is written: whole under its name, or not there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"

namespace tool {

/// The end of names of temporary files, which begin with a point: no input of folders.
constexpr char kTemporarySuffix[] = ".sigma-part";

/// Bytes go to a temporary file beside the one that is asked for, which takes its name in the end.
/// Without that, on errors and signals, it goes. Devices and pipes are written as they are.
class Output {
 public:
  Output() = default;
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Zeros become holes if `sparse`. An existing file is refused unless it `replaces` that.
  sigma::Status create(const std::string& path, bool replaces, bool sparse);
  void use_stdout(bool sparse);

  sigma::Status write(sigma::ByteSpan bytes);
  /// So many zeros.
  sigma::Status skip(uint64_t bytes);
  uint64_t written() const { return written_; }
  /// Whether it is a file that gets its name in the end.
  bool is_file() const { return is_file_; }

  /// Bytes of a file of ours that were written before; fewer only at its end.
  sigma::Result<size_t> read_back(uint64_t offset, sigma::MutableByteSpan out);

  /// Mode, times and owner become those of `like`, if it is not null; then the file is put on the
  /// disk, if it `syncs`, and gets its name.
  sigma::Status finish(const struct stat* like, bool syncs);

 private:
  /// A file of this run that has its name.
  struct Made {
    dev_t device;
    ino_t inode;
  };
  static bool was_made(const struct stat& info);

  sigma::Status write_bytes(sigma::ByteSpan bytes);
  sigma::Status write_sparse(sigma::ByteSpan bytes);
  sigma::Status write_data(sigma::ByteSpan bytes);
  sigma::Status end_hole();
  sigma::Status settle();
  void take_over(const struct stat& like) const;
  sigma::Status rename();
  sigma::Status sync_folder() const;
  void discard();

  static inline std::vector<Made> made_;

  int fd_ = -1;
  bool sparse_ = false;
  bool replaces_ = false;
  bool is_file_ = false;
  uint64_t written_ = 0;
  uint64_t hole_ = 0;  ///< zeros that were passed and are not in the file yet
  std::string path_;
  std::string temporary_;  ///< empty: what is written is no file of ours
};

/// From here on, signals that end the process remove the temporary file first.
void guard_temporary_files();

}  // namespace tool
