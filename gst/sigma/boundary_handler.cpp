/* A glyph at the front passes three stages: its header is complete, the gate let it in, its payload
 * is complete. The stages are the same whether the bytes lie in the input or in `pending_`.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/boundary_handler.hpp"

#include <algorithm>
#include <utility>

namespace sigma {

Status BoundaryHandler::push(ByteSpan input) {
  if (!input_.empty())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the input before is not used up", offset_);
  input_ = input;
  return {};
}

void BoundaryHandler::reset() {
  input_ = {};
  pool_.release(std::move(pending_));
  pending_delivered_ = false;
  stage_ = Stage::HEADER;
  state_ = BoundaryState::IDLE;
  crossings_ = 0;
  offset_ = 0;
}

Result<bool> BoundaryHandler::next(Glyph& glyph) {
  if (pending_delivered_) {
    pool_.release(std::move(pending_));
    pending_delivered_ = false;
  }
  return has_pending() ? next_in_pending(glyph) : next_in_input(glyph);
}

/// Bytes of the glyph that the present stage needs to be decided.
size_t BoundaryHandler::wanted() const {
  switch (stage_) {
    case Stage::HEADER:
      return 1;
    case Stage::GATE:
      return header_.header_size + std::min(gate_bytes_, header_.payload_size);
    case Stage::PAYLOAD:
      break;
  }
  return header_.header_size + header_.payload_size;
}

/// Moves on as far as `available`, the glyph's bytes so far, allows.
Status BoundaryHandler::advance_stage(ByteSpan available) {
  if (stage_ == Stage::HEADER) {
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
  }
  if (stage_ == Stage::GATE && available.size() >= wanted()) {
    const ByteSpan first =
        available.subspan(header_.header_size, std::min(gate_bytes_, header_.payload_size));
    const Status status =
        gate_->admit(header_, available.first(header_.header_size), first, offset_);
    if (!status.ok()) return status;
    stage_ = Stage::PAYLOAD;
  }
  return {};
}

void BoundaryHandler::deliver(ByteSpan whole, Glyph& glyph) {
  glyph = {header_.type, header_.primitive, header_.has_payload,
           whole.subspan(header_.header_size)};
  offset_ += whole.size();
  stage_ = Stage::HEADER;
  state_ = BoundaryState::IDLE;
}

Result<bool> BoundaryHandler::next_in_input(Glyph& glyph) {
  if (input_.empty()) return false;
  if (const Status status = advance_stage(input_); !status.ok()) return status;
  if (stage_ == Stage::PAYLOAD && input_.size() >= wanted()) {
    const size_t size = wanted();
    deliver(input_.first(size), glyph);
    input_ = input_.subspan(size);
    return true;
  }
  return next_in_pending(glyph);
}

Result<bool> BoundaryHandler::next_in_pending(Glyph& glyph) {
  while (!input_.empty()) {
    // A header is at most six bytes: one at a time keeps what follows it in the input.
    const size_t target = stage_ == Stage::HEADER ? pending_.size() + 1 : wanted();
    const Status kept = keep(std::min(input_.size(), target - pending_.size()));
    if (!kept.ok()) return kept;
    if (const Status status = advance_stage(pending_.bytes()); !status.ok()) return status;
    if (stage_ == Stage::PAYLOAD && pending_.size() == wanted()) {
      deliver(pending_.bytes(), glyph);
      pending_delivered_ = true;
      crossings_++;
      return true;
    }
  }
  state_ = stage_ == Stage::HEADER ? BoundaryState::PARTIAL_HEADER : BoundaryState::PARTIAL_PAYLOAD;
  return false;
}

/// Moves `count` bytes from the input to the end of the pending ones.
Status BoundaryHandler::keep(size_t count) {
  const size_t needed = std::max(pending_.size() + count, kMaxGlyphHeader + gate_bytes_);
  const size_t capacity = stage_ == Stage::HEADER ? needed : std::max(needed, wanted());
  if (Status reserved = pool_.reserve(pending_, capacity); !reserved.ok()) {
    reserved.offset = offset_;
    return reserved;
  }
  pending_.append(input_.first(count));
  input_ = input_.subspan(count);
  return {};
}

}  // namespace sigma
