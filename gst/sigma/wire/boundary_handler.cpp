/* A glyph at the front passes three stages: its header is complete, the gate let it in, its payload
 * is complete. The stages are the same whether the bytes lie in the input or in `pending_`.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/boundary_handler.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sigma {

Status BoundaryHandler::push(ByteSpan input) {
  consume(std::exchange(taken_, 0));
  if (!input_.empty())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the input before is not used up", offset_);
  input_ = input;
  return {};
}

void BoundaryHandler::reset(uint64_t offset) {
  input_ = {};
  pool_.release(std::move(pending_));
  taken_ = 0;
  stage_ = Stage::HEADER;
  state_ = BoundaryState::IDLE;
  crossings_ = 0;
  offset_ = offset;
}

/// Passes bytes at the front, of the pending ones or of the input.
void BoundaryHandler::consume(size_t count) {
  offset_ += count;
  if (!pending_) {
    input_ = input_.subspan(count);
    return;
  }
  pending_.set_filled(pending_.begin() + count, pending_.size() - count);
  if (pending_.size() == 0) pool_.release(std::move(pending_));
}

Result<bool> BoundaryHandler::next(Glyph& glyph) {
  consume(std::exchange(taken_, 0));
  for (;;) {
    const Result<bool> whole = advance();
    if (!whole.ok()) return whole.status;
    if (whole.value) {
      deliver(glyph);
      return true;
    }
    if (input_.empty()) break;
    // The front is a start that the input before left, or this one ends with.
    const size_t missing = wanted() - pending_.size();
    if (const Status kept = keep(std::min(input_.size(), missing)); !kept.ok()) return kept;
  }
  if (pending_.size() == 0)
    state_ = BoundaryState::IDLE;
  else
    state_ = wants_payload() ? BoundaryState::PARTIAL_PAYLOAD : BoundaryState::PARTIAL_HEADER;
  return false;
}

void BoundaryHandler::pass_zeros() {
  consume(std::exchange(taken_, 0));
  if (stage_ != Stage::HEADER) return;
  for (ByteSpan bytes = front(); !bytes.empty() && bytes.front() == 0; bytes = front())
    consume(count_zeros(bytes));
}

/// Bytes at the front that the present stage needs to be decided.
size_t BoundaryHandler::wanted() const {
  switch (stage_) {
    case Stage::HEADER:
      // At most six bytes: one at a time keeps what follows them in the input.
      return pending_.size() + 1;
    case Stage::GATE:
      return header_.header_size + std::min(gate_bytes_, header_.payload_size);
    case Stage::SEARCH:
      return gate_bytes_;
    case Stage::PAYLOAD:
      break;
  }
  return header_.header_size + header_.payload_size;
}

/// Moves on as far as the bytes at the front allow. True: a whole glyph is there.
Result<bool> BoundaryHandler::advance() {
  if (stage_ == Stage::SEARCH)
    if (const Status status = search_front(); !status.ok()) return status;
  if (front().empty()) return false;
  if (stage_ == Stage::HEADER)
    if (const Status status = parse_header(front()); !status.ok()) return status;
  if (stage_ == Stage::GATE)
    if (const Status status = ask_gate(front()); !status.ok()) return status;
  return stage_ == Stage::PAYLOAD && front().size() >= wanted();
}

Status BoundaryHandler::parse_header(ByteSpan available) {
  switch (parse_glyph_header(available, header_)) {
    case GlyphParse::INCOMPLETE:
      return {};
    case GlyphParse::INVALID:
      return Status::error(ErrorCode::DAMAGED, "a glyph's tag or length is malformed", offset_);
    case GlyphParse::COMPLETE:
      break;
  }
  if (header_.payload_size > max_payload_)
    return Status::error(ErrorCode::DAMAGED, "a glyph is longer than allowed", offset_);
  stage_ = gate_ != nullptr && header_.has_payload ? Stage::GATE : Stage::PAYLOAD;
  return {};
}

Status BoundaryHandler::ask_gate(ByteSpan available) {
  if (available.size() < wanted()) return {};
  const ByteSpan first =
      available.subspan(header_.header_size, std::min(gate_bytes_, header_.payload_size));
  const Status status = gate_->admit(header_, available.first(header_.header_size), first, offset_);
  if (status.ok()) stage_ = Stage::PAYLOAD;
  return status;
}

/// Passes bytes until a payload is found that the gate recognises and admits.
Status BoundaryHandler::search_front() {
  while (!front().empty()) {
    const bool was_pending = static_cast<bool>(pending_);
    consume(gate_->find(front()));
    if (was_pending && !pending_) continue;  // nothing there: on with the input
    // A start that the end cuts waits for more.
    if (front().size() < gate_bytes_) return {};
    const ByteSpan first = front().first(gate_bytes_);
    if (gate_->recognise(first, header_)) return admit_found(first);
    consume(1);
  }
  return {};
}

/// A payload was found: its tag and length may be damaged, and follow from it.
Status BoundaryHandler::admit_found(ByteSpan first) {
  uint8_t glyph[kMaxGlyphHeader];
  const size_t size = write_glyph_header(glyph, header_);
  header_.header_size = 0;
  const Status status =
      gate_->admit(header_, {glyph, size}, first, offset_ - std::min<uint64_t>(offset_, size));
  if (status.ok()) stage_ = Stage::PAYLOAD;
  return status;
}

void BoundaryHandler::search(bool past_payload) {
  taken_ = 0;
  const size_t skip = past_payload ? header_.header_size + 1 : 1;
  consume(std::min(skip, front().size()));
  stage_ = Stage::SEARCH;
}

Status BoundaryHandler::shrink() {
  if (!pending_ || pending_.capacity() / 2 <= pending_.size()) return {};
  Result<Buffer> smaller = pool_.acquire(pending_.size(), GlyphBufferPool::Fit::CLOSE);
  if (!smaller.ok()) return smaller.status;
  smaller.value.append(pending_.bytes());
  pending_ = std::move(smaller.value);
  return {};
}

void BoundaryHandler::deliver(Glyph& glyph) {
  taken_ = wanted();
  const ByteSpan payload = front().first(taken_).subspan(header_.header_size);
  glyph = {header_.type, header_.primitive, header_.has_payload, payload};
  if (pending_) crossings_++;
  stage_ = Stage::HEADER;
  state_ = BoundaryState::IDLE;
}

/// Moves `count` bytes from the input to the end of the pending ones.
Status BoundaryHandler::keep(size_t count) {
  const size_t needed = std::max(pending_.size() + count, kMaxGlyphHeader + gate_bytes_);
  if (pending_.begin() != 0) {
    std::memmove(pending_.block(), pending_.bytes().data(), pending_.size());
    pending_.set_filled(0, pending_.size());
  }
  Status reserved = pool_.reserve(pending_, wants_payload() ? std::max(needed, wanted()) : needed);
  if (!reserved.ok()) {
    reserved.offset = offset_;
    return reserved;
  }
  pending_.append(input_.first(count));
  input_ = input_.subspan(count);
  return {};
}

}  // namespace sigma
