/* sigmadec reads upstream by itself, as demuxers do, where upstream can be pulled and is no source:
 * typefind, of which what was plugged has to take over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/dec/gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {
namespace {

constexpr guint kBlock = 65536;  ///< bytes read at once

/// Upstream runs now: what an activation may not wait for is done here, in the task.
void begin_reading(GstSigmaDec* self) {
  Push* push = self->priv->push;
  gst_event_take(&push->stream_start, gst_sigma_new_stream_start(GST_ELEMENT(self), self->src_pad));
  const Upstream upstream = ask_upstream(self->sink_pad);
  if (upstream.is_file && !upstream.is_limited) peek_at_end(self);
}

/// The next bytes. A queue2 that does not know the size says EOS where less is left than is asked
/// for: the end is where not one byte is.
GstFlowReturn pull_block(GstPad* sink_pad, guint64 offset, GstBuffer** buffer) {
  GstFlowReturn flow = GST_FLOW_EOS;
  for (guint length = kBlock; length > 0 && flow == GST_FLOW_EOS; length /= 2)
    flow = gst_pad_pull_range(sink_pad, offset, length, buffer);
  return flow;
}

GstFlowReturn read_block(GstSigmaDec* self) {
  Push* push = self->priv->push;
  GstBuffer* buffer = nullptr;
  const GstFlowReturn flow = pull_block(self->sink_pad, push->input_offset, &buffer);
  if (flow != GST_FLOW_OK) return flow;
  if (push->state == PushState::FRESH) {
    push->state = PushState::OPENED;
    begin_reading(self);
  }
  // A seek may come from downstream while these are decoded.
  push->input_offset += gst_buffer_get_size(buffer);
  return dec_chain(self->sink_pad, GST_OBJECT(self), buffer);
}

/// A seek led to the end: nothing is read.
GstFlowReturn end_at_once(GstSigmaDec* self) {
  Push* push = self->priv->push;
  ensure_events(self, {});
  push->state = PushState::ENDED;
  push->flow = GST_FLOW_EOS;
  return GST_FLOW_EOS;
}

/// The sink pad's task.
void drive(gpointer data) {
  GstSigmaDec* self = GST_SIGMA_DEC(data);
  const bool is_at_end = self->priv->push->state == PushState::AT_END;
  const GstFlowReturn flow = is_at_end ? end_at_once(self) : read_block(self);
  if (flow == GST_FLOW_OK) return;
  GST_DEBUG_OBJECT(self, "reading stops: %s", gst_flow_get_name(flow));
  gst_pad_pause_task(self->sink_pad);
  if (flow == GST_FLOW_FLUSHING) return;
  const bool is_error = flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS;
  Push* push = self->priv->push;
  if (is_error && push->state != PushState::FAILED) GST_ELEMENT_FLOW_ERROR(self, flow);
  GstEvent* eos = gst_event_new_eos();
  if (push->seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(eos, push->seqnum);
  if (is_at_end)
    gst_pad_push_event(self->src_pad, eos);
  else
    dec_sink_event(self->sink_pad, GST_OBJECT(self), eos);
}

bool start_task(GstSigmaDec* self) {
  return gst_pad_start_task(self->sink_pad, drive, self, nullptr) != FALSE;
}

void flush(GstSigmaDec* self, GstEvent* event, guint32 seqnum) {
  gst_event_set_seqnum(event, seqnum);
  gst_pad_push_event(self->sink_pad, gst_event_ref(event));
  gst_pad_push_event(self->src_pad, event);
}

/// The task stands still.
bool begin_at(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  push->epoch++;
  push->decoder.reset();  // its threads may read the blocks
  push->blocks.forget();
  resume_downstream(self, seek, step);
  // Events go out in the task, because a sink may block their sender.
  if (step.what == Step::AT_END) push->state = PushState::AT_END;
  push->input_offset = step.offset;
  if (step.what == Step::FOUND)
    if (const sigma::Status status = push->decoder.start_at(step.point.entry); !status.ok()) {
      post_first_error(self, status);
      return false;
    }
  return start_task(self);
}

}  // namespace

bool start_driving(GstSigmaDec* self) {
  if (!gst_pad_activate_mode(self->sink_pad, GST_PAD_MODE_PULL, TRUE)) return false;
  const GstSigmaStreamLock stream_lock(self->sink_pad);
  self->priv->push->input_offset = 0;
  self->priv->push->state = PushState::FRESH;
  self->priv->mode = InputMode::DRIVEN;
  return start_task(self);
}

bool stop_driving(GstSigmaDec* self) {
  InputMode mode = InputMode::DRIVEN;
  return self->priv->mode.compare_exchange_strong(mode, InputMode::PULLED);
}

gboolean drive_to(GstSigmaDec* self, const Seek& seek) {
  Private* priv = self->priv;
  if (priv->mode != InputMode::DRIVEN) return FALSE;
  Step step;
  {
    std::lock_guard guard(priv->pull_lock);
    Pull* pull = ensure_pull(self);
    if (pull == nullptr) return FALSE;
    step = look_up(pull->decoder, seek, on_error(self));
  }
  if (step.what == Step::FAILED) {
    GST_WARNING_OBJECT(self, "cannot seek: %s", sigma::describe(step.status).text);
    return FALSE;
  }
  if (seek.flushes())
    flush(self, gst_event_new_flush_start(), seek.seqnum);
  else
    gst_pad_pause_task(self->sink_pad);
  const GstSigmaStreamLock stream_lock(self->sink_pad);
  if (seek.flushes()) flush(self, gst_event_new_flush_stop(TRUE), seek.seqnum);
  return priv->push != nullptr && priv->mode == InputMode::DRIVEN && begin_at(self, seek, step);
}

}  // namespace sigmadec
