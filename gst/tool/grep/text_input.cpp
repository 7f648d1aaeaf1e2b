/* Streams in order, and what was skipped of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/text_input.hpp"

#include <algorithm>

namespace tool {

using sigma::Result;
using sigma::Status;

Status TextInput::open(const std::string& path) {
  if (const Status status = input_.open(path); !status.ok()) return status;
  block_.resize(kBlock);
  while (block_size_ < sigma::kLikenessBytes) {
    const Result<size_t> size =
        input_.read_next(sigma::MutableByteSpan(block_).subspan(block_size_));
    if (!size.ok()) return size.status;
    if (size.value == 0) break;
    block_size_ += size.value;
  }
  if (sigma::looks_like_stream({block_.data(), block_size_}) == sigma::Likeness::NONE) return {};
  decoder_ = std::make_unique<sigma::StreamingDecoder>(settings_.max_memory, sigma::OnError::SKIP);
  decoder_->set_listener(this);
  const Status status = decoder_->set_threads(tasks_, settings_.threads);
  // What is passed may be asked for again, which a pipe does not give.
  return status.ok() && input_.is_regular() ? decoder_->set_sought(sought_) : status;
}

/// Reads a block, or takes the one that is there; false at the end.
Result<bool> TextInput::push_input() {
  if (block_size_ == 0) {
    const Result<size_t> size = input_.read_next(block_);
    if (!size.ok()) return size.status;
    block_size_ = size.value;
  }
  at_end_ = block_size_ == 0;
  if (at_end_) {
    decoder_->end_input();
    return true;
  }
  const Status status = decoder_->push({block_.data(), std::exchange(block_size_, 0)});
  return status.ok() ? Result<bool>(true) : status;
}

Result<bool> TextInput::next_chunk(sigma::DecodedChunk& chunk) {
  for (;;) {
    const Result<bool> more = decoder_->next(chunk);
    if (!more.ok() || more.value) return more;
    if (at_end_) {
      const Status status = decoder_->finish();
      return status.ok() ? Result<bool>(false) : status;
    }
    if (const Result<bool> pushed = push_input(); !pushed.ok()) return pushed;
  }
}

Result<bool> TextInput::next(TextPart& part) {
  part = {};
  if (decoder_ == nullptr) {
    if (block_size_ == 0) {
      const Result<size_t> size = input_.read_next(block_);
      if (!size.ok()) return size.status;
      block_size_ = size.value;
    }
    part.text = {reinterpret_cast<const char*>(block_.data()), block_size_};
    return std::exchange(block_size_, 0) != 0;
  }
  sigma::DecodedChunk chunk;
  const Result<bool> more = next_chunk(chunk);
  if (!more.ok() || !more.value) return more;
  part.lost = chunk.position - std::min(chunk.position, position_);
  part.text = {reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size()};
  part.passed = chunk.passed_size;
  part.lines = chunk.passed_lines;
  position_ = chunk.position + chunk.bytes.size() + chunk.passed_size;
  return true;
}

Status TextInput::read(uint64_t position, sigma::MutableByteSpan out) {
  if (anywhere_ == nullptr)
    anywhere_ = std::make_unique<sigma::RandomAccessDecoder>(input_, settings_.max_memory,
                                                             sigma::OnError::SKIP);
  while (!out.empty()) {
    const Result<size_t> size = anywhere_->read(position, out);
    if (!size.ok()) return size.status;
    if (size.value == 0)
      return Status::error(sigma::ErrorCode::IO, "it became shorter while it was read");
    position += size.value;
    out = out.subspan(size.value);
  }
  return {};
}

}  // namespace tool
