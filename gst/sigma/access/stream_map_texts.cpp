/* Groups in which texts may be, and lines, by the index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/access/stream_map.hpp"
#include "gst/sigma/wire/text_filter.hpp"

namespace sigma {

/// What the index says of the group at that decoded byte of the stream. If it does not tell, the
/// group goes on to the stream's end.
Status StreamMap::tell_text(const JoinedStream& stream, uint64_t raw,
                            IndexSearch::GroupText& group) {
  group = {};
  if (stream.last_index != 0) {
    const Result<IndexSearch::GroupText> found = index_.find_text(stream, raw);
    if (is_trouble(found.status)) return found.status;
    if (found.ok()) group = found.value;
  }
  if (!group.is_known) group.raw_end = stream.raw_size;
  return {};
}

Result<TextRange> StreamMap::find_texts(const SoughtTexts& texts, uint64_t position) {
  TextRange range;
  range.begin = range.end = position;
  for (size_t number = stream_at(position); number < streams_.size(); number++) {
    const Status status = find_texts_in(streams_[number], texts, range);
    if (!status.ok()) return status;
    if (range.begin != range.end) break;
  }
  if (range.begin == range.end) return range;
  const Result<EntryPoint> entry = locate(range.begin);
  if (!entry.ok()) return entry.status;
  range.entry = entry.value;
  return range;
}

/// Moves an empty range to the first groups of the stream that may have one of the texts, or to its
/// end.
Status StreamMap::find_texts_in(const JoinedStream& stream, const SoughtTexts& texts,
                                TextRange& range) {
  range.stream_end = stream.end;
  while (range.end - stream.base < stream.raw_size) {
    IndexSearch::GroupText group;
    const Status status = tell_text(stream, range.end - stream.base, group);
    if (!status.ok()) return status;
    const bool lacks = !group.filter.empty() &&
                       std::none_of(texts.texts.begin(), texts.texts.end(),
                                    [&](ByteSpan text) { return may_hold(group.filter, text); });
    if (lacks && range.begin != range.end) {
      range.stream_end = stream.begin + group.entry.stream_offset;
      return {};
    }
    range.end = stream.base + group.raw_end;
    if (!lacks) continue;
    range.begin = range.end;
    range.lines += group.lines_end - group.lines;
  }
  return {};
}

/// In a stream, of which `before` line feeds are before it, the last group with fewer than `lines`
/// before it. What is left of the stream is halved until one group is.
Status StreamMap::find_line(const JoinedStream& stream, uint64_t before, uint64_t lines,
                            uint64_t& position, LinePoint& point) {
  for (uint64_t low = 0, high = stream.raw_size; low < high;) {
    const auto found = index_.find_text(stream, low + (high - low) / 2);
    if (is_trouble(found.status)) return found.status;
    if (!found.ok() || !found.value.is_known) return {};
    const IndexSearch::GroupText& group = found.value;
    if (before + group.lines >= lines) {
      high = group.entry.raw_offset;
      continue;
    }
    position = stream.base + group.entry.raw_offset;
    point.lines = before + group.lines;
    low = group.raw_end;
  }
  return {};
}

Result<LinePoint> StreamMap::locate_line(uint64_t lines) {
  LinePoint point;
  uint64_t position = 0;
  uint64_t before = 0;
  for (const JoinedStream& stream : streams_) {
    if (stream.raw_size == 0) continue;
    if (before < lines) {
      position = stream.base;
      point.lines = before;
    }
    IndexSearch::GroupText last;
    const Status told = tell_text(stream, stream.raw_size - 1, last);
    if (!told.ok()) return told;
    if (!last.is_known || last.raw_end != stream.raw_size || last.lines_end > stream.raw_size)
      break;
    if (before + last.lines_end < lines) {
      before += last.lines_end;
      continue;
    }
    const Status status = find_line(stream, before, lines, position, point);
    if (!status.ok()) return status;
    break;
  }
  const Result<EntryPoint> entry = locate(position);
  if (!entry.ok()) return entry.status;
  point.entry = entry.value;
  return point;
}

}  // namespace sigma
