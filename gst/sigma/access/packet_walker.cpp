/* From packet to packet by their headers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/access/packet_walker.hpp"

#include <algorithm>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/decode/packet_rules.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

constexpr size_t kSearchBlock = 65536;  ///< bytes read at once while searching

Status parse_front(ByteSpan front, uint64_t offset, FoundPacket& packet) {
  GlyphHeader glyph;
  if (parse_glyph_header(front, glyph) != GlyphParse::COMPLETE || !glyph.has_payload)
    return Status::error(ErrorCode::DAMAGED, "no packet begins where one is due", offset);
  const ByteSpan payload = front.subspan(glyph.header_size);
  const Status status = parse_packet_header(
      glyph, front.first(glyph.header_size),
      payload.first(std::min(payload.size(), kPacketHeaderSize)), offset, packet.header);
  packet.cut = false;
  packet.offset = offset;
  packet.body = offset + glyph.header_size + kPacketHeaderSize;
  if (status.ok()) return {};
  return Status::error(ErrorCode::DAMAGED, "no packet begins where one is due", offset);
}

}  // namespace

void PacketWalker::start(uint64_t offset, uint64_t limit) {
  next_ = search_from_ = offset;
  // What is known of a stream may be wrong: a key of it may lie behind its end.
  limit_ = std::max(limit, offset);
  is_padding_ = searching_ = searched_ = false;
}

void PacketWalker::distrust() {
  next_ = search_from_;
  searching_ = true;
}

Result<bool> PacketWalker::next(FoundPacket& packet) {
  if (searching_) return search(packet);
  searched_ = false;
  if (is_padding_)
    if (const Status status = pass_padding(); !status.ok()) return status;
  if (next_ == limit_) return false;
  const Status status = find_packet(source_, next_, limit_, packet);
  if (status.ok()) {
    pass(packet);
    return true;
  }
  if (on_error_ == OnError::FAIL || !is_damage(status)) return status;
  searching_ = true;
  if (status.code != ErrorCode::TRUNCATED || !packet.cut) return search(packet);
  pass(packet);
  return true;
}

/// Goes on behind a packet. Bytes may have been cut out of its body; then the next one begins
/// inside.
void PacketWalker::pass(const FoundPacket& packet) {
  next_ = packet.end();
  search_from_ = packet.body - kPacketHeaderSize + 1;
  is_padding_ = packet.header.kind() == PacketKind::END;
}

/// Zeros between streams, or behind the last one.
Status PacketWalker::pass_padding() {
  Result<Buffer> block = pool_.acquire(kSearchBlock);
  Status status = block.status;
  while (status.ok() && is_padding_ && next_ < limit_) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(kSearchBlock, limit_ - next_));
    status = source_.read(next_, {block.value.block(), size});
    if (!status.ok()) break;
    const size_t zeros = count_zeros({block.value.block(), size});
    next_ += zeros;
    is_padding_ = zeros == size;
  }
  if (block.ok()) pool_.release(std::move(block.value));
  return status;
}

/// The next header in the bytes from search_from_ on.
Result<bool> PacketWalker::search(FoundPacket& packet) {
  searched_ = true;
  Result<Buffer> block = pool_.acquire(kSearchBlock);
  if (!block.ok()) return block.status;
  Result<bool> found = false;
  while (found.ok() && !found.value && limit_ - search_from_ >= kPacketHeaderSize) {
    const ByteSpan bytes(block.value.block(), static_cast<size_t>(std::min<uint64_t>(
                                                  kSearchBlock, limit_ - search_from_)));
    const Status status = source_.read(search_from_, {block.value.block(), bytes.size()});
    if (!status.ok()) {
      found = status;
      break;
    }
    const size_t at = find_packet_header(bytes);
    GlyphHeader glyph;
    if (at < bytes.size() &&
        recover_packet_header(bytes.subspan(at), 0, packet.header, glyph).ok()) {
      const uint64_t payload = search_from_ + at;
      packet.offset = payload - std::min<uint64_t>(payload, glyph.header_size);
      packet.body = payload + kPacketHeaderSize;
      pass(packet);
      packet.cut = packet.header.body_size > limit_ - packet.body;
      searching_ = packet.cut;
      found = true;
    } else {
      // A header may begin in the last bytes of the block.
      search_from_ += bytes.size() - (kPacketHeaderSize - 1);
    }
  }
  pool_.release(std::move(block.value));
  if (!found.ok()) return found;
  if (found.value) return found;
  next_ = limit_;
  searching_ = false;
  return found;
}

Status find_packet(ByteSource& source, uint64_t offset, uint64_t limit, FoundPacket& packet) {
  if (offset >= limit)
    return Status::error(ErrorCode::DAMAGED, "an offset lies behind the end", offset);
  uint8_t front[kPacketFront];
  const ByteSpan read(front, static_cast<size_t>(std::min<uint64_t>(sizeof front, limit - offset)));
  if (const Status status = source.read(offset, {front, read.size()}); !status.ok()) return status;
  const Status cut = cut_off(offset);
  if (const Status status = parse_front(read, offset, packet); !status.ok())
    return read.size() < sizeof front && looks_like_packet(read) ? cut : status;
  packet.cut = packet.header.body_size > limit - packet.body;
  return packet.cut ? cut : Status{};
}

Status read_body(ByteSource& source, const FoundPacket& packet, size_t most, GlyphBufferPool& pool,
                 Buffer& buffer) {
  const size_t size = packet.header.body_size;
  if (size > most)
    return Status::error(ErrorCode::DAMAGED, "a packet is larger than it may be", packet.offset);
  buffer.set_filled(0, 0);
  if (Status status = pool.reserve(buffer, size); !status.ok()) return status;
  buffer.set_filled(0, size);
  if (const Status status = source.read(packet.body, {buffer.block(), size}); !status.ok())
    return status;
  if (hash_bytes(buffer.bytes()) == packet.header.body_hash) return {};
  return unsound_body(packet.offset);
}

}  // namespace sigma
