/* Events that reach sigmaenc, and the timer that ends a chunk.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include <utility>

#include "gstsigmaenc-private.h"
#include "gstsigmautil.h"

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
  publish_stats(self);
}

}  // namespace

gboolean pass_event(GstSigmaEnc* self, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
      // The stream has caps and a segment of its own; bytes are bytes whatever these say.
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
  if (!state->encoder.is_holding()) {
    self->priv->timer.clear();
    state->is_timed = false;
  } else if (std::exchange(state->has_ended_chunk, false) || !state->is_timed) {
    self->priv->timer.set(state->max_latency);
    state->is_timed = true;
  }
}

void end_late_chunk(void* data) {
  auto* self = static_cast<GstSigmaEnc*>(data);
  const GstSigmaStreamLock stream_lock(GST_BASE_TRANSFORM_SINK_PAD(self));
  State* state = self->priv->state;
  if (state == nullptr || state->failed || !state->encoder.is_holding()) return;
  state->is_timed = false;
  const GstFlowReturn flow = drain(self);
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
