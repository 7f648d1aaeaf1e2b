/* Seeks in time, in streams that keep buffers: what is left out, and how it goes on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <utility>

#include "plugin/common/gstsigmapayloads.h"
#include "plugin/dec/gstsigmadec-private.h"

namespace sigmadec {
namespace {

bool has_flag(const SeekTarget& seek_target, GstSeekFlags flag) {
  return (seek_target.flags & flag) != 0;
}

/// The first buffer that goes out.
GstFlowReturn begin_with(GstSigmaDec* self, GstBuffer* buffer) {
  Framed& framed = self->priv->push->framed;
  framed.seek_target.state = TargetState::REACHED;
  const guint64 begin = time_of(framed, buffer).begin;
  if (has_flag(framed.seek_target, GST_SEEK_FLAG_KEY_UNIT) && begin != sigma::kNoTime)
    framed.seek_target.target = begin;
  return deliver(self, buffer);
}

}  // namespace

void begin_time(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  framed.forget();
  framed.kind = InputKind::FRAMED;
  framed.stream = step.point.entry.stream;
  framed.origin = step.point.origin;
  if (framed.origin != Framed::kNoCut) framed.begin = Begin::BEGUN;
  framed.time_base = step.point.base;
  framed.time_end = step.point.length;
  SeekTarget& seek_target = framed.seek_target;
  seek_target.state = step.point.enters ? TargetState::AWAITS_ENTRY : TargetState::AWAITS_FIRST;
  seek_target.rate = seek.rate;
  seek_target.flags = seek.flags;
  seek_target.segment_flags = push->segment.flags;
  seek_target.target = step.position;
  seek_target.stop = push->segment.stop;
  // Without a flush the running time goes on.
  if (seek.flushes()) push->running_time = 0;
  seek_target.base = push->running_time;
  push->events_due = EventsDue::NONE;
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.position = step.position;
}

guint64 place_target(Framed& framed) {
  SeekTarget& seek_target = framed.seek_target;
  seek_target.is_placed = true;
  const guint64 found = position_of(framed, seek_target.target);
  // Outside, it is played from its own beginning.
  return found != GST_CLOCK_TIME_NONE ? found : framed.segment.start;
}

GstFlowReturn end_skipping(GstSigmaDec* self) {
  Framed& framed = self->priv->push->framed;
  framed.seek_target.state = TargetState::REACHED;
  GstBuffer* held = std::exchange(framed.seek_target.held, nullptr);
  if (held == nullptr) return GST_FLOW_OK;
  const sigma::BufferTime time = time_of(framed, held);
  // How long a buffer without duration is shown is not known.
  const bool reaches = !GST_BUFFER_DURATION_IS_VALID(held) || time.end > framed.seek_target.target;
  if (reaches || has_flag(framed.seek_target, GST_SEEK_FLAG_KEY_UNIT))
    return begin_with(self, held);
  gst_buffer_unref(held);
  return GST_FLOW_OK;
}

GstFlowReturn settle_held(GstSigmaDec* self) {
  Framed& framed = self->priv->push->framed;
  if (framed.seek_target.held == nullptr) return GST_FLOW_OK;
  if (time_of(framed, framed.seek_target.held).end > framed.seek_target.target)
    return end_skipping(self);
  gst_clear_buffer(&framed.seek_target.held);
  return GST_FLOW_OK;
}

GstFlowReturn seek_buffer(GstSigmaDec* self, GstBuffer* buffer) {
  Framed& framed = self->priv->push->framed;
  SeekTarget& seek_target = framed.seek_target;
  const sigma::BufferTime time = time_of(framed, buffer);
  const bool is_entry = time.is_entry && time.begin != sigma::kNoTime;
  if (has_flag(seek_target, GST_SEEK_FLAG_KEY_UNIT) &&
      has_flag(seek_target, GST_SEEK_FLAG_SNAP_AFTER) &&
      !has_flag(seek_target, GST_SEEK_FLAG_SNAP_BEFORE)) {
    if (is_entry && time.begin >= seek_target.target) return begin_with(self, buffer);
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  }
  if (seek_target.state == TargetState::AWAITS_FIRST) return begin_with(self, buffer);
  if (is_entry && time.begin <= seek_target.target) {
    gst_buffer_replace(&seek_target.held, nullptr);
    seek_target.held = buffer;
    return GST_FLOW_OK;
  }
  if (seek_target.held == nullptr && !is_entry) {
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  }
  // Of what depends on the buffer before nothing can be left out any more.
  const bool needs_held = seek_target.held != nullptr && !is_entry;
  const guint64 epoch = self->priv->push->epoch;
  GstFlowReturn flow =
      needs_held ? begin_with(self, std::exchange(seek_target.held, nullptr)) : end_skipping(self);
  if (self->priv->push->epoch != epoch) flow = GST_FLOW_FLUSHING;
  if (flow == GST_FLOW_OK && framed.segment_due) return begin_with(self, buffer);
  if (flow == GST_FLOW_OK) return deliver(self, buffer);
  gst_buffer_unref(buffer);
  return flow;
}

bool is_behind_stop(const Framed& framed, GstBuffer* buffer) {
  if (framed.seek_target.stop == GST_CLOCK_TIME_NONE) return false;
  // Pictures that are shown later may come earlier.
  const sigma::BufferTime time = time_of(framed, buffer);
  const bool has_order = GST_BUFFER_DTS_IS_VALID(buffer) && GST_BUFFER_PTS_IS_VALID(buffer);
  const guint64 ahead = has_order && GST_BUFFER_PTS(buffer) > GST_BUFFER_DTS(buffer)
                            ? GST_BUFFER_PTS(buffer) - GST_BUFFER_DTS(buffer)
                            : 0;
  return time.begin != sigma::kNoTime && time.begin >= framed.seek_target.stop &&
         time.begin - framed.seek_target.stop >= ahead;
}

}  // namespace sigmadec
