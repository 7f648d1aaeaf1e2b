/* Lines that match, found in the threads that decode them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "gst/sigma/decoded_chunk.hpp"
#include "gst/tool/grep/grep_options.hpp"
#include "gst/tool/grep/matcher.hpp"

namespace tool {

/// Lines of a text that match. The first and the last one may be parts of lines.
struct MatchedLines : sigma::ChunkFinding {
  std::vector<uint32_t> begins;  ///< where they begin, in order
  size_t end = 0;                ///< what is behind was not searched
  bool has_zero = false;         ///< the text has a zero byte
};

bool has_zero(std::string_view text);

/// The first line that matches of those that begin at `at`, where one does, or behind.
Matcher::Found find_line(Matcher& matcher, std::string_view text, size_t at, size_t& begin);

/// Looks for lines with as many matchers as there are threads that ask.
class LineExaminer : public sigma::ChunkExaminer {
 public:
  /// Both must outlive it.
  LineExaminer(const GrepOptions& options, const Pattern& pattern)
      : options_(options), pattern_(pattern) {}

  std::unique_ptr<sigma::ChunkFinding> examine(sigma::ByteSpan bytes) override;

 private:
  std::unique_ptr<Matcher> take_matcher();

  const GrepOptions& options_;
  const Pattern& pattern_;
  std::mutex lock_;
  std::vector<std::unique_ptr<Matcher>> idle_;  ///< guarded by lock_
};

}  // namespace tool
