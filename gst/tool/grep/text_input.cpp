/* Streams in order, and what was skipped of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/text_input.hpp"

#include <algorithm>

namespace tool {

using sigma::Result;
using sigma::Status;

namespace {

/// Bytes that are read first: where an index tells, no more may be needed.
constexpr size_t kFirstBlock = size_t{16} << 10;

/// Of files that are streams, however damaged they begin.
constexpr std::string_view kSuffix = ".sigma";

}  // namespace

Status TextInput::open(const std::string& path) {
  if (const Status status = input_.open(path); !status.ok()) return status;
  block_.resize(kFirstBlock);
  const auto is_none = [&] {
    return sigma::looks_like_stream({block_.data(), block_size_}) == sigma::Likeness::NONE;
  };
  // Of a pipe that is no stream no more is waited for.
  while (block_size_ < sigma::kLeastLikenessBytes ||
         (block_size_ < sigma::kLikenessBytes && !is_none())) {
    const Result<size_t> size =
        input_.read_next(sigma::MutableByteSpan(block_).subspan(block_size_));
    if (!size.ok()) return size.status;
    if (size.value == 0) break;
    block_size_ += size.value;
  }
  const bool is_named = path.ends_with(kSuffix) && block_size_ != 0;
  return is_none() && !is_named ? Status() : open_stream();
}

Status TextInput::open_stream() {
  decoder_ = std::make_unique<sigma::StreamingDecoder>(settings_.max_memory, sigma::OnError::SKIP);
  decoder_->set_listener(this);
  Status status = decoder_->set_threads(tasks_, settings_.threads);
  if (status.ok()) status = decoder_->set_examiner(&examiner_);
  // What is passed may be asked for again, which a pipe does not give.
  if (!status.ok() || sought_ == nullptr || !input_.is_regular()) return status;
  const Result<bool> is_open = anywhere().open_from_ends();
  if (is_open.ok() && is_open.value && anywhere().end_status().ok()) {
    const Result<sigma::TextRange> first = anywhere().find_texts(*sought_, 0);
    if (!first.ok()) return first.status;
    has_ranges_ = first.value.begin != 0 || first.value.end != anywhere().size();
  }
  return decoder_->set_sought(sought_);
}

sigma::RandomAccessDecoder& TextInput::anywhere() {
  if (anywhere_ == nullptr)
    anywhere_ = std::make_unique<sigma::RandomAccessDecoder>(input_, settings_.max_memory,
                                                             sigma::OnError::SKIP);
  return *anywhere_;
}

/// Reads a block, unless there is one; false if there is no more.
Result<bool> TextInput::read_block() {
  if (block_size_ != 0) return true;
  block_.resize(kBlock);
  const Result<size_t> size = input_.read_next(block_);
  if (!size.ok()) return size.status;
  block_size_ = size.value;
  return block_size_ != 0;
}

Result<bool> TextInput::push_input() {
  const Result<bool> more = read_block();
  if (!more.ok() || !more.value) return more;
  const Status status = decoder_->push({block_.data(), std::exchange(block_size_, 0)});
  return status.ok() ? Result<bool>(true) : status;
}

/// The next chunk of the input, or of the range.
Result<bool> TextInput::next_chunk(sigma::DecodedChunk& chunk) {
  for (;;) {
    const Result<bool> more = decoder_->next(chunk);
    if (!more.ok() || (more.value && chunk.position >= position_)) return more;
    if (more.value) continue;  // an entry before the range was all there was
    if (at_end_) return false;
    const Result<bool> pushed = push_input();
    if (!pushed.ok()) return pushed;
    at_end_ = !pushed.value;
    if (!at_end_) continue;
    if (has_ranges_)
      decoder_->flush();
    else
      decoder_->end_input();
  }
}

Status TextInput::enter(const sigma::TextRange& range) {
  range_ = range;
  in_range_ = true;
  at_end_ = false;
  block_size_ = 0;
  const Status status = decoder_->start_at(range.entry);
  return status.ok() ? input_.restrict_to(range.entry.stream_offset, range.stream_end) : status;
}

/// What is before the next range has nothing that is sought.
Result<bool> TextInput::next_range(TextPart& part) {
  if (in_range_ && position_ < range_.end) {
    sigma::Damage damage;
    damage.cause = Status::error(sigma::ErrorCode::DAMAGED, "the end of a group is missing",
                                 range_.stream_end);
    damage.stream_begin = damage.stream_end = range_.stream_end;
    damage.position_begin = position_;
    damage.position_end = range_.end;
    damages_.push_back(damage);
    part.lost = range_.end - position_;
  }
  position_ = range_.end;
  const Result<sigma::TextRange> next = anywhere().find_texts(*sought_, position_);
  if (!next.ok()) return next.status;
  part.passed = next.value.begin - position_;
  part.lines = next.value.lines;
  position_ = next.value.begin;
  const bool is_last = next.value.begin == next.value.end;
  if (const Status status = is_last ? Status() : enter(next.value); !status.ok()) return status;
  in_range_ = !is_last;
  range_ = next.value;
  return true;
}

/// Of a file that is no stream.
Result<bool> TextInput::next_block(TextPart& part) {
  const Result<bool> more = read_block();
  if (!more.ok()) return more;
  part.text = {reinterpret_cast<const char*>(block_.data()), block_size_};
  return std::exchange(block_size_, 0) != 0;
}

Result<bool> TextInput::next(TextPart& part) {
  part = {};
  if (decoder_ == nullptr) return next_block(part);
  const bool is_between = has_ranges_ && !in_range_;
  sigma::DecodedChunk chunk;
  const Result<bool> more = is_between ? Result<bool>(false) : next_chunk(chunk);
  if (!more.ok()) return more;
  if (!more.value && has_ranges_) {
    if (is_between && range_.end == anywhere().size()) return false;
    return next_range(part);
  }
  if (!more.value) {
    const Status status = decoder_->finish();
    return status.ok() ? Result<bool>(false) : status;
  }
  part.lost = chunk.position - position_;
  part.text = {reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size()};
  part.matched = static_cast<const MatchedLines*>(chunk.finding);
  part.passed = chunk.passed_size;
  part.lines = chunk.passed_lines;
  position_ = chunk.position + chunk.bytes.size() + chunk.passed_size;
  return true;
}

Status TextInput::read(uint64_t position, sigma::MutableByteSpan out) {
  while (!out.empty()) {
    const Result<size_t> size = anywhere().read(position, out);
    if (!size.ok()) return size.status;
    if (size.value == 0)
      return Status::error(sigma::ErrorCode::IO, "it became shorter while it was read");
    position += size.value;
    out = out.subspan(size.value);
  }
  return {};
}

}  // namespace tool
