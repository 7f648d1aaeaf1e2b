/* Decoded bytes from any position.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/access_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sigma {
namespace {

constexpr size_t kBlock = 65536;  ///< bytes read at once where no packet's size is known

}  // namespace

AccessState::AccessState(ByteSource& source, uint64_t max_memory, OnError on_error)
    : source_(source),
      on_error_(on_error),
      decoder_(max_memory, on_error),
      map_(source, decoder_.pool(), on_error) {}

StreamStats AccessState::stats() const {
  StreamStats stats = decoder_.stats();
  stats.peak_memory = decoder_.pool().peak();
  return stats;
}

Result<StreamInfo> AccessState::stream_info(uint64_t number) {
  Result<StreamInfo> info = map_.stream_info(number);
  Head head;
  if (info.ok() && map_.read_head(number, head).ok()) info.value.memory = ChunkDecoder::needs(head);
  return info;
}

Result<size_t> AccessState::read(uint64_t position, MutableByteSpan out) {
  if (const Status status = open(); !status.ok()) return status;
  if (position >= size()) return size_t{0};
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), size() - position));
  for (size_t done = 0; done < wanted;) {
    const ByteSpan bytes = view(position + done);
    if (bytes.empty()) {
      if (const Status status = decode_to(position + done); !status.ok()) return status;
      continue;
    }
    const size_t count = std::min(bytes.size(), wanted - done);
    std::memcpy(out.data() + done, bytes.data(), count);
    done += count;
  }
  return wanted;
}

/// The decoded bytes from `position` on that are at hand; empty if there are none.
ByteSpan AccessState::view(uint64_t position) const {
  const auto from = [position](ByteSpan bytes, uint64_t end) {
    const bool holds = position < end && end - position <= bytes.size();
    return holds ? bytes.last(static_cast<size_t>(end - position)) : ByteSpan();
  };
  for (const ByteSpan bytes : {from(chunk_, decoded_end_), from(decoder_.recent(), decoded_end_),
                               from(kept_.bytes(), kept_end_)})
    if (!bytes.empty()) return bytes;
  return {};
}

/// Decodes until the byte at `position` is at hand.
Status AccessState::decode_to(uint64_t position) {
  const bool goes_on = is_entered_ && position == decoded_end_ && position < stream_end_;
  if (!goes_on)
    if (const Status status = enter(position); !status.ok()) return status;
  const Status status = decode_on_to(position);
  const bool may_be_behind = !goes_on && on_error_ == OnError::FAIL && is_damage(status);
  return may_be_behind && decode_behind_damage(position).ok() ? Status{} : status;
}

/// The same, but skips damage before `position`, for a reader that did not come from there.
Status AccessState::decode_behind_damage(uint64_t position) {
  decoder_.set_on_error(OnError::SKIP);
  decoder_.set_listener(nullptr);
  Status status = enter(position);
  if (status.ok()) status = decode_on_to(position);
  decoder_.set_on_error(on_error_);
  decoder_.set_listener(listener_);
  is_entered_ &= status.ok();
  return status;
}

Status AccessState::decode_on_to(uint64_t position) {
  for (;;) {
    DecodedChunk chunk;
    const Result<bool> got = next_chunk(chunk);
    // What the decoder takes for the same stream may be another one to the map, with other
    // positions.
    const bool is_in_stream = got.ok() && got.value && chunk.stream == stream_ &&
                              chunk.position + chunk.bytes.size() <= stream_end_;
    is_entered_ = is_in_stream;
    chunk_ = is_in_stream ? chunk.bytes : ByteSpan();
    decoded_end_ = is_in_stream ? chunk.position + chunk.bytes.size() : 0;
    if (!got.ok()) return got.status;
    if (!is_in_stream || chunk.position > position)
      return Status::error(ErrorCode::DAMAGED, "the bytes asked for are lost", input_end_);
    if (decoded_end_ > position) return {};
  }
}

/// Makes the decoder stand where it will come to `position` soonest.
Status AccessState::enter(uint64_t position) {
  const Result<EntryPoint> found = map_.locate(position);
  if (!found.ok()) return found.status;
  const EntryPoint& point = found.value;
  const uint64_t key = point.base + point.raw_offset;
  // Already behind that key, on the way to the position.
  if (is_entered_ && point.stream == stream_ && key < decoded_end_ && decoded_end_ <= position)
    return {};
  keep_chunk();
  is_entered_ = false;
  if (const Status status = decoder_.start_at(point); !status.ok()) return status;
  // One size for all packets: what is not needed of it is never touched.
  Head head;
  if (const Status status = parse_head(point.head, point.stream_start, head); !status.ok())
    return status;
  most_body_ = std::max<size_t>(head.body_max, kMaxSmallBody);
  if (const Status status = decoder_.pool().reserve(input_, kPacketFront + most_body_);
      !status.ok())
    return status;
  input_end_ = point.stream_offset;
  decoded_end_ = key;
  is_entered_ = true;
  stream_ = point.stream;
  stream_end_ = point.end;
  at_end_ = false;
  return {};
}

/// Reads that go to and fro between two places find the last chunk of the other one again.
void AccessState::keep_chunk() {
  const ByteSpan chunk = std::exchange(chunk_, {});
  if (chunk.empty() || !decoder_.pool().reserve(kept_, chunk.size()).ok()) return;
  kept_.set_filled(0, 0);
  kept_.append(chunk);
  kept_end_ = decoded_end_;
}

/// Feeds the decoder until it gives a chunk. False: the input is at its end.
Result<bool> AccessState::next_chunk(DecodedChunk& chunk) {
  chunk_ = {};
  for (;;) {
    const Result<bool> more = decoder_.next(chunk);
    if (!more.ok() || (more.value && !chunk.bytes.empty())) return more;
    if (more.value) continue;  // framing between chunks
    if (input_end_ == source_.size()) {
      if (std::exchange(at_end_, true)) return false;
      decoder_.end_input();
      continue;
    }
    if (const Status status = read_input(); !status.ok()) return status;
    if (const Status status = decoder_.push(input_.bytes()); !status.ok()) return status;
  }
}

/// Reads one packet, or a block where the decoder has to search.
Status AccessState::read_input() {
  FoundPacket packet;
  Status status = Status::error(ErrorCode::DAMAGED, "");
  if (decoder_.is_between_packets())
    status = find_packet(source_, input_end_, source_.size(), packet);
  if (!status.ok() && !is_damage(status)) return status;
  const bool whole = status.ok() && packet.header.body_size <= most_body_;
  // The front was read already: it is what its header says.
  const size_t front = whole ? packet_front_size(packet.header) : 0;
  const uint64_t begin = input_end_ + front;
  const size_t size =
      whole ? packet.header.body_size
            : static_cast<size_t>(std::min<uint64_t>({kBlock, most_body_, source_.size() - begin}));
  if (whole) write_packet_front(input_.block(), packet.header);
  status = source_.read(begin, {input_.block() + front, size});
  input_.set_filled(0, status.ok() ? front + size : 0);
  if (status.ok()) input_end_ = begin + size;
  return status;
}

}  // namespace sigma
