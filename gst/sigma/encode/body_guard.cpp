/* Cutting chunks where they hold packet headers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/body_guard.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/tree_writer.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

/// Each part is compressed with the group's history, which has to be loaded anew every time.
constexpr uint64_t kMaxCodedParts = 16;

/// The end of the part that begins `chunk`: the middle of its first header's sync word.
size_t part_end(ByteSpan chunk) {
  // A part may begin with the second half of a sync word, but not with a whole one that was cut.
  return std::min(find_packet_header(chunk) + kSyncWord.size() / 2, chunk.size());
}

uint64_t count_parts(ByteSpan chunk) {
  uint64_t parts = 0;
  for (; !chunk.empty(); chunk = chunk.subspan(part_end(chunk)))
    parts++;
  return parts;
}

/// Codes one part to the front of `out`, as a literal if that is no larger; gives its size, 0 if
/// there is no room.
Result<size_t> encode_part(ChunkModel* model, ByteSpan part, ByteSpan history, uint32_t position,
                           MutableByteSpan out) {
  if (model != nullptr && out.size() >= kMaxGlyphHeader + part.size()) {
    const Result<CodedBody> coded = model->encode({part, history, position}, nullptr, out);
    if (!coded.ok()) return coded.status;
    const ByteSpan bytes = coded.value.bytes;
    if (!bytes.empty()) std::memmove(out.data(), bytes.data(), bytes.size());
    if (!bytes.empty()) return bytes.size();
  }
  TreeWriter writer(out);
  writer.literal(part);
  return writer.overflowed() ? 0 : writer.bytes().size();
}

Result<CodedBody> encode_parts(ChunkModel* model, ByteSpan chunk, uint64_t parts, ByteSpan history,
                               uint32_t position, MutableByteSpan out) {
  TreeWriter writer(out);
  writer.concatenate(parts);
  size_t used = writer.bytes().size();
  for (; !chunk.empty() && !writer.overflowed(); chunk = chunk.subspan(part_end(chunk))) {
    const Result<size_t> size =
        encode_part(model, chunk.first(part_end(chunk)), history, position, out.subspan(used));
    if (!size.ok()) return size.status;
    if (size.value == 0) return CodedBody{};
    used += size.value;
    position += static_cast<uint32_t>(part_end(chunk));
  }
  const ByteSpan body = out.first(used);
  const bool guarded = !writer.overflowed() && find_packet_header(body) == body.size();
  return guarded ? CodedBody{body, 1 + parts} : CodedBody{};
}

}  // namespace

Result<CodedBody> encode_guarded(ChunkModel* model, ByteSpan chunk, ByteSpan history,
                                 uint32_t position, MutableByteSpan out) {
  const uint64_t parts = count_parts(chunk);
  if (model != nullptr && parts <= kMaxCodedParts) {
    const Result<CodedBody> coded = encode_parts(model, chunk, parts, history, position, out);
    if (!coded.ok() || !coded.value.bytes.empty()) return coded;
  }
  return encode_parts(nullptr, chunk, parts, history, position, out);
}

}  // namespace sigma
