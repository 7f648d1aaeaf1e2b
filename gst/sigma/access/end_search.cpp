/* Streams, found from their ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/end_search.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/access/packet_walker.hpp"

namespace sigma {
namespace {

constexpr uint64_t kEndPacketSize = 4 + kPacketHeaderSize + kEndBodySize;

/// Zero bytes behind an end packet that are passed from their end. What has more is walked through.
constexpr uint64_t kMaxPadding = uint64_t{1} << 20;

/// Zero bytes at the end of an end packet, at most: a head's last field may be 0, and the one
/// before it is not.
constexpr uint64_t kEndZeros = 7;

}  // namespace

Result<bool> EndSearch::find(JoinedStream& stream) {
  if (!padding_known_) {
    const Result<bool> found = read_end(front_, stream);
    if (!found.ok() || found.value) return found;
  }
  if (const Status status = measure_padding(); !status.ok()) return status;
  // An end packet may itself end with zeros.
  const uint64_t bound = front_ - padding_;
  for (uint64_t more = std::min<uint64_t>(padding_, kEndZeros + 1); more-- > 0;) {
    const Result<bool> found = read_end(bound + more, stream);
    if (!found.ok() || found.value) return found;
  }
  return false;
}

void EndSearch::pass(const JoinedStream& stream) {
  front_ = stream.begin;
  padding_ = 0;
  padding_known_ = false;
}

/// Looks back from front_.
Status EndSearch::measure_padding() {
  constexpr size_t kBlock = size_t{64} << 10;
  if (padding_known_) return {};
  Result<Buffer> block = pool_.acquire(kBlock);
  Status status = block.status;
  while (status.ok() && !padding_known_) {
    const uint64_t end = front_ - padding_;
    const auto size = static_cast<size_t>(std::min<uint64_t>(kBlock, end));
    const uint8_t* bytes = block.value.block();
    status = source_.read(end - size, {block.value.block(), size});
    size_t zeros = 0;
    while (status.ok() && zeros < size && bytes[size - 1 - zeros] == 0)
      zeros++;
    padding_ += zeros;
    padding_known_ = status.ok() && (zeros < kBlock || padding_ >= kMaxPadding);
  }
  if (block.ok()) pool_.release(std::move(block.value));
  return status;
}

/// The stream whose end packet ends at `end`, if there is one and its numbers can be believed.
Result<bool> EndSearch::read_end(uint64_t end, JoinedStream& stream) {
  if (end < kEndPacketSize) return false;
  FoundPacket packet;
  Status status = find_packet(source_, end - kEndPacketSize, end, packet);
  Buffer buffer;
  if (status.ok()) status = read_body(source_, packet, kEndBodySize, pool_, buffer);
  if (is_trouble(status)) return status;
  EndTotals totals;
  ByteSpan head;
  if (!status.ok() || packet.header.kind() != PacketKind::END ||
      !parse_end(buffer.bytes(), 0, totals, head).ok() || totals.stream_size > end ||
      totals.stream_size < kEndPacketSize || totals.raw_size != packet.header.raw_offset ||
      totals.last_index >= totals.stream_size)
    return false;
  stream.begin = end - totals.stream_size;
  stream.end = end;
  stream.raw_size = totals.raw_size;
  stream.id = packet.header.stream_id;
  stream.is_ended = true;
  stream.chunks = totals.chunks;
  stream.last_index = totals.last_index == 0 ? 0 : stream.begin + totals.last_index;
  std::copy(head.begin(), head.end(), stream.head.begin());
  return has_head(stream);
}

/// Whether the stream begins where its end packet says: bytes put in or cut out move that place.
Result<bool> EndSearch::has_head(const JoinedStream& stream) {
  FoundPacket packet;
  Status status = find_packet(source_, stream.begin, stream.end, packet);
  Buffer buffer;
  if (status.ok()) status = read_body(source_, packet, kMaxHeadBody, pool_, buffer);
  if (is_trouble(status)) return status;
  if (status.ok())
    return packet.header.kind() == PacketKind::HEAD && (packet.header.flags & kFlagCopy) == 0 &&
           packet.header.stream_id == stream.id && buffer.size() >= kHeadBodySize &&
           std::equal(stream.head.begin(), stream.head.end(), buffer.bytes().begin());
  // A lost head: the end packet's copy does as well, if the place is the beginning of the input.
  return on_error_ == OnError::SKIP && stream.begin == 0;
}

}  // namespace sigma
