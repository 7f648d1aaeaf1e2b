/* Streams taken apart and put together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parts.hpp"

#include <algorithm>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace parts {
namespace {

using sigma::PacketKind;
using testdata::append;

constexpr size_t kMemory = 8 << 20;
constexpr size_t kTypeField = 8;
constexpr size_t kSizeField = 12;
constexpr size_t kCheckField = 64;

/// Decodes chunks as a decoder would that trusts them.
class Truster {
 public:
  Truster() : pool_(kMemory), evaluator_(pool_) {}

  void take_head(const Part& part) {
    has_head_ =
        sigma::parse_head(part.bytes, 0, head_).ok() && sigma::decoder_needs(head_) <= kMemory;
    if (has_head_) evaluator_.start_stream(head_);
    history_.clear();
  }

  /// Sets the raw hash, unless the chunk does not decode.
  void take_chunk(Part& part) {
    sigma::PacketHeader& header = part.header;
    if (header.is_stored()) {
      header.raw_hash = sigma::hash_bytes(part.bytes);
      if (header.is_key()) start_group();
      keep(part.bytes);
    } else if (has_head_ && header.raw_size <= head_.chunk_max) {
      if (header.is_key()) start_group();
      Bytes out(header.raw_size);
      if (!evaluator_.evaluate(part.bytes, history_, out).ok()) return;
      header.raw_hash = sigma::hash_bytes(out);
      keep(out);
    }
  }

 private:
  void start_group() {
    evaluator_.start_group();
    history_.clear();
  }
  void keep(const Bytes& raw) {
    append(history_, raw);
    const size_t most = head_.history_max;
    if (history_.size() > most) history_.erase(history_.begin(), history_.end() - most);
  }

  sigma::GlyphBufferPool pool_;
  sigma::Evaluator evaluator_;
  sigma::Head head_;
  bool has_head_ = false;
  Bytes history_;
};

}  // namespace

std::vector<Part> take_apart(sigma::ByteSpan stream) {
  std::vector<Part> parts;
  size_t at = 0;  // all before it is taken
  while (at < stream.size()) {
    const size_t sync = sigma::find_packet_header(stream, at);
    Part part;
    sigma::GlyphHeader glyph;
    size_t begin = stream.size();
    if (sync < stream.size() &&
        sigma::recover_packet_header(stream.subspan(sync), 0, part.header, glyph).ok())
      begin = std::max(at, sync - std::min(sync, glyph.header_size));
    if (begin > at) {
      Part between;
      between.is_packet = false;
      append(between.bytes, stream.subspan(at, begin - at));
      parts.push_back(std::move(between));
    }
    if (sync >= stream.size()) break;
    const size_t body = sync + sigma::kPacketHeaderSize;
    at = body + std::min<size_t>(part.header.body_size, stream.size() - body);
    append(part.bytes, stream.subspan(body, at - body));
    parts.push_back(std::move(part));
  }
  return parts;
}

Bytes put_together(std::vector<Part> parts) {
  Truster truster;
  Bytes stream;
  for (Part& part : parts) {
    if (part.is_packet) {
      sigma::PacketHeader& header = part.header;
      header.body_size = static_cast<uint32_t>(part.bytes.size());
      header.body_hash = sigma::hash_bytes(part.bytes);
      if (header.kind() == PacketKind::HEAD) truster.take_head(part);
      if (header.kind() == PacketKind::CHUNK) truster.take_chunk(part);
      uint8_t front[sigma::kPacketFront];
      sigma::write_packet_front(front, header);
      append(stream, {front, sigma::packet_front_size(header)});
    }
    append(stream, part.bytes);
  }
  return stream;
}

void renumber(std::vector<Part>& parts) {
  uint64_t id = 0;
  sigma::EndTotals totals;
  for (Part& part : parts) {
    sigma::PacketHeader& header = part.header;
    if (part.is_packet && header.kind() == PacketKind::HEAD &&
        (header.flags & sigma::kFlagCopy) == 0) {
      id = header.stream_id;
      totals = {};
    }
    if (part.is_packet) {
      header.stream_id = id;
      header.sequence = totals.chunks;
      header.raw_offset = totals.raw_size;
      header.body_size = static_cast<uint32_t>(part.bytes.size());
      if (header.kind() == PacketKind::INDEX) totals.last_index = totals.stream_size;
      totals.stream_size += sigma::packet_front_size(header);
    }
    totals.stream_size += part.bytes.size();
    if (part.is_packet && header.kind() == PacketKind::CHUNK) {
      if (header.is_stored()) header.raw_size = header.body_size;
      totals.chunks++;
      totals.raw_size += header.raw_size;
    }
    if (part.is_packet && header.kind() == PacketKind::END &&
        part.bytes.size() == sigma::kEndBodySize) {
      sigma::store_le(part.bytes.data(), totals.raw_size);
      sigma::store_le(part.bytes.data() + 8, totals.chunks);
      sigma::store_le(part.bytes.data() + 16, totals.stream_size);
      sigma::store_le(part.bytes.data() + 24, totals.last_index);
    }
  }
}

void seal_header(Bytes& stream, size_t at) {
  if (at > stream.size() || stream.size() - at < sigma::kPacketHeaderSize) return;
  // The tag and length that the header's own fields would have.
  uint8_t* header = stream.data() + at;
  const auto type = static_cast<sigma::GlyphType>(header[kTypeField] & 3);
  const auto primitive = static_cast<sigma::Primitive>(header[kTypeField + 1]);
  const auto body_size = sigma::load_le<uint32_t>(header + kSizeField);
  if (body_size > sigma::kMaxBody) return;
  Bytes checked(sigma::kMaxGlyphHeader);
  checked.resize(sigma::write_glyph_header(
      checked.data(), {type, primitive, true, sigma::kPacketHeaderSize + body_size, 0}));
  append(checked, {header, kCheckField});
  sigma::store_le(header + kCheckField, sigma::hash_bytes(checked));
}

}  // namespace parts
