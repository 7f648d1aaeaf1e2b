/* What the user is told.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/console.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "gst/tool/numbers.hpp"

namespace tool {

bool Console::is_terminal() {
  const int error = errno;  // what is about to be reported, perhaps
  const bool is_one = isatty(STDERR_FILENO) == 1;
  errno = error;
  return is_one;
}

void Console::print(const std::string& file, const std::string& text) {
  show("");
  const std::string line = "sigma: " + (file.empty() ? "" : file + ": ") + text + "\n";
  std::fputs(line.c_str(), stderr);
}

void Console::error(const std::string& file, const std::string& text) {
  exit_status_ = 1;
  print(file, text);
}

void Console::error(const std::string& file, const sigma::Status& status) {
  error(file, status_text(status));
}

void Console::loss(const std::string& file, const std::string& text) {
  if (exit_status_ == 0) exit_status_ = 2;
  print(file, text);
}

void Console::note(const std::string& file, const std::string& text) {
  if (verbosity_ > 0) print(file, text);
}

void Console::tell(const std::string& text) {
  if (verbosity_ < (has_terminal_ ? 1 : 2)) return;
  show("");
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::show(const std::string& line) {
  if (line.empty() && !has_line_) return;
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  has_line_ = !line.empty();
}

Console& console() {
  static Console only;
  return only;
}

std::string status_text(const sigma::Status& status) {
  using sigma::ErrorCode;
  const auto value = static_cast<unsigned long long>(status.value);
  const auto offset = static_cast<unsigned long long>(status.offset);
  const unsigned long long mega = (value >> 20) + 1;
  switch (status.code) {
    case ErrorCode::IO:
      return value == 0 ? status.text
                        : std::string(status.text) + ": " + std::strerror(static_cast<int>(value));
    case ErrorCode::INVALID_SETTINGS:
      return format("%s; --memory=%lluM would do", status.text, mega);
    case ErrorCode::NEEDS_MORE_MEMORY:
      return format("%s %llu bytes of memory: use --memory=%lluM", status.text, value, mega);
    case ErrorCode::NO_MEMORY:
      return format("%s (%llu bytes were asked for)", status.text, value);
    case ErrorCode::NOT_SIGMA:
      return offset == 0 ? "this is no .sigma stream"
                         : format("%s at byte %llu", status.text, offset);
    case ErrorCode::TRUNCATED:
      return format("%s at byte %llu: the file is incomplete%s", status.text, offset,
                    console().names_recover() ? "; sigma recover saves what is there" : "");
    case ErrorCode::DAMAGED:
      return format("%s at byte %llu: the file is damaged%s", status.text, offset,
                    console().names_recover() ? "; sigma recover saves what is intact" : "");
    default:
      return sigma::describe(status).text;
  }
}

sigma::Status io_error(const char* text) {
  return sigma::Status::error(sigma::ErrorCode::IO, text, 0, static_cast<uint64_t>(errno));
}

}  // namespace tool
