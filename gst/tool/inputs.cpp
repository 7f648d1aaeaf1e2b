/* The files that are read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/inputs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "gst/tool/console.hpp"
#include "gst/tool/json.hpp"
#include "gst/tool/output.hpp"

namespace tool {
namespace {

/// Bytes that a pipe is asked to hold: fewer switches between the processes at its ends.
constexpr int kPipeSize = 1 << 20;

/// Names in a folder, in the order of their bytes.
sigma::Status list_folder(const std::string& folder, std::vector<std::string>& names) {
  DIR* const open = opendir(folder.c_str());
  if (open == nullptr) return io_error("the folder cannot be read");
  while (const dirent* entry = readdir(open)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..")
      names.push_back(folder + (folder.back() == '/' ? "" : "/") + name);
  }
  closedir(open);
  std::sort(names.begin(), names.end());
  return {};
}

bool is_coded(const std::string& name, const Options& options) {
  return name.ends_with(options.suffix);
}

/// In folders: what encoding has not made yet, or what it has.
bool is_wanted(const std::string& name, const Options& options) {
  if (name.ends_with(kTemporarySuffix)) return false;
  return is_coded(name, options) == (options.command != Command::ENCODE);
}

using Use = std::function<void(Input&)>;

void use_file(const std::string& path, const Options& options, const Use& use) {
  // Opening a pipe might wait for ever, which who looks for files to replace does not want.
  struct stat info {};
  const bool makes_files = options.command == Command::ENCODE ||
                           options.command == Command::DECODE ||
                           options.command == Command::RECOVER;
  const bool is_plain = !makes_files || path == "-" || stat(path.c_str(), &info) != 0 ||
                        S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || options.to_stdout ||
                        !options.output.empty();
  if (!is_plain) return console().error(path, "it is no regular file; -c reads it all the same");
  Input input;
  if (const sigma::Status status = input.open(path); !status.ok())
    return tell_error(options.json, path.c_str(), status);
  use(input);
}

void use_folder(const std::string& folder, const Options& options, const Use& use) {
  std::vector<std::string> names;
  if (const sigma::Status status = list_folder(folder, names); !status.ok())
    return console().error(folder, status);
  for (const std::string& name : names) {
    struct stat info {};
    if (lstat(name.c_str(), &info) != 0)
      console().error(name, io_error("it cannot be looked at"));
    else if (S_ISDIR(info.st_mode))
      use_folder(name, options, use);
    else if (S_ISREG(info.st_mode) && is_wanted(name, options))
      use_file(name, options, use);
  }
}

}  // namespace

bool read_file_list(const char* path, char end, std::vector<std::string>& names) {
  const bool is_stdin = std::string(path) == "-";
  std::FILE* const file = is_stdin ? stdin : std::fopen(path, "rb");
  if (file == nullptr) {
    console().error(path, io_error("the list of files cannot be opened"));
    return false;
  }
  std::string name;
  for (int c; (c = std::getc(file)) != EOF;) {
    if (c != end) {
      name += static_cast<char>(c);
      continue;
    }
    if (!name.empty()) names.push_back(std::exchange(name, {}));
  }
  if (!name.empty()) names.push_back(name);
  const bool is_read = std::ferror(file) == 0;
  if (!is_read) console().error(path, io_error("the list of files cannot be read"));
  if (!is_stdin) std::fclose(file);
  return is_read;
}

Input::~Input() {
  if (fd_ >= 0 && !is_stdin()) close(fd_);
}

sigma::Status Input::open(const std::string& path) {
  path_ = path;
  fd_ = is_stdin() ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd_ < 0 || fstat(fd_, &info_) != 0) return io_error("it cannot be opened");
  if (S_ISDIR(info_.st_mode))
    return sigma::Status::error(sigma::ErrorCode::IO, "it is a folder; -r goes into it");
#ifdef F_SETPIPE_SZ
  if (S_ISFIFO(info_.st_mode)) fcntl(fd_, F_SETPIPE_SZ, kPipeSize);
#endif
  // The system reads further ahead then.
  if (is_regular()) posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  return {};
}

bool Input::is_unchanged() const {
  struct stat now {};
  return fstat(fd_, &now) == 0 && now.st_size == info_.st_size &&
         now.st_mtim.tv_sec == info_.st_mtim.tv_sec && now.st_mtim.tv_nsec == info_.st_mtim.tv_nsec;
}

uint64_t Input::size() const {
  return is_regular() ? static_cast<uint64_t>(info_.st_size) : 0;
}

sigma::Status Input::read(uint64_t offset, sigma::MutableByteSpan out) {
  while (!out.empty()) {
    const ssize_t n = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("it cannot be read");
    if (n == 0)
      return sigma::Status::error(sigma::ErrorCode::IO, "it became shorter while it was read");
    offset += static_cast<uint64_t>(n);
    out = out.subspan(static_cast<size_t>(n));
  }
  return {};
}

sigma::Result<size_t> Input::peek(sigma::MutableByteSpan out) {
  if (is_regular()) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(out.size(), this->size()));
    const sigma::Status status = read(0, out.first(size));
    return status.ok() ? sigma::Result<size_t>(size) : status;
  }
  std::vector<uint8_t> front(out.size());
  size_t got = 0;
  while (got < front.size()) {
    const sigma::Result<size_t> more = read_next(sigma::MutableByteSpan(front).subspan(got));
    if (!more.ok()) return more.status;
    if (more.value == 0) break;
    got += more.value;
  }
  front.resize(got);
  std::copy(front.begin(), front.end(), out.begin());
  peeked_ = std::move(front);
  return got;
}

sigma::Result<size_t> Input::read_next(sigma::MutableByteSpan out) {
  if (!peeked_.empty()) {
    const size_t size = std::min(out.size(), peeked_.size());
    std::copy_n(peeked_.begin(), size, out.begin());
    peeked_.erase(peeked_.begin(), peeked_.begin() + static_cast<std::ptrdiff_t>(size));
    return size;
  }
  const uint64_t left = end_ - std::min(next_, end_);
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), left));
  for (;;) {
    const ssize_t n = ::read(fd_, out.data(), wanted);
    if (n >= 0) {
      next_ += static_cast<uint64_t>(n);
      return static_cast<size_t>(n);
    }
    if (errno == EAGAIN)
      waits_no_longer_than(-1);
    else if (errno != EINTR)
      return io_error("it cannot be read");
  }
}

sigma::Status Input::go_to(uint64_t offset) {
  return lseek(fd_, static_cast<off_t>(offset), SEEK_SET) >= 0
             ? sigma::Status()
             : io_error("it cannot be read from the middle");
}

sigma::Status Input::restrict_to(uint64_t begin, uint64_t end) {
  begin_ = next_ = begin;
  end_ = end;
  return go_to(begin);
}

bool Input::waits_no_longer_than(int ms) const {
  pollfd one = {fd_, POLLIN, 0};
  return poll(&one, 1, ms) != 0;
}

void for_each_input(const Options& options, const Use& use) {
  for (const std::string& path : options.files) {
    struct stat info {};
    const bool is_folder = stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    if (is_folder && options.recursive)
      use_folder(path, options, use);
    else
      use_file(path, options, use);
  }
}

}  // namespace tool
