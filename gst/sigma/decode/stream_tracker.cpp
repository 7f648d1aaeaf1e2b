/* The decoder at damage: what is left out, and how it is reported. docs/format.md, "Damage".
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
#include <algorithm>
#include <utility>

#include "gst/sigma/decode/decoder.hpp"

namespace sigma {

bool StreamingDecoder::can_skip(const Status& status) const {
  return on_error_ == OnError::SKIP && is_damage(status);
}

/// Something at cause.offset cannot be used. Until close_damage() everything belongs to it.
void StreamingDecoder::leave_out(const Status& cause) {
  stream_damaged_ = true;
  if (std::exchange(damage_open_, true)) return;
  damage_ = {};
  damage_.cause = cause;
  damage_.stream_begin = cause.offset;
  damage_.position_begin = base_ + raw_offset_;
}

/// Decoding goes on at `stream_end`, where `position_end` decoded bytes precede.
void StreamingDecoder::close_damage(uint64_t stream_end, uint64_t position_end, uint64_t chunks) {
  if (!std::exchange(damage_open_, false)) return;
  damage_.stream_end = std::max(stream_end, damage_.stream_begin);
  // Before the first key of a stream that was entered late, nothing says that numbers must fit.
  damage_.position_begin = std::min(damage_.position_begin, position_end);
  damage_.position_end = position_end;
  damage_.chunks = chunks;
  stats_.chunks_lost += chunks;
  stats_.bytes_lost += damage_.bytes();
  if (listener_ != nullptr) listener_->on_damage(damage_);
}

/// Whether a sound packet of the stream is to be used: it is the next one, or others are missing
/// before it. One that was passed already is left out.
bool StreamingDecoder::is_due() {
  const bool begins_again = head_repeated_ && repeated_raw_ != 0 && packet_.sequence == 0 &&
                            packet_.kind() == PacketKind::CHUNK;
  if (begins_again) {
    begin_again();
    return true;
  }
  if (place_of(packet_) == Place::NEXT) return true;
  if (place_of(packet_) == Place::AHEAD) {
    leave_out(damaged("chunks are missing"));
    // Of an end packet it is not known yet whether it stands in its place.
    if (packet_.kind() != PacketKind::END) group_broken_ = true;
    return true;
  }
  leave_out(damaged("a chunk comes twice or too late"));
  return false;
}

Status StreamingDecoder::cut_by_head() const {
  return Status::error(ErrorCode::TRUNCATED,
                       "a new stream begins before the end packet of the one before",
                       packet_offset_);
}

/// A head without COPY of the stream that is being decoded: repeated by accident, or the beginning
/// of the same stream behind one that was cut. The next chunk tells.
Status StreamingDecoder::handle_same_head() {
  const Status cause = cut_by_head();
  if (on_error_ == OnError::FAIL) return cause;
  leave_out(cause);
  head_repeated_ = true;
  repeated_head_ = packet_offset_;
  repeated_raw_ = raw_seen_;
  return {};
}

/// The first chunk came again behind a repeated head.
void StreamingDecoder::begin_again() {
  raw_seen_ = repeated_raw_;
  cut_stream(repeated_head_);
  in_stream_ = true;
  raw_seen_ = packet_.raw_size;
  joined_late_ = false;
  stream_start_ = repeated_head_;
  group_chunks_ = index_packets_ = last_index_ = 0;
}

/// Another stream's head where packets of this one are due.
Status StreamingDecoder::handle_cut_stream() {
  const Status cause = cut_by_head();
  if (on_error_ == OnError::FAIL) return cause;
  leave_out(cause);
  cut_stream(packet_offset_);
  return {};
}

/// Nobody knows how much of the stream is missing.
void StreamingDecoder::cut_stream(uint64_t stream_end) {
  close_damage(stream_end, kUnknownPosition, 0);
  end_stream(raw_seen_);
}

/// A packet other than a head where a stream must begin. Without the head's limits no chunk can be
/// decoded; the end packet tells how much is lost.
Status StreamingDecoder::check_headless() {
  if (on_error_ == OnError::FAIL) return damaged("a stream does not begin with its head");
  const bool is_repeated_end =
      !headless_ && !end_kept_ && streams_ != 0 && packet_.stream_id == stream_id_;
  if (packet_.kind() == PacketKind::END && packet_.body_size == kEndBodySize && !is_repeated_end)
    return {};
  if (!is_repeated_end) headless_ = true;
  return damaged(is_repeated_end ? "a packet comes twice or too late"
                                 : "the head of the stream is missing");
}

Status StreamingDecoder::handle_headless_end(ByteSpan body) {
  EndTotals totals;
  ByteSpan head;
  if (const Status status = parse_end(body, packet_offset_, totals, head); !status.ok())
    return status;
  leave_out(damaged("the head of the stream is missing"));
  keep_end(totals);
  return {};
}

/// Chunks that the end packet counts did not come: they are lost, or it stands in a wrong place.
void StreamingDecoder::keep_end(const EndTotals& totals) {
  end_kept_ = true;
  kept_totals_ = totals;
  kept_id_ = packet_.stream_id;
  kept_offset_ = packet_offset_;
}

/// What follows tells. In a stream, another packet of it than a head says that it goes on. Before
/// any, a packet of the one that seemed to end says that it is only about to begin.
void StreamingDecoder::settle_end(bool begins_stream) {
  end_kept_ = false;
  const bool is_misplaced = packet_.stream_id == kept_id_ && !(in_stream_ && begins_stream);
  if (is_misplaced) return;
  const uint64_t raw_size = std::min(kept_totals_.raw_size, UINT64_MAX - base_);
  close_damage(kept_offset_, base_ + raw_size, kept_totals_.chunks - sequence_);
  headless_ = false;
  stream_id_ = kept_id_;
  end_stream(raw_size);
}

Status StreamingDecoder::finish_skipping(uint64_t offset) {
  packet_.stream_id = ~kept_id_;  // the end of the input is of no stream
  if (end_kept_) settle_end(true);
  if (streams_ == 0 && !in_stream_)
    return Status::error(ErrorCode::DAMAGED,
                         "neither the head of the stream nor a copy of it is left", offset);
  if (in_stream_) {
    leave_out(cut_off());
    cut_stream(offset);
  } else if (headless_) {
    close_damage(offset, kUnknownPosition, 0);
  } else {
    close_damage(offset, base_, 0);
  }
  return {};
}

}  // namespace sigma
