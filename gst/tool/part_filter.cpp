/* A part of what a stream decodes to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/part_filter.hpp"

#include <algorithm>
#include <cstring>

#include "gst/tool/last_lines.hpp"

namespace tool {
namespace {

using sigma::ErrorCode;
using sigma::Result;
using sigma::Status;

Status impossible(const char* text) {
  return Status::error(ErrorCode::IO, text);
}

Status end_not_known() {
  return impossible("only of a file that can be read anywhere the end is known");
}

uint64_t sum(uint64_t a, uint64_t b) {
  return b < UINT64_MAX - a ? a + b : UINT64_MAX;
}

/// A number that may not be known: one more, modulo 2^64.
bool read_known(sigma::VarintReader& in, uint64_t& number) {
  if (!in.read(number)) return false;
  number--;  // 0 becomes kNoTime
  return true;
}

}  // namespace

Status PartFilter::enter(Input& input, sigma::StreamingDecoder& decoder,
                         const sigma::EntryPoint& entry) const {
  const Status status = decoder.start_at(entry);
  return status.ok() ? input.go_to(entry.stream_offset) : status;
}

Status PartFilter::start_range(Input& input, sigma::StreamingDecoder& decoder) {
  const uint64_t length = part_.end;
  Status status;
  if (input.is_regular()) {
    sigma::RandomAccessDecoder access(input, options_.max_memory);
    status = access.open();
    if (!status.ok()) return status;
    if (part_.from_end && !access.end_status().ok()) return access.end_status();
    if (part_.from_end) part_.begin = access.size() - std::min(part_.begin, access.size());
    if (part_.begin < access.size()) {
      const Result<sigma::EntryPoint> entry = access.locate(part_.begin);
      status = entry.ok() ? enter(input, decoder, entry.value) : entry.status;
    }
  } else if (part_.from_end) {
    status = end_not_known();
  }
  part_.end = sum(part_.begin, length);
  return status;
}

Status PartFilter::start_time(Input& input, sigma::StreamingDecoder& decoder) {
  if (!input.is_regular())
    return impossible("times are found only in a file that can be read anywhere");
  sigma::RandomAccessDecoder access(input, options_.max_memory);
  const Result<uint64_t> duration = access.duration();
  if (!duration.ok()) return duration.status;
  if (duration.value == sigma::kNoTime || access.size() == 0)
    return impossible("it has no times: it is no recording, or has no index");
  uint64_t base = 0;
  for (uint64_t i = 0; i < access.streams(); i++) {
    const Result<sigma::StreamInfo> info = access.stream_info(i);
    if (!info.ok()) return info.status;
    streams_.push_back({base, info.value.origin});
    if (info.value.size != 0) base = sum(base, info.value.duration);
  }
  const Result<sigma::TimePoint> end = access.locate_time(part_.end);
  if (!end.ok()) return end.status;
  last_group_ = end.value.entry.base + end.value.entry.raw_offset;
  const Result<sigma::TimePoint> begin = access.locate_time(part_.begin);
  return begin.ok() ? enter(input, decoder, begin.value.entry) : begin.status;
}

/// As a range that goes on to the end.
Status PartFilter::start_last_lines(Input& input, sigma::StreamingDecoder& decoder) {
  if (!input.is_regular()) return end_not_known();
  Result<uint64_t> begin = uint64_t{0};
  {
    sigma::RandomAccessDecoder access(input, options_.max_memory);
    Status status = access.open();
    if (status.ok()) status = access.end_status();
    if (!status.ok()) return status;
    begin = find_last_lines(access, part_.begin);
    if (!begin.ok()) return begin.status;
  }
  part_ = {Part::Kind::RANGE, begin.value};
  return start_range(input, decoder);
}

/// With an index of lines, from the group in which the line before ends.
Status PartFilter::start_lines(Input& input, sigma::StreamingDecoder& decoder) {
  if (!input.is_regular() || part_.begin <= 1) return {};
  sigma::RandomAccessDecoder access(input, options_.max_memory);
  const Result<bool> is_open = access.open_from_ends();
  if (!is_open.ok() || !is_open.value || !access.end_status().ok() || access.size() == 0) return {};
  const Result<sigma::LinePoint> point = access.locate_line(part_.begin - 1);
  if (!point.ok()) return {};
  line_ += point.value.lines;
  return point.value.lines != 0 ? enter(input, decoder, point.value.entry) : Status();
}

Status PartFilter::start(Input& input, sigma::StreamingDecoder& decoder) {
  if (part_.kind == Part::Kind::LINES)
    return part_.from_end ? start_last_lines(input, decoder) : start_lines(input, decoder);
  if (part_.kind == Part::Kind::RANGE) return start_range(input, decoder);
  return part_.kind == Part::Kind::TIME ? start_time(input, decoder) : Status();
}

Result<bool> PartFilter::use(const sigma::DecodedChunk& chunk) {
  switch (part_.kind) {
    case Part::Kind::RANGE:
      return use_range(chunk);
    case Part::Kind::LINES:
      return use_lines(chunk);
    case Part::Kind::TIME:
      return use_time(chunk);
    case Part::Kind::ALL:
      break;
  }
  const Status status = write(chunk.bytes);
  return status.ok() ? Result<bool>(true) : status;
}

Status PartFilter::finish() const {
  const bool is_counted = part_.kind == Part::Kind::RANGE || part_.kind == Part::Kind::LINES;
  if (has_begun_ || !is_counted || part_.begin <= 1 || part_.begin == part_.end) return {};
  return impossible("the part begins behind the end");
}

Status PartFilter::write(sigma::ByteSpan bytes) {
  if (bytes.empty()) return {};
  has_begun_ = true;
  return output_.write(bytes);
}

Result<bool> PartFilter::use_range(const sigma::DecodedChunk& chunk) {
  const uint64_t chunk_end = chunk.position + chunk.bytes.size();
  const uint64_t begin = std::clamp(part_.begin, chunk.position, chunk_end);
  const uint64_t end = std::clamp(part_.end, begin, chunk_end);
  const Status status = write(chunk.bytes.subspan(static_cast<size_t>(begin - chunk.position),
                                                  static_cast<size_t>(end - begin)));
  return status.ok() ? Result<bool>(chunk_end < part_.end) : status;
}

Result<bool> PartFilter::use_lines(const sigma::DecodedChunk& chunk) {
  const uint8_t* const bytes = chunk.bytes.data();
  const size_t size = chunk.bytes.size();
  size_t begin = line_ >= part_.begin ? 0 : size;
  size_t at = 0;
  while (at < size && line_ <= part_.end) {
    const void* end = std::memchr(bytes + at, '\n', size - at);
    if (end == nullptr) {
      at = size;
      break;
    }
    at = static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes) + 1;
    if (++line_ == part_.begin) begin = at;
  }
  if (begin < at)
    if (const Status status = write(chunk.bytes.subspan(begin, at - begin)); !status.ok())
      return status;
  return line_ <= part_.end;
}

/// docs/format.md, section 9.9.
void PartFilter::see_segment(sigma::ByteSpan payload) {
  constexpr uint64_t kFormatTime = 3;
  sigma::VarintReader front(payload);
  uint64_t flags = 0;
  if (!front.read(flags)) return;
  sigma::ByteSpan rest = front.rest();
  const size_t rates = (flags & 1) != 0 ? 16 : 0;
  if (rest.size() < rates) return;
  sigma::VarintReader in(rest.subspan(rates));
  uint64_t format = 0;
  uint64_t base = 0;
  uint64_t offset = 0;
  uint64_t start = 0;
  uint64_t stop = 0;
  uint64_t time = 0;
  if (!in.read(format) || !read_known(in, base) || !read_known(in, offset) ||
      !read_known(in, start) || !read_known(in, stop) || !read_known(in, time))
    return;
  segment_start_.reset();
  if (format == kFormatTime && start != sigma::kNoTime) segment_start_ = start;
  segment_stop_ = stop;
  segment_time_ = time != sigma::kNoTime ? time : 0;
}

/// A buffer without a time goes with the one before.
bool PartFilter::is_inside(const sigma::FramedBuffer& buffer, uint64_t stream) const {
  const uint64_t time = buffer.pts != sigma::kNoTime ? buffer.pts : buffer.dts;
  if (time == sigma::kNoTime) return is_selected_;
  if (!segment_start_ || time > segment_stop_ || stream >= streams_.size()) return false;
  const uint64_t duration = buffer.duration != sigma::kNoTime ? buffer.duration : 0;
  const StreamTime& line = streams_[static_cast<size_t>(stream)];
  const auto place = [&](uint64_t at) {
    const uint64_t own = sum(at - std::min(at, *segment_start_), segment_time_);
    return sum(own - std::min(own, line.origin), line.base);
  };
  if (sum(time, duration) < *segment_start_) return false;
  const uint64_t begin = place(std::max(time, *segment_start_));
  const uint64_t end = place(sum(time, duration));
  return begin < part_.end && (begin >= part_.begin || end > part_.begin);
}

Result<bool> PartFilter::use_time(const sigma::DecodedChunk& chunk) {
  if (!chunk.is_framed) return impossible("a joined stream of it has no times");
  // A group may begin with buffers that are played before its key, so that one more is looked at.
  if (chunk.framing.is_key && chunk.position > last_group_ && ++groups_behind_ > 1) return false;
  sigma::FramingReader reader = chunk.framing.read(static_cast<uint32_t>(chunk.bytes.size()));
  size_t at = 0;
  const auto write_up_to = [&](uint64_t end) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(end, chunk.bytes.size())) - at;
    const Status status = is_selected_ ? write(chunk.bytes.subspan(at, size)) : Status();
    at += size;
    return status;
  };
  while (reader.next()) {
    using Item = sigma::FramingReader::Item;
    const bool is_event = reader.item() == Item::CONTEXT || reader.item() == Item::EVENT;
    if (is_event && reader.event() == sigma::FramedEvent::SEGMENT) see_segment(reader.payload());
    if (reader.item() != Item::BUFFER) continue;
    if (const Status status = write_up_to(reader.begin()); !status.ok()) return status;
    is_selected_ = is_inside(reader.buffer(), chunk.stream);
  }
  const Status status = write_up_to(chunk.bytes.size());
  return status.ok() ? Result<bool>(true) : status;
}

}  // namespace tool
