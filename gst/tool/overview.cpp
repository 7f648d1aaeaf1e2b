/* What a file holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/overview.hpp"

#include <algorithm>

namespace tool {

sigma::Status check_seekable(const Input& input) {
  if (input.is_regular()) return {};
  return sigma::Status::error(sigma::ErrorCode::IO, "it must be a file that can be read anywhere");
}

/// Between what lies before any key, and what lies behind one.
uint64_t first_position(sigma::RandomAccessDecoder& access, const sigma::StreamInfo& stream) {
  uint64_t before = stream.position;
  uint64_t behind = stream.position + stream.size;
  if (stream.size == 0 || !stream.joins || access.locate(before).ok()) return before;
  while (before + 1 < behind) {
    const uint64_t middle = before + (behind - before) / 2;
    const sigma::Result<sigma::EntryPoint> entry = access.locate(middle);
    if (!entry.ok())
      before = middle;
    else
      behind = std::min(middle, entry.value.base + entry.value.raw_offset);
  }
  return behind;
}

sigma::Result<Overview> look_at(const Input& input, sigma::RandomAccessDecoder& access) {
  if (const sigma::Status status = check_seekable(input); !status.ok()) return status;
  if (const sigma::Status status = access.open(); !status.ok()) return status;
  Overview all;
  all.bytes = input.size();
  all.decoded = access.size();
  all.end = access.end_status();
  for (uint64_t i = 0; i < access.streams(); i++) {
    const sigma::Result<sigma::StreamInfo> info = access.stream_info(i);
    if (!info.ok()) return info.status;
    all.decoded -= first_position(access, info.value) - info.value.position;
    all.chunks += info.value.chunks;
    all.groups += info.value.groups;
    all.memory = std::max(all.memory, info.value.memory);
    all.is_counted &= info.value.is_ended;
    all.has_index &= info.value.has_index || info.value.size == 0;
    all.is_framed |= info.value.is_framed;
    all.streams.push_back(info.value);
  }
  const sigma::Result<uint64_t> duration = access.duration();
  if (!duration.ok()) return duration.status;
  if (all.is_framed) all.duration = duration.value;
  return all;
}

void Overview::add_to(Json& json, const Input& input) const {
  json.add("file", input.path()).add("kind", kind()).add("complete", is_whole());
  json.add("bytes", bytes).add("decoded", decoded);
  if (bytes != 0) json.add("ratio", static_cast<double>(decoded) / static_cast<double>(bytes));
  json.add("streams", uint64_t{streams.size()});
  if (is_counted) json.add("chunks", chunks);
  if (has_index) json.add("groups", groups);
  json.add("index", has_index).add("memory", memory);
  if (duration != sigma::kNoTime) json.add("duration", static_cast<double>(duration) / 1e9);
  if (!is_whole()) json.add("error", end);
}

}  // namespace tool
