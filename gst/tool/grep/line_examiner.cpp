/* Lines that match, found in the threads that decode them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/line_examiner.hpp"

#include <algorithm>
#include <cstring>

namespace tool {
namespace {

/// Lines that are noted of a chunk, at most, and for how many of its bytes one: so notes take an
/// eighth of its size, and 64 KiB at most. Behind them it is searched in its turn.
constexpr size_t kMostNoted = size_t{16} << 10;
constexpr size_t kBytesForNote = 32;

}  // namespace

bool has_zero(std::string_view text) {
  return !text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr;
}

Matcher::Found find_line(Matcher& matcher, std::string_view text, size_t at, size_t& begin) {
  size_t found = 0;
  const Matcher::Found result = matcher.find(text, at, found);
  begin = found > at ? std::max(text.rfind('\n', found - 1) + 1, at) : at;
  return result;
}

/// Null: the pattern could not be compiled again.
std::unique_ptr<Matcher> LineExaminer::take_matcher() {
  {
    const std::lock_guard guard(lock_);
    if (!idle_.empty()) {
      std::unique_ptr<Matcher> matcher = std::move(idle_.back());
      idle_.pop_back();
      return matcher;
    }
  }
  auto matcher = std::make_unique<Matcher>();
  return matcher->compile(pattern_, options_.pattern) ? std::move(matcher) : nullptr;
}

std::unique_ptr<sigma::ChunkFinding> LineExaminer::examine(sigma::ByteSpan bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto lines = std::make_unique<MatchedLines>();
  lines->has_zero = has_zero(text);
  // Searched in its turn, in blocks.
  if (lines->has_zero && options_.binary != GrepOptions::Binary::TEXT) return lines;
  std::unique_ptr<Matcher> matcher = take_matcher();
  if (matcher == nullptr) return nullptr;
  size_t most = std::min(kMostNoted, text.size() / kBytesForNote);
  if (!options_.inverts)
    most = std::min<uint64_t>(most, options_.ends_at_first() ? 1 : options_.most);
  while (lines->end < text.size() && lines->begins.size() < most) {
    size_t begin = 0;
    const Matcher::Found found = find_line(*matcher, text, lines->end, begin);
    if (found == Matcher::Found::FAILED) break;
    if (found == Matcher::Found::NO) lines->end = text.size();
    if (found == Matcher::Found::NO) break;
    lines->begins.push_back(static_cast<uint32_t>(begin));
    lines->end = std::min(text.find('\n', begin), text.size() - 1) + 1;
  }
  lines->begins.shrink_to_fit();
  const std::lock_guard guard(lock_);
  idle_.push_back(std::move(matcher));
  return lines;
}

}  // namespace tool
