/* How far a file has come.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "gst/sigma/base/stats.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"

namespace tool {
namespace {

constexpr uint64_t kInterval = 200000000;  ///< ns from line to line

/// Characters of a terminal's line; what is longer would scroll.
size_t columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1u : 79;
}

}  // namespace

Progress::Progress(const Options& options, const char* name, uint64_t size, bool grows,
                   bool is_piped)
    : name_(name),
      size_(size),
      grows_(grows),
      is_silent_(is_piped && console().verbosity() < 2),
      is_shown_(options.progress != Choice::AUTO
                    ? options.progress == Choice::YES
                    : console().has_terminal() && console().verbosity() > 0 && !is_silent_),
      started_ns_(sigma::monotonic_ns()),
      shown_ns_(started_ns_) {}

Progress::~Progress() {
  console().show("");
}

double Progress::seconds() const {
  return static_cast<double>(sigma::monotonic_ns() - started_ns_) / 1e9;
}

void Progress::set(uint64_t in, uint64_t out) {
  in_ = in;
  out_ = out;
  if (!is_shown_) return;
  const uint64_t now = sigma::monotonic_ns();
  if (now - shown_ns_ < kInterval) return;
  shown_ns_ = now;
  show();
}

std::string Progress::rate_text() const {
  const uint64_t raw = grows_ ? out_ : in_;
  const double rate = static_cast<double>(raw) / std::max(seconds(), 1e-6) / 1e6;
  return format("%.*f MB/s", rate < 10 ? 1 : 0, rate);
}

void Progress::show() {
  std::string line;
  if (size_ != 0) {
    const double done = static_cast<double>(std::min(in_, size_)) / static_cast<double>(size_);
    line += format("%5.1f %%  ", 100 * done);
  }
  line += size_text(in_) + " => " + size_text(out_);
  line +=
      "  ratio " + (grows_ ? ratio_text(out_, in_) : ratio_text(in_, out_)) + "  " + rate_text();
  if (size_ > in_ && in_ != 0)
    line += "  " +
            clock_text(seconds() * static_cast<double>(size_ - in_) / static_cast<double>(in_)) +
            " left";
  const size_t room = columns();
  // The end of a long name says more than its front.
  constexpr size_t kShortName = 8;
  const size_t left = room > line.size() + 2 ? room - line.size() - 2 : 0;
  if (name_.size() <= left)
    line = name_ + "  " + line;
  else if (left > kShortName)
    line = "..." + name_.substr(name_.size() - (left - 3)) + "  " + line;
  console().show(line.substr(0, room));
}

void Progress::finish(const std::string& output) {
  if (is_silent_) return;
  const uint64_t raw = grows_ ? out_ : in_;
  const uint64_t coded = grows_ ? in_ : out_;
  console().tell(name_ + ": " + size_text(in_) + " => " + size_text(out_) + "  ratio " +
                 ratio_text(raw, coded) + "  " + rate_text() +
                 (output.empty() ? "" : "  " + output));
}

}  // namespace tool
