/* Lines that are selected, and those around them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/line_search.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/counting.hpp"

namespace tool {
namespace {

using sigma::ErrorCode;
using sigma::Status;

/// Bytes that GNU grep reads at once of a file: a zero byte makes all of them binary.
constexpr size_t kBinaryBlock = size_t{96} << 10;
/// Bytes of skipped text that are read at once.
constexpr size_t kReadBlock = size_t{64} << 10;

uint64_t count_lines(std::string_view text) {
  return sigma::count_bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                            [](uint8_t byte) { return byte == '\n'; });
}

/// Where the last `lines` lines of text, which ends with one, begin.
size_t last_lines(std::string_view text, uint64_t lines) {
  size_t begin = text.size();
  for (; lines > 0 && begin > 0; lines--)
    begin = begin > 1 ? text.rfind('\n', begin - 2) + 1 : 0;
  return begin;
}

Status too_long(size_t size) {
  return Status::error(ErrorCode::NO_MEMORY, "a line is too long", 0, size);
}

}  // namespace

LineSearch::LineSearch(const GrepOptions& options, Matcher& matcher, LinePrinter& printer,
                       SkippedText* skipped, uint64_t most_line)
    : options_(options),
      matcher_(matcher),
      printer_(printer),
      skipped_(skipped),
      most_line_(most_line),
      is_done_(options.most == 0) {}

bool LineSearch::is_binary_match() const {
  if (options_.counts || options_.ends_at_first()) return false;
  return has_unprintable_ || (is_binary_ && selected_ > selected_as_text_);
}

Status LineSearch::add(std::string_view text, const MatchedLines* matched) {
  if (is_done_) return {};
  const bool is_text = options_.binary == GrepOptions::Binary::TEXT ||
                       (!is_binary_ && !(matched != nullptr ? matched->has_zero : has_zero(text)));
  if (is_text) return add_lines(text, {matched});
  for (size_t at = 0; at < text.size() && !is_done_; at += kBinaryBlock)
    if (const Status status = add_block(text.substr(at, kBinaryBlock)); !status.ok()) return status;
  return {};
}

Status LineSearch::add_block(std::string_view text) {
  if (!is_binary_ && !has_zero(text)) return add_lines(text, {});
  if (options_.binary == GrepOptions::Binary::NO_MATCH) {
    selected_ = 0;
    is_done_ = true;
    return {};
  }
  if (!is_binary_) selected_as_text_ = selected_;
  is_binary_ = true;
  // Zero bytes end lines, too.
  std::string lines(text);
  std::replace(lines.begin(), lines.end(), '\0', '\n');
  return add_lines(lines, {});
}

/// Text of which the last line may not have ended.
Status LineSearch::add_lines(std::string_view text, Known known) {
  if (!partial_.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (text.empty()) return {};
    if (partial_.size() + end > most_line_) return too_long(partial_.size() + end);
    partial_ += text.substr(0, end);
    text.remove_prefix(end);
    known.before = end;
    if (partial_.back() != '\n') return {};
    const std::string line = std::move(partial_);
    partial_.clear();
    if (const Status status = use_lines(line, {}); !status.ok() || is_done_) return status;
  }
  const size_t end = text.rfind('\n') + 1;
  partial_ = text.substr(end);
  return end != 0 ? use_lines(text.substr(0, end), known) : Status();
}

void LineSearch::begin_block(std::string_view lines) {
  block_ = lines;
  counted_ = 0;
  counted_lines_ = 0;
}

/// Whole lines.
Status LineSearch::use_lines(std::string_view text, const Known& known) {
  begin_block(text);
  if (selected_ < options_.most)
    if (const Status status = search(text, known); !status.ok()) return status;
  print_pending(text.size());
  const bool is_full = selected_ >= options_.most && pending_ == 0;
  const bool ends_at_first = options_.ends_at_first() || (is_binary_ && !options_.counts);
  is_done_ = is_done_ || is_full || (ends_at_first && selected_ > selected_as_text_);
  keep_context();
  position_ += text.size();
  return {};
}

/// The first line that matches at `at` or behind.
Matcher::Found LineSearch::find(std::string_view text, size_t at, Known& known, size_t& begin) {
  if (known.lines != nullptr) {
    const std::vector<uint32_t>& begins = known.lines->begins;
    while (known.next < begins.size() && begins[known.next] < known.before + at)
      known.next++;
    if (known.next < begins.size()) {
      begin = begins[known.next] - known.before;
      return begin < text.size() ? Matcher::Found::YES : Matcher::Found::NO;
    }
    if (known.lines->end >= known.before + text.size()) return Matcher::Found::NO;
    at = std::max(at + known.before, known.lines->end) - known.before;
  }
  return find_line(matcher_, text, at, begin);
}

Status LineSearch::search(std::string_view text, Known known) {
  for (size_t at = 0; at < text.size() && !is_done_ && selected_ < options_.most;) {
    size_t begin = text.size();
    size_t end = text.size();
    const Matcher::Found result = find(text, at, known, begin);
    if (result == Matcher::Found::FAILED)
      return Status::error(ErrorCode::IO, matcher_.error().c_str());
    if (result == Matcher::Found::YES)
      end = text.find('\n', begin) + 1;
    else
      begin = text.size();
    const Status status = options_.inverts ? select_each(at, begin)
                          : begin < end    ? select(begin, end)
                                           : Status();
    if (!status.ok()) return status;
    at = end;
  }
  return {};
}

Status LineSearch::select_each(size_t begin, size_t end) {
  while (begin < end && !is_done_ && selected_ < options_.most) {
    const size_t next = block_.find('\n', begin) + 1;
    if (const Status status = select(begin, next); !status.ok()) return status;
    begin = next;
  }
  return {};
}

Status LineSearch::select(size_t begin, size_t end) {
  selected_++;
  if (is_quiet()) {
    is_done_ = !options_.counts;
    pending_ = 0;
    printer_.end_group();
    return {};
  }
  print_pending(begin);
  if (const Status status = print_before(begin); !status.ok()) return status;
  print_line(block_.substr(begin, end - begin), position_ + begin, number_at(begin), true);
  printer_.end_group();
  pending_ = options_.after;
  return {};
}

/// Context before a line, and what separates it from lines printed before.
Status LineSearch::print_before(size_t begin) {
  if (!options_.has_context) return {};
  const size_t in_block =
      has_printed_ && printed_end_ > position_ ? static_cast<size_t>(printed_end_ - position_) : 0;
  const std::string_view near = block_.substr(in_block, begin - in_block);
  size_t first = in_block + last_lines(near, options_.before);
  const uint64_t lacking = options_.before - count_lines(block_.substr(first, begin - first));
  std::string_view far;
  if (first == 0 && lacking != 0) {
    if (const Status status = read_before(); !status.ok()) return status;
    far = before_;
    far.remove_prefix(last_lines(far, lacking));
    const uint64_t far_begin = position_ - far.size();
    if (has_printed_ && printed_end_ > far_begin)
      far.remove_prefix(static_cast<size_t>(printed_end_ - far_begin));
  }
  if (!has_printed_ || printed_end_ != position_ + first - far.size()) printer_.separate();
  for (uint64_t number = block_lines_ - count_lines(far); !far.empty();) {
    const size_t size = far.find('\n') + 1;
    print_line(far.substr(0, size), position_ - far.size(), ++number, false);
    far.remove_prefix(size);
  }
  while (first < begin) {
    const size_t next = block_.find('\n', first) + 1;
    print_line(block_.substr(first, next - first), position_ + first, number_at(first), false);
    first = next;
  }
  return {};
}

/// Lines of context behind the one printed last, as far as `end`.
void LineSearch::print_pending(size_t end) {
  while (pending_ > 0 && printed_end_ < position_ + end && !is_done_) {
    const auto begin = static_cast<size_t>(printed_end_ - position_);
    const size_t next = block_.find('\n', begin) + 1;
    pending_--;
    print_line(block_.substr(begin, next - begin), printed_end_, number_at(begin), false);
  }
}

void LineSearch::print_line(std::string_view line, uint64_t position, uint64_t number,
                            bool is_selected) {
  printed_end_ = position + line.size();
  has_printed_ = true;
  if (!printer_.print({line, position, number, is_selected})) has_unprintable_ = true;
}

/// The number of the line at that place of the block; 0 if nobody asks.
uint64_t LineSearch::number_at(size_t place) {
  if (!options_.shows_numbers) return 0;
  counted_lines_ += count_lines(block_.substr(counted_, place - counted_));
  counted_ = place;
  return block_lines_ + counted_lines_ + 1;
}

/// What the next block may need of this one.
void LineSearch::keep_context() {
  if (options_.shows_numbers) block_lines_ += counted_lines_ + count_lines(block_.substr(counted_));
  if (options_.before == 0) return;
  const size_t begin = last_lines(block_, options_.before);
  if (begin == 0 && !before_is_skipped_) {
    before_ += block_;
    before_.erase(0, last_lines(before_, options_.before));
  } else {
    before_ = block_.substr(begin);
    before_is_skipped_ = false;
  }
}

Status LineSearch::lose(uint64_t size) {
  if (!partial_.empty()) {
    if (const Status status = add_lines("\n", {}); !status.ok()) return status;
    position_--;  // that byte is not in the text
  }
  position_ += size;
  before_.clear();
  pending_ = 0;
  return {};
}

Status LineSearch::finish() {
  return partial_.empty() || is_done_ ? Status() : add_lines("\n", {});
}

Status LineSearch::skip(uint64_t size, uint64_t lines) {
  if (is_done_) return {};
  uint64_t used = 0;
  if (!partial_.empty()) {
    if (const Status status = read_line_end(size, used); !status.ok() || is_done_) return status;
    lines--;
  }
  size -= used;
  if (const Status status = read_pending(size, lines); !status.ok()) return status;
  position_ += size;
  block_lines_ += lines;
  before_.clear();
  before_is_skipped_ = true;
  is_done_ = is_done_ || (selected_ >= options_.most && pending_ == 0);
  return {};
}

/// The end of the line whose begin is there, in text of that size.
Status LineSearch::read_line_end(uint64_t size, uint64_t& used) {
  const uint64_t begin = position_ + partial_.size();
  while (used < size && !partial_.empty()) {
    std::string text(static_cast<size_t>(std::min<uint64_t>(size - used, kReadBlock)), '\0');
    const Status status =
        skipped_->read(begin + used, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
    if (!status.ok()) return status;
    text.resize(std::min(text.find('\n'), text.size() - 1) + 1);
    used += text.size();
    if (const Status added = add_lines(text, {}); !added.ok() || is_done_) return added;
  }
  return {};
}

/// Lines before the block that were skipped.
Status LineSearch::read_before() {
  if (!before_is_skipped_) return {};
  before_is_skipped_ = false;
  uint64_t begin = position_;
  while (begin > 0 && count_lines(before_) <= options_.before) {
    std::string text(static_cast<size_t>(std::min<uint64_t>(begin, kReadBlock)), '\0');
    begin -= text.size();
    const Status status =
        skipped_->read(begin, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
    if (!status.ok()) return status;
    before_.insert(0, text);
  }
  before_.erase(0, last_lines(before_, options_.before));
  return {};
}

/// Context behind a line, in skipped text, of which it takes the lines that it prints.
Status LineSearch::read_pending(uint64_t& size, uint64_t& lines) {
  std::string text;
  while (pending_ > 0 && size > text.size()) {
    const size_t old = text.size();
    const auto more = static_cast<size_t>(std::min<uint64_t>(size - old, kReadBlock));
    if (old + more > most_line_) return too_long(old + more);
    text.resize(old + more);
    const Status status =
        skipped_->read(position_ + old, {reinterpret_cast<uint8_t*>(text.data()) + old, more});
    if (!status.ok()) return status;
    const size_t end = text.rfind('\n') + 1;
    begin_block(std::string_view(text).substr(0, end));
    print_pending(end);
    const uint64_t passed = count_lines(block_);
    if (options_.shows_numbers) block_lines_ += passed;
    lines -= std::min(lines, passed);
    size -= end;
    position_ += end;
    text.erase(0, end);
  }
  return {};
}

}  // namespace tool
