/* Events that reach sigmaenc, and the timer that ends a chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <utility>

#include "plugin/enc/gstsigmaenc-private.h"

#define GST_CAT_DEFAULT gst_sigma_enc_debug

namespace sigmaenc {
namespace {

GstFlowReturn finish_stream(GstSigmaEnc* self) {
  State* state = self->priv->state;
  decide_framing(self);
  state->in_stream = false;
  // After a hole an end packet would say that the stream is complete.
  if (is_refused(self)) return state->refused;
  const sigma::Status status = state->encoder.finish();
  return status.ok() ? push_packets(self) : post_error(self, status);
}

void handle_eos(GstSigmaEnc* self) {
  const GstFlowReturn flow = finish_stream(self);
  if (flow != GST_FLOW_OK) GST_WARNING_OBJECT(self, "at EOS: %s", gst_flow_get_name(flow));
  ensure_events(self);
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), make_stats(self, "sigmaenc-stats")));
}

/// Nothing of the stream before is left; what comes next is a new one.
void start_over(State* state) {
  state->drop_input();
  state->drop_packet();
  state->encoder.reset();
  state->events_sent = false;
  state->in_stream = false;
  state->base_pushes = false;
  state->refused = GST_FLOW_OK;
  state->failed = false;
  state->is_unsynced = false;
  state->has_large_buffer = false;
  state->in_offset = state->in_reached = 0;
  state->has_gone_back = false;
  forget_framing(state);
}

/// A new stream from upstream becomes a new .sigma stream, joined to the one before.
void handle_stream_start(GstSigmaEnc* self) {
  if (self->priv->state->in_stream) finish_stream(self);
  start_over(self->priv->state);
  publish_stats(self);
}

/// Sinks that can seek begin anew, too.
void handle_flush_stop(GstSigmaEnc* self) {
  start_over(self->priv->state);
  self->priv->state->out_offset = 0;
  self->priv->state->stamp = 0;
  publish_stats(self);
}

}  // namespace

namespace {

/// Upstream says at which offset its next bytes belong. One that goes on from where it was, in
/// running time, repeats bytes: a loop. One that does not writes over what it wrote.
void follow_segment(State* state, GstEvent* event) {
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  if (segment->format != GST_FORMAT_BYTES) return;
  if (!state->in_stream)
    state->in_offset = state->in_reached = segment->start;
  else if (segment->base == 0)
    state->in_offset = MIN(segment->start, state->in_reached);
}

}  // namespace

GstBuffer* drop_rewritten(GstSigmaEnc* self, GstBuffer* input) {
  State* state = self->priv->state;
  const gsize size = gst_buffer_get_size(input);
  const guint64 offset = state->in_offset;
  const gsize rewritten = static_cast<gsize>(MIN(state->in_reached - offset, size));
  state->in_offset = offset + size;
  state->in_reached = MAX(state->in_reached, state->in_offset);
  if (rewritten == 0) return input;
  if (!std::exchange(state->has_gone_back, true))
    GST_SIGMA_ENC_POST(
        self, WARNING, RESOURCE, SEEK,
        "Upstream goes back to byte %" G_GUINT64_FORMAT
        " and writes over what is encoded already, as muxers do to complete their "
        "header: the bytes are dropped, as in a pipe. To have it, write to a file and "
        "encode that.",
        offset);
  GstBuffer* rest = nullptr;
  if (rewritten < size)
    rest = gst_buffer_copy_region(input, GST_BUFFER_COPY_ALL, rewritten, size - rewritten);
  gst_buffer_unref(input);
  return rest;
}

/// What they say of frames is of use as long as there are no bytes.
static void follow_caps(GstSigmaEnc* self, GstEvent* event) {
  State* state = self->priv->state;
  if (state->in_stream) return;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  sigma::Status status = use_frames(self, caps);
  if (status.ok()) status = state->encoder.set_framing(false, state->joins);
  if (!status.ok()) post_error(self, status);
}

gboolean pass_event(GstSigmaEnc* self, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEGMENT:
      follow_segment(self->priv->state, event);
      gst_event_unref(event);
      return TRUE;
    case GST_EVENT_CAPS:
      // The stream has caps and a segment of its own; bytes are bytes whatever these say.
      follow_caps(self, event);
      gst_event_unref(event);
      return TRUE;
    case GST_EVENT_GAP:
      // A gap is time, of which a stream of bytes has none; but it asks not to hold data back.
      drain(self);
      gst_event_unref(event);
      return TRUE;
    default:
      if (drain(self) != GST_FLOW_OK) GST_DEBUG_OBJECT(self, "nobody takes the drained bytes");
      ensure_events(self);
      return gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), event);
  }
}

void set_timer(GstSigmaEnc* self) {
  State* state = self->priv->state;
  if (state->max_latency == 0) return;
  if (!state->encoder.is_holding() && !state->is_unsynced) {
    self->priv->timer.clear();
    state->is_timed = false;
  } else if (std::exchange(state->has_ended_chunk, false) || !state->is_timed) {
    self->priv->timer.set(state->max_latency);
    state->is_timed = true;
    state->timed_at = g_get_monotonic_time();
  }
}

void end_late_chunk(void* data) {
  auto* self = static_cast<GstSigmaEnc*>(data);
  const GstSigmaStreamLock stream_lock(GST_BASE_TRANSFORM_SINK_PAD(self));
  State* state = self->priv->state;
  if (state == nullptr || state->failed) return;
  if (!state->encoder.is_holding()) {
    if (!state->is_unsynced) return;
    // Something must carry what a file sink keeps back to the disk.
    if (const sigma::Status status = state->encoder.repeat_head(); !status.ok()) {
      post_error(self, status);
      return;
    }
  }
  state->is_timed = false;
  const GstFlowReturn flow = drain(self, true);
  if (flow != GST_FLOW_OK) GST_DEBUG_OBJECT(self, "late chunk: %s", gst_flow_get_name(flow));
}

gboolean enc_sink_event(GstBaseTransform* trans, GstEvent* event) {
  GstSigmaEnc* self = GST_SIGMA_ENC(trans);
  // What is not serialized may come while another thread starts or stops the element, and is not
  // for us. Nor is a flush that raced with the change of state.
  if (!GST_EVENT_IS_SERIALIZED(event) || self->priv->state == nullptr)
    return gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), event);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      handle_stream_start(self);
      hold_event(self, gst_event_ref(event));
      break;
    case GST_EVENT_FLUSH_STOP:
      handle_flush_stop(self);
      break;
    case GST_EVENT_EOS:
      handle_eos(self);
      break;
    default:
      if (hold_event(self, event)) return TRUE;
      if (!self->priv->state->encoder.is_framed()) return pass_event(self, event);
      record_event(self, event);
      set_timer(self);
      return TRUE;
  }
  return gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), event);
}

}  // namespace sigmaenc
