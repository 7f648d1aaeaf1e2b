/* Where a seek leads: a place in decoded bytes or in time, to a key upstream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/dec/gstsigmadeclookup.h"

#include <cstring>

namespace sigmadec {
namespace {

/// Each read costs a seek upstream: what lies behind the bytes asked for is often asked for next.
constexpr guint64 kMinUpstreamRead = 8192;

}  // namespace

UpstreamReader::~UpstreamReader() {
  for (const Blob& blob : blobs_)
    g_free(blob.data);
}

sigma::Status UpstreamReader::read(uint64_t offset, sigma::MutableByteSpan out) {
  for (const Blob& blob : blobs_) {
    if (offset < blob.offset || offset - blob.offset > blob.filled ||
        blob.filled - (offset - blob.offset) < out.size())
      continue;
    if (!out.empty()) std::memcpy(out.data(), blob.data + (offset - blob.offset), out.size());
    return {};
  }
  return sigma::Status::error(sigma::ErrorCode::AGAIN, "", offset, out.size());
}

bool UpstreamReader::expect(guint64 offset, guint64 size) {
  size = MIN(MAX(size, kMinUpstreamRead), size_ - offset);
  latest_ = (latest_ + 1) % blobs_.size();
  Blob& blob = blobs_[latest_];
  g_free(blob.data);
  blob = {};
  blob.data = static_cast<guint8*>(g_try_malloc(size));
  if (blob.data == nullptr) return false;
  blob.offset = offset;
  blob.size = static_cast<size_t>(size);
  return true;
}

bool UpstreamReader::take(guint64 offset, sigma::ByteSpan bytes) {
  Blob& blob = blobs_[latest_];
  const guint64 due = blob.offset + blob.filled;
  if (offset <= due && due - offset < bytes.size()) {
    const sigma::ByteSpan fresh = bytes.subspan(static_cast<size_t>(due - offset));
    const size_t count = MIN(fresh.size(), blob.size - blob.filled);
    std::memcpy(blob.data + blob.filled, fresh.data(), count);
    blob.filled += count;
  }
  return blob.filled == blob.size;
}

namespace {

/// What is known of all streams.
sigma::Status measure(sigma::RandomAccessDecoder& decoder, Step& step) {
  step.total = decoder.size();
  if (!decoder.is_framed()) return {};
  const sigma::Result<uint64_t> duration = decoder.duration();
  if (duration.ok()) step.duration = duration.value;
  return duration.status;
}

/// The place of a seek in bytes, or in time, of streams that are known.
sigma::Status find_place(sigma::RandomAccessDecoder& decoder, const Seek& seek, Step& step) {
  const bool is_time = seek.format == GST_FORMAT_TIME;
  guint64 end = is_time ? step.duration : step.total;
  if (is_time != decoder.is_framed() || end == G_MAXUINT64)
    return sigma::Status::error(sigma::ErrorCode::INVALID_ARGUMENT,
                                "The stream does not support seeks in this format");
  if (!target_of(seek, end, step.position))
    return sigma::Status::error(sigma::ErrorCode::INVALID_ARGUMENT,
                                "A seek leads behind the end of the stream");
  step.what = Step::FOUND;
  if (is_time) {
    const sigma::Result<sigma::TimePoint> found = decoder.locate_time(step.position);
    if (found.ok()) step.point = found.value;
    step.offset = step.point.entry.stream_offset;
    return found.status;
  }
  if (step.position == end) {
    step.what = Step::AT_END;
    return {};
  }
  const sigma::Result<sigma::EntryPoint> found = decoder.locate(step.position);
  if (found.ok()) step.point.entry = found.value;
  step.offset = step.point.entry.stream_offset;
  return found.status;
}

}  // namespace

bool target_of(const Seek& seek, guint64 total, guint64& position) {
  gint64 target = seek.start;
  if (seek.start_type == GST_SEEK_TYPE_END) {
    if (target > 0 || total > G_MAXINT64) return false;
    target += static_cast<gint64>(total);
  }
  if (target < 0 || static_cast<guint64>(target) > total) return false;
  position = static_cast<guint64>(target);
  return true;
}

Step look_up(sigma::RandomAccessDecoder& decoder, const Seek& seek, sigma::OnError on_error) {
  Step step;
  sigma::Status& status = step.status;
  if (seek.only_opens) {
    const sigma::Result<bool> opened = decoder.open_from_ends();
    status = opened.status;
    if (opened.ok() && opened.value) status = measure(decoder, step);
    // Where that does not work, decoding will tell why.
    step.what = Step::FROM_START;
    return step;
  }
  status = decoder.open();
  if (status.ok()) status = measure(decoder, step);
  if (status.ok()) status = find_place(decoder, seek, step);
  if (status.ok()) return step;
  // Where the beginning is lost, decoding finds the first key that is left.
  step.what = sigma::is_damage(status) && on_error == sigma::OnError::SKIP ? Step::FROM_START
                                                                           : Step::FAILED;
  step.offset = 0;
  step.point = {};
  step.point.enters = true;
  return step;
}

Step next_step(Seeker& seeker, const Seek& seek) {
  Step step = look_up(seeker.decoder, seek, seeker.on_error);
  if (step.status.code != sigma::ErrorCode::AGAIN) return step;
  const guint64 size = step.status.value;
  const bool has_room = seeker.source.expect(step.status.offset, size);
  step.what = has_room ? Step::NEEDS_INPUT : Step::FAILED;
  step.offset = step.status.offset;
  if (!has_room)
    step.status = sigma::Status::error(sigma::ErrorCode::NO_MEMORY, "out of memory", 0, size);
  return step;
}

}  // namespace sigmadec
