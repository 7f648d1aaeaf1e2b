/* The file that is written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "gst/tool/console.hpp"

namespace tool {
namespace {

constexpr size_t kLongestName = 230;  ///< of a name's bytes, that a temporary one has of it
constexpr size_t kPage = 4096;        ///< zeros are left out page by page

constexpr int kSignals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                            SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM};

// What a signal's handler removes: it can reach nothing but what is global. Files are made by this
// very name, so that there is no time at which one exists and is not known.
char temporary_path[PATH_MAX];
volatile sig_atomic_t has_temporary = 0;

void end_by(int number) {
  if (has_temporary != 0) unlink(temporary_path);
  // As if there had been no handler, so that shells know by which signal it ended.
  signal(number, SIG_DFL);
  raise(number);
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

sigma::Status exists_already() {
  return sigma::Status::error(sigma::ErrorCode::IO, "the output exists already; -f replaces it");
}

}  // namespace

void guard_temporary_files() {
  for (const int number : kSignals) {
    struct sigaction before {};
    // What nohup and others have made to be ignored stays so.
    if (sigaction(number, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = end_by;
    for (const int other : kSignals)
      sigaddset(&action.sa_mask, other);
    sigaction(number, &action, nullptr);
  }
  // A file that gets too large is an error of write().
  signal(SIGXFSZ, SIG_IGN);
}

Output::~Output() {
  discard();
}

void Output::discard() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
  has_temporary = 0;
  temporary_.clear();
  if (fd_ >= 0 && fd_ != STDOUT_FILENO) close(fd_);
  fd_ = -1;
}

sigma::Status Output::create(const std::string& path, bool replaces, bool sparse) {
  path_ = path;
  replaces_ = replaces;
  struct stat info {};
  const bool exists = stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
    return fd_ >= 0 ? sigma::Status() : io_error("the output cannot be opened");
  }
  if (exists && !replaces) return exists_already();
  if (exists && was_made(info))
    return sigma::Status::error(sigma::ErrorCode::IO, "it was made of another input just now");
  sparse_ = sparse;
  const size_t own = path_.rfind('/') + 1;
  const std::string name =
      path_.substr(0, own) + "." + path_.substr(own, kLongestName) + ".XXXXXX" + kTemporarySuffix;
  if (name.size() >= sizeof temporary_path)
    return sigma::Status::error(sigma::ErrorCode::IO, "the output's name is too long");
  std::memcpy(temporary_path, name.c_str(), name.size() + 1);
  has_temporary = 1;
  fd_ = mkostemps(temporary_path, std::strlen(kTemporarySuffix), O_CLOEXEC);
  if (fd_ < 0) {
    has_temporary = 0;
    return io_error("the output cannot be made");
  }
  temporary_ = temporary_path;
  is_file_ = true;
  return {};
}

/// Whether the file is one of this run's outputs.
bool Output::was_made(const struct stat& info) {
  const auto is_same = [&](const Made& made) {
    return made.device == info.st_dev && made.inode == info.st_ino;
  };
  return std::any_of(made_.begin(), made_.end(), is_same);
}

void Output::use_stdout(bool sparse) {
  fd_ = STDOUT_FILENO;
  // Holes can be left only where nothing was.
  struct stat info {};
  const off_t at = lseek(fd_, 0, SEEK_CUR);
  sparse_ = sparse && at >= 0 && fstat(fd_, &info) == 0 && S_ISREG(info.st_mode) &&
            info.st_size <= at && (fcntl(fd_, F_GETFL) & O_APPEND) == 0;
}

sigma::Status Output::write_bytes(sigma::ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EAGAIN) {
      pollfd one = {fd_, POLLOUT, 0};
      poll(&one, 1, -1);
    } else if (n < 0 && errno != EINTR) {
      return io_error("the output cannot be written");
    }
    if (n > 0) bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return {};
}

/// Goes on behind the zeros that were passed.
sigma::Status Output::end_hole() {
  if (hole_ == 0) return {};
  const off_t end = lseek(fd_, static_cast<off_t>(std::exchange(hole_, 0)), SEEK_CUR);
  return end >= 0 ? sigma::Status() : io_error("the output cannot be written");
}

/// Passes pages, and parts of them, that are zeros.
sigma::Status Output::write_sparse(sigma::ByteSpan bytes) {
  const auto is_zeros = [](sigma::ByteSpan page) {
    return sigma::count_zeros(page) == page.size();
  };
  size_t size = 0;  // to be written
  for (size_t page = 0; size < bytes.size(); size += page) {
    page = std::min(bytes.size() - size, static_cast<size_t>(kPage - (written_ + size) % kPage));
    if (!is_zeros(bytes.subspan(size, page))) continue;
    if (const sigma::Status status = write_data(bytes.first(size)); !status.ok()) return status;
    hole_ += page;
    written_ += page;
    bytes = bytes.subspan(size + page);
    size = page = 0;
  }
  return write_data(bytes);
}

sigma::Status Output::write_data(sigma::ByteSpan bytes) {
  if (bytes.empty()) return {};
  sigma::Status status = end_hole();
  if (status.ok()) status = write_bytes(bytes);
  if (status.ok()) written_ += bytes.size();
  return status;
}

sigma::Status Output::write(sigma::ByteSpan bytes) {
  return sparse_ ? write_sparse(bytes) : write_data(bytes);
}

sigma::Status Output::skip(uint64_t bytes) {
  if (sparse_) {
    hole_ += bytes;
    written_ += bytes;
    return {};
  }
  constexpr uint8_t kZeros[kPage] = {};
  while (bytes != 0) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(bytes, sizeof kZeros));
    if (const sigma::Status status = write({kZeros, size}); !status.ok()) return status;
    bytes -= size;
  }
  return {};
}

/// A hole at the end counts in the file's size.
sigma::Status Output::settle() {
  if (hole_ == 0) return {};
  if (const sigma::Status status = end_hole(); !status.ok()) return status;
  const off_t end = lseek(fd_, 0, SEEK_CUR);
  return end >= 0 && ftruncate(fd_, end) == 0 ? sigma::Status()
                                              : io_error("the output cannot be written");
}

sigma::Result<size_t> Output::read_back(uint64_t offset, sigma::MutableByteSpan out) {
  for (;;) {
    const ssize_t n = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) return io_error("the output cannot be read back");
  }
}

/// As far as the system allows; what another owner could do with the mode is not given away.
void Output::take_over(const struct stat& like) const {
  const bool is_owned = fchown(fd_, like.st_uid, like.st_gid) == 0;
  const bool has_group = is_owned || fchown(fd_, static_cast<uid_t>(-1), like.st_gid) == 0;
  mode_t mode = like.st_mode & 0777;  // what runs as another user is the input, not this file
  if (!has_group) mode &= (mode & 0007) << 3 | 0707;
  fchmod(fd_, mode);
  const timespec times[2] = {like.st_atim, like.st_mtim};
  futimens(fd_, times);
}

/// Gives the file its name; unless it replaces one, there must be none.
sigma::Status Output::rename() {
#ifdef RENAME_NOREPLACE
  const unsigned flags = replaces_ ? 0 : RENAME_NOREPLACE;
  int result = renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags);
  const bool is_unknown = result != 0 && (errno == EINVAL || errno == ENOSYS);
#else
  int result = -1;
  const bool is_unknown = true;
#endif
  if (is_unknown && replaces_) result = ::rename(temporary_.c_str(), path_.c_str());
  if (is_unknown && !replaces_) {  // a file system that cannot rename so
    result = link(temporary_.c_str(), path_.c_str());
    if (result == 0) unlink(temporary_.c_str());
    if (result != 0 && errno != EEXIST && access(path_.c_str(), F_OK) != 0)
      result = ::rename(temporary_.c_str(), path_.c_str());
  }
  if (result != 0)
    return errno == EEXIST ? exists_already() : io_error("the output cannot be named");
  has_temporary = 0;
  temporary_.clear();
  return {};
}

/// So that the name is on the disk, too.
sigma::Status Output::sync_folder() const {
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return {};  // it may be written and not read
  const bool is_synced = fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP;
  const sigma::Status status =
      is_synced ? sigma::Status() : io_error("the folder cannot be synced");
  close(folder);
  return status;
}

sigma::Status Output::finish(const struct stat* like, bool syncs) {
  if (const sigma::Status status = settle(); !status.ok()) return status;
  if (!is_file_) {
    const int fd = std::exchange(fd_, -1);
    if (fd == STDOUT_FILENO || close(fd) == 0) return {};
    return io_error("the output cannot be closed");
  }
  if (like != nullptr) take_over(*like);
  if (like == nullptr) {
    const mode_t mask = umask(0);
    umask(mask);
    fchmod(fd_, 0666 & ~mask);
  }
  if (syncs && fsync(fd_) != 0) return io_error("the output cannot be put on the disk");
  struct stat info {};
  if (fstat(fd_, &info) == 0) made_.push_back({info.st_dev, info.st_ino});
  if (close(std::exchange(fd_, -1)) != 0) return io_error("the output cannot be closed");
  if (const sigma::Status status = rename(); !status.ok()) return status;
  return syncs ? sync_folder() : sigma::Status();
}

}  // namespace tool
